import { describe, expect, it } from 'vitest';
import { makeDemoData } from './demo-data.ts';
import { brokenSince } from './log-lines.ts';
import { makeUsage, makeVersions, type UsageDay, type UsingLicense } from './usage.ts';

const now = new Date('2026-11-26T15:00:00Z');
const licenses: UsingLicense[] = makeDemoData({ count: 300, now })
  .licenses.filter(({ last_check_in }) => last_check_in)
  .map(({ id, plan, issued_at, last_check_in, client_version }) => ({
    id,
    plan,
    issued_at: new Date(issued_at),
    last_check_in: new Date(last_check_in!),
    client_version,
  }));
const days = [...makeUsage(licenses, { days: 426, now })];
const sum = (some: UsageDay[]) => some.reduce((total, { messages_sent }) => total + messages_sent, 0);

describe('makeUsage()', () => {
  it('makes the same world twice', () => {
    expect([...makeUsage(licenses.slice(0, 5), { days: 60, now })]).toEqual([
      ...makeUsage(licenses.slice(0, 5), { days: 60, now }),
    ]);
  });

  it('covers fourteen months, each licence from its issue to its last check-in and no day of it twice', () => {
    const dates = days.map(({ date }) => date).toSorted();
    expect(dates[0]! < '2025-10-15').toBe(true);
    expect(dates.at(-1)).toBe('2026-11-26');
    expect(new Set(days.map(({ license_id, date }) => license_id + date)).size).toBe(days.length);
    const byId = new Map(licenses.map((license) => [license.id, license]));
    const outside = days.filter(({ license_id, date }) => {
      const { issued_at, last_check_in } = byId.get(license_id)!;
      return (
        Date.parse(date) + 86_400_000 < issued_at.getTime() || Date.parse(date) > last_check_in.getTime() + 3_600_000
      );
    });
    expect(outside).toEqual([]);
  });

  it('is more on weekdays than on Sundays, and grows', () => {
    const on = (weekday: number) => sum(days.filter(({ date }) => new Date(date).getUTCDay() === weekday));
    expect(on(2)).toBeGreaterThan(on(0) * 4);
    const of = (month: string) => sum(days.filter(({ date }) => date.startsWith(month)));
    expect(of('2026-10')).toBeGreaterThan(of('2026-01') * 1.5);
  });

  it('holds what the database takes', () => {
    expect(days.every((day) => day.uptime_minutes >= 0 && day.uptime_minutes <= 1_440)).toBe(true);
    expect(days.every((day) => Number.isInteger(day.errors_count) && day.errors_count >= 0)).toBe(true);
    expect(days.every(({ features }) => features.every(([, uses]) => uses > 0))).toBe(true);
  });

  it('has some licences whose errors rise with the newest version, and others that stay as they are', () => {
    const rises = (id: string) => {
      const own = days.filter(({ license_id }) => license_id === id);
      const late = Math.max(0, ...own.filter(({ date }) => date >= '2026-11-25').map((day) => day.errors_count));
      const before = own.filter(({ date }) => date < '2026-11-24' && date >= '2026-10-24');
      if (before.length < 7) return false;
      return late > Math.max(4, (3 * before.reduce((all, day) => all + day.errors_count, 0)) / before.length);
    };
    const hit = licenses.filter(({ id }) => rises(id));
    expect(hit.filter(({ client_version }) => client_version === brokenSince).length).toBeGreaterThan(5);
    expect(hit.length).toBeLessThan(licenses.length / 4);
  });
});

describe('makeVersions()', () => {
  it('ends each licence with the version it has, none seen before its issue or after its last check-in', () => {
    const seen = [...makeVersions(licenses, { now })];
    for (const { id, issued_at, last_check_in, client_version } of licenses) {
      const own = seen.filter(({ license_id }) => license_id === id);
      expect(own.at(-1)?.version).toBe(client_version);
      for (const { first_seen_at, last_seen_at } of own) {
        expect(first_seen_at <= last_seen_at).toBe(true);
        expect(Date.parse(first_seen_at)).toBeGreaterThanOrEqual(issued_at.getTime());
        expect(Date.parse(last_seen_at)).toBeLessThanOrEqual(last_check_in.getTime());
      }
    }
    expect(seen.length).toBeGreaterThan(licenses.length * 1.5);
  });
});
