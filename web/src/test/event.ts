import type { AuditEvent } from '@/shared/events.ts';

/** An event for tests. */
export const event = (over: Partial<AuditEvent> = {}): AuditEvent => ({
  id: '44444444-4444-4444-8444-444444444444',
  sequence: 12,
  subject_type: 'license',
  subject_id: '11111111-1111-4111-8111-111111111111',
  customer_id: '22222222-2222-4222-8222-222222222222',
  customer_email: 'client@example.com',
  license_id: '11111111-1111-4111-8111-111111111111',
  user_id: '00000000-0000-4000-8000-000000000001',
  actor_kind: 'staff',
  actor: 'admin@example.com',
  event_type: 'license_extended',
  event_data: {
    days: 7,
    reason: 'Geste commercial',
    before: { expires_at: '2026-12-15T00:00:00Z' },
    after: { expires_at: '2026-12-22T00:00:00Z' },
  },
  is_forgotten: false,
  ip_address: '192.0.2.10',
  user_agent: 'Mozilla/5.0',
  created_at: '2026-11-22T10:00:00.123456+00:00',
  ...over,
});
