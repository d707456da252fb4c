import type { MailTemplate } from '../content.ts';

/** Who and why is internal and stays out. */
export const loginAsRedeemed: MailTemplate = {
  fr: ({ plan_name, license_key_hint, started_at, ends_at }, { moment }) => ({
    subject: 'Notre support s’est connecté à votre compte WhatAutosys',
    paragraphs: [
      'Bonjour,',
      'Pour vous aider, un administrateur de WhatAutosys s’est connecté en votre nom avec votre licence ' +
        `${plan_name} (clé se terminant par ${license_key_hint}) le ${moment(started_at)}. ` +
        `Cet accès prend fin au plus tard le ${moment(ends_at)}.`,
      'Votre mot de passe, votre adresse, votre ordinateur et vos paiements ne peuvent pas être changés par cet accès.',
    ],
    closing: 'Vous ne vous y attendiez pas ? Répondez à ce message.',
  }),
  en: ({ plan_name, license_key_hint, started_at, ends_at }, { moment }) => ({
    subject: 'Our support has logged in to your WhatAutosys account',
    paragraphs: [
      'Hello,',
      'To help you, an administrator of WhatAutosys logged in in your name with your licence ' +
        `${plan_name} (key ending in ${license_key_hint}) on ${moment(started_at)}. ` +
        `This access ends on ${moment(ends_at)} at the latest.`,
      'Your password, your address, your computer and your payments cannot be changed through it.',
    ],
    closing: 'You did not expect this? Reply to this message.',
  }),
};
