import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asFunction, logInAs } from './client-sessions.ts';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { eventsOf } from './licenses.ts';

let db: TestDatabase;
let admin: Persona;
let licenseId: string;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  admin = await db.addStaff('admin');
  licenseId = (await createLicense(db.sql)).id;
});

const sessions = (id = licenseId) => db.sql`select * from private.client_sessions where license_id = ${id}`;

it('an administrator gets a token that lives a minute and is kept as a hash alone', async () => {
  const { session_id, token, expires_at } = await logInAs(db, admin, licenseId);
  expect(token).toMatch(/^wao_[0-9a-f]{64}$/);
  const [row] = await sessions();
  expect(row).toMatchObject({ id: session_id, staff_id: admin.userId, secret_hash: null, ended_at: null });
  expect(Date.parse(expires_at) - (row!['created_at'] as Date).getTime()).toBe(60_000);
  const [stored] = await db.sql`select client_sessions::text || (select coalesce(string_agg(events::text, ''), '')
    from public.events where license_id = ${licenseId}) as text from private.client_sessions where id = ${session_id}`;
  expect(stored!['text']).not.toContain(token.slice(4));
});

it('the audit tells who began, in whose name and why', async () => {
  const { session_id } = await logInAs(db, admin, licenseId, '  Voir ce qu’il voit ');
  const [row] = await db.sql`select event_type, user_id, customer_id is not null as has_customer, event_data
    from public.events where license_id = ${licenseId} order by sequence desc limit 1`;
  expect(row).toEqual({
    event_type: 'login_as_started',
    user_id: admin.userId,
    has_customer: true,
    event_data: { session_id, staff_id: admin.userId, reason: 'Voir ce qu’il voit' },
  });
  expect((await eventsOf(db.sql, licenseId)).at(-1)).toMatchObject({ actor: admin.email });
});

describe('is refused', () => {
  it.each(['support', 'viewer'] as const)('to %s, in SQL', async (role) => {
    const person = await db.addStaff(role);
    await expect(logInAs(db, person, licenseId)).rejects.toMatchObject({ code: '42501', hint: 'permission_denied' });
    expect(await sessions()).toEqual([]);
  });

  it.each([
    ['before the second factor', { aal: 'aal1' }],
    ['to who is switched off', { isActive: false }],
  ])('%s', async (_, options) => {
    const person = await db.addStaff('admin', options);
    await expect(logInAs(db, person, licenseId)).rejects.toMatchObject({ hint: 'permission_denied' });
    expect(await sessions()).toEqual([]);
  });

  it('to the system: a session has a person', async () => {
    await expect(db.sql`select private.start_client_session(${licenseId}, 'x')`).rejects.toMatchObject({
      hint: 'permission_denied',
    });
  });

  it.each(['', '   ', 'x'.repeat(501)])('without a reason (%j)', async (reason) => {
    await expect(logInAs(db, admin, licenseId, reason)).rejects.toMatchObject({ hint: 'reason_required' });
  });

  it('in the name of a colleague', async () => {
    const colleague = await db.addStaff('admin');
    const { id } = await createLicense(db.sql, { email: colleague.email });
    await expect(logInAs(db, admin, id)).rejects.toMatchObject({ code: 'PT409', hint: 'customer_is_staff' });
  });

  it('for a licence that is revoked, deleted or unknown', async () => {
    await db.sql`select public.revoke_license(${licenseId}, 'x')`;
    await expect(logInAs(db, admin, licenseId)).rejects.toMatchObject({ hint: 'license_revoked' });
    const { id } = await createLicense(db.sql);
    await db.sql`select public.delete_license(${id}, 'x')`;
    await expect(logInAs(db, admin, id)).rejects.toMatchObject({ hint: 'license_not_found' });
    await expect(logInAs(db, admin, admin.userId)).rejects.toMatchObject({ hint: 'license_not_found' });
  });

  it('for a customer who was forgotten', async () => {
    const { id, customer_id } = await createLicense(db.sql);
    await db.sql`select public.revoke_license(${id}, 'x')`;
    await db.sql`select public.forget_customer(${customer_id as string}, 'x')`;
    await expect(logInAs(db, admin, id)).rejects.toMatchObject({ hint: 'customer_forgotten' });
  });
});

it('one person has one session: the next ends the one before, also when two begin at once', async () => {
  const other = (await createLicense(db.sql)).id;
  await Promise.all([licenseId, other, licenseId].map((id) => logInAs(db, admin, id)));
  const rows = await db.sql`select end_reason from private.client_sessions where staff_id = ${admin.userId}
    order by ended_at nulls last`;
  expect(rows.map((row) => row['end_reason'])).toEqual(['superseded', 'superseded', null]);
  const colleague = await db.addStaff('admin');
  await logInAs(db, colleague, licenseId);
  expect(
    await db.sql`select 1 from private.client_sessions where ended_at is null
    and staff_id in (${admin.userId}, ${colleague.userId})`,
  ).toHaveLength(2);
});

describe('the list', () => {
  const list = (persona: Persona) =>
    db.as(persona, async (sql) => {
      const [row] = await sql`select public.list_client_sessions(${licenseId}) as answer`;
      return row!['answer'] as { minutes: number; is_mailed: boolean; rows: Record<string, unknown>[] };
    });

  it('says who, why and how far it is, and neither token nor hash', async () => {
    const { session_id, token } = await logInAs(db, admin, licenseId);
    const answer = await list(admin);
    expect(answer).toMatchObject({
      minutes: 30,
      is_mailed: false,
      rows: [{ id: session_id, staff_name: admin.email, reason: 'Voir ce qu’il voit', state: 'waiting' }],
    });
    expect(JSON.stringify(answer)).not.toMatch(new RegExp(`${token.slice(4)}|hash`));
  });

  it('is read with audit.read too, and by nobody else', async () => {
    await db.sql`insert into private.role_permissions (role, permission) values ('support', 'audit.read')`;
    await logInAs(db, admin, licenseId);
    expect((await list(await db.addStaff('support'))).rows).toHaveLength(1);
    await db.sql`delete from private.role_permissions where role = 'support' and permission = 'audit.read'`;
    for (const role of ['support', 'viewer'] as const)
      await expect(list(await db.addStaff(role))).rejects.toMatchObject({ hint: 'permission_denied' });
  });
});

it('the table is nobody’s to read or write', async () => {
  await logInAs(db, admin, licenseId);
  for (const statement of ['select 1 from private.client_sessions', 'delete from private.client_sessions'])
    await expect(db.as(admin, (sql) => sql.unsafe(statement))).rejects.toMatchObject({ code: '42501' });
  expect(await asFunction(db, admin, (sql) => sql`select private.has_permission('licenses.login_as') as may`)).toEqual([
    { may: true },
  ]);
});
