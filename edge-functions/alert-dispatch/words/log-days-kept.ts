import type { AlertWords } from '../words.ts';

export const logDaysKept: AlertWords = {
  tell: () => 'Des journaux trop anciens ne peuvent pas être supprimés',
  counted: ['alerte sur des journaux trop anciens', 'alertes sur des journaux trop anciens'],
};
