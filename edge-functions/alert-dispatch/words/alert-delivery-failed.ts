import type { AlertWords } from '../words.ts';

export const alertDeliveryFailed: AlertWords = {
  tell: ({ data }) => `Des alertes ne partent plus sur ${data['channel']} : ${data['error']}`,
  counted: ['envoi d’alertes en échec', 'envois d’alertes en échec'],
};
