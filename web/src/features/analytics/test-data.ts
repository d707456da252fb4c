import type { Dashboard, Figure, Figures, Metric, MetricRow, MetricRows, WaterfallStep } from './types.ts';

const head = { as_of: '2026-11-28T10:00:00Z', currency: 'EUR', zone: 'Europe/Paris' };
const period = { from_day: '2026-10-30', to_day: '2026-11-28' };

/** The first page as a manager reads it, for tests. */
export const dashboard = (over: Partial<Dashboard> = {}): Dashboard => ({
  ...head,
  ...period,
  churn_alert_rate: 0.15,
  mrr_cents: 123_450,
  mrr_before_cents: 120_000,
  mrr_series: [
    { day: '2026-11-27', value: 120_000 },
    { day: '2026-11-28', value: 123_450 },
  ],
  churn_rate: 0.2,
  churn_rate_before: 0.1,
  revenue: [
    {
      day: '2026-11-01',
      partial: true,
      mrr_cents: 123_450,
      new_cents: 2900,
      renewal_cents: 5800,
      upgrade_cents: 0,
      other_cents: 0,
      refunded_cents: -1900,
      lost_cents: 0,
    },
  ],
  churn: [{ day: '2026-11-01', partial: true, rate: 0.2, left: 2, paying_before: 10 }],
  proof: { is_proven: true, proved_at: '2026-11-28T03:00:00Z' },
  failed_payments_today: 1,
  active_licenses: 487,
  total_licenses: 512,
  in_grace: 4,
  active_before: 490,
  active_series: [],
  renewal_rate: 0.9,
  renewal_rate_before: 0.85,
  due: 10,
  renewed: 9,
  expiring: 3,
  open_tickets: 7,
  tickets: { critical: 1, high: 2, medium: 3, low: 1, overdue: 2 },
  open_tickets_before: 5,
  ...over,
});

/** Nothing has happened yet: no figure is a zero that nobody counted. */
export const emptyDashboard = (): Dashboard =>
  dashboard({
    mrr_cents: null,
    mrr_before_cents: null,
    mrr_series: [],
    churn_rate: null,
    revenue: [],
    churn: [],
    proof: null,
    failed_payments_today: 0,
    active_licenses: null,
    total_licenses: null,
    active_before: null,
    renewal_rate: null,
    renewal_rate_before: null,
    due: 0,
    renewed: 0,
    expiring: 0,
    open_tickets: null,
    tickets: { critical: 0, high: 0, medium: 0, low: 0, overdue: 0 },
    open_tickets_before: 0,
  });

export const row = (over: Partial<MetricRow> = {}): MetricRow => ({
  id: '33333333-3333-4333-8333-333333333333',
  at: '2026-11-12T09:00:00Z',
  customer: { id: '22222222-2222-4222-8222-222222222222', email: 'client@example.com', name: 'Agathe Garcia' },
  amount_cents: 2900,
  currency: 'EUR',
  plan: 'premium',
  ...over,
});
export const rows = (over: Partial<MetricRows> = {}): MetricRows => ({
  metric: 'mrr',
  kind: 'customers',
  currency: 'EUR',
  ...period,
  total: 2,
  sum: 123_450,
  rows: [row(), row({ id: '55555555-5555-4555-8555-555555555555', customer: null, amount_cents: 120_550 })],
  ...over,
});

export const figure = (metric: Metric, over: Partial<Figure> = {}): Figure => ({
  metric,
  unit: 'count',
  buckets: [
    { day: '2026-11-09', value: 1, partial: false },
    { day: '2026-11-16', value: 2, partial: true },
  ],
  total: 3,
  before: 2,
  left_out: [],
  ...over,
});
export const figures = (metrics: Figure[]): Figures => ({ ...head, ...period, granularity: 'week', metrics });

export const step = (over: Partial<WaterfallStep> = {}): WaterfallStep => ({
  day: '2026-11-09',
  opening_cents: 10_000,
  new_cents: 2900,
  expansion_cents: 1000,
  reactivation_cents: 0,
  contraction_cents: -500,
  churn_cents: -1900,
  closing_cents: 11_500,
  partial: false,
  ...over,
});
