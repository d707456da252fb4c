import type { Locale } from '../../../supabase/contracts/constants/staff.ts';
import type { MailData, MailTemplate } from '../content.ts';

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

const told: Record<Locale, (data: MailData) => string> = {
  fr({ rule_kind, lines = 0, minutes = 0, count = 1, label, by }) {
    const whose = label ? (by === 'license' ? ` Licence …${label}.` : ` ${label}`) : '';
    const times = count > 1 ? ` (${count} fois)` : '';
    if (rule_kind === 'silence') return `Aucune ligne depuis ${minutes} ${minutes > 1 ? 'minutes' : 'minute'}${times}.`;
    if (rule_kind === 'new_group') return `Une nouvelle erreur est apparue${times}.${whose}`;
    if (rule_kind === 'returned_group') return `Une erreur résolue est revenue${times}.${whose}`;
    return `${lines} ${lines > 1 ? 'lignes' : 'ligne'} en ${minutes} min${times}.${whose}`;
  },
  en({ rule_kind, lines = 0, minutes = 0, count = 1, label, by }) {
    const whose = label ? (by === 'license' ? ` Licence …${label}.` : ` ${label}`) : '';
    const times = count > 1 ? ` (${count} times)` : '';
    if (rule_kind === 'silence') return `No line for ${plural(minutes, 'minute', 'minutes')}${times}.`;
    if (rule_kind === 'new_group') return `A new error has appeared${times}.${whose}`;
    if (rule_kind === 'returned_group') return `A resolved error has come back${times}.${whose}`;
    return `${plural(lines, 'line', 'lines')} in ${minutes} min${times}.${whose}`;
  },
};

/** To a colleague who works on the log. What the lines say stays in the console. */
export const logRuleFired: MailTemplate = {
  fr: (data, { moment }) => ({
    subject: `Journaux : « ${data.rule ?? 'règle'} » s’est déclenchée`,
    paragraphs: ['Bonjour,', told.fr(data), `C’était le ${moment(data.fired_at)}.`],
    closing: 'Les lignes sont dans la console, sous Journaux, Alertes.',
  }),
  en: (data, { moment }) => ({
    subject: `Logs: “${data.rule ?? 'rule'}” has fired`,
    paragraphs: ['Hello,', told.en(data), `This was on ${moment(data.fired_at)}.`],
    closing: 'The lines are in the console, under Logs, Alerts.',
  }),
};
