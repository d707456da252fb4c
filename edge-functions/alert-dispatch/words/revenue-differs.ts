import type { AlertWords } from '../words.ts';

export const revenueDiffers: AlertWords = {
  tell: ({ amount }) => `Le registre du revenu récurrent ne tombe plus juste : écart de ${amount()}`,
  counted: ['écart du registre du revenu', 'écarts du registre du revenu'],
};
