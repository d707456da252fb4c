import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setBusinessZone } from '@/base/business-zone.ts';
import { endOfWeek, figurePage, isPartial, thisMonth, weeksOf } from './report.ts';
import { changedMeanwhile, byWeekday } from './settings.ts';
import type { TicketFigures } from './types.ts';
import { workingTime } from './working-time.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-30T23:30:00Z') });
  setBusinessZone('Europe/Paris');
});
afterEach(() => vi.useRealTimers());

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const week = (key: string, tickets: number, breaches: number) =>
  ({ key, tickets: { count: tickets }, breaches: { count: breaches } }) as unknown as TicketFigures;

describe('the period of a report', () => {
  it('is the month in progress where the business is', () => {
    expect(thisMonth()).toEqual({ from: '2026-12-01', to: '2026-12-01' });
    setBusinessZone('America/New_York');
    expect(thisMonth()).toEqual({ from: '2026-11-01', to: '2026-11-30' });
  });

  it('is partial until its last day is over', () => {
    expect([isPartial('2026-11-30'), isPartial('2026-12-01')]).toEqual([false, true]);
    expect(endOfWeek('2026-11-30')).toBe('2026-12-06');
  });

  it('is told week by week from the Monday before it, those without tickets too', () => {
    expect(weeksOf({ from: '2026-11-04', to: '2026-11-23' }, [week('2026-11-09', 3, 1)])).toEqual([
      { monday: '2026-11-02', tickets: 0, breaches: 0 },
      { monday: '2026-11-09', tickets: 3, breaches: 1 },
      { monday: '2026-11-16', tickets: 0, breaches: 0 },
      { monday: '2026-11-23', tickets: 0, breaches: 0 },
    ]);
  });
});

describe('working time', () => {
  it.each([
    [null, '—'],
    [0, '0 s'],
    [42, '42 s'],
    [59.6 * 60, '1 h'],
    [114 * 60, '1 h 54 min'],
    [26 * 3600 + 300, '26 h 5 min'],
  ])('of %s seconds is %s', (seconds, text) => {
    expect(plain(workingTime(seconds, 'fr-FR', '—'))).toBe(text);
  });
});

describe('a figure', () => {
  it('opens the desk with what it counts, and nothing else', () => {
    const days = { folder: 'all', created_from: '2026-11-01', created_to: '2026-11-30' } as const;
    expect(figurePage({ ...days, tags: ['qr code'], breached: 'any' }).query).toEqual({
      folder: 'all',
      from: '2026-11-01',
      to: '2026-11-30',
      tag: 'qr code',
      breached: 'any',
    });
    expect(figurePage({ ...days, is_assigned: false, is_answered: true }).query).toMatchObject({
      assignee: 'nobody',
      answered: 'yes',
    });
    expect(figurePage({ ...days, statuses: ['resolved', 'closed'], priorities: ['high'] }).query).toMatchObject({
      status: 'resolved,closed',
      priority: 'high',
    });
  });
});

describe('settings', () => {
  it('hours stand by day, each in order', () => {
    const late = { weekday: 1, starts: '13:30', ends: '18:00' };
    const early = { weekday: 1, starts: '09:00', ends: '12:30' };
    expect(byWeekday([late, early])).toEqual([[early, late], [], [], [], [], [], []]);
  });

  it('what somebody else changed is read from the refusal, and from no other', () => {
    const refusal = { code: 'PT409', hint: 'support_setting_changed', message: 'x', details: '["name", "hours"]' };
    expect(changedMeanwhile(refusal)).toEqual(['name', 'hours']);
    expect(changedMeanwhile({ ...refusal, hint: 'invalid_calendar', details: '' })).toEqual([]);
  });
});
