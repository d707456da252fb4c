import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '@/test/mount.ts';
import { actionsFor } from './actions.ts';
import { subscription } from './test-data.ts';
import type { SubscriptionRow } from './types.ts';

const failing = subscription({ status: 'past_due', payment_failed_at: '2026-11-20T10:00:00.000Z' });
const ending = subscription({ cancel_at_period_end: true });
const reduced = subscription({
  discounts: [
    {
      id: 'di_1',
      coupon_id: 'WELCOME',
      name: 'Welcome',
      percent_off: 20,
      amount_off_cents: null,
      duration: 'once',
      ends_at: null,
      promotion_code: null,
    },
  ],
});
const ended = subscription({ status: 'canceled', ended_at: '2026-11-20T10:00:00.000Z' });
const kinds = (role: 'admin' | 'support' | 'viewer', row: SubscriptionRow) =>
  actionsFor((permission) => PERMISSIONS[role].includes(permission), row).map(({ kind }) => kind);

describe('actionsFor()', () => {
  it.each([
    ['an active one', subscription(), ['portal_link', 'change_plan', 'apply_coupon', 'cancel']],
    ['a failing one', failing, ['retry_payment', 'portal_link', 'change_plan', 'apply_coupon', 'cancel']],
    ['one that ends', ending, ['portal_link', 'change_plan', 'apply_coupon', 'undo_cancel', 'cancel']],
    ['one with a discount', reduced, ['portal_link', 'change_plan', 'apply_coupon', 'remove_coupon', 'cancel']],
    ['one that has ended', ended, ['portal_link']],
  ])('offers an administrator for %s', (_name, row, expected) => expect(kinds('admin', row)).toEqual(expected));

  it('leaves what manages a subscription to administrators', () => {
    expect(kinds('support', failing)).toEqual(['retry_payment', 'portal_link']);
    expect(kinds('support', ending)).toEqual(['portal_link']);
  });
  it('offers a viewer nothing', () => expect(kinds('viewer', failing)).toEqual([]));
  it('marks only what cannot be undone as dangerous', () => {
    expect(
      actionsFor(() => true, failing)
        .filter(({ danger }) => danger)
        .map(({ kind }) => kind),
    ).toEqual(['cancel']);
  });
});
