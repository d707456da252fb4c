import { event as anyEvent } from '@/test/event.ts';
import type { AuditRow } from './types.ts';

/** A row of the audit for tests. */
export const event = (over: Partial<AuditRow> = {}): AuditRow => ({
  ...anyEvent(over),
  customer_email: 'client@example.com',
  hash: 'ab'.repeat(32),
  ...over,
});
