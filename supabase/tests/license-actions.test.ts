import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { day, eventsOf } from './licenses.ts';

let db: TestDatabase;
let admin: Persona;
let support: Persona;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  [admin, support, viewer] = [await db.addStaff('admin'), await db.addStaff('support'), await db.addStaff('viewer')];
});
afterAll(() => db.drop());

describe('what only administrators do', () => {
  const actions = {
    change_license_plan: (id: string) => (sql: TestDatabase['sql']) =>
      sql`select public.change_license_plan(${id}, 'enterprise', 'upgrade') as license`,
    revoke_license: (id: string) => (sql: TestDatabase['sql']) =>
      sql`select public.revoke_license(${id}, 'fraude', true) as license`,
    transfer_license: (id: string) => (sql: TestDatabase['sql']) =>
      sql`select public.transfer_license(${id}, 'HWID-NEW-99', 'nouveau PC') as license`,
    delete_license: (id: string) => (sql: TestDatabase['sql']) =>
      sql`select public.delete_license(${id}, 'doublon') as license`,
  };

  it.each(Object.keys(actions) as Array<keyof typeof actions>)(
    '%s() is refused to support and viewer and changes nothing',
    async (name) => {
      const license = await createLicense(db.sql);
      const before = await db.sql`select * from public.licenses where id = ${license.id}`;
      for (const persona of [support, viewer]) {
        await expect(db.as(persona, (sql) => actions[name](license.id)(sql as never))).rejects.toMatchObject({
          code: '42501',
          hint: 'permission_denied',
        });
      }
      expect(await db.sql`select * from public.licenses where id = ${license.id}`).toEqual(before);
      expect(await eventsOf(db.sql, license.id)).toHaveLength(1);
    },
  );

  it('change_license_plan() moves price and grace', async () => {
    const license = await createLicense(db.sql);
    const [row] = await db.as(admin, (sql) => actions.change_license_plan(license.id)(sql as never));
    const grace = (new Date(row!.license.grace_until).getTime() - new Date(row!.license.expires_at).getTime()) / day;
    expect(row!.license.plan).toBe('enterprise');
    expect(grace).toBe(14);
    await expect(db.as(admin, (sql) => actions.change_license_plan(license.id)(sql as never))).rejects.toMatchObject({
      hint: 'already_on_plan',
    });
    expect((await eventsOf(db.sql, license.id)).at(-1)).toMatchObject({
      event_type: 'license_plan_changed',
      event_data: { before: { plan: 'premium' }, after: { plan: 'enterprise' }, reason: 'upgrade' },
    });
  });

  it('revoke_license() ends it at once, mails if asked, and only once', async () => {
    const license = await createLicense(db.sql);
    const [row] = await db.as(admin, (sql) => actions.revoke_license(license.id)(sql as never));
    expect(row!.license).toMatchObject({ status: 'revoked', auto_renew: false });
    expect(await db.sql`select template from public.email_outbox where license_id = ${license.id}`).toEqual([
      { template: 'license_revoked' },
    ]);
    await expect(db.as(admin, (sql) => actions.revoke_license(license.id)(sql as never))).rejects.toMatchObject({
      hint: 'license_revoked',
    });
  });

  it('transfer_license() moves the check to the new machine', async () => {
    const license = await createLicense(db.sql, { hwid: 'HWID-OLD-11' });
    await db.as(admin, (sql) => actions.transfer_license(license.id)(sql as never));
    const check = async (hwid: string) =>
      (await db.sql`select code from private.check_license(${license.license_key}, ${hwid})`)[0]!.code;
    expect(await check('HWID-NEW-99')).toBe('VALID');
    expect(await check('HWID-OLD-11')).toBe('HWID_MISMATCH');
    await expect(db.as(admin, (sql) => actions.transfer_license(license.id)(sql as never))).rejects.toMatchObject({
      hint: 'same_hwid',
    });
    expect((await eventsOf(db.sql, license.id)).at(-1)).toMatchObject({
      event_type: 'license_transferred',
      event_data: { before: { hwid_hint: 'HW••••-11' }, after: { hwid_hint: 'HW••••-99' } },
    });
  });

  it('transfer_license() to a machine that masks alike is audited all the same', async () => {
    const license = await createLicense(db.sql, { hwid: 'HW-AAAA-123' });
    await db.as(admin, (sql) => sql`select public.transfer_license(${license.id}, 'HW-BBBB-123', 'x')`);
    expect((await eventsOf(db.sql, license.id)).map(({ event_type }) => event_type)).toEqual([
      'license_created',
      'license_transferred',
    ]);
  });

  it('delete_license() is for a licence never checked in; afterwards nobody finds it', async () => {
    const [used, unused] = [
      await createLicense(db.sql, { hwid: 'HWID-USED' }),
      await createLicense(db.sql, { hwid: 'HWID-FRESH' }),
    ];
    await db.sql`select private.check_license(${used.license_key}, 'HWID-USED')`;
    await expect(db.as(admin, (sql) => actions.delete_license(used.id)(sql as never))).rejects.toMatchObject({
      code: 'PT409',
      hint: 'license_in_use',
    });
    await db.as(admin, (sql) => actions.delete_license(unused.id)(sql as never));
    const [check] = await db.sql`select code from private.check_license(${unused.license_key}, 'HWID-FRESH')`;
    expect(check!.code).toBe('NOT_FOUND');
    const [search] = await db.as(
      admin,
      (sql) => sql`select public.search_licenses(query => ${String(unused.email)}) as found`,
    );
    expect(search!.found.total).toBe(0);
  });
});

