import type { AlertWords } from '../words.ts';

export const alertDeliveryFailed: AlertWords = {
  tell: ({ data: { channel, error } }) =>
    `Des alertes ne partent plus${channel ? ` sur ${channel}` : ''}${error ? ` : ${error}` : ''}`,
  counted: ['envoi d’alertes en échec', 'envois d’alertes en échec'],
};
