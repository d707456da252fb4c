import { type MailTemplate, readableKey } from '../content.ts';

/** The reason is internal and stays out. */
export const licenseKeyRenewed: MailTemplate = {
  fr: ({ plan_name, expires_at, license_key }, { day }) => ({
    subject: 'Votre nouvelle clé de licence WhatAutosys',
    paragraphs: [
      'Bonjour,',
      `La clé de votre licence WhatAutosys ${plan_name}, valable jusqu’au ${day(expires_at)}, a été remplacée. ` +
        'L’ancienne clé ne fonctionne plus.',
      'Ouvrez WhatAutosys, choisissez « Activer une licence » et saisissez la nouvelle clé :',
    ],
    code: readableKey(license_key),
    closing: 'Conservez ce message, et supprimez celui qui contenait l’ancienne clé.',
  }),
  en: ({ plan_name, expires_at, license_key }, { day }) => ({
    subject: 'Your new WhatAutosys licence key',
    paragraphs: [
      'Hello,',
      `The key of your WhatAutosys ${plan_name} licence, valid until ${day(expires_at)}, was replaced. ` +
        'The old key no longer works.',
      'Open WhatAutosys, choose “Activate a licence” and enter the new key:',
    ],
    code: readableKey(license_key),
    closing: 'Keep this message, and delete the one that held the old key.',
  }),
};