describe('many at once', () => {
  it('extends those it can and names those it cannot', async () => {
    const [one, two] = [await createLicense(db.sql), await createLicense(db.sql)];
    await db.sql`select public.revoke_license(${two.id}, 'x')`;
    const [row] = await db.as(
      support,
      (sql) => sql`select public.extend_licenses(${[one.id, two.id, one.id]}, 7, 'panne') as result`,
    );
    expect(row!.result).toEqual({ done: 1, errors: [{ license_id: two.id, reason: 'license_revoked' }] });
  });

  it('refuses none, too many, and whoever may not', async () => {
    await expect(db.as(admin, (sql) => sql`select public.extend_licenses('{}', 7, 'x')`)).rejects.toMatchObject({
      hint: 'invalid_argument',
    });
    await expect(
      db.as(
        admin,
        (sql) => sql`select public.extend_licenses(${Array.from({ length: 1001 }, () => randomUUID())}, 7, 'x')`,
      ),
    ).rejects.toMatchObject({ hint: 'invalid_argument' });
    await expect(
      db.as(support, (sql) => sql`select public.revoke_licenses(${[randomUUID()]}, 'x')`),
    ).rejects.toMatchObject({ hint: 'permission_denied' });
  });
});

describe('direct updates', () => {
  it('support edits notes, audited, and touches no other column', async () => {
    const license = await createLicense(db.sql);
    await db.as(support, (sql) => sql`update public.licenses set notes = 'Parrainage' where id = ${license.id}`);
    expect((await eventsOf(db.sql, license.id)).at(-1)).toMatchObject({
      event_type: 'license_notes_changed',
      actor: support.email,
      event_data: { before: { notes: null }, after: { notes: 'Parrainage' } },
    });
    for (const column of ['plan', 'status', 'hwid_hint', 'license_key_hint', 'expires_at', 'email']) {
      await expect(
        db.as(
          support,
          (sql) => sql`update public.licenses set ${sql(column)} = ${sql(column)} where id = ${license.id}`,
        ),
      ).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('a viewer changes nothing', async () => {
    const license = await createLicense(db.sql);
    const result = await db.as(
      viewer,
      (sql) => sql`update public.licenses set notes = 'x' where id = ${license.id} returning id`,
    );
    expect(result).toHaveLength(0);
  });
});
