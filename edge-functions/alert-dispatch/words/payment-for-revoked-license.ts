import type { AlertWords } from '../words.ts';

export const paymentForRevokedLicense: AlertWords = {
  tell: ({ email, amount }) => `Paiement reçu pour une licence révoquée : ${email}, ${amount()}`,
  counted: ['paiement pour une licence révoquée', 'paiements pour des licences révoquées'],
};
