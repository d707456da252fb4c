import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { age, createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { day, eventsOf } from './licenses.ts';

let db: TestDatabase;
let admin: Persona;
let support: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  [admin, support] = [await db.addStaff('admin'), await db.addStaff('support')];
});
afterAll(() => db.drop());

describe('extend_license()', () => {
  it('refuses an expiry more than 20 years ahead, alone or among many', async () => {
    const license = await createLicense(db.sql);
    const extend = () => db.as(support, (sql) => sql`select public.extend_license(${license.id}, 3660, 'x')`);
    await extend();
    await expect(extend()).rejects.toMatchObject({ code: 'PT409', hint: 'expiry_too_far' });
    const [row] = await db.as(
      support,
      (sql) => sql`select public.extend_licenses(${[license.id]}, 3660, 'x') as result`,
    );
    expect(row!.result).toEqual({ done: 0, errors: [{ license_id: license.id, reason: 'expiry_too_far' }] });
    const [kept] = await db.sql`select expires_at < now() + interval '11 years' as is_kept from public.licenses
        where id = ${license.id}`;
    expect(kept).toEqual({ is_kept: true });
  });

  it('adds days, with reason, before and after in one event', async () => {
    const license = await createLicense(db.sql);
    const [row] = await db.as(
      support,
      (sql) => sql`select public.extend_license(${license.id}, 30, 'Geste commercial') as license`,
    );
    expect(new Date(row!.license.expires_at).getTime()).toBe(new Date(license.expires_at).getTime() + 30 * day);
    const [, event] = await eventsOf(db.sql, license.id);
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
