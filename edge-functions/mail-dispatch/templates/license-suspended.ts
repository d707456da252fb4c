import type { MailTemplate } from '../content.ts';

/** The reason of a suspension is internal and stays out. */
export const licenseSuspended: MailTemplate = {
  fr: ({ plan_name, license_key_hint }) => ({
    subject: 'Votre licence WhatAutosys est suspendue',
    paragraphs: [
      'Bonjour,',
      `Votre licence WhatAutosys ${plan_name} (clé se terminant par ${license_key_hint}) est suspendue. ` +
        'L’application ne fonctionne plus jusqu’à ce que la suspension soit levée.',
    ],
    closing: 'Répondez à ce message pour en connaître la raison et rétablir votre accès.',
  }),
  en: ({ plan_name, license_key_hint }) => ({
    subject: 'Your WhatAutosys licence is suspended',
    paragraphs: [
      'Hello,',
      `Your WhatAutosys ${plan_name} licence (key ending in ${license_key_hint}) is suspended. ` +
        'The application does not work until the suspension is lifted.',
    ],
    closing: 'Reply to this message to learn why and to restore your access.',
  }),
};
