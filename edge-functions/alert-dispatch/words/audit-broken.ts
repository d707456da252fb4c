import type { AlertWords } from '../words.ts';

export const auditBroken: AlertWords = {
  tell: ({ data: { sequence } }) =>
    `Le journal d’audit ne correspond plus à ses sceaux${sequence ? ` (événement n° ${sequence})` : ''}`,
  counted: ['alerte sur l’intégrité du journal d’audit', 'alertes sur l’intégrité du journal d’audit'],
};
