import type { AlertWords } from '../words.ts';

export const stripeEventFailed: AlertWords = {
  tell: ({ data }) => `Événement Stripe en échec : ${data['type']} (${data['event_id']})`,
  counted: ['événement Stripe en échec', 'événements Stripe en échec'],
};
