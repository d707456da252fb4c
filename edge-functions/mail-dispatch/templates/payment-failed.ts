import { link, type MailTemplate } from '../content.ts';

export const paymentFailed: MailTemplate = {
  fr: ({ plan_name, expires_at, invoice_url }, { amount, day }) => ({
    subject: 'Votre paiement WhatAutosys n’a pas abouti',
    paragraphs: [
      'Bonjour,',
      `Le paiement de ${amount()} pour votre abonnement WhatAutosys ${plan_name} n’a pas abouti. ` +
        `Votre licence reste utilisable jusqu’au ${day(expires_at)}, puis pendant une courte période de grâce.`,
      'Vérifiez votre carte, ou réglez la facture en ligne.',
    ],
    link: link(invoice_url, 'Régler la facture'),
    closing:
      'Nous réessaierons automatiquement dans les prochains jours. ' +
      'Si vous avez déjà réglé, ne tenez pas compte de ce message.',
  }),
  en: ({ plan_name, expires_at, invoice_url }, { amount, day }) => ({
    subject: 'Your WhatAutosys payment did not go through',
    paragraphs: [
      'Hello,',
      `The payment of ${amount()} for your WhatAutosys ${plan_name} subscription did not go through. ` +
        `Your licence works until ${day(expires_at)}, then for a short grace period.`,
      'Please check your card, or pay the invoice online.',
    ],
    link: link(invoice_url, 'Pay the invoice'),
    closing:
      'We will try again automatically in the coming days. If you have paid already, please ignore this message.',
  }),
};
