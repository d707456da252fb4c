import type { AlertWords } from '../words.ts';

export const stripeSyncIncomplete: AlertWords = {
  tell: ({ data: { error, count } }) =>
    `La synchronisation avec Stripe est incomplète : ${error ?? `${count ?? 0} objet(s) laissé(s) de côté`}`,
  counted: ['synchronisation incomplète avec Stripe', 'synchronisations incomplètes avec Stripe'],
};
