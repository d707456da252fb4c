import { z } from 'zod';
import { alertSeverities } from '../constants/staff.ts';
import { logRuleChannels, logRuleKeys, logRuleKinds } from '../constants/logs.ts';
import { count, id, instant, partOf } from '../scalars.ts';

/** A rule as it is written; which numbers it needs depends on its kind. */
const logRule = z.strictObject({
  /** What messengers say. */
  name: z.string(),
  kind: z.enum(logRuleKinds),
  /** The language of private.parse_log_query. */
  query: z.string().max(4_000).optional(),
  counted_by: z.enum(logRuleKeys).optional(),
  /** More lines than these. */
  threshold: z.int().min(0).nullish(),
  minutes: z.int().min(1).nullish(),
  /** Times the usual of that hour of the week. */
  factor: z.number().min(1).nullish(),
  cool_down_minutes: z.int().min(1).optional(),
  severity: z.enum(alertSeverities).optional(),
  /** Beside the console. */
  channels: z.array(z.enum(logRuleChannels)).optional(),
  is_enabled: z.boolean().optional(),
});

const logRuleRow = z.strictObject({
  id,
  name: z.string(),
  kind: z.enum(logRuleKinds),
  query: z.string(),
  counted_by: z.enum(logRuleKeys),
  threshold: z.int().nullable(),
  minutes: z.int().nullable(),
  factor: z.number().nullable(),
  cool_down_minutes: z.int(),
  severity: z.enum(alertSeverities),
  channels: z.array(z.enum(logRuleChannels)),
  is_enabled: z.boolean(),
  enabled_at: instant,
  /** Licences, groups, or the one whole, that fire at the moment. */
  firing_count: count,
  last_fired_at: instant.nullable(),
  /** Of the last 7 days. */
  firings: count,
  created_at: instant,
  created_by: id.nullable(),
  created_by_name: z.string().nullable(),
});

const logFiring = z.strictObject({
  id: z.int().positive(),
  rule_id: id,
  /** Licence or group; empty for all lines. */
  key: z.string(),
  /** End of the licence's key, or title of the group. */
  label: z.string().nullable(),
  fired_at: instant,
  ended_at: instant.nullable(),
  /** Of the period when it fired. */
  lines: count,
  /** The first lines behind it. */
  line_refs: z.array(z.strictObject({ id: z.int().positive(), at: instant })),
  alert_id: id.nullable(),
});

export const logRuleRpc = {
  list_log_rules: { args: z.strictObject({}), result: z.strictObject({ rows: z.array(logRuleRow) }) },
  list_log_firings: {
    args: z.strictObject({
      rule_id: id,
      before_id: z.int().positive().nullish(),
      page_size: z.int().min(1).max(200).optional(),
    }),
    result: partOf(logFiring),
  },
  preview_log_alert: {
    args: z.strictObject({ rule: logRule.partial({ name: true }) }),
    /** Of the 7 days to `to_time`; `complete` is false when the budget ended at `from_time`. */
    result: z.strictObject({
      total: count,
      /** The newest 200. */
      fires: z.array(z.strictObject({ at: instant, key: z.string(), label: z.string().nullable(), lines: count })),
      from_time: instant,
      to_time: instant,
      complete: z.boolean(),
      /** Lines that the rule is about. */
      lines: count,
      /** The most of them in one period. */
      peak: count,
      /** By hour; those without lines are left out. */
      buckets: z.array(z.strictObject({ at: instant, lines: count })),
      unknown_sources: z.array(z.string()),
      unknown_licenses: z.array(z.string()),
    }),
  },
  save_log_rule: {
    args: z.strictObject({
      rule: logRule,
      /** Of the rule that is changed. */
      rule_id: id.nullish(),
      /** That rule as it was read. */
      seen: z.record(z.string(), z.unknown()).nullish(),
    }),
    result: logRuleRow,
  },
  delete_log_rule: { args: z.strictObject({ rule_id: id }), result: z.null() },
  pause_log_rules: {
    args: z.strictObject({ rule_ids: z.array(id).min(1).max(200), is_paused: z.boolean().optional() }),
    /** How many changed. */
    result: count,
  },
};
