import type { AlertBook } from '@/shared/alerts.ts';

export default {
  report_failed: { target: (_alert, can) => (can('reports.read') ? { name: 'reports' } : null) },
} satisfies AlertBook;
