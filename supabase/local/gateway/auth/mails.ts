import type { Letters } from '../../definition.ts';
import type { Mail } from '../context.ts';

interface Letter {
  subject: string;
  paragraphs: [french: string, english: string];
  button?: { label: [french: string, english: string]; href: string };
  code?: string;
  footer: [french: string, english: string];
}

const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const ignoreIt: [string, string] = [
  "Si vous n'êtes pas à l'origine de cette demande, ignorez ce message : rien ne change.",
  'If you did not ask for this, ignore this message: nothing changes.',
];

export const inviteMail = (letters: Letters, to: string, href: string): Mail =>
  compose(letters, to, {
    ...letters.invitation,
    button: { label: ["Accepter l'invitation", 'Accept the invitation'], href },
    footer: [
      "Si vous n'attendiez pas cette invitation, ignorez ce message.",
      'If you did not expect this invitation, ignore this message.',
    ],
  });

export const confirmationMail = (letters: Letters, to: string, href: string): Mail =>
  compose(letters, to, {
    subject: 'Confirmez votre adresse / Confirm your address',
    paragraphs: [
      'Ouvrez le lien pour confirmer votre adresse et terminer votre inscription. Le lien sert une seule fois.',
      'Open the link to confirm your address and finish signing up. The link works once.',
    ],
    button: { label: ['Confirmer mon adresse', 'Confirm my address'], href },
    footer: ignoreIt,
  });

export const recoveryMail = (letters: Letters, to: string, href: string): Mail =>
  compose(letters, to, {
    subject: 'Réinitialiser votre mot de passe / Reset your password',
    paragraphs: [
      'Ouvrez le lien pour choisir un nouveau mot de passe. Le lien sert une seule fois. Le code de votre ' +
        'application d’authentification vous sera demandé.',
      'Open the link to choose a new password. The link works once. The code of your authenticator app will be ' +
        'asked for.',
    ],
    button: { label: ['Choisir un nouveau mot de passe', 'Choose a new password'], href },
    footer: ignoreIt,
  });

export const reauthenticationMail = (letters: Letters, to: string, code: string): Mail =>
  compose(letters, to, {
    subject: `${code} : votre code de confirmation / your confirmation code`,
    paragraphs: [
      'Saisissez ce code dans la console pour confirmer le changement de votre mot de passe.',
      'Enter this code in the console to confirm your change of password.',
    ],
    code,
    footer: ignoreIt,
  });

function compose({ brand }: Letters, to: string, letter: Letter): Mail {
  const { subject, button, code } = letter;
  return { to, subject, html: html(brand, letter, ['fr', 'en']), text: text(letter, button?.href ?? code ?? '') };
}

const apart = 'margin-top:32px;padding-top:32px;border-top:1px solid #e2e8f0';
const codeStyle = 'margin:0 0 20px;font-size:28px;letter-spacing:6px;font-weight:700';
const buttonStyle =
  'display:inline-block;padding:12px 20px;border-radius:8px;' +
  'background:#0f766e;color:#ffffff;text-decoration:none;font-weight:600';

const link = (href: string, label: string) =>
  `<p style="margin:0 0 20px"><a href="${escape(href)}" style="${buttonStyle}">${escape(label)}</a></p>`;

function html(brand: string, letter: Letter, languages: string[]): string {
  const section = (language: string, index: number) => `
    <section lang="${language}"${index > 0 ? ` style="${apart}"` : ''}>
      <p style="margin:0 0 20px">${escape(letter.paragraphs[index]!)}</p>
      ${letter.button ? link(letter.button.href, letter.button.label[index]!) : ''}
      ${letter.code ? `<p style="${codeStyle}">${escape(letter.code)}</p>` : ''}
      <p style="margin:0;color:#64748b;font-size:13px">${escape(letter.footer[index]!)}</p>
    </section>`;
  return `<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(letter.subject)}</title></head>
<body style="margin:0;padding:32px 16px;background:#f1f5f9;color:#0f172a;font:16px/1.5 system-ui,sans-serif">
  <main style="max-width:520px;margin:0 auto;padding:32px;border-radius:12px;background:#ffffff">
    <p style="margin:0 0 24px;font-weight:700">${escape(brand)}</p>${languages.map(section).join('')}
  </main>
</body></html>`;
}

const text = (letter: Letter, action: string) =>
  letter.paragraphs
    .map((paragraph, index) => [paragraph, action, letter.footer[index]].join('\n\n'))
    .join('\n\n---\n\n');
