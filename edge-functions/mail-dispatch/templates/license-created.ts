import type { MailTemplate } from '../content.ts';

/** A letter whose key could not be opened must not leave. */
function readable(key: string | null | undefined): string {
  if (!key) throw new Error('the licence key could not be opened');
  return key;
}

export const licenseCreated: MailTemplate = {
  fr: ({ plan_name, expires_at, license_key }, { day }) => ({
    subject: 'Votre licence WhatAutosys',
    paragraphs: [
      'Bonjour,',
      `Voici votre licence WhatAutosys ${plan_name}, valable jusqu’au ${day(expires_at)}.`,
      'Ouvrez WhatAutosys, choisissez « Activer une licence » et saisissez cette clé :',
    ],
    code: readable(license_key),
    closing: 'Conservez ce message : la clé vous sera demandée si vous réinstallez l’application.',
  }),
  en: ({ plan_name, expires_at, license_key }, { day }) => ({
    subject: 'Your WhatAutosys licence',
    paragraphs: [
      'Hello,',
      `Here is your WhatAutosys ${plan_name} licence, valid until ${day(expires_at)}.`,
      'Open WhatAutosys, choose “Activate a licence” and enter this key:',
    ],
    code: readable(license_key),
    closing: 'Keep this message: you will need the key if you install the application again.',
  }),
};
