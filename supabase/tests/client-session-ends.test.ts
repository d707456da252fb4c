import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logInAs, sessionClient } from './client-sessions.ts';
import { clientTickets } from './client-tickets.ts';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let admin: Persona;
let client: Awaited<ReturnType<typeof sessionClient>>;
let license: { id: string; customer_id: string };
let sessionId: string;
let session: string;
beforeAll(async () => {
  db = await createTestDatabase();
  client = await sessionClient(db);
  // Somebody stays when others are switched off.
  await db.addStaff('admin');
});
afterAll(() => db.drop());
beforeEach(async () => {
  admin = await db.addStaff('admin');
  license = (await createLicense(db.sql)) as unknown as typeof license;
  const started = await logInAs(db, admin, license.id);
  sessionId = started.session_id;
  session = (await client.open(started.token)).session;
  expect(await client.check(session)).toMatchObject({ valid: true, code: 'VALID' });
});

const endings = () => db.sql`select user_id, event_data from public.events
  where license_id = ${license.id} and event_type = 'login_as_ended' order by sequence`;
const ask = async (method: 'GET' | 'POST') => {
  const { handle } = clientTickets(db);
  const response = await handle(
    new Request('http://functions/client-ticket', {
      method,
      headers: { authorization: `Bearer ${session}` },
      ...(method === 'POST' ? { body: JSON.stringify({ message: 'x', idempotency_key: 'k' }) } : {}),
    }),
  );
  return [response.status, ((await response.json()) as { code: string }).code];
};

const endOf = (persona: Persona) =>
  db.as(persona, (sql) => sql`select public.end_client_session(${sessionId}) as ended`);

const ends: Record<string, [string, () => Promise<unknown>]> = {
  'by the administrator': ['by_hand', () => endOf(admin)],
  'by a colleague': ['by_hand', async () => endOf(await db.addStaff('admin'))],
  'by time': [
    'time',
    async () => {
      await db.sql`update private.client_sessions set created_at = created_at - interval '30 minutes',
        redeemed_at = redeemed_at - interval '30 minutes', ends_at = ends_at - interval '30 minutes'
        where id = ${sessionId}`;
    },
  ],
  'by the next session of the same person': [
    'superseded',
    async () => logInAs(db, admin, (await createLicense(db.sql)).id),
  ],
  'when the administrator is switched off': [
    'staff',
    () => db.sql`update public.staff set is_active = false where user_id = ${admin.userId}`,
  ],
  'when he is administrator no more': [
    'staff',
    () => db.sql`update public.staff set role = 'support' where user_id = ${admin.userId}`,
  ],
  'when his second factor is reset': [
    'staff',
    async () => {
      await db.sql`insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
        values (gen_random_uuid(), ${admin.userId}, 'totp', 'verified', now(), now())`;
      await db.sql`select private.reset_staff_factors(${admin.userId})`;
    },
  ],
  'when the licence is revoked': ['license', () => db.sql`select public.revoke_license(${license.id}, 'x')`],
  'when many are revoked': ['license', () => db.sql`select public.revoke_licenses(array[${license.id}::uuid], 'x')`],
  'when it is deleted': ['license', () => db.sql`select public.delete_license(${license.id}, 'x')`],
  'when it is transferred': [
    'transfer',
    () => db.sql`select public.transfer_license(${license.id}, 'HWID-NEXT-PC', 'x')`,
  ],
  'when the customer is forgotten': [
    'customer',
    async () => {
      await db.sql`update public.licenses set issued_at = issued_at - interval '90 days',
        expires_at = expires_at - interval '90 days' where id = ${license.id}`;
      await db.sql`select public.forget_customer(${license.customer_id}, 'x')`;
    },
  ],
};

describe.each(Object.keys(ends))('%s', (name) => {
  const [why, end] = ends[name]!;

  it('the next call is refused', async () => {
    await end();
    expect(await client.check(session)).toMatchObject({ valid: false, code: 'SESSION_ENDED', license: null });
    expect(await ask('GET')).toEqual([401, 'session_ended']);
    expect(await ask('POST')).toEqual([401, 'session_ended']);
    expect(await db.sql`select 1 from public.support_tickets where license_id = ${license.id}`).toEqual([]);
  });

  it('the audit tells it once, with its cause and both names', async () => {
    await end();
    await db.sql`select private.end_due_client_sessions()`;
    await db.sql`select private.end_due_client_sessions()`;
    const [told, ...more] = await endings();
    expect(more).toEqual([]);
    expect(told!['event_data']).toEqual({ session_id: sessionId, staff_id: admin.userId, why });
    expect(told!['user_id']).not.toBeNull();
    const [row] = await db.sql`select end_reason, ended_at >= redeemed_at as is_after from private.client_sessions
      where id = ${sessionId}`;
    expect(row).toEqual({ end_reason: why, is_after: true });
  });
});

