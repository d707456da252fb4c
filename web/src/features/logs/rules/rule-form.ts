import type { LogRuleChannel, LogRuleKey, LogRuleKind } from '@contracts/constants/logs.ts';
import type { AlertSeverity } from '@contracts/constants/staff.ts';
import type { LogRule, LogRuleInput } from './queries.ts';

/** A rule as it is typed: what its kind does not need stays, for whoever changes the kind back. */
export interface RuleForm {
  name: string;
  kind: LogRuleKind;
  query: string;
  counted_by: LogRuleKey;
  threshold: number | null;
  minutes: number | null;
  factor: number | null;
  cool_down_minutes: number | null;
  severity: AlertSeverity;
  channels: LogRuleChannel[];
}

export const newRule = (query = ''): RuleForm => ({
  name: '',
  kind: 'count',
  query,
  counted_by: 'all',
  threshold: 10,
  minutes: 10,
  factor: 3,
  cool_down_minutes: 60,
  severity: 'error',
  channels: [],
});

export const formOf = (rule: LogRule): RuleForm => ({
  name: rule.name,
  kind: rule.kind,
  query: rule.query,
  counted_by: rule.counted_by,
  threshold: rule.threshold ?? 10,
  minutes: rule.minutes ?? 10,
  factor: rule.factor ?? 3,
  cool_down_minutes: rule.cool_down_minutes,
  severity: rule.severity,
  channels: [...rule.channels],
});

/** What a kind asks for. */
export const NEEDS: Record<LogRuleKind, { threshold: boolean; minutes: number; factor: boolean; keys: LogRuleKey[] }> =
  {
    count: { threshold: true, minutes: 1_440, factor: false, keys: ['all', 'license', 'group'] },
    rate: { threshold: true, minutes: 60, factor: true, keys: ['all'] },
    new_group: { threshold: false, minutes: 0, factor: false, keys: ['group'] },
    returned_group: { threshold: false, minutes: 0, factor: false, keys: ['group'] },
    silence: { threshold: false, minutes: 1_440, factor: false, keys: ['all'] },
  };

const isWithin = (value: number | null, least: number, most: number) =>
  value !== null && value >= least && value <= most;

/** Whether all that its kind needs is there; the database judges the rest. */
export function isWhole(form: RuleForm): boolean {
  const needs = NEEDS[form.kind];
  return (
    (!needs.threshold || isWithin(form.threshold, 0, 100_000_000)) &&
    (!needs.minutes || isWithin(form.minutes, 1, needs.minutes)) &&
    (!needs.factor || isWithin(form.factor, 1, 1_000)) &&
    isWithin(form.cool_down_minutes, 1, 10_080)
  );
}

export function ruleOf(form: RuleForm, isEnabled = true): LogRuleInput {
  const needs = NEEDS[form.kind];
  return {
    name: form.name.trim(),
    kind: form.kind,
    query: form.query.trim(),
    counted_by: needs.keys.includes(form.counted_by) ? form.counted_by : needs.keys[0]!,
    threshold: needs.threshold ? form.threshold : null,
    minutes: needs.minutes ? form.minutes : null,
    factor: needs.factor ? form.factor : null,
    cool_down_minutes: form.cool_down_minutes ?? 60,
    severity: form.severity,
    channels: form.severity === 'info' ? [] : [...form.channels].toSorted(),
    is_enabled: isEnabled,
  };
}
