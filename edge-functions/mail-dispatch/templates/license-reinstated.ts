import type { MailTemplate } from '../content.ts';

export const licenseReinstated: MailTemplate = {
  fr: ({ plan_name, license_key_hint, expires_at }, { day }) => ({
    subject: 'Votre licence WhatAutosys est rétablie',
    paragraphs: [
      'Bonjour,',
      `La suspension de votre licence WhatAutosys ${plan_name} (clé se terminant par ${license_key_hint}) est levée. ` +
        `La licence est valable jusqu’au ${day(expires_at)}.`,
    ],
    closing: 'Relancez l’application. Si elle ne démarre pas, répondez à ce message.',
  }),
  en: ({ plan_name, license_key_hint, expires_at }, { day }) => ({
    subject: 'Your WhatAutosys licence is reinstated',
    paragraphs: [
      'Hello,',
      `The suspension of your WhatAutosys ${plan_name} licence (key ending in ${license_key_hint}) is lifted. ` +
        `The licence is valid until ${day(expires_at)}.`,
    ],
    closing: 'Start the application again. If it does not run, reply to this message.',
  }),
};
