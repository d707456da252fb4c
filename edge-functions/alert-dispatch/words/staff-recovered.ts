import type { AlertWords } from '../words.ts';

/** Who it was stays in the console: a name would stay with the messenger for ever. */
export const staffRecovered: AlertWords = {
  tell: () => 'Un code de secours a remplacé le second facteur d’un membre de l’équipe',
  counted: ['code de secours utilisé', 'codes de secours utilisés'],
};
