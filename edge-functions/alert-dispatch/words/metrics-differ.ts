import type { AlertWords } from '../words.ts';

export const metricsDiffer: AlertWords = {
  tell: () => 'Des chiffres ne correspondaient plus au registre et ont été refaits',
  counted: ['écart des chiffres', 'écarts des chiffres'],
};
