import type { AlertBook } from '@/shared/alerts.ts';

export default {
  metrics_differ: { target: () => ({ name: 'home' }) },
} satisfies AlertBook;
