import type { AlertBook, AlertKind } from '@/shared/alerts.ts';
import { textOf } from '@/shared/events.ts';

const failedEvents: AlertKind = {
  target: (_alert, can) => (can('stripe.read') ? { name: 'stripe-health', query: { status: 'failed' } } : null),
  reason: ({ data }) => textOf(data.error) || textOf(data.type),
};

export default {
  checkout_needs_attention: failedEvents,
  stripe_event_failed: failedEvents,
  stripe_sync_incomplete: {
    target: (_alert, can) => (can('stripe.read') ? { name: 'stripe-health', query: { tab: 'drifts' } } : null),
    reason: ({ data }) => textOf(data.error),
  },
  revenue_differs: { target: (_alert, can) => (can('stripe.read') ? { name: 'stripe-health' } : null) },
  stripe_drift_found: {
    target: (_alert, can) => (can('stripe.read') ? { name: 'stripe-health', query: { tab: 'drifts' } } : null),
  },
} satisfies AlertBook;
