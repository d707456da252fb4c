import type { AlertBook } from '@/shared/alerts.ts';

export default {
  licenses_at_risk: { target: (_alert, can) => (can('customers.read') ? { name: 'risks' } : null) },
} satisfies AlertBook;
