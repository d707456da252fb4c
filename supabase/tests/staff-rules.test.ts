import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { age, createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let admin: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());

/** As an Edge Function acts: the rights of `postgres`, the claims of the person. */
const acting = (persona: Persona, work: (sql: TestDatabase['sql']) => Promise<unknown>) =>
  db.sql.begin(async (sql) => {
    await sql`select set_config('request.jwt.claims', ${JSON.stringify(persona.claims)}, true)`;
    return work(sql as never);
  });
const mayRead = async (persona: Persona) =>
  (await db.as(persona, (sql) => sql`select private.has_permission('licenses.read') as yes`))[0]!.yes;

describe('who may act', () => {
  it('active staff at aal2 in a living session, nobody else', async () => {
    expect(await mayRead(await db.addStaff('viewer'))).toBe(true);
    expect(await mayRead(await db.addStaff('admin', { aal: 'aal1' }))).toBe(false);
    expect(await mayRead(await db.addStaff('admin', { isActive: false }))).toBe(false);
    const forged = await db.addStaff('viewer');
    expect(await mayRead({ ...forged, claims: { ...forged.claims, session_id: admin.sessionId } })).toBe(false);
    expect(
      await mayRead({
        ...forged,
        claims: { ...forged.claims, user_metadata: { role: 'admin' }, app_metadata: { role: 'admin' } },
      }),
    ).toBe(true);
  });

  it('switched off loses access at the next statement, and his sessions end', async () => {
    const marc = await db.addStaff('support');
    await db.as(marc, async (sql) => {
      expect((await sql`select private.has_permission('licenses.read') as yes`)[0]!.yes).toBe(true);
      await acting(admin, (other) => other`select private.change_staff(${marc.userId}, new_is_active => false)`);
      expect((await sql`select private.has_permission('licenses.read') as yes`)[0]!.yes).toBe(false);
    });
    expect(await db.sql`select 1 from auth.sessions where user_id = ${marc.userId}`).toHaveLength(0);
  });

  it('signed out elsewhere loses access as well', async () => {
    const marc = await db.addStaff('support');
    await db.sql`delete from auth.sessions where id = ${marc.sessionId}`;
    expect(await mayRead(marc)).toBe(false);
  });

  it.each(['aal1', 'aal2'])(
    'at %s his own row is read until the session ends, not until the token does',
    async (aal) => {
      const marc = await db.addStaff('support', { aal });
      const other = await db.addStaff('support', { aal });
      const own = async (persona: Persona) => [
        await db.as(persona, (sql) => sql`select user_id from public.staff`),
        (await db.as(persona, (sql) => sql`select public.list_staff() as listed`))[0]!.listed,
      ];
      const row = { user_id: marc.userId };
      expect(await own(marc)).toMatchObject([[row], [row]]);
      expect(await own({ ...marc, claims: { ...marc.claims, session_id: other.sessionId } })).toEqual([[], []]);
      await db.sql`delete from auth.sessions where id = ${marc.sessionId}`;
      expect(await own(marc)).toEqual([[], []]);
      await expect(db.as(marc, (sql) => sql`select public.current_staff()`)).rejects.toMatchObject({
        code: 'PT401',
        hint: 'unauthorized',
      });
    },
  );

  it('a statement asks once whether the session lives, however many rows it looks at', async () => {
    const marc = await db.addStaff('support', { aal: 'aal1' });
    const plan = await db.as(marc, (sql) => sql`explain (analyze, costs off) select user_id from public.staff`);
    const text = plan.map((line) => line['QUERY PLAN'] as string).join('\n');
    const asked = text.matchAll(/InitPlan.*\n\s+->\s+Result \(actual .*loops=(\d)\)/g);
    expect([...asked].map(([, loops]) => loops)).toEqual(['1', '1', '1']);
    expect(text).not.toContain('has_session()');
  });

  it('current_staff() tells the console who it serves, with permissions only at aal2', async () => {
    const [full, half, off] = [
      await db.addStaff('viewer'),
      await db.addStaff('viewer', { aal: 'aal1' }),
      await db.addStaff('viewer', { isActive: false }),
    ];
    const who = async (persona: Persona) =>
      (await db.as(persona, (sql) => sql`select public.current_staff() as staff`))[0]!.staff;
    expect(await who(full)).toMatchObject({
      role: 'viewer',
      aal: 'aal2',
      permissions: [
        'alerts.read',
        'analytics.export',
        'customers.read',
        'licenses.read',
        'logs.read',
        'payments.read',
        'reports.read',
        'subscriptions.read',
        'tickets.read',
      ],
    });
    expect(await who(half)).toMatchObject({ aal: 'aal1', permissions: [] });
    expect(await who(off)).toBeNull();
  });
});

