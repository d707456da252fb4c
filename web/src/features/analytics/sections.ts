import type { Metric } from './types.ts';

interface Section {
  key: 'revenue' | 'customers' | 'product' | 'support';
  permission: string;
  cards: readonly Metric[];
  charts: readonly {
    key: string;
    stacked?: boolean;
    parts: readonly { metric: Metric; color: string; type?: 'column' | 'line' }[];
  }[];
}

const [PRIMARY, PALE, GREEN, BLUE, RED, GREY] = [
  '--ui-color-primary-500',
  '--ui-color-primary-300',
  '--ui-color-success-500',
  '--ui-color-info-500',
  '--ui-color-error-500',
  '--ui-color-neutral-400',
];

/** What the page of figures holds, in its order. */
export const SECTIONS: readonly Section[] = [
  {
    key: 'revenue',
    permission: 'payments.read',
    cards: [
      'mrr',
      'arr',
      'arpu',
      'customer_churn_rate',
      'gross_mrr_churn_rate',
      'net_mrr_churn_rate',
      'net_revenue_retention',
      'quick_ratio',
      'lifetime_value',
      'cash_received',
      'refunds',
      'disputes_lost',
    ],
    charts: [
      { key: 'mrr', parts: [{ metric: 'mrr', color: PRIMARY }] },
      {
        key: 'cash',
        stacked: true,
        parts: [
          { metric: 'cash_new', color: PRIMARY },
          { metric: 'cash_renewal', color: PALE },
          { metric: 'cash_upgrade', color: GREEN },
          { metric: 'cash_other', color: GREY },
          { metric: 'refunds', color: RED },
        ],
      },
    ],
  },
  {
    key: 'customers',
    permission: 'payments.read',
    cards: [
      'licenses_total',
      'licenses_active',
      'licenses_in_grace',
      'licenses_expired',
      'paying_customers',
      'customers_new',
      'customers_churned',
      'renewal_rate',
    ],
    charts: [
      {
        key: 'customers',
        parts: [
          { metric: 'customers_new', color: GREEN },
          { metric: 'customers_churned', color: RED },
          { metric: 'paying_customers', color: PRIMARY, type: 'line' },
        ],
      },
      { key: 'licenses', parts: [{ metric: 'licenses_active', color: PRIMARY }] },
    ],
  },
  {
    key: 'product',
    permission: 'licenses.read',
    cards: [
      'messages_sent',
      'ai_queries',
      'campaigns_launched',
      'errors_count',
      'uptime',
      'clients_day',
      'clients_week',
      'clients_month',
    ],
    charts: [
      { key: 'messages', parts: [{ metric: 'messages_sent', color: PRIMARY }] },
      {
        key: 'clients',
        parts: [
          { metric: 'clients_day', color: PALE },
          { metric: 'clients_week', color: BLUE, type: 'line' },
          { metric: 'clients_month', color: PRIMARY, type: 'line' },
        ],
      },
      { key: 'errors', parts: [{ metric: 'errors_count', color: RED }] },
      { key: 'ai', parts: [{ metric: 'ai_queries', color: BLUE }] },
    ],
  },
  {
    key: 'support',
    permission: 'tickets.read',
    cards: ['tickets_opened', 'first_response', 'resolution', 'tickets_breached'],
    charts: [
      {
        key: 'tickets',
        parts: [
          { metric: 'tickets_opened', color: PRIMARY },
          { metric: 'tickets_breached', color: RED },
        ],
      },
      { key: 'first_response', parts: [{ metric: 'first_response', color: PRIMARY }] },
    ],
  },
];
