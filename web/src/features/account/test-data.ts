import type { OwnAccount } from './types.ts';

export const account = (over: Partial<OwnAccount> = {}): OwnAccount => ({
  user_id: '00000000-0000-4000-8000-000000000001',
  email: 'lea@example.com',
  display_name: 'Léa Moreau',
  role: 'support',
  locale: 'fr',
  sessions: [
    {
      id: '00000000-0000-4000-8000-0000000000a1',
      user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
      ip_address: '203.0.113.8',
      created_at: '2026-11-27T08:00:00.000Z',
      last_seen_at: '2026-11-27T09:00:00.000Z',
      is_current: true,
    },
    {
      id: '00000000-0000-4000-8000-0000000000a2',
      user_agent: null,
      ip_address: null,
      created_at: '2026-11-26T08:00:00.000Z',
      last_seen_at: '2026-11-26T09:00:00.000Z',
      is_current: false,
    },
  ],
  factors: [
    {
      id: '00000000-0000-4000-8000-0000000000f1',
      name: 'authenticator',
      created_at: '2026-01-10T08:00:00.000Z',
      last_used_at: '2026-11-27T08:00:00.000Z',
    },
  ],
  recovery_codes: { left: 0, made_at: null },
  ...over,
});
