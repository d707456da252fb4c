import type { ReportSnapshot } from '../../supabase/contracts/rows/report.ts';

const figure = (metric: string, unit: string, total: number | null, before: number | null) =>
  ({ metric, unit, total, before }) as ReportSnapshot['figures'][number];

/** A week of a small business. */
export const snapshot = (change: Partial<ReportSnapshot> = {}): ReportSnapshot => ({
  name: 'Rapport hebdomadaire',
  template: 'weekly',
  language: 'fr',
  frequency: 'weekly',
  time_zone: 'Europe/Paris',
  due_at: '2026-11-30T08:00:00+00:00',
  filters: {},
  as_of: '2026-11-30T08:00:12+00:00',
  currency: 'EUR',
  zone: 'Europe/Paris',
  from_day: '2026-11-23',
  to_day: '2026-11-29',
  figures: [
    figure('mrr', 'money', 1245050, 1200000),
    figure('mrr_churn', 'money', -2900, 0),
    figure('customers_new', 'count', 12, 8),
    figure('customer_churn_rate', 'rate', 0.0342, null),
    figure('first_response', 'seconds', 5400, 3600),
  ],
  is_empty: false,
  is_unchanged: false,
  is_late: false,
  series: {
    metric: 'mrr',
    unit: 'money',
    granularity: 'month',
    buckets: Array.from({ length: 12 }, (_, month) => ({
      day: `2026-${String(month + 1).padStart(2, '0')}-01`,
      value: month === 3 ? null : 1_000_000 + month * 22_000,
      partial: month === 11,
    })),
  },
  waterfall: Array.from({ length: 12 }, (_, month) => ({
    day: `2026-${String(month + 1).padStart(2, '0')}-01`,
    opening_cents: 1_000_000,
    new_cents: 50_000,
    expansion_cents: 0,
    reactivation_cents: 0,
    contraction_cents: -1_000,
    churn_cents: -2_900,
    closing_cents: 1_046_100,
    partial: month === 11,
  })),
  alerts: [{ kind: 'payment_failed', severity: 'error', count: 3 }],
  risks: null,
  left_out: [{ reason: 'other_currency', count: 2, currency: 'USD', amount_cents: 5800 }],
  ...change,
});

/** Two hundred licences that may end: more than a page. */
export const risks = (): NonNullable<ReportSnapshot['risks']> =>
  Array.from({ length: 200 }, (_, place) => ({
    license: `AB${String(place).padStart(3, '0')}`,
    plan: 'starter',
    mrr_cents: 2900 + place,
    currency: 'EUR',
    expires_at: '2026-12-04T10:00:00+00:00',
    reasons: ['expiring', 'silent'],
    score: 60,
  }));
