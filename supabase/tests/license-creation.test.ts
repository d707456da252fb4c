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

describe('create_license()', () => {
  it('creates customer, licence, event and mail together', async () => {
    const [{ license }] = (await db.as(
      admin,
      (sql) => sql`
      select public.create_license(' Jean.Dupont@Exemple.fr ', 'HWID-ABCDEF12', 'premium', notes => 'Black Friday')
        as license`,
    )) as never as [{ license: Record<string, string> }];
    expect(license!.license_key).toMatch(/^([2-9A-HJKMNP-Z]{5}-){4}[2-9A-HJKMNP-Z]{5}$/);
    expect(license).toMatchObject({
      email: 'jean.dupont@exemple.fr',
      plan: 'premium',
      status: 'active',
      hwid_hint: 'HW••••F12',
      auto_renew: false,
    });
    expect(new Date(license!.expires_at!).getTime() - Date.now()).toBeGreaterThan(29.9 * day);
    const [event] = await eventsOf(db.sql, license!.id!);
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
