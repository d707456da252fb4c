import type { AlertWords } from '../words.ts';

export const licensesAtRisk: AlertWords = {
  tell: ({ data }) =>
    Number(data['count']) === 1
      ? '1 licence de plus est à risque'
      : `${String(data['count'])} licences de plus sont à risque`,
  counted: ['alerte de risque', 'alertes de risque'],
};
