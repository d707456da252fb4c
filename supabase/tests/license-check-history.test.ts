import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { eventsOf } from './licenses.ts';

let db: TestDatabase;
let admin: Persona;
let support: Persona;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  [admin, support, viewer] = [await db.addStaff('admin'), await db.addStaff('support'), await db.addStaff('viewer')];
});
afterAll(() => db.drop());

const OWN = 'HWID-12345678';
interface Check {
  id: number;
  code: string;
  times: number;
  ip_address: string | null;
  hwid_hint: string;
  is_own_machine: boolean;
  can_transfer: boolean;
}

const check = async (key: string, hwid = OWN, ip: string | null = '203.0.113.9') =>
  (await db.sql`select code from private.check_license(${key}, ${hwid}, '1.2.3', 'Windows 11', ${ip})`)[0]!
    .code as string;
const history = async (id: string, by = support) =>
  (await db.as(by, (sql) => sql`select public.list_license_checks(${id}) as r`))[0]!.r.rows as Check[];
const later = (minutes: number) =>
  db.sql`update private.license_checks set checked_at = checked_at - make_interval(mins => ${minutes}),
    first_at = first_at - make_interval(mins => ${minutes})`;
const transfer = async (checkId: number, by = admin, reason = 'Nouvel ordinateur') =>
  (await db.as(by, (sql) => sql`select public.transfer_license_to_check(${checkId}, ${reason}) as r`))[0]!.r;

describe('list_license_checks()', () => {
  it('says when, what was answered, from where, with which version and on which machine', async () => {
    const { id, license_key } = await createLicense(db.sql);
    await check(license_key);
    await check(license_key, 'PC-NOUVEAU-42', '198.51.100.7');
    expect(await history(id)).toMatchObject([
      {
        code: 'HWID_MISMATCH',
        ip_address: '198.51.100.7',
        client_version: '1.2.3',
        client_os: 'Windows 11',
        hwid_hint: 'PC••••-42',
        is_own_machine: false,
        can_transfer: true,
      },
      { code: 'VALID', ip_address: '203.0.113.9', is_own_machine: true, can_transfer: false },
    ]);
    expect(JSON.stringify(await history(id))).not.toContain('NOUVEAU');
    expect(await history(id, viewer)).toMatchObject([{ ip_address: null }, { ip_address: null }]);
  });

  it('notes a refusal at once, also just after an accepted check', async () => {
    const { id, license_key } = await createLicense(db.sql);
    await check(license_key);
    await db.sql`select public.suspend_license(${id}, 'x')`;
    await check(license_key);
    await db.sql`select public.revoke_license(${id}, 'x')`;
    await check(license_key);
    expect((await history(id)).map(({ code, can_transfer }) => [code, can_transfer])).toEqual([
      ['REVOKED', false],
      ['SUSPENDED', false],
      ['VALID', false],
    ]);
  });

  it('keeps alike checks as one, counted every 5 minutes', async () => {
    const { id, license_key } = await createLicense(db.sql);
    for (const minutes of [0, 1, 6]) {
      await later(minutes);
      await check(license_key, 'OTHER-PC');
    }
    expect(await history(id)).toMatchObject([{ code: 'HWID_MISMATCH', times: 2 }]);
  });

  it('knows nothing of unknown keys, addresses that are none, and licences that are none', async () => {
    const [before] = await db.sql`select count(*)::int as n from private.license_checks`;
    expect(await check('nonsense')).toBe('NOT_FOUND');
    expect((await db.sql`select count(*)::int as n from private.license_checks`)[0]).toEqual(before);
    const { id, license_key } = await createLicense(db.sql);
    await check(license_key, 'OTHER-PC', 'unknown');
    expect(await history(id)).toMatchObject([{ ip_address: null }]);
    await expect(history(crypto.randomUUID())).rejects.toMatchObject({ code: 'PT404', hint: 'license_not_found' });
  });
});

