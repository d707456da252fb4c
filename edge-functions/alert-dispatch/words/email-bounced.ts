import type { AlertWords } from '../words.ts';

export const emailBounced: AlertWords = {
  tell: ({ whose }) => `Adresse refusée : ${whose} ne reçoit plus nos e-mails`,
  counted: ['adresse refusée', 'adresses refusées'],
};
