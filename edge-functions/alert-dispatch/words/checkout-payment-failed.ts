import type { AlertWords } from '../words.ts';

export const checkoutPaymentFailed: AlertWords = {
  tell: ({ whose, amount }) => `Prélèvement d’un achat en ligne refusé : ${whose}, ${amount()}`,
  counted: ['prélèvement d’achat en ligne refusé', 'prélèvements d’achat en ligne refusés'],
};
