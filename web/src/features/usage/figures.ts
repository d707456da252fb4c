import { knownFeatures, type FeatureActivity } from '@contracts/constants/usage.ts';
import type { Usage } from './queries.ts';

/** What is counted by day, in the order of the cards. */
export const METRICS = ['messages_sent', 'ai_queries', 'campaigns_launched', 'errors_count', 'uptime'] as const;
export type Metric = (typeof METRICS)[number];
export const RANGES = ['7', '30', '90'] as const;

const DAY = 86_400_000;

/** So many days up to the last, whether anything was reported of them or not. */
export function daysUntil(lastDay: string, count: number): string[] {
  const last = Date.parse(`${lastDay}T00:00:00Z`);
  return Array.from({ length: count }, (_, index) =>
    new Date(last - (count - 1 - index) * DAY).toISOString().slice(0, 10),
  );
}

/** The figure of each day; null where nothing was reported. */
export function valuesOf(usage: Pick<Usage, 'days'>, metric: Metric, days: readonly string[]): (number | null)[] {
  const reported = new Map(usage.days.map((each) => [each.day, each[metric]]));
  return days.map((day) => reported.get(day) ?? null);
}

/** This month against the one before: by how much of it, or of a percentage by how many points. */
export function changeOf(
  { month, month_before }: Pick<Usage, 'month' | 'month_before'>,
  metric: Metric,
): number | null {
  const [now, before] = [month[metric], month_before[metric]];
  if (now === null || before === null) return null;
  if (metric === 'uptime') return now - before;
  return before === 0 ? null : (now - before) / before;
}

export interface FeatureUse {
  feature: string;
  /** `no_longer`: in none of the last 30 days, but before. */
  activity: FeatureActivity | 'no_longer';
  daysUsed: number;
  uses: number;
  lastUsedOn: string | null;
}

/** What was used, the most used first, and then what is known to be there and never was. */
export function featuresOf({ features }: Pick<Usage, 'features'>): FeatureUse[] {
  const used = features.map(({ feature, activity, days_used, uses, last_used_on }) => ({
    feature,
    activity: activity === 'never_used' ? ('no_longer' as const) : activity,
    daysUsed: days_used,
    uses,
    lastUsedOn: last_used_on,
  }));
  const names = new Set(used.map(({ feature }) => feature));
  const never = knownFeatures
    .filter((feature) => !names.has(feature))
    .map((feature) => ({ feature, activity: 'never_used' as const, daysUsed: 0, uses: 0, lastUsedOn: null }));
  return [...used, ...never];
}
