import type { AlertWords } from '../words.ts';

export const licenseRevokedUnpaid: AlertWords = {
  tell: ({ data, email }) => `Licence révoquée après ${data['days']} jours d’impayé : ${email}`,
  counted: ['licence révoquée pour impayé', 'licences révoquées pour impayé'],
};
