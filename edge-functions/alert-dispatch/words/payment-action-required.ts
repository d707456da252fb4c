import type { AlertWords } from '../words.ts';

export const paymentActionRequired: AlertWords = {
  tell: ({ whose, amount }) => `Le client doit confirmer son paiement : ${whose}, ${amount()}`,
  counted: ['paiement à confirmer', 'paiements à confirmer'],
};
