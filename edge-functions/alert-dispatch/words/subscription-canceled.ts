import type { AlertWords } from '../words.ts';

export const subscriptionCanceled: AlertWords = {
  tell: ({ email }) => `Abonnement terminé : ${email}`,
  counted: ['abonnement terminé', 'abonnements terminés'],
};
