import type { AlertWords } from '../words.ts';

export const stripeSyncIncomplete: AlertWords = {
  tell: ({ data }) =>
    `La synchronisation avec Stripe est incomplète : ${data['error'] ?? `${data['count']} objet(s) laissé(s) de côté`}`,
  counted: ['synchronisation incomplète avec Stripe', 'synchronisations incomplètes avec Stripe'],
};
