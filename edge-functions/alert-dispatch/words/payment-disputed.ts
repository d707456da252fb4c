import type { AlertWords } from '../words.ts';

export const paymentDisputed: AlertWords = {
  tell: ({ email, amount, reason }) => `Litige ouvert : ${email}, ${amount()}${reason}`,
  counted: ['litige', 'litiges'],
};
