import type { MailTemplate } from '../content.ts';

/** The reason of a revocation is internal and stays out. */
export const licenseRevoked: MailTemplate = {
  fr: ({ plan_name, license_key_hint }) => ({
    subject: 'Votre licence WhatAutosys a été révoquée',
    paragraphs: [
      'Bonjour,',
      `Votre licence WhatAutosys ${plan_name} (clé se terminant par ${license_key_hint}) a été révoquée. ` +
        'L’application ne fonctionne plus sur votre machine.',
    ],
    closing: 'Si vous pensez qu’il s’agit d’une erreur, répondez à ce message.',
  }),
  en: ({ plan_name, license_key_hint }) => ({
    subject: 'Your WhatAutosys licence was revoked',
    paragraphs: [
      'Hello,',
      `Your WhatAutosys ${plan_name} licence (key ending in ${license_key_hint}) was revoked. ` +
        'The application no longer works on your machine.',
    ],
    closing: 'If you think this is a mistake, reply to this message.',
  }),
};
