import type { AlertWords } from '../words.ts';

export const paymentFailed: AlertWords = {
  tell: ({ whose, amount, reason }) => `Paiement échoué : ${whose}, ${amount()}${reason}`,
  counted: ['paiement échoué', 'paiements échoués'],
};
