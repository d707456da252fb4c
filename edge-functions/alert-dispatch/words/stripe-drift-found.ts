import type { AlertWords } from '../words.ts';

export const stripeDriftFound: AlertWords = {
  tell: ({ data }) => `Écarts avec Stripe trouvés : ${data['count']}`,
  counted: ['synchronisation avec des écarts', 'synchronisations avec des écarts'],
};
