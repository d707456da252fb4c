import type { AlertWords } from '../words.ts';

export const subscriptionCanceled: AlertWords = {
  tell: ({ whose }) => `Abonnement terminé : ${whose}`,
  counted: ['abonnement terminé', 'abonnements terminés'],
};
