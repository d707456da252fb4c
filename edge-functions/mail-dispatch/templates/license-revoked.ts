import type { Locale } from '../../../supabase/contracts/constants/staff.ts';
import type { MailData, MailTemplate, Writing } from '../content.ts';

/** What becomes of the subscription, and of the money; nothing of a licence that had none. */
const consequences: Record<Locale, (data: MailData, writing: Writing) => string[]> = {
  fr: ({ billing, ends_at, amount_cents }, { day, amount }) => [
    ...(billing === 'now' ? ['Votre abonnement est résilié : plus rien ne vous sera débité.'] : []),
    ...(billing === 'period_end'
      ? [`Votre abonnement prend fin le ${day(ends_at)} : plus rien ne vous sera débité.`]
      : []),
    ...(billing === 'keep' ? ['Votre abonnement, lui, n’est pas résilié.'] : []),
    ...(billing && amount_cents !== undefined
      ? [`Nous vous remboursons ${amount()}, sur le moyen de paiement d’origine, sous 5 à 10 jours ouvrés.`]
      : []),
  ],
  en: ({ billing, ends_at, amount_cents }, { day, amount }) => [
    ...(billing === 'now' ? ['Your subscription is cancelled: nothing more will be charged.'] : []),
    ...(billing === 'period_end' ? [`Your subscription ends on ${day(ends_at)}: nothing more will be charged.`] : []),
    ...(billing === 'keep' ? ['Your subscription itself is not cancelled.'] : []),
    ...(billing && amount_cents !== undefined
      ? [`We are refunding ${amount()} to the original payment method, within 5 to 10 working days.`]
      : []),
  ],
};

/** The reason of a revocation is internal and stays out. */
export const licenseRevoked: MailTemplate = {
  fr: (data, writing) => ({
    subject: 'Votre licence WhatAutosys a été révoquée',
    paragraphs: [
      'Bonjour,',
      `Votre licence WhatAutosys ${data.plan_name} (clé se terminant par ${data.license_key_hint}) a été révoquée. ` +
        'L’application ne fonctionne plus sur votre machine.',
      ...consequences.fr(data, writing),
    ],
    closing: 'Si vous pensez qu’il s’agit d’une erreur, répondez à ce message.',
  }),
  en: (data, writing) => ({
    subject: 'Your WhatAutosys licence was revoked',
    paragraphs: [
      'Hello,',
      `Your WhatAutosys ${data.plan_name} licence (key ending in ${data.license_key_hint}) was revoked. ` +
        'The application no longer works on your machine.',
      ...consequences.en(data, writing),
    ],
    closing: 'If you think this is a mistake, reply to this message.',
  }),
};
