import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { age, createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let admin: Persona;
let support: Persona;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  [admin, support, viewer] = [await db.addStaff('admin'), await db.addStaff('support'), await db.addStaff('viewer')];
});
afterAll(() => db.drop());

const day = 86_400_000;
const events = (licenseId: string) =>
  db.sql`select event_type, event_data, actor, ip_address, user_agent from public.events where license_id = ${licenseId} order by sequence`;

describe('create_license()', () => {
  it('creates customer, licence, event and mail together', async () => {
    const [{ license }] = (await db.as(
      admin,
      (sql) => sql`
      select public.create_license(' Jean.Dupont@Exemple.fr ', 'HWID-ABCDEF12', 'premium', notes => 'Black Friday') as license`,
    )) as never as [{ license: Record<string, string> }];
    expect(license!.license_key).toMatch(/^([2-9A-HJKMNP-Z]{5}-){4}[2-9A-HJKMNP-Z]{5}$/);
    expect(license).toMatchObject({
      email: 'jean.dupont@exemple.fr',
      plan: 'premium',
      status: 'active',
      hwid_hint: 'HW••••F12',
      auto_renew: true,
    });
    expect(new Date(license!.expires_at!).getTime() - Date.now()).toBeGreaterThan(29.9 * day);
    const [event] = await events(license!.id!);
    expect(event).toMatchObject({
      event_type: 'license_created',
      actor: admin.email,
      ip_address: '198.51.100.4',
      user_agent: 'vitest',
    });
    expect(JSON.stringify(event)).not.toContain('HWID-ABCDEF12');
    expect(JSON.stringify(event)).not.toContain(license!.license_key);
    const [mail] = await db.sql`select * from public.email_outbox where license_id = ${license!.id!}`;
    expect(mail).toMatchObject({
      template: 'license_created',
      status: 'pending',
      recipient: 'jean.dupont@exemple.fr',
      locale: 'fr',
    });
    expect(JSON.stringify(mail)).not.toContain(license!.license_key);
  });

  it('keeps one customer for one e-mail, whatever its case, also when two arrive at once', async () => {
    const created = await Promise.all(
      ['Twin@example.com', 'twin@EXAMPLE.com'].map((email) => createLicense(db.sql, { email })),
    );
    expect(created[0]!.customer_id).toBe(created[1]!.customer_id);
  });

  it('stores neither key nor hardware identifier in clear', async () => {
    const { id, license_key } = await createLicense(db.sql, { hwid: 'SECRET-MACHINE' });
    const [row] = await db.sql`select licenses::text || license_secrets::text as everything from public.licenses
      join private.license_secrets on license_id = id where id = ${id}`;
    expect(row!.everything).not.toContain(license_key);
    expect(row!.everything).not.toContain(license_key.replaceAll('-', ''));
    expect(row!.everything).not.toContain('SECRET-MACHINE');
  });

  it.each([
    ['invalid_email', { email: 'nobody' }],
    ['invalid_email', { email: 'a@b' }],
    ['invalid_email', { email: `${'x'.repeat(250)}@example.com` }],
    ['invalid_email', { email: '' }],
    ['invalid_hwid', { hwid: 'abc' }],
    ['invalid_hwid', { hwid: ' '.repeat(10) }],
    ['invalid_hwid', { hwid: 'x'.repeat(201) }],
    ['invalid_hwid', { hwid: 'line\nbreak' }],
    ['invalid_plan', { plan: 'gold' }],
    ['invalid_expiry', { expiresAt: new Date(Date.now() - day) }],
    ['invalid_expiry', { expiresAt: new Date('2999-01-01') }],
  ])('refuses with %s for %j, and leaves nothing behind', async (hint, input) => {
    const before = await db.sql`select count(*) from public.customers`;
    await expect(createLicense(db.sql, input)).rejects.toMatchObject({ code: '22023', hint });
    expect(await db.sql`select count(*) from public.customers`).toEqual(before);
  });

  it('is refused to support and viewer', async () => {
    for (const persona of [support, viewer]) {
      await expect(db.as(persona, (sql) => createLicense(sql))).rejects.toMatchObject({
        code: '42501',
        hint: 'permission_denied',
      });
    }
  });
});

