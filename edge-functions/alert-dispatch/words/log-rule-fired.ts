import type { AlertFacts, AlertWords } from '../words.ts';

const plural = (count: number, one: string, many: string) => `${count} ${count > 1 ? many : one}`;

function what({ rule_kind, lines, minutes, label, count = 1, by }: AlertFacts['data']): string {
  const whose = label ? (by === 'license' ? ` de la licence …${label}` : ` : ${label}`) : '';
  const times = Number(count) > 1 ? ` (${count} fois)` : '';
  if (rule_kind === 'silence')
    return `aucune ligne depuis ${plural(Number(minutes ?? 0), 'minute', 'minutes')}${times}`;
  if (rule_kind === 'new_group') return `nouvelle erreur${times}${whose}`;
  if (rule_kind === 'returned_group') return `erreur résolue qui revient${times}${whose}`;
  const period = minutes ? ` en ${plural(Number(minutes), 'minute', 'minutes')}` : '';
  return `${plural(Number(lines ?? 0), 'ligne', 'lignes')}${period}${times}${whose}`;
}

/** The rule and its figures, the end of a key or a title without particulars: no words of a line. */
export const logRuleFired: AlertWords = {
  tell: ({ data }) => `Journaux, ${data['rule'] ? `« ${data['rule']} »` : 'une règle'} : ${what(data)}`,
  counted: ['règle des journaux déclenchée', 'règles des journaux déclenchées'],
};
