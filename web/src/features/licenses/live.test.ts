// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { isMoreThanCheckIn, licenseStatus, rowPatch } from './live.ts';
import { extendedExpiry } from './extended-expiry.ts';
import { expiryTone } from './status.ts';
import { license } from './test-data.ts';

const now = new Date('2026-11-22T12:00:00Z');
const change = (over = {}) => ({ ...license(), revoked_at: null, suspended_at: null, deleted_at: null, ...over });

describe('licenseStatus()', () => {
  it('computes what counts now from dates, whatever the row says', () => {
    expect(licenseStatus(change({ expires_at: '2026-12-01T00:00:00Z' }), now)).toBe('active');
    expect(
      licenseStatus(change({ expires_at: '2026-11-21T00:00:00Z', grace_until: '2026-11-28T00:00:00Z' }), now),
    ).toBe('grace_period');
    expect(
      licenseStatus(change({ expires_at: '2026-11-01T00:00:00Z', grace_until: '2026-11-08T00:00:00Z' }), now),
    ).toBe('expired');
    expect(licenseStatus(change({ revoked_at: '2026-11-22T00:00:00Z' }), now)).toBe('revoked');
  });
});

describe('isMoreThanCheckIn()', () => {
  it('lets a check-in pass without reading the list again', () => {
    expect(
      isMoreThanCheckIn(
        license(),
        rowPatch(change({ last_check_in: '2026-11-22T11:59:00Z', client_version: '9.9' }), now),
      ),
    ).toBe(false);
  });
  it('does not take another writing of the same instant for a change', () => {
    expect(isMoreThanCheckIn(license(), rowPatch(change({ expires_at: '2026-12-15T00:00:00+00:00' }), now))).toBe(
      false,
    );
  });
  it('sees a new expiry, a revocation, a plan', () => {
    for (const over of [
      { expires_at: '2027-01-15T00:00:00Z' },
      { revoked_at: '2026-11-22T00:00:00Z' },
      { plan: 'enterprise' },
    ])
      expect(isMoreThanCheckIn(license(), rowPatch(change(over) as never, now))).toBe(true);
  });
});

describe('extendedExpiry()', () => {
  it('counts from the expiry while it lies ahead, from now once past', () => {
    expect(extendedExpiry('2026-12-01T00:00:00Z', 30, now).toISOString()).toBe('2026-12-31T00:00:00.000Z');
    expect(extendedExpiry('2026-01-01T00:00:00Z', 30, now).toISOString()).toBe('2026-12-22T12:00:00.000Z');
  });
});

describe('expiryTone()', () => {
  it('warns within seven days', () => {
    expect(expiryTone('2026-11-28T00:00:00Z', now)).toBe('soon');
    expect(expiryTone('2026-12-28T00:00:00Z', now)).toBe('later');
    expect(expiryTone('2026-11-21T00:00:00Z', now)).toBe('past');
  });
});
