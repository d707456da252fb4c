import { describe, expect, it } from 'vitest';
import { changeOf, daysUntil, featuresOf, valuesOf } from './figures.ts';
import { usage } from './test-data.ts';

describe('daysUntil()', () => {
  it('has so many days in their order, the last one included, across a change of clocks', () => {
    expect(daysUntil('2026-11-02', 3)).toEqual(['2026-10-31', '2026-11-01', '2026-11-02']);
    expect(daysUntil('2026-03-30', 3)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30']);
    expect(daysUntil('2026-11-28', 90)).toHaveLength(90);
  });
});

describe('valuesOf()', () => {
  it('is null on days nobody reported, and 0 where 0 was', () => {
    const days = ['2026-11-26', '2026-11-27', '2026-11-28'];
    expect(valuesOf(usage(), 'messages_sent', days)).toEqual([40, null, 60]);
    expect(valuesOf(usage(), 'errors_count', days)).toEqual([0, null, 3]);
  });
});

describe('changeOf()', () => {
  const of = (now: number | null, before: number | null) => ({
    month: { ...usage().month, messages_sent: now, uptime: now },
    month_before: { ...usage().month_before, messages_sent: before, uptime: before },
  });
  it('is a share of the month before, of a percentage its points', () => {
    expect(changeOf(of(112, 100), 'messages_sent')).toBeCloseTo(0.12);
    expect(changeOf(of(0.95, 0.97), 'uptime')).toBeCloseTo(-0.02);
  });
  it('is none where nothing can be compared', () => {
    expect(changeOf(of(null, 100), 'messages_sent')).toBeNull();
    expect(changeOf(of(100, null), 'messages_sent')).toBeNull();
    expect(changeOf(of(100, 0), 'messages_sent')).toBeNull();
  });
});

it('featuresOf() has what was used, then what is known and never was, and says what no longer is', () => {
  expect(featuresOf(usage()).map(({ feature, activity }) => [feature, activity])).toEqual([
    ['catalogue', 'very_active'],
    ['voice_notes', 'active'],
    ['campaigns', 'no_longer'],
    ['conversation_goals', 'never_used'],
    ['co_pilot', 'never_used'],
    ['ai_assistant', 'never_used'],
    ['quick_replies', 'never_used'],
  ]);
});
