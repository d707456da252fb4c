import { sayDay } from '../../../supabase/contracts/reports/say.ts';
import { formatMoment } from '../../_shared/days.ts';
import type { MailTemplate } from '../content.ts';

/** To a colleague: what a report says is in its files, so that a mail that is passed on without them says little. */
export const report: MailTemplate = {
  fr: ({ report: name = 'Rapport', report_zone: zone = 'UTC', from_day: from = '', to_day: to = '', ...data }) => ({
    subject: `${name}, du ${sayDay(from, 'fr')} au ${sayDay(to, 'fr')}`,
    paragraphs: [
      'Bonjour,',
      `Voici « ${name} », du ${sayDay(from, 'fr')} au ${sayDay(to, 'fr')}.`,
      ...(data.is_empty
        ? ['Aucune donnée sur cette période.']
        : data.is_unchanged
          ? ['Rien n’a changé par rapport à la période précédente.']
          : []),
      ...(data.due_at ? [`Prévu le ${formatMoment('fr', data.due_at, zone)} (${zone}).`] : []),
      ...(data.is_late ? ['Il part en retard : rien ne tournait à son heure.'] : []),
    ],
    closing: 'L’historique et les réglages sont dans la console, sous Rapports.',
  }),
  en: ({ report: name = 'Report', report_zone: zone = 'UTC', from_day: from = '', to_day: to = '', ...data }) => ({
    subject: `${name}, from ${sayDay(from, 'en')} to ${sayDay(to, 'en')}`,
    paragraphs: [
      'Hello,',
      `Here is “${name}”, from ${sayDay(from, 'en')} to ${sayDay(to, 'en')}.`,
      ...(data.is_empty
        ? ['No data in this period.']
        : data.is_unchanged
          ? ['Nothing has changed against the period before.']
          : []),
      ...(data.due_at ? [`Due on ${formatMoment('en', data.due_at, zone)} (${zone}).`] : []),
      ...(data.is_late ? ['It leaves late: nothing ran at its time.'] : []),
    ],
    closing: 'History and settings are in the console, under Reports.',
  }),
};
