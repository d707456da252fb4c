import { frenchSpaces } from '../../../supabase/contracts/french-spaces.ts';
import type { AlertWords } from '../words.ts';

const became: Record<string, string> = {
  missed: 'manqué : rien ne tournait à son heure',
  no_recipient: 'sans destinataire qui puisse le lire',
};

export const reportFailed: AlertWords = {
  tell({ data }) {
    const named = typeof data['report'] === 'string' ? `Rapport « ${data['report']} »` : 'Rapport';
    return frenchSpaces(`${named} ${became[String(data['error'])] ?? 'non envoyé'}`);
  },
  counted: ['rapport non envoyé', 'rapports non envoyés'],
};
