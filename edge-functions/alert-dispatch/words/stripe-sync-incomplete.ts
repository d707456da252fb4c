import type { AlertWords } from '../words.ts';

export const stripeSyncIncomplete: AlertWords = {
  tell: ({ data: { error, count } }) =>
    `La synchronisation avec Stripe est incomplète : ${error ?? `objets laissés de côté : ${count ?? 0}`}`,
  counted: ['synchronisation incomplète avec Stripe', 'synchronisations incomplètes avec Stripe'],
};