describe('administration of staff', () => {
  it('changes a role, audited', async () => {
    const marc = await db.addStaff('support');
    await acting(admin, (sql) => sql`select private.change_staff(${marc.userId}, new_role => 'viewer')`);
    const [event] =
      await db.sql`select user_id, subject_id, event_data from public.events where event_type = 'staff_role_changed'
        order by sequence desc limit 1`;
    expect(event).toMatchObject({
      user_id: admin.userId,
      subject_id: marc.userId,
      event_data: { before: { role: 'support' }, after: { role: 'viewer' } },
    });
  });

  it('is refused to others, to oneself, and for an unknown role or person', async () => {
    const [marc, sophie] = [await db.addStaff('support'), await db.addStaff('viewer')];
    await expect(
      acting(marc, (sql) => sql`select private.change_staff(${sophie.userId}, new_role => 'admin')`),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(
      acting(marc, (sql) => sql`select private.change_staff(${marc.userId}, new_role => 'admin')`),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(
      acting(admin, (sql) => sql`select private.change_staff(${admin.userId}, new_role => 'viewer')`),
    ).rejects.toMatchObject({ hint: 'self_forbidden' });
    await expect(
      acting(admin, (sql) => sql`select private.change_staff(${marc.userId}, new_role => 'owner')`),
    ).rejects.toMatchObject({ hint: 'invalid_argument' });
    await expect(
      acting(admin, (sql) => sql`select private.change_staff(gen_random_uuid(), new_role => 'viewer')`),
    ).rejects.toMatchObject({ hint: 'not_found' });
  });

  it('resets the second factor: factors and sessions go', async () => {
    const marc = await db.addStaff('support');
    await db.sql`insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
      values (gen_random_uuid(), ${marc.userId}, 'totp', 'verified', now(), now())`;
    await expect(acting(marc, (sql) => sql`select private.reset_staff_factors(${marc.userId})`)).rejects.toMatchObject({
      code: '42501',
    });
    await acting(admin, (sql) => sql`select private.reset_staff_factors(${marc.userId})`);
    expect(await db.sql`select 1 from auth.mfa_factors where user_id = ${marc.userId}`).toHaveLength(0);
    expect(await mayRead(marc)).toBe(false);
  });

  it('the private functions are out of reach of a person', async () => {
    for (const call of [
      "private.change_staff(gen_random_uuid(), 'admin')",
      'private.reset_staff_factors(gen_random_uuid())',
      "private.secret('hwid_key')",
      'private.claim_emails()',
      "private.record_event('x_y')",
      'private.master_key()',
      "private.seal(gen_random_uuid(), '{}')",
      "private.unseal(gen_random_uuid(), '', '')",
      'private.event_row(null, null)',
      'private.ensure_subject_keys(array[gen_random_uuid()])',
      'private.license_file_contents(gen_random_uuid())',
      "private.check_license('a','b')",
      "private.note_license_check(gen_random_uuid(), 'VALID', 'HWID-X', '', true, null, null, null)",
    ]) {
      await expect(
        db.as(admin, (sql) => sql.unsafe(`select ${call}`)),
        call,
      ).rejects.toMatchObject({ code: '42501' });
    }
  });
});

it('the last active administrator stays, also when two demote each other at once', async () => {
  const fresh = await createTestDatabase();
  const [one, two] = [await fresh.addStaff('admin'), await fresh.addStaff('admin')];
  const demote = (by: Persona, whom: Persona) =>
    fresh.sql.begin(async (sql) => {
      await sql`select set_config('request.jwt.claims', ${JSON.stringify(by.claims)}, true)`;
      await sql`select private.change_staff(${whom.userId}, new_role => 'viewer')`;
    });
  const results = await Promise.allSettled([demote(one, two), demote(two, one)]);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const admins = await fresh.sql`select user_id from public.staff where role = 'admin' and is_active`;
  expect(admins).toHaveLength(1);
  await expect(
    fresh.sql`update public.staff set is_active = false where user_id = ${admins[0]!.user_id}`,
  ).rejects.toMatchObject({ code: 'PT409', hint: 'last_admin' });
  await expect(fresh.sql`delete from public.staff where user_id = ${admins[0]!.user_id}`).rejects.toMatchObject({
    hint: 'last_admin',
  });
  await fresh.drop();
});

it('HWIDs are read in clear by support and administrators; license_file_contents() needs licenses.update', async () => {
  const license = await createLicense(db.sql, { hwid: 'HWID-VISIBLE' });
  const [viewer, support] = [await db.addStaff('viewer'), await db.addStaff('support')];
  const seenBy = async (persona: Persona) =>
    (await db.as(persona, (sql) => sql`select public.get_license(${license.id}) as license`))[0]!.license;
  expect(await seenBy(support)).toMatchObject({ hwid: 'HWID-VISIBLE' });
  expect(await seenBy(viewer)).toMatchObject({ hwid: null, hwid_hint: 'HW••••BLE' });
  await expect(acting(viewer, (sql) => sql`select private.license_file_contents(${license.id})`)).rejects.toMatchObject(
    { code: '42501' },
  );
  const [row] = (await acting(
    support,
    (sql) => sql`select private.license_file_contents(${license.id}) as contents`,
  )) as Array<{ contents: object }>;
  expect(row!.contents).toMatchObject({
    license_key: license.license_key,
    hwid: 'HWID-VISIBLE',
    ttl_seconds: 2_592_000,
  });
});

it('license_file_contents() proves no licence for longer than a check would', async () => {
  const license = await createLicense(db.sql);
  const support = await db.addStaff('support');
  const contents = async () =>
    (
      (await acting(support, (sql) => sql`select private.license_file_contents(${license.id}) as contents`)) as Array<{
        contents: { ttl_seconds: number };
      }>
    )[0]!.contents;
  await age(db.sql, license.id, 33);
  const { ttl_seconds } = await contents();
  expect(ttl_seconds).toBeGreaterThan(3.9 * 86_400);
  expect(ttl_seconds).toBeLessThanOrEqual(4 * 86_400);
  await age(db.sql, license.id, 10);
  await expect(contents()).rejects.toMatchObject({ code: 'PT409', hint: 'license_expired' });
});
