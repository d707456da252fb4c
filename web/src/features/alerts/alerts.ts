import type { AlertBook } from '@/shared/alerts.ts';
import { textOf } from '@/shared/events.ts';

export default {
  alert_delivery_failed: { reason: ({ data }) => textOf(data.error), target: () => null },
} satisfies AlertBook;
