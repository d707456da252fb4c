import type { AlertWords } from '../words.ts';

export const paymentFraudWarned: AlertWords = {
  tell: ({ whose, amount }) =>
    `La banque soupçonne une fraude : ${whose}, ${amount()}. Rembourser maintenant évite un litige`,
  counted: ['soupçon de fraude', 'soupçons de fraude'],
};
