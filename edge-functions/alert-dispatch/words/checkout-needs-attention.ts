import type { AlertWords } from '../words.ts';

export const checkoutNeedsAttention: AlertWords = {
  tell: ({ email }) => `Un achat demande votre attention : ${email}`,
  counted: ['achat à traiter', 'achats à traiter'],
};
