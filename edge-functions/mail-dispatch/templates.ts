export type Locale = 'fr' | 'en';
export type Template = 'license_created' | 'license_revoked' | 'payment_failed' | 'subscription_ending';

/** What a template needs is there; the database strips the rest. */
export interface MailData {
  license_key?: string | null;
  license_key_hint?: string;
  plan_name?: string;
  expires_at?: string;
  revoked_reason?: string | null;
  amount_cents?: number;
  currency?: string;
  /** Stripe's page where the invoice can be paid. */
  invoice_url?: string | null;
  ends_at?: string;
  payment_failed?: boolean;
}

interface Content {
  subject: string;
  paragraphs: string[];
  /** Set apart, in a fixed-width face. */
  code?: string;
  link?: { url: string; label: string } | undefined;
  closing: string;
}

const date = (locale: Locale, iso: string | undefined) =>
  new Intl.DateTimeFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'long', timeZone: 'Europe/Paris' }).format(
    new Date(iso ?? Number.NaN),
  );

const money = (locale: Locale, { amount_cents, currency }: MailData) =>
  new Intl.NumberFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', { style: 'currency', currency: currency ?? 'EUR' }).format(
    (amount_cents ?? Number.NaN) / 100,
  );

/** Only what a browser opens safely. */
const link = (url: string | null | undefined, label: string) =>
  url && /^https?:\/\//.test(url) ? { url, label } : undefined;

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
  payment_failed: {
    fr: (data) => ({
      subject: 'Votre paiement WhatAutosys n’a pas abouti',
      paragraphs: [
        'Bonjour,',
        `Le paiement de ${money('fr', data)} pour votre abonnement WhatAutosys ${data.plan_name} n’a pas abouti. Votre licence reste utilisable jusqu’au ${date('fr', data.expires_at)}, puis pendant une courte période de grâce.`,
        'Vérifiez votre carte, ou réglez la facture en ligne.',
      ],
      link: link(data.invoice_url, 'Régler la facture'),
      closing:
        'Nous réessaierons automatiquement dans les prochains jours. Si vous avez déjà réglé, ne tenez pas compte de ce message.',
    }),
    en: (data) => ({
      subject: 'Your WhatAutosys payment did not go through',
      paragraphs: [
        'Hello,',
        `The payment of ${money('en', data)} for your WhatAutosys ${data.plan_name} subscription did not go through. Your licence works until ${date('en', data.expires_at)}, then for a short grace period.`,
        'Please check your card, or pay the invoice online.',
      ],
      link: link(data.invoice_url, 'Pay the invoice'),
      closing:
        'We will try again automatically in the coming days. If you have paid already, please ignore this message.',
    }),
  },
  subscription_ending: {
    fr: (data) => ({
      subject: 'Votre abonnement WhatAutosys se termine bientôt',
      paragraphs: [
        'Bonjour,',
        `Votre abonnement WhatAutosys${data.plan_name ? ` ${data.plan_name}` : ''} se termine le ${date('fr', data.ends_at)}.`,
        data.payment_failed
          ? 'Son renouvellement n’a pas pu être payé : mettez votre carte à jour pour continuer sans interruption.'
          : 'Il ne sera pas renouvelé automatiquement. Pour continuer sans interruption, réactivez-le avant cette date.',
      ],
      closing: 'Répondez à ce message si nous pouvons vous aider.',
    }),
    en: (data) => ({
      subject: 'Your WhatAutosys subscription ends soon',
      paragraphs: [
        'Hello,',
        `Your WhatAutosys${data.plan_name ? ` ${data.plan_name}` : ''} subscription ends on ${date('en', data.ends_at)}.`,
        data.payment_failed
          ? 'Its renewal could not be paid: update your card to go on without interruption.'
          : 'It will not renew by itself. To go on without interruption, reactivate it before that day.',
      ],
      closing: 'Reply to this message if we can help.',
    }),
  },
};

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Subject, text and HTML of a mail. The reason of a revocation is internal and stays out. */
export function renderMail(
  template: Template,
  locale: Locale,
  data: MailData,
): { subject: string; text: string; html: string } {
  const { subject, paragraphs, code, link, closing } = contents[template][locale](data);
  const text = [
    ...paragraphs,
    ...(code ? [`    ${code}`] : []),
    ...(link ? [`${link.label} : ${link.url}`] : []),
    closing,
    'WhatAutosys',
  ].join('\n\n');
  const html = `<!doctype html><html lang="${locale}"><body style="margin:0;background:#f8fafc;font:16px/1.5 system-ui,sans-serif;color:#0f172a">
<div style="max-width:560px;margin:32px auto;padding:32px;background:#fff;border:1px solid #e2e8f0;border-radius:12px">
${paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n')}
${code ? `<p style="padding:16px;background:#eef2ff;border-radius:8px;font:600 18px ui-monospace,monospace;text-align:center;letter-spacing:.02em">${escapeHtml(code)}</p>` : ''}
${link ? `<p><a href="${escapeHtml(link.url)}" style="display:inline-block;padding:10px 18px;background:#4f46e5;border-radius:8px;color:#fff;text-decoration:none">${escapeHtml(link.label)}</a></p>` : ''}
<p>${escapeHtml(closing)}</p>
<p style="color:#64748b">WhatAutosys</p>
</div></body></html>`;
  return { subject, text, html };
}
