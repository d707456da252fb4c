import { type MailTemplate, readableKey } from '../content.ts';

export const licenseKeySent: MailTemplate = {
  fr: ({ plan_name, expires_at, license_key }, { day }) => ({
    subject: 'Votre clé de licence WhatAutosys',
    paragraphs: [
      'Bonjour,',
      `Voici à nouveau la clé de votre licence WhatAutosys ${plan_name}, valable jusqu’au ${day(expires_at)}.`,
      'Ouvrez WhatAutosys, choisissez « Activer une licence » et saisissez cette clé :',
    ],
    code: readableKey(license_key),
    closing: 'Conservez ce message : la clé vous sera demandée si vous réinstallez l’application.',
  }),
  en: ({ plan_name, expires_at, license_key }, { day }) => ({
    subject: 'Your WhatAutosys licence key',
    paragraphs: [
      'Hello,',
      `Here is the key of your WhatAutosys ${plan_name} licence again, valid until ${day(expires_at)}.`,
      'Open WhatAutosys, choose “Activate a licence” and enter this key:',
    ],
    code: readableKey(license_key),
    closing: 'Keep this message: you will need the key if you install the application again.',
  }),
};
