import type { AlertWords } from '../words.ts';

export const logLag: AlertWords = {
  tell: () => 'Les journaux ont du retard sur ce qui arrive',
  counted: ['alerte sur le retard des journaux', 'alertes sur le retard des journaux'],
};
