import type { AlertWords } from '../words.ts';

export const paymentRefunded: AlertWords = {
  tell: ({ email, amount }) => `Remboursement : ${email}, ${amount()}`,
  counted: ['remboursement', 'remboursements'],
};
