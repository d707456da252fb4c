import type { AlertWords } from '../words.ts';

export const paymentFailed: AlertWords = {
  tell: ({ email, amount, reason }) => `Paiement échoué : ${email}, ${amount()}${reason}`,
  counted: ['paiement échoué', 'paiements échoués'],
};
