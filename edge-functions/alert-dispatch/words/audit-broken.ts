import type { AlertWords } from '../words.ts';

export const auditBroken: AlertWords = {
  tell: ({ data }) => `Le journal d’audit ne correspond plus à ce qui a été scellé (événement n° ${data['sequence']})`,
  counted: ['alerte sur l’intégrité du journal d’audit', 'alertes sur l’intégrité du journal d’audit'],
};
