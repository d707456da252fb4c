import type { AlertBook } from '@/shared/alerts.ts';

export default {
  audit_partitions_low: { target: (_alert, can) => (can('audit.read') ? { name: 'audit' } : null) },
} satisfies AlertBook;
