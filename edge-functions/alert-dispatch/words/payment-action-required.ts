import type { AlertWords } from '../words.ts';

export const paymentActionRequired: AlertWords = {
  tell: ({ email, amount }) => `Le client doit confirmer son paiement : ${email}, ${amount()}`,
  counted: ['paiement à confirmer', 'paiements à confirmer'],
};
