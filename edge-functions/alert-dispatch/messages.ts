import type { AlertSeverity } from '../../supabase/contracts/constants/staff.ts';
import { frenchSpaces } from '../../supabase/contracts/french-spaces.ts';
import { subjectPath } from '../../supabase/contracts/subjects.ts';
import { formatMoney } from '../_shared/money.ts';
import type { AlertFacts, AlertWords } from './words.ts';
import { logError } from '../_shared/log.ts';

export interface Alert {
  id: string;
  kind: string;
  severity: AlertSeverity;
  data: Record<string, unknown>;
  created_at: Date | string;
  /** What it is about, if the database says so: the message then leads there. */
  subject_type?: string | null;
  subject_id?: string | null;
  /** Last group of the licence's key. */
  license_key_hint?: string | null;
}

function factsOf({ data, license_key_hint: hint }: Alert): AlertFacts {
  const given = data['failure_code'] ?? data['reason'];
  return {
    data,
    whose: hint ? `licence …${hint}` : 'client sans licence',
    amount: () => formatMoney('fr', Number(data['amount_cents'] ?? 0), String(data['currency'] ?? 'EUR')),
    reason: given ? ` (${given})` : '',
  };
}

const wordsOf = (words: Record<string, AlertWords>, kind: string) =>
  Object.hasOwn(words, kind) ? words[kind] : undefined;
const sign = (severity: AlertSeverity) => (severity === 'error' ? '🔴' : '🟠');

/** Data that the words cannot read cost the alert its words, never its message. */
function tell(alert: Alert, words: Record<string, AlertWords>): string {
  try {
    return frenchSpaces(wordsOf(words, alert.kind)?.tell(factsOf(alert)) ?? alert.kind);
  } catch (error) {
    logError(`alert "${alert.id}" cannot be told in words`, error);
    return alert.kind;
  }
}

/** Up to this many are told one by one; more become one message that counts them. */
const apart = 5;

/** The messages for some alerts, in the language of the team: each alert is in exactly one. */
export function renderAlerts(
  alerts: Alert[],
  words: Record<string, AlertWords>,
  consoleUrl: string,
): Array<{ ids: string[]; text: string }> {
  const root = consoleUrl.replace(/\/$/, '');
  if (alerts.length <= apart)
    return alerts.map((alert) => {
      const path = subjectPath(alert.subject_type ?? null, alert.subject_id ?? null) ?? '';
      return { ids: [alert.id], text: `${sign(alert.severity)} ${tell(alert, words)}\n${root}${path}` };
    });
  const counts = new Map<string, number>();
  for (const { kind } of alerts) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const worst = sign(alerts.some(({ severity }) => severity === 'error') ? 'error' : 'warning');
  const lines = [...counts].map(
    ([kind, count]) => `• ${count} ${wordsOf(words, kind)?.counted[count === 1 ? 0 : 1] ?? kind}`,
  );
  const text = [`${worst} ${alerts.length} alertes WhatAutosys`, ...lines, root].join('\n');
  return [{ ids: alerts.map(({ id }) => id), text }];
}
