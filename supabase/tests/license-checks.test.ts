import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkedLicense } from '../contracts/functions/license-check.ts';
import { age, createLicense, createTestDatabase, type TestDatabase } from './database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const check = async (key: string, hwid: string) =>
  (await db.sql`select code, license from private.check_license(${key}, ${hwid}, '1.2.3', 'Windows 11')`)[0]!;

describe('check_license()', () => {
  it('follows the licence through its life, computed at the moment of asking', async () => {
    const { id, license_key } = await createLicense(db.sql, { hwid: 'HWID-LIFE' });
    expect(await check(license_key, 'HWID-LIFE')).toMatchObject({
      code: 'VALID',
      license: { plan: 'premium', status: 'active', entitlements: { catalogue: true } },
    });
    expect(checkedLicense.parse((await check(license_key, 'HWID-LIFE')).license)).toMatchObject({ plan: 'premium' });
    await age(db.sql, id, 32);
    expect(await check(license_key, 'HWID-LIFE')).toMatchObject({
      code: 'GRACE_PERIOD',
      license: { status: 'grace_period' },
    });
    await age(db.sql, id, 30);
    expect(await check(license_key, 'HWID-LIFE')).toMatchObject({ code: 'EXPIRED' });
    await db.sql`select public.suspend_license(${id}, 'x')`;
    expect(await check(license_key, 'HWID-LIFE')).toMatchObject({
      code: 'SUSPENDED',
      license: { status: 'suspended' },
    });
    await db.sql`select public.revoke_license(${id}, 'x')`;
    expect(await check(license_key, 'HWID-LIFE')).toMatchObject({ code: 'REVOKED' });
  });

  it('a late write-back lets nobody in or out', async () => {
    const { id, license_key } = await createLicense(db.sql, { hwid: 'HWID-LATE' });
    await age(db.sql, id, 90);
    await db.sql`alter table public.licenses disable trigger licenses_before_derive`;
    await db.sql`update public.licenses set status = 'active' where id = ${id}`;
    await db.sql`alter table public.licenses enable trigger licenses_before_derive`;
    expect(await check(license_key, 'HWID-LATE')).toMatchObject({ code: 'EXPIRED' });
    await db.sql`select private.refresh_license_status()`;
    const [event] = await db.sql`select event_type, actor_kind from public.events where license_id = ${id}
        order by sequence desc limit 1`;
    expect(event).toEqual({ event_type: 'license_expired', actor_kind: 'system' });
  });

  it('accepts the key however it was typed', async () => {
    const { license_key } = await createLicense(db.sql, { hwid: 'HWID-TYPED' });
    for (const typed of [
      license_key.toLowerCase(),
      license_key.replaceAll('-', ''),
      license_key.replaceAll('-', ' '),
      ` ${license_key} `,
    ]) {
      expect((await check(typed, ' HWID-TYPED ')).code).toBe('VALID');
    }
  });

  it('tells nothing about the licence to another machine or an unknown key', async () => {
    const { license_key } = await createLicense(db.sql, { hwid: 'HWID-MINE' });
    expect(await check(license_key, 'HWID-OTHER')).toEqual({ code: 'HWID_MISMATCH', license: null });
    expect(await check('nonsense', 'HWID-MINE')).toEqual({ code: 'NOT_FOUND', license: null });
    expect(await check("' or 1=1 --", '%')).toEqual({ code: 'NOT_FOUND', license: null });
  });

  it('records the check-in, once in five minutes, and not for a stranger', async () => {
    const { id, license_key } = await createLicense(db.sql, { hwid: 'HWID-CHECKIN' });
    const seen = async () =>
      (await db.sql`select last_check_in, client_version, client_os, xmin from public.licenses where id = ${id}`)[0]!;
    await check(license_key, 'HWID-OTHER');
    expect((await seen()).last_check_in).toBeNull();
    await check(license_key, 'HWID-CHECKIN');
    const first = await seen();
    expect(first).toMatchObject({ client_version: '1.2.3', client_os: 'Windows 11' });
    await check(license_key, 'HWID-CHECKIN');
    expect(await seen()).toEqual(first);
    await db.sql`update public.licenses set last_check_in = now() - interval '6 minutes' where id = ${id}`;
    await check(license_key, 'HWID-CHECKIN');
    expect((await seen()).last_check_in.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(await db.sql`select 1 from public.events where license_id = ${id}`).toHaveLength(1);
  });

  it('does not wait for a licence somebody is changing', async () => {
    const { id, license_key } = await createLicense(db.sql, { hwid: 'HWID-BUSY' });
    await db.sql.begin(async (busy) => {
      await busy`select 1 from public.licenses where id = ${id} for update`;
      expect((await check(license_key, 'HWID-BUSY')).code).toBe('VALID');
    });
  });
});

describe('admission', () => {
  const hit = async (ip: string, key: string | null = null) =>
    (await db.sql`select * from private.admit_license_check(${ip}, ${key})`)[0]!;

  it('admits a hundred a minute from one address and refuses the next, with the seconds to wait', async () => {
    const results = await Promise.all(Array.from({ length: 103 }, () => hit('203.0.113.1')));
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(100);
    const { allowed, retry_after_seconds } = await hit('203.0.113.1');
    expect(allowed).toBe(false);
    expect(retry_after_seconds).toBeGreaterThanOrEqual(1);
    expect(retry_after_seconds).toBeLessThanOrEqual(60);
    expect((await hit('203.0.113.2')).allowed).toBe(true);
  });

  it('counts a licence across addresses', async () => {
    const key = randomUUID();
    const results = await Promise.all(Array.from({ length: 101 }, (_, index) => hit(`198.51.100.${index}`, key)));
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(100);
  });

  it('forgives after the window, and forgets old counters', async () => {
    await db.sql`update private.rate_limits set window_started_at = now() - interval '61 seconds'`;
    expect((await hit('203.0.113.1')).allowed).toBe(true);
    await db.sql`update private.rate_limits set window_started_at = now() - interval '2 hours'`;
    const [row] = await db.sql`select private.forget_rate_limits() as gone`;
    expect(row!.gone).toBeGreaterThan(2);
  });

  it('counts a whole IPv6 /64 as one address, and an IPv4 address in IPv6 form by itself', async () => {
    for (let request = 0; request < 100; request += 1) await hit(`2001:db8:1:2::${request.toString(16)}`);
    expect((await hit('2001:DB8:1:2:ffff::1')).allowed).toBe(false);
    expect((await hit('2001:db8:1:3::1')).allowed).toBe(true);
    for (let request = 0; request < 100; request += 1) await hit('::ffff:192.0.2.1');
    expect((await hit('::ffff:192.0.2.2')).allowed).toBe(true);
    expect((await hit('no:address')).allowed).toBe(true);
  });

  it('obeys the setting', async () => {
    await db.sql`update public.settings set value = '2' where key = 'license_check_per_minute'`;
    expect((await Promise.all([1, 2, 3].map(() => hit('203.0.113.9')))).filter(({ allowed }) => allowed)).toHaveLength(
      2,
    );
    for (const value of ['0', '1.5', '"7"', 'null']) {
      await expect(
        db.sql`update public.settings set value = ${value}::text::jsonb where key = 'license_check_per_minute'`,
        value,
      ).rejects.toMatchObject({ code: '22023', hint: 'invalid_setting' });
    }
    // PostgreSQL keeps the zeros: a whole number all the same.
    await db.sql`update public.settings set value = '2.0' where key = 'license_check_per_minute'`;
    expect(await db.sql`select private.setting_int('license_check_per_minute') as value`).toEqual([{ value: 2 }]);
  });
});

describe('licence keys', () => {
  it('have a form that survives the telephone, and never repeat', async () => {
    const rows = await db.sql`select private.generate_license_key() as key from generate_series(1, 2000)`;
    const keys = rows.map(({ key }) => key as string);
    expect(new Set(keys).size).toBe(2000);
    expect(keys.every((key) => /^([2-9A-HJKMNP-Z]{5}-){4}[2-9A-HJKMNP-Z]{5}$/.test(key))).toBe(true);
    const frequency = new Map<string, number>();
    for (const character of keys.join('').replaceAll('-', ''))
      frequency.set(character, (frequency.get(character) ?? 0) + 1);
    expect(frequency.size).toBe(31);
    const mean = (2000 * 25) / 31;
    for (const times of frequency.values()) expect(Math.abs(times - mean)).toBeLessThan(mean * 0.2);
  });

  it('carry a check character that catches every wrong character and every swap', async () => {
    const [{ key }] = (await db.sql`select private.generate_license_key() as key`) as never as [{ key: string }];
    const bare = key.replaceAll('-', '');
    const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
    const wrong = new Set<string>();
    for (let at = 0; at < 25; at += 1) {
      for (const other of alphabet) if (other !== bare[at]) wrong.add(bare.slice(0, at) + other + bare.slice(at + 1));
      const swapped = [...bare];
      if (at < 23 && swapped[at] !== swapped[at + 1]) {
        [swapped[at], swapped[at + 1]] = [swapped[at + 1]!, swapped[at]!];
        wrong.add(swapped.join(''));
      }
    }
    const [row] = await db.sql`select bool_or(private.is_license_key(candidate)) as accepted,
        private.is_license_key(${key}) as right_one
        from unnest(${[...wrong]}::text[]) as candidate`;
    expect(row).toEqual({ accepted: false, right_one: true });
  });
});
