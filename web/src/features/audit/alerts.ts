import type { AlertBook, AlertKind } from '@/shared/alerts.ts';

const toTrail: AlertKind = { target: (_alert, can) => (can('audit.read') ? { name: 'audit' } : null) };

export default {
  audit_broken: toTrail,
  audit_partitions_low: toTrail,
} satisfies AlertBook;
