import { type MailTemplate, readableKey } from '../content.ts';

export const licenseCreated: MailTemplate = {
  fr: ({ plan_name, expires_at, license_key }, { day }) => ({
    subject: 'Votre licence WhatAutosys',
    paragraphs: [
      'Bonjour,',
      `Voici votre licence WhatAutosys ${plan_name}, valable jusqu’au ${day(expires_at)}.`,
      'Ouvrez WhatAutosys, choisissez « Activer une licence » et saisissez cette clé :',
    ],
    code: readableKey(license_key),
    closing: 'Conservez ce message : la clé vous sera demandée si vous réinstallez l’application.',
  }),
  en: ({ plan_name, expires_at, license_key }, { day }) => ({
    subject: 'Your WhatAutosys licence',
    paragraphs: [
      'Hello,',
      `Here is your WhatAutosys ${plan_name} licence, valid until ${day(expires_at)}.`,
      'Open WhatAutosys, choose “Activate a licence” and enter this key:',
    ],
    code: readableKey(license_key),
    closing: 'Keep this message: you will need the key if you install the application again.',
  }),
};
