import { describe, expect, it } from 'vitest';
import { chartDays, searchArguments } from './queries.ts';
import { refundable, shownStatus } from './status.ts';
import { payment } from './test-data.ts';
import type { PaymentFilters } from './types.ts';

const filters: PaymentFilters = {
  q: '',
  status: [],
  from: '',
  to: '',
  sort: 'payment_date',
  desc: true,
  page: 1,
  size: 25,
};

describe('searchArguments()', () => {
  it('leaves out what is not set', () => {
    expect(searchArguments(filters)).toEqual({ sort: 'payment_date', descending: true, page: 1, page_size: 25 });
  });
  it('takes whole days of Paris, through a change of the clocks', () => {
    expect(searchArguments({ ...filters, from: '2026-10-25', to: '2026-10-25' })).toMatchObject({
      from_time: '2026-10-24T22:00:00.000Z',
      to_time: '2026-10-25T23:00:00.000Z',
    });
  });
});

describe('chartDays()', () => {
  const now = new Date('2026-11-22T23:30:00Z');
  it('shows the last 30 days of Paris without a filter', () =>
    expect(chartDays('', '', now)).toEqual({ from: '2026-10-25', to: '2026-11-23' }));
  it('follows the filter', () =>
    expect(chartDays('2026-01-01', '2026-01-31', now)).toEqual({ from: '2026-01-01', to: '2026-01-31' }));
  it('asks for 400 days before its end at most', () =>
    expect(chartDays('2020-01-01', '2026-01-01', now)).toEqual({ from: '2024-11-27', to: '2026-01-01' }));
  it('shows one day when the filter starts after its end', () =>
    expect(chartDays('2026-02-01', '2026-01-31', now)).toEqual({ from: '2026-01-31', to: '2026-01-31' }));
});

describe('shownStatus()', () => {
  it.each([
    [{}, 'succeeded'],
    [{ status: 'failed' as const }, 'failed'],
    [{ status: 'failed' as const, awaits_customer: true }, 'awaiting_customer'],
    [{ amount_refunded: 100 }, 'partly_refunded'],
    [{ amount_refunded: 2900 }, 'refunded'],
    [{ dispute_status: 'needs_response', amount_refunded: 100 }, 'disputed'],
    [{ dispute_status: 'won' }, 'succeeded'],
  ])('%j is %s', (over, shown) => expect(shownStatus(payment(over))).toBe(shown));
});

describe('refundable()', () => {
  it('is what a paid payment has left, nothing of a failed one', () => {
    expect(refundable(payment({ amount_refunded: 900 }))).toBe(2000);
    expect(refundable(payment({ status: 'failed' }))).toBe(0);
  });
});
