import type { AlertWords } from '../words.ts';

export const ticketDueSoon: AlertWords = {
  tell: ({ data: { number, clock } }) =>
    `${clock === 'resolution' ? 'Résolution bientôt attendue' : 'Réponse bientôt attendue'} : ticket${
      number ? ` #${number}` : ''
    }`,
  counted: ['ticket bientôt en retard', 'tickets bientôt en retard'],
};
