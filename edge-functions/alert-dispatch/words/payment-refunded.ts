import type { AlertWords } from '../words.ts';

export const paymentRefunded: AlertWords = {
  tell: ({ whose, amount }) => `Remboursement : ${whose}, ${amount()}`,
  counted: ['remboursement', 'remboursements'],
};
