import type { Usage } from './queries.ts';

/** What two days of a client told, for tests. */
export const usage = (over: Partial<Usage> = {}): Usage => {
  const day = { licenses: 1, ai_queries: 5, campaigns_launched: 1, errors_count: 0, uptime: 0.5 };
  const figures = {
    reported_days: 20,
    messages_sent: 1234,
    ai_queries: 456,
    campaigns_launched: 12,
    errors_count: 9,
    uptime: 0.985,
  };
  return {
    from_day: '2026-08-31',
    to_day: '2026-11-28',
    today: '2026-11-28',
    first_reported_on: '2026-01-10',
    last_reported_on: '2026-11-28',
    days: [
      { ...day, day: '2026-11-26', messages_sent: 40 },
      { ...day, day: '2026-11-28', messages_sent: 60, errors_count: 3 },
    ],
    month: { ...figures, from_day: '2026-11-01', to_day: '2026-11-28' },
    month_before: {
      ...figures,
      from_day: '2026-10-01',
      to_day: '2026-10-28',
      messages_sent: 1102,
      campaigns_launched: null,
      errors_count: 3,
      uptime: 0.99,
    },
    features: [
      { feature: 'catalogue', activity: 'very_active', days_used: 22, uses: 1450, last_used_on: '2026-11-28' },
      { feature: 'voice_notes', activity: 'active', days_used: 1, uses: 1, last_used_on: '2026-11-02' },
      { feature: 'campaigns', activity: 'never_used', days_used: 0, uses: 0, last_used_on: '2026-09-12' },
    ],
    ...over,
  };
};
