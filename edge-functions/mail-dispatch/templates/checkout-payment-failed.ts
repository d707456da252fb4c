import { link, type MailTemplate } from '../content.ts';

const named = (plan: string | undefined) => (plan ? `WhatAutosys ${plan}` : 'WhatAutosys');

export const checkoutPaymentFailed: MailTemplate = {
  fr: ({ plan_name, invoice_url }, { amount }) => ({
    subject: 'Le prélèvement de votre commande WhatAutosys a été refusé',
    paragraphs: [
      'Bonjour,',
      `Votre banque a refusé le prélèvement de ${amount()} pour votre commande ${named(plan_name)}. Votre licence ` +
        'n’a donc pas été créée, et rien ne vous a été débité.',
      invoice_url
        ? 'Réglez la facture en ligne, par carte par exemple : vous recevrez aussitôt votre licence.'
        : 'Répondez à ce message pour commander à nouveau.',
    ],
    link: link(invoice_url, 'Régler la facture'),
    closing: 'Si vous avez déjà réglé autrement, ne tenez pas compte de ce message.',
  }),
  en: ({ plan_name, invoice_url }, { amount }) => ({
    subject: 'The debit for your WhatAutosys order was refused',
    paragraphs: [
      'Hello,',
      `Your bank refused the debit of ${amount()} for your ${named(plan_name)} order. Your licence was therefore not ` +
        'made, and nothing was taken from you.',
      invoice_url
        ? 'Pay the invoice online, by card for instance: your licence comes at once.'
        : 'Reply to this message to order again.',
    ],
    link: link(invoice_url, 'Pay the invoice'),
    closing: 'If you have paid otherwise already, please ignore this message.',
  }),
};
