import type { AlertBook } from '@/shared/alerts.ts';

export default {
  staff_recovered: { target: (_alert, can) => (can('staff.read') ? { name: 'staff' } : null) },
} satisfies AlertBook;
