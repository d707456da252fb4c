export type Locale = 'fr' | 'en';
export type Template = 'license_created' | 'license_revoked';

export interface MailData {
  license_key: string | null;
  license_key_hint: string;
  plan_name: string;
  expires_at: string;
  revoked_reason: string | null;
}

interface Content {
  subject: string;
  paragraphs: string[];
  /** Set apart, in a fixed-width face. */
  code?: string;
  closing: string;
}

const date = (locale: Locale, iso: string) =>
  new Intl.DateTimeFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'long', timeZone: 'Europe/Paris' }).format(new Date(iso));

const contents: Record<Template, Record<Locale, (data: MailData) => Content>> = {
  license_created: {
    fr: (data) => ({
      subject: 'Votre licence WhatAutosys',
      paragraphs: [
        'Bonjour,',
        `Voici votre licence WhatAutosys ${data.plan_name}, valable jusqu’au ${date('fr', data.expires_at)}.`,
        'Ouvrez WhatAutosys, choisissez « Activer une licence » et saisissez cette clé :',
      ],
      code: data.license_key ?? '',
      closing: 'Conservez ce message : la clé vous sera demandée si vous réinstallez l’application.',
    }),
    en: (data) => ({
      subject: 'Your WhatAutosys licence',
      paragraphs: [
        'Hello,',
        `Here is your WhatAutosys ${data.plan_name} licence, valid until ${date('en', data.expires_at)}.`,
        'Open WhatAutosys, choose “Activate a licence” and enter this key:',
      ],
      code: data.license_key ?? '',
      closing: 'Keep this message: you will need the key if you install the application again.',
    }),
  },
  license_revoked: {
    fr: (data) => ({
      subject: 'Votre licence WhatAutosys a été révoquée',
      paragraphs: [
        'Bonjour,',
        `Votre licence WhatAutosys ${data.plan_name} (clé se terminant par ${data.license_key_hint}) a été révoquée. L’application ne fonctionne plus sur votre machine.`,
      ],
      closing: 'Si vous pensez qu’il s’agit d’une erreur, répondez à ce message.',
    }),
    en: (data) => ({
      subject: 'Your WhatAutosys licence was revoked',
      paragraphs: [
        'Hello,',
        `Your WhatAutosys ${data.plan_name} licence (key ending in ${data.license_key_hint}) was revoked. The application no longer works on your machine.`,
      ],
      closing: 'If you think this is a mistake, reply to this message.',
    }),
  },
};

const escapeHtml = (text: string) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Subject, text and HTML of a mail. The reason of a revocation is internal and stays out. */
export function renderMail(template: Template, locale: Locale, data: MailData): { subject: string; text: string; html: string } {
  const { subject, paragraphs, code, closing } = contents[template][locale](data);
  const text = [...paragraphs, ...(code ? [`    ${code}`] : []), closing, 'WhatAutosys'].join('\n\n');
  const html = `<!doctype html><html lang="${locale}"><body style="margin:0;background:#f8fafc;font:16px/1.5 system-ui,sans-serif;color:#0f172a">
<div style="max-width:560px;margin:32px auto;padding:32px;background:#fff;border:1px solid #e2e8f0;border-radius:12px">
${paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n')}
${code ? `<p style="padding:16px;background:#eef2ff;border-radius:8px;font:600 18px ui-monospace,monospace;text-align:center;letter-spacing:.02em">${escapeHtml(code)}</p>` : ''}
<p>${escapeHtml(closing)}</p>
<p style="color:#64748b">WhatAutosys</p>
</div></body></html>`;
  return { subject, text, html };
}
