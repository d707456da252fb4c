import type { AlertWords } from '../words.ts';

/** The number alone: who asks, and what, stays in the console. */
export const ticketBreached: AlertWords = {
  tell: ({ data: { number, clock } }) =>
    `${clock === 'resolution' ? 'Résolution en retard' : 'Réponse en retard'} : ticket${number ? ` #${number}` : ''}`,
  counted: ['ticket en retard', 'tickets en retard'],
};
