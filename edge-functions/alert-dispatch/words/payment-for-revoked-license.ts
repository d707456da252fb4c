import type { AlertWords } from '../words.ts';

export const paymentForRevokedLicense: AlertWords = {
  tell: ({ whose, amount }) => `Paiement reçu pour une licence révoquée : ${whose}, ${amount()}`,
  counted: ['paiement pour une licence révoquée', 'paiements pour des licences révoquées'],
};
