import type { AlertWords } from '../words.ts';

export const metricsDiffer: AlertWords = {
  tell: ({ data }) =>
    `Des chiffres ne correspondaient plus au registre depuis le ${String(data['day'])} ; ils sont refaits`,
  counted: ['écart des chiffres', 'écarts des chiffres'],
};
