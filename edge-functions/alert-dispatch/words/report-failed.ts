import type { AlertWords } from '../words.ts';

export const reportFailed: AlertWords = {
  tell: ({ data }) =>
    data['error'] === 'missed'
      ? `Rapport « ${String(data['report'])} » manqué : rien ne tournait à son heure`
      : data['error'] === 'no_recipient'
        ? `Rapport « ${String(data['report'])} » sans destinataire qui puisse le lire`
        : `Rapport « ${String(data['report'])} » non envoyé`,
  counted: ['rapport non envoyé', 'rapports non envoyés'],
};
