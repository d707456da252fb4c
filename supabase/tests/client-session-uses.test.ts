import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { clientTicketsResponse } from '../contracts/functions/client-ticket.ts';
import { logInAs, sessionClient } from './client-sessions.ts';
import { bodies, clientTickets, type Machine, newMachine } from './client-tickets.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let admin: Persona;
let client: Awaited<ReturnType<typeof sessionClient>>;
let customers: Machine;
let session: string;
let sessionId: string;
beforeAll(async () => {
  db = await createTestDatabase();
  client = await sessionClient(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  admin = await db.addStaff('admin');
  customers = await newMachine(db);
  const started = await logInAs(db, admin, customers.licenseId);
  sessionId = started.session_id;
  session = (await client.open(started.token)).session;
});

const ticketCall = async (init: RequestInit) =>
  clientTickets(db).handle(
    new Request('http://functions/client-ticket', { ...init, headers: { authorization: `Bearer ${session}` } }),
  );
const write = async (over: object = {}) => {
  const response = await ticketCall({
    method: 'POST',
    body: JSON.stringify({ message: 'Le QR Code expire.', idempotency_key: 'k-1', ...over }),
  });
  return { status: response.status, body: (await response.json()) as { ticket_number: number; code: string } };
};
const poll = async () => clientTicketsResponse.parse(await (await ticketCall({ method: 'GET' })).json());
const snapshot = async () =>
  (
    await db.sql`select licenses.xmin::text as license, license_secrets.xmin::text as secrets,
        (select count(*)::int from private.license_checks where license_id = licenses.id) as checks
      from public.licenses join private.license_secrets on license_secrets.license_id = licenses.id
      where licenses.id = ${customers.licenseId}`
  )[0];

it('a check is answered as the licence’s own machine is, notes nothing and binds no machine', async () => {
  const before = await snapshot();
  expect(await client.check(session)).toMatchObject({
    valid: true,
    code: 'VALID',
    license: { plan: 'premium', status: 'active' },
    nonce: 'n',
    next_check_in_seconds: 5,
  });
  expect(await snapshot()).toEqual(before);
  const [own] = await db.sql`select code from private.check_license(${customers.key}, ${customers.hwid})`;
  expect(own!['code']).toBe('VALID');
});

it.each([`was_${'0'.repeat(64)}`, 'was_x'])('an unknown session (%s) is one that has ended', async (unknown) => {
  expect(await client.check(unknown)).toMatchObject({ valid: false, code: 'SESSION_ENDED', license: null });
});

it('the one-time token is no session, and the session no token', async () => {
  const { token } = await logInAs(db, await db.addStaff('admin'), customers.licenseId);
  expect(await client.check(token.replace('wao_', 'was_'))).toMatchObject({ code: 'SESSION_ENDED' });
  expect((await client.redeem(session)).status).toBe(401);
});

it('checks of a session are limited by address, as others are', async () => {
  await db.sql`update public.settings set value = '2' where key = 'license_check_per_minute'`;
  await db.sql`truncate private.rate_limits`;
  const ask = () => db.sql`select allowed from private.serve_session_check('198.51.100.9', ${session})`;
  const answers = [await ask(), await ask(), await ask()].map(([row]) => row!['allowed'] as boolean);
  await db.sql`update public.settings set value = '100' where key = 'license_check_per_minute'`;
  await db.sql`truncate private.rate_limits`;
  expect(answers).toEqual([true, true, false]);
});

it('reads what the customer reads', async () => {
  const { write: send } = clientTickets(db);
  const { ticket_number } = await send(customers, { message: 'Bonjour' });
  const read = await poll();
  expect(bodies(read)).toEqual(['Bonjour']);
  expect(read.tickets[0]).toMatchObject({ ticket_number, messages: [{ author: 'customer', by_support: false }] });
});

it('what is written carries both names: for staff, for the customer, and in the audit', async () => {
  const { status, body } = await write();
  expect(status).toBe(201);
  const [row] = await db.as(admin, (sql) => sql`select public.get_ticket(${body.ticket_number}) as ticket`);
  const ticket = row!['ticket'] as {
    license: { id: string };
    messages: unknown[];
    timeline: { kind: string; actor_kind: string; actor_name: string }[];
  };
  expect(ticket.license.id).toBe(customers.licenseId);
  expect(ticket.messages).toMatchObject([
    { author_kind: 'customer', author_id: null, written_by: admin.userId, written_by_name: admin.email },
  ]);
  expect(ticket.timeline[0]).toMatchObject({ kind: 'created', actor_kind: 'customer', actor_name: admin.email });
  const { poll: ownPoll } = clientTickets(db);
  const own = await ownPoll(customers);
  expect(own.tickets[0]!.messages).toMatchObject([{ author: 'customer', by_support: true }]);
  const told = await db.sql`select event_type, user_id, customer_id is not null as has_customer, event_data, ip_address
    from public.events where subject_type = 'ticket' and subject_id = ${String(body.ticket_number)} order by sequence`;
  expect(told.map(({ user_id, has_customer }) => [user_id, has_customer])).toEqual(
    told.map(() => [admin.userId, true]),
  );
  expect(told.at(-1)).toMatchObject({
    event_type: 'login_as_message_written',
    ip_address: '203.0.113.7',
    event_data: { session_id: sessionId, staff_id: admin.userId },
  });
});

it('one key is one message, and never one the customer has sent himself', async () => {
  const { write: send } = clientTickets(db);
  const own = await send(customers, { message: 'Le QR Code expire.', idempotency_key: 'k-1' });
  const first = await write();
  expect(await write()).toEqual(first);
  expect(first.body.ticket_number).not.toBe(own.ticket_number);
  expect(await write({ message: 'Autre chose' })).toMatchObject({
    status: 409,
    body: { code: 'idempotency_conflict' },
  });
});

it('reaches the licence’s tickets and no other’s', async () => {
  const stranger = await newMachine(db);
  const { write: send } = clientTickets(db);
  const { ticket_number } = await send(stranger);
  expect(await write({ ticket_number })).toMatchObject({ status: 404, body: { code: 'ticket_not_found' } });
  expect(bodies(await poll())).toEqual([]);
});

it('the customer’s own client is told when, and neither who nor why; another machine is not', async () => {
  const { poll: ownPoll } = clientTickets(db);
  const own = await ownPoll(customers);
  expect(own.support_sessions).toEqual([{ started_at: expect.any(String), ended_at: null }]);
  expect(JSON.stringify(own)).not.toMatch(new RegExp(`${admin.email}|${admin.userId}|Voir ce`));
  await db.as(admin, (sql) => sql`select public.end_client_session(${sessionId})`);
  expect((await ownPoll(customers)).support_sessions[0]!.ended_at).toEqual(expect.any(String));
  expect((await ownPoll({ ...customers, hwid: 'HWID-ELSEWHERE' })).support_sessions).toEqual([]);
});

it('after it nothing is written in staff’s name by what comes next in the same transaction', async () => {
  await db.sql.begin(async (sql) => {
    await sql`select private.receive_client_ticket(null, null, '{"message": "x", "idempotency_key": "a"}', ${session})`;
    const [row] = await sql`select private.actor_id() as actor`;
    expect(row).toEqual({ actor: null });
  });
});
