import { describe, expect, it } from 'vitest';
import { makeDemoData } from './demo-data.ts';

const now = new Date('2026-11-22T10:00:00Z');
const day = 86_400_000;

describe('makeDemoData()', () => {
  const data = makeDemoData({ count: 500, now });

  it('makes the same world twice', () => {
    expect(makeDemoData({ count: 500, now })).toEqual(data);
    expect(makeDemoData({ count: 500, now, seed: 7 }).licenses[0]!.email).not.toBe(data.licenses[0]!.email);
  });

  it('spreads 500 licences over 16 months, more of them lately', () => {
    expect(data.licenses).toHaveLength(500);
    const ages = data.licenses.map(({ issued_at }) => (now.getTime() - Date.parse(issued_at)) / day);
    expect(Math.max(...ages)).toBeGreaterThan(440);
    expect(Math.min(...ages)).toBeGreaterThan(0);
    expect(ages.filter((age) => age < 243).length).toBeGreaterThan(ages.filter((age) => age >= 243).length);
  });

  it('has every state, mostly active, and every plan', () => {
    const active = data.licenses.filter(
      ({ revoked_at, expires_at }) => !revoked_at && Date.parse(expires_at) > now.getTime(),
    );
    expect(active.length).toBeGreaterThan(380);
    expect(data.licenses.filter(({ revoked_at }) => revoked_at).length).toBeGreaterThan(10);
    expect(
      data.licenses.filter(({ revoked_at, expires_at }) => !revoked_at && Date.parse(expires_at) < now.getTime())
        .length,
    ).toBeGreaterThan(20);
    expect(new Set(data.licenses.map(({ plan }) => plan)).size).toBe(3);
  });

  it('is consistent: addresses unique and lower case, dates in order, nothing seen before it was issued', () => {
    const emails = data.customers.map(({ email }) => email);
    expect(new Set(emails).size).toBe(emails.length);
    expect(emails.every((email) => email === email.toLowerCase() && /^[a-z.]+\d+@[a-z.-]+$/.test(email))).toBe(true);
    expect(new Set(data.licenses.map(({ license_key }) => license_key)).size).toBe(500);
    for (const license of data.licenses) {
      expect(Date.parse(license.expires_at)).toBeGreaterThan(Date.parse(license.issued_at));
      if (license.revoked_at)
        expect(Date.parse(license.revoked_at)).toBeGreaterThanOrEqual(Date.parse(license.issued_at));
      if (license.last_check_in) {
        expect(Date.parse(license.last_check_in)).toBeGreaterThan(Date.parse(license.issued_at));
        expect(Date.parse(license.last_check_in)).toBeLessThan(now.getTime());
      }
    }
    expect(data.events.every(({ created_at }) => Date.parse(created_at) <= now.getTime())).toBe(true);
    // Nobody acts beyond their role: support extends, and neither creates nor revokes.
    const support = data.events.filter(({ staff }) => staff === 1).map(({ event_type }) => event_type);
    expect(new Set(support)).toEqual(new Set(['license_extended']));
    expect(data.events.map(({ created_at }) => created_at)).toEqual(
      data.events.map(({ created_at }) => created_at).sort(),
    );
  });
});