describe('extend_license()', () => {
  it('refuses an expiry more than 20 years ahead, alone or among many', async () => {
    const license = await createLicense(db.sql);
    const extend = () => db.as(support, (sql) => sql`select public.extend_license(${license.id}, 3660, 'x')`);
    await extend();
    await expect(extend()).rejects.toMatchObject({ code: 'PT409', hint: 'invalid_expiry' });
    const [row] = await db.as(
      support,
      (sql) => sql`select public.extend_licenses(${[license.id]}, 3660, 'x') as result`,
    );
    expect(row!.result).toEqual({ done: 0, errors: [{ license_id: license.id, reason: 'invalid_expiry' }] });
    const [kept] =
      await db.sql`select expires_at < now() + interval '11 years' as is_kept from public.licenses where id = ${license.id}`;
    expect(kept).toEqual({ is_kept: true });
  });

  it('adds days, with reason, before and after in one event', async () => {
    const license = await createLicense(db.sql);
    const [row] = await db.as(
      support,
      (sql) => sql`select public.extend_license(${license.id}, 30, 'Geste commercial') as license`,
    );
    expect(new Date(row!.license.expires_at).getTime()).toBe(new Date(license.expires_at).getTime() + 30 * day);
    const [, event] = await events(license.id);
    expect(event).toMatchObject({ event_type: 'license_extended', actor: support.email });
    expect(event!.event_data).toMatchObject({
      reason: 'Geste commercial',
      days: 30,
      before: { expires_at: expect.any(String) },
      after: { expires_at: expect.any(String) },
    });
  });

  it('counts from today once expired, and makes the licence active again', async () => {
    const license = await createLicense(db.sql);
    await age(db.sql, license.id, 90);
    const [row] = await db.as(
      support,
      (sql) => sql`select public.extend_license(${license.id}, 7, 'retour') as license`,
    );
    expect(row!.license.status).toBe('active');
    expect(new Date(row!.license.expires_at).getTime()).toBeGreaterThan(Date.now() + 6.9 * day);
  });

  it.each([[0], [-5], [3661], [null]])('refuses %j days', async (days) => {
    const license = await createLicense(db.sql);
    await expect(
      db.as(admin, (sql) => sql`select public.extend_license(${license.id}, ${days}, 'x')`),
    ).rejects.toMatchObject({ hint: 'invalid_days' });
  });

  it.each([[''], ['   '], [null], ['x'.repeat(501)]])('refuses the reason %j', async (reason) => {
    const license = await createLicense(db.sql);
    await expect(
      db.as(admin, (sql) => sql`select public.extend_license(${license.id}, 1, ${reason})`),
    ).rejects.toMatchObject({ hint: 'reason_required' });
  });

  it('refuses what does not exist, is deleted or is revoked', async () => {
    const license = await createLicense(db.sql);
    await expect(
      db.as(admin, (sql) => sql`select public.extend_license(${randomUUID()}, 1, 'x')`),
    ).rejects.toMatchObject({ code: 'PT404', hint: 'license_not_found' });
    await db.as(admin, (sql) => sql`select public.revoke_license(${license.id}, 'fraude')`);
    await expect(db.as(admin, (sql) => sql`select public.extend_license(${license.id}, 1, 'x')`)).rejects.toMatchObject(
      { code: 'PT409', hint: 'license_revoked' },
    );
    await db.as(admin, (sql) => sql`select public.delete_license(${license.id}, 'erreur')`);
    await expect(db.as(admin, (sql) => sql`select public.extend_license(${license.id}, 1, 'x')`)).rejects.toMatchObject(
      { hint: 'license_not_found' },
    );
  });

  it('two at once both count', async () => {
    const license = await createLicense(db.sql);
    await Promise.all(
      [1, 2].map(() => db.as(support, (sql) => sql`select public.extend_license(${license.id}, 10, 'x')`)),
    );
    const [row] = await db.sql`select expires_at from public.licenses where id = ${license.id}`;
    expect(row!.expires_at.getTime()).toBe(new Date(license.expires_at).getTime() + 20 * day);
  });
});

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
      expect(await events(license.id)).toHaveLength(1);
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
    expect((await events(license.id)).at(-1)).toMatchObject({
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
    expect((await events(license.id)).at(-1)).toMatchObject({
      event_type: 'license_transferred',
      event_data: { before: { hwid_hint: 'HW••••-11' }, after: { hwid_hint: 'HW••••-99' } },
    });
  });

  it('transfer_license() to a machine that masks alike is audited all the same', async () => {
    const license = await createLicense(db.sql, { hwid: 'HW-AAAA-123' });
    await db.as(admin, (sql) => sql`select public.transfer_license(${license.id}, 'HW-BBBB-123', 'x')`);
    expect((await events(license.id)).map(({ event_type }) => event_type)).toEqual([
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
    expect((await events(license.id)).at(-1)).toMatchObject({
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