it('switched on again, an administrator is not back in a session that ended', async () => {
  await db.sql`update public.staff set is_active = false where user_id = ${admin.userId}`;
  await db.sql`update public.staff set is_active = true where user_id = ${admin.userId}`;
  expect(await client.check(session)).toMatchObject({ code: 'SESSION_ENDED' });
});

it('a role that loses the permission is out at the next call', async () => {
  await db.sql.begin(async (sql) => {
    await sql`delete from private.role_permissions where role = 'admin' and permission = 'licenses.login_as'`;
    const [row] = await sql`select code from private.serve_session_check('198.51.100.9', ${session})`;
    expect(row!['code']).toBe('SESSION_ENDED');
    await sql`insert into private.role_permissions (role, permission) values ('admin', 'licenses.login_as')`;
  });
  expect(await client.check(session)).toMatchObject({ code: 'VALID' });
});

it('what does not concern it leaves it running', async () => {
  await db.sql`select public.extend_license(${license.id}, 1, 'x')`;
  await db.sql`select public.renew_license_key(${license.id}, 'x')`;
  await db.sql`update public.staff set locale = 'en' where user_id = ${admin.userId}`;
  await db.sql`update public.staff set is_active = false where user_id = ${(await db.addStaff('admin')).userId}`;
  await db.sql`select public.revoke_license(${(await createLicense(db.sql)).id}, 'x')`;
  await db.sql`select private.end_due_client_sessions()`;
  expect(await client.check(session)).toMatchObject({ code: 'VALID' });
  await db.sql`select public.suspend_license(${license.id}, 'x')`;
  expect(await client.check(session)).toMatchObject({ valid: false, code: 'SUSPENDED' });
});

it('is ended by nobody without the permission, and ended twice it stays as it was', async () => {
  for (const role of ['support', 'viewer'] as const)
    await expect(endOf(await db.addStaff(role))).rejects.toMatchObject({ hint: 'permission_denied' });
  expect(await client.check(session)).toMatchObject({ code: 'VALID' });
  const [first] = await endOf(admin);
  expect(first!['ended']).toMatchObject({ state: 'ended', end_reason: 'by_hand', ended_by_name: admin.email });
  const [second] = await endOf(await db.addStaff('admin'));
  expect(second).toEqual(first);
  await expect(db.as(admin, (sql) => sql`select public.end_client_session(${license.id})`)).rejects.toMatchObject({
    code: 'PT404',
    hint: 'client_session_not_found',
  });
});

it('a redemption and a revocation at once end in one of both orders, and never in each other’s arms', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id } = await createLicense(db.sql);
    const { token } = await logInAs(db, admin, id);
    const [redeemed] = await Promise.all([
      client.redeem(token),
      db.sql`select public.transfer_license(${id}, 'HWID-NEXT-PC', 'x')`,
      db.sql`select private.end_due_client_sessions()`,
    ]);
    expect([200, 401]).toContain(redeemed.status);
    const [row] = await db.sql`select end_reason from private.client_sessions where license_id = ${id}`;
    expect(row!['end_reason']).toBe('transfer');
  }
});

it('a job writes the ends down each minute', async () => {
  const jobs = await db.sql`select schedule, command from cron.job where jobname = 'end-client-sessions'`;
  expect(jobs).toEqual([{ schedule: '* * * * *', command: 'select private.end_due_client_sessions()' }]);
  await db.sql`update private.client_sessions set created_at = created_at - interval '1 hour',
    redeemed_at = redeemed_at - interval '1 hour', ends_at = ends_at - interval '1 hour' where id = ${sessionId}`;
  expect(await db.sql`select private.end_due_client_sessions() as ended`).toEqual([{ ended: 1 }]);
  const [row] = await db.sql`select ended_at = ends_at as on_time from private.client_sessions where id = ${sessionId}`;
  expect(row).toEqual({ on_time: true });
});
