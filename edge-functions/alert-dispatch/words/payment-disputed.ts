import type { AlertWords } from '../words.ts';

export const paymentDisputed: AlertWords = {
  tell: ({ whose, amount, reason }) => `Litige ouvert : ${whose}, ${amount()}${reason}`,
  counted: ['litige', 'litiges'],
};
