import type { AlertWords } from '../words.ts';

export const auditPartitionsLow: AlertWords = {
  tell: ({ data }) => `Le journal d’audit n’a plus de place préparée que pour ${data['count']} mois`,
  counted: ['alerte sur la place du journal d’audit', 'alertes sur la place du journal d’audit'],
};
