import { link, type MailTemplate } from '../content.ts';

const named = (plan: string | undefined) => (plan ? `WhatAutosys ${plan}` : 'WhatAutosys');

export const paymentActionRequired: MailTemplate = {
  fr: ({ plan_name, new_plan_name, is_change, ends_at, invoice_url }, { amount, moment }) => ({
    subject: is_change
      ? 'Votre changement d’abonnement attend votre accord'
      : 'Votre banque vous demande de confirmer un paiement',
    paragraphs: [
      'Bonjour,',
      is_change
        ? `Le passage de votre abonnement à ${new_plan_name ? named(new_plan_name) : 'la nouvelle formule'} attend ` +
          `un paiement de ${amount()}.`
        : `Votre banque vous demande de confirmer le paiement de ${amount()} pour votre abonnement ` +
          `${named(plan_name)}.`,
      is_change
        ? `Réglez-le en ligne${ends_at ? ` avant le ${moment(ends_at)}` : ''}. Sans cela rien ne change : votre ` +
          'abonnement actuel continue.'
        : 'Ouvrez la facture et suivez les instructions de votre banque : cela prend une minute.',
    ],
    link: link(invoice_url, is_change ? 'Régler' : 'Confirmer le paiement'),
    closing: 'Si vous l’avez déjà fait, ne tenez pas compte de ce message.',
  }),
  en: ({ plan_name, new_plan_name, is_change, ends_at, invoice_url }, { amount, moment }) => ({
    subject: is_change ? 'Your change of subscription is waiting for you' : 'Your bank asks you to confirm a payment',
    paragraphs: [
      'Hello,',
      is_change
        ? `The move of your subscription to ${new_plan_name ? named(new_plan_name) : 'the new plan'} is waiting for ` +
          `a payment of ${amount()}.`
        : `Your bank asks you to confirm the payment of ${amount()} for your ${named(plan_name)} subscription.`,
      is_change
        ? `Pay it online${ends_at ? ` before ${moment(ends_at)}` : ''}. Otherwise nothing changes: your current ` +
          'subscription goes on.'
        : 'Open the invoice and follow your bank’s instructions: it takes a minute.',
    ],
    link: link(invoice_url, is_change ? 'Pay' : 'Confirm the payment'),
    closing: 'If you have done so already, please ignore this message.',
  }),
};
