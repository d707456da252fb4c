import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { age, createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { eventsOf } from './licenses.ts';

let db: TestDatabase;
let admin: Persona;
let support: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  support = await db.addStaff('support');
});
afterAll(() => db.drop());

const send = (who: Persona, id: string) => db.as(who, (sql) => sql`select public.send_license_key(${id})`);
const renew = async (who: Persona, id: string, reason = 'Clé publiée sur un forum') =>
  (await db.as(who, (sql) => sql`select public.renew_license_key(${id}, ${reason}) as license`))[0]!['license'] as {
    license_key: string;
    license_key_hint: string;
    mail: object;
  };
const mailsOf = async (id: string) =>
  (await db.sql`select template from public.email_outbox where license_id = ${id} order by created_at`).map(
    ({ template }) => template,
  );
const check = async (key: string) =>
  (await db.sql`select code from private.check_license(${key}, 'HWID-12345678')`)[0]!['code'];
const later = (id: string) =>
  db.sql`update public.email_outbox set status = 'failed', created_at = now() - interval '2 minutes'
    where license_id = ${id}`;

describe('send_license_key()', () => {
  it('by support: mails the same key again, audited', async () => {
    const { id, license_key } = await createLicense(db.sql);
    await send(support, id);
    expect(await mailsOf(id)).toEqual(['license_key_sent']);
    const claimed = await db.sql`select data from private.claim_emails(100)`;
    expect(claimed.map(({ data }) => data.license_key)).toContain(license_key);
    expect((await eventsOf(db.sql, id)).at(-1)).toMatchObject({ event_type: 'license_key_sent', actor: support.email });
  });

  it('a second click, a colleague at the same moment, or a minute too soon sends nothing more', async () => {
    const { id } = await createLicense(db.sql);
    const outcomes = await Promise.allSettled([send(support, id), send(admin, id), send(support, id)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(send(admin, id)).rejects.toMatchObject({ code: 'PT409', hint: 'key_just_sent' });
    await later(id);
    await send(admin, id);
    expect(await mailsOf(id)).toHaveLength(2);
  });

  it('is refused for an address that takes no mail, a licence out of force, and to viewers', async () => {
    const [refused, revoked, expired] = [
      await createLicense(db.sql),
      await createLicense(db.sql),
      await createLicense(db.sql),
    ];
    await db.sql`update public.customers set mail_refused = 'bounced', mail_refused_at = now()
      where id = ${refused.customer_id as string}`;
    await db.sql`select public.revoke_license(${revoked.id}, 'x')`;
    await age(db.sql, expired.id, 60);
    await expect(send(support, refused.id)).rejects.toMatchObject({ hint: 'address_refused' });
    await expect(send(support, revoked.id)).rejects.toMatchObject({ hint: 'license_revoked' });
    await expect(send(support, expired.id)).rejects.toMatchObject({ hint: 'license_expired' });
    await expect(send(await db.addStaff('viewer'), refused.id)).rejects.toMatchObject({ code: '42501' });
    for (const { id } of [refused, revoked, expired]) expect(await mailsOf(id)).toEqual([]);
  });
});

describe('renew_license_key()', () => {
  it('a new key takes the place of the old one, which is unknown from then on, and goes by mail', async () => {
    const { id, license_key: old } = await createLicense(db.sql);
    expect(await check(old)).toBe('VALID');
    const renewed = await renew(admin, id);
    expect(renewed).toMatchObject({
      license_key_hint: renewed.license_key.slice(-5),
      mail: { locale: 'fr', refused: null },
    });
    expect([await check(old), await check(renewed.license_key)]).toEqual(['NOT_FOUND', 'VALID']);
    expect(await mailsOf(id)).toEqual(['license_key_renewed']);
    const claimed = await db.sql`select data from private.claim_emails(100)`;
    expect(claimed.map(({ data }) => data.license_key)).toContain(renewed.license_key);
    const told = (await eventsOf(db.sql, id)).at(-1);
    expect(told).toMatchObject({ actor: admin.email, event_data: { reason: 'Clé publiée sur un forum' } });
    expect(JSON.stringify(told)).not.toContain(renewed.license_key);
  });

  it('staff find the licence by a key it had before', async () => {
    const { id, license_key: old } = await createLicense(db.sql);
    const { license_key: second } = await renew(admin, id);
    await renew(admin, id);
    for (const key of [old, second]) {
      const [row] = await db.as(support, (sql) => sql`select public.search_licenses(query => ${key}) as page`);
      expect((row!['page'] as { rows: { id: string }[] }).rows.map((found) => found.id)).toEqual([id]);
    }
  });

  it('is refused without a reason, to support, and for a licence out of force; the key stays', async () => {
    const { id, license_key } = await createLicense(db.sql);
    await expect(renew(admin, id, ' ')).rejects.toMatchObject({ hint: 'reason_required' });
    await expect(renew(support, id)).rejects.toMatchObject({ code: '42501' });
    expect(await check(license_key)).toBe('VALID');
    await db.sql`select public.revoke_license(${id}, 'x')`;
    await expect(renew(admin, id)).rejects.toMatchObject({ hint: 'license_revoked' });
    expect(await mailsOf(id)).toEqual([]);
  });
});

describe('the language of the mails', () => {
  const create = async (email: string, locale: string | null) =>
    (
      await db.as(
        admin,
        (sql) =>
          sql`select public.create_license(${email}, 'HWID-LANGUAGE', 'premium', locale => ${locale}) as license`,
      )
    )[0]!['license'] as { id: string; mail: object };

  it('is the one chosen for a new customer, and stays for one who is known', async () => {
    const first = await create('anglaise@exemple.fr', 'en');
    const second = await create('anglaise@exemple.fr', 'fr');
    expect([first.mail, second.mail]).toEqual(Array(2).fill({ locale: 'en', refused: null }));
    const mails =
      await db.sql`select locale from public.email_outbox where license_id in ${db.sql([first.id, second.id])}`;
    expect(mails.map(({ locale }) => locale)).toEqual(['en', 'en']);
    expect((await create('sans-choix@exemple.fr', null)).mail).toMatchObject({ locale: 'fr' });
  });

  it('is refused when we do not write it', async () => {
    await expect(create('italienne@exemple.fr', 'it')).rejects.toMatchObject({ hint: 'invalid_argument' });
    expect(await db.sql`select 1 from public.customers where email = 'italienne@exemple.fr'`).toHaveLength(0);
  });
});

it('a licence without a subscription never says that it renews', async () => {
  const { id } = await createLicense(db.sql);
  expect((await db.sql`select auto_renew from public.licenses where id = ${id}`)[0]).toEqual({ auto_renew: false });
  await expect(db.sql`update public.licenses set auto_renew = true where id = ${id}`).rejects.toMatchObject({
    constraint_name: 'auto_renew_needs_a_subscription',
  });
});

it('thirty days given are thirty days of the calendar, across a change of clocks', async () => {
  const { id } = await createLicense(db.sql);
  await db.sql`update public.licenses set issued_at = '2030-03-01', expires_at = '2030-03-20 23:59:59 Europe/Paris'
    where id = ${id}`;
  await db.as(admin, (sql) => sql`select public.extend_license(${id}, 30, 'Geste')`);
  const [row] = await db.sql`select to_char(expires_at at time zone 'Europe/Paris', 'YYYY-MM-DD HH24:MI:SS') as ends
    from public.licenses where id = ${id}`;
  expect(row).toEqual({ ends: '2030-04-19 23:59:59' });
  const fresh = await createLicense(db.sql);
  const [given] = await db.sql`select private.business_day(expires_at) - private.business_day(now()) as days
    from public.licenses where id = ${fresh.id}`;
  expect(given).toEqual({ days: 30 });
});
