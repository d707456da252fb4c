import type { LogFiring, LogRule } from './queries.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The lines behind a firing, in the explorer. Lines are placed when they happened, which may be long before. */
export function linesLink(
  rule: Pick<LogRule, 'query' | 'counted_by' | 'minutes'>,
  firing: Pick<LogFiring, 'key' | 'fired_at' | 'line_refs'>,
): { name: string; query: Record<string, string> } {
  const fired = Date.parse(firing.fired_at);
  const times = firing.line_refs.map(({ at }) => Date.parse(at));
  const from = Math.min(fired - (rule.minutes ?? 1) * MINUTE, ...times);
  const to = Math.max(fired + SECOND, ...times.map((at) => at + SECOND));
  const field = firing.key && { license: 'license', group: 'group', all: '' }[rule.counted_by];
  const asked = rule.query && field ? `(${rule.query})` : rule.query;
  return {
    name: 'logs',
    query: {
      q: [asked, field && `${field}:${firing.key}`].filter(Boolean).join(' '),
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
    },
  };
}
