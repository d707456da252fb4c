import type { AlertWords } from '../words.ts';

export const checkoutNeedsAttention: AlertWords = {
  tell: () => 'Un achat demande votre attention',
  counted: ['achat à traiter', 'achats à traiter'],
};