describe('a hostile client', () => {
  it('writes ten rows in a quarter of an hour, whatever it invents, and its answers stay what they are', async () => {
    const { id, license_key } = await createLicense(db.sql);
    for (let machine = 0; machine < 40; machine += 1)
      expect(await check(license_key, `FLOOD-${machine}`)).toBe('HWID_MISMATCH');
    expect(await history(id)).toHaveLength(10);
  });

  it('fills fifty rows at most, and pushes no accepted check out', async () => {
    const { id, license_key } = await createLicense(db.sql);
    await check(license_key);
    for (let machine = 0; machine < 60; machine += 1) {
      if (machine % 10 === 0) await later(16);
      await check(license_key, `FLOOD-${machine}`);
    }
    const rows = await history(id);
    expect(rows.filter(({ code }) => code === 'HWID_MISMATCH')).toHaveLength(50);
    expect(rows.at(-1)).toMatchObject({ code: 'VALID' });
    expect(rows[0]).toMatchObject({ hwid_hint: 'FL••••-59' });
  });

  it('asks in parallel and makes one row', async () => {
    const { id, license_key } = await createLicense(db.sql);
    const answers = await Promise.all(Array.from({ length: 8 }, () => check(license_key, 'OTHER-PC')));
    expect(new Set(answers)).toEqual(new Set(['HWID_MISMATCH']));
    expect(await history(id)).toHaveLength(1);
  });

  it('does not wait for a licence somebody is changing', async () => {
    const { id, license_key } = await createLicense(db.sql);
    await db.sql.begin(async (busy) => {
      await busy`select 1 from public.licenses where id = ${id} for update`;
      expect(await check(license_key, 'OTHER-PC')).toBe('HWID_MISMATCH');
      expect(await check(license_key)).toBe('VALID');
    });
  });
});

it('accepted checks are kept twenty at most', async () => {
  const { id, license_key } = await createLicense(db.sql);
  for (let address = 0; address < 25; address += 1) {
    await db.sql`update public.licenses set last_check_in = null where id = ${id}`;
    await check(license_key, OWN, `203.0.113.${address}`);
  }
  expect(await history(id)).toHaveLength(20);
});

describe('transfer_license_to_check()', () => {
  it('moves the licence to the machine that was refused, with its reason in the audit', async () => {
    const { id, license_key } = await createLicense(db.sql);
    await check(license_key, 'PC-NOUVEAU-42');
    const [refused] = await history(id);
    expect(await transfer(refused!.id)).toMatchObject({ hwid_hint: 'PC••••-42' });
    expect(await check(license_key, 'PC-NOUVEAU-42')).toBe('VALID');
    expect(await check(license_key)).toBe('HWID_MISMATCH');
    expect((await eventsOf(db.sql, id)).at(-1)).toMatchObject({
      event_type: 'license_transferred',
      event_data: { reason: 'Nouvel ordinateur' },
    });
    expect(await history(id)).toContainEqual(
      expect.objectContaining({ id: refused!.id, is_own_machine: true, can_transfer: false }),
    );
    await expect(transfer(refused!.id)).rejects.toMatchObject({ hint: 'same_hwid' });
  });

  it('is for administrators, with a reason, and refused for what is gone, revoked or the own machine', async () => {
    const { id, license_key } = await createLicense(db.sql);
    await check(license_key, 'PC-NOUVEAU-42');
    const [refused] = await history(id);
    for (const by of [support, viewer])
      await expect(transfer(refused!.id, by)).rejects.toMatchObject({ code: '42501' });
    await expect(transfer(refused!.id, admin, ' ')).rejects.toMatchObject({ hint: 'reason_required' });
    await expect(transfer(987_654_321)).rejects.toMatchObject({ code: 'PT404', hint: 'check_not_found' });
    await check(license_key);
    const own = (await history(id)).find(({ is_own_machine }) => is_own_machine)!;
    await expect(transfer(own.id)).rejects.toMatchObject({ hint: 'same_hwid' });
    await db.sql`select public.revoke_license(${id}, 'x')`;
    await expect(transfer(refused!.id)).rejects.toMatchObject({ hint: 'license_revoked' });
  });
});

it('checks are forgotten with their customer, after whom nothing is noted, and after 90 days', async () => {
  const { id, license_key, customer_id } = await createLicense(db.sql);
  await check(license_key, 'OTHER-PC');
  await db.sql`select public.revoke_license(${id}, 'x')`;
  await db.sql`select public.forget_customer(${customer_id as string}, 'x')`;
  expect(await history(id)).toEqual([]);
  await check(license_key, 'OTHER-PC');
  expect(await history(id)).toEqual([]);
  const old = await createLicense(db.sql);
  await check(old.license_key, 'OTHER-PC');
  await later(91 * 24 * 60);
  expect((await db.sql`select private.forget_license_checks() as gone`)[0]!.gone).toBeGreaterThan(0);
  expect(await history(old.id)).toEqual([]);
});
