import type { AlertWords } from '../words.ts';

export const licenseRevokedUnpaid: AlertWords = {
  tell: ({ data, whose }) => `Licence révoquée après ${data['days']} jours d’impayé : ${whose}`,
  counted: ['licence révoquée pour impayé', 'licences révoquées pour impayé'],
};
