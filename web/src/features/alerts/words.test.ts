// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { alert } from './test-data.ts';
import { byDay } from './words.ts';

describe('byDay()', () => {
  it('keeps the order and groups by the reader’s day', () => {
    const days = byDay([
      alert({ id: 'c', created_at: '2026-11-22T23:30:00Z' }),
      alert({ id: 'b', created_at: '2026-11-22T22:30:00Z' }),
      alert({ id: 'a', created_at: '2026-11-22T08:00:00Z' }),
    ]);
    expect(days.map((day) => day.alerts.map((each) => each.id))).toEqual([['c'], ['b', 'a']]);
  });
});
