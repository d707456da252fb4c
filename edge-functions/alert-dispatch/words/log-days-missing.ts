import type { AlertWords } from '../words.ts';

export const logDaysMissing: AlertWords = {
  tell: () => 'Les journaux n’ont plus de place préparée pour les jours qui viennent',
  counted: ['alerte sur la place des journaux', 'alertes sur la place des journaux'],
};
