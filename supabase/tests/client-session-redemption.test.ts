import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { adminPc, logInAs, sessionClient } from './client-sessions.ts';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let admin: Persona;
let client: Awaited<ReturnType<typeof sessionClient>>;
let licenseId: string;
let token: string;
let sessionId: string;
beforeAll(async () => {
  db = await createTestDatabase();
  client = await sessionClient(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  admin = await db.addStaff('admin');
  licenseId = (await createLicense(db.sql, { email: 'ottoline@example.com' })).id;
  ({ token, session_id: sessionId } = await logInAs(db, admin, licenseId));
});

const row = async () => (await db.sql`select * from private.client_sessions where id = ${sessionId}`)[0]!;
const refusal = async (response: Promise<Response>) => {
  const { status } = await response;
  return [status, await (await response).text()];
};
const refused = [
  401,
  JSON.stringify({
    code: 'session_refused',
    message: 'The token is unknown, used or older than a minute',
    details: null,
  }),
];

it('gives a session, and what the banner says', async () => {
  const answer = await client.open(token);
  expect(answer).toMatchObject({
    session: expect.stringMatching(/^was_[0-9a-f]{64}$/),
    banner: { customer: 'ottoline@example.com', staff: admin.email, reason: 'Voir ce qu’il voit' },
  });
  expect(answer.banner.ends_at).toBe(answer.expires_at);
  const stored = await row();
  expect(Math.round((stored['ends_at'].getTime() - stored['redeemed_at'].getTime()) / 1000)).toBe(30 * 60);
  expect(stored['hwid_hint']).not.toBe(adminPc);
  const [text] = await db.sql`select client_sessions::text as stored from private.client_sessions
    where id = ${sessionId}`;
  expect(text!['stored']).not.toMatch(new RegExp(`${answer.session.slice(4)}|${token.slice(4)}|${adminPc}`));
});

it('a link scanner’s GET and HEAD use nothing up', async () => {
  const before = await row();
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT']) {
    const response = await client.handle(new Request(`http://functions/client-session?token=${token}`, { method }));
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  }
  expect(await row()).toEqual(before);
  expect((await client.redeem(token)).status).toBe(200);
});

it('needs the machine, and a refusal for want of it costs nothing', async () => {
  for (const body of [{ token }, { token, hwid: '' }, { token, hwid: 'abc' }, { hwid: adminPc }])
    expect((await client.redeem('', '', { body: JSON.stringify(body) })).status).toBe(400);
  expect((await client.redeem(token)).status).toBe(200);
});

it('once: the second time it is what an unknown token is', async () => {
  expect((await client.redeem(token)).status).toBe(200);
  expect(await refusal(client.redeem(token))).toEqual(refused);
  expect(await refusal(client.redeem(`wao_${'0'.repeat(64)}`))).toEqual(refused);
  expect(await refusal(client.redeem('x'))).toEqual(refused);
});

it('two at once: one has it', async () => {
  const statuses = (await Promise.all(Array.from({ length: 6 }, () => client.redeem(token)))).map(
    ({ status }) => status,
  );
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401, 401, 401]);
  expect(
    await db.sql`select 1 from public.events where license_id = ${licenseId} and event_type = 'login_as_redeemed'`,
  ).toHaveLength(1);
});

it('within a minute, and is then what an unknown token is', async () => {
  await db.sql`update private.client_sessions set created_at = created_at - interval '60 seconds',
    ends_at = ends_at - interval '60 seconds' where id = ${sessionId}`;
  expect(await refusal(client.redeem(token))).toEqual(refused);
  expect((await row())['redeemed_at']).toBeNull();
});

it('not by who was switched off meanwhile, nor for a licence revoked meanwhile', async () => {
  await db.sql`update public.staff set is_active = false where user_id = ${admin.userId}`;
  expect(await refusal(client.redeem(token))).toEqual(refused);
  const other = await db.addStaff('admin');
  const started = await logInAs(db, other, licenseId);
  await db.sql`select public.revoke_license(${licenseId}, 'x')`;
  expect(await refusal(client.redeem(started.token))).toEqual(refused);
});

it('the length of a session is a setting, within its bounds', async () => {
  await db.sql`update public.settings set value = '45' where key = 'login_as_minutes'`;
  const { expires_at } = await client.open(token);
  await db.sql`update public.settings set value = '30' where key = 'login_as_minutes'`;
  expect(Math.round((Date.parse(expires_at) - Date.now()) / 60_000)).toBe(45);
  for (const minutes of [4, 121])
    await expect(
      db.sql`update public.settings set value = ${minutes} where key = 'login_as_minutes'`,
    ).rejects.toMatchObject({ hint: 'invalid_setting' });
});

it('the audit names the administrator, the machine masked, and the address of the PC', async () => {
  await client.open(token);
  const [event] = await db.sql`select user_id, actor_kind, ip_address, user_agent, event_data from public.events
    where license_id = ${licenseId} and event_type = 'login_as_redeemed'`;
  expect(event).toMatchObject({
    user_id: admin.userId,
    actor_kind: 'staff',
    ip_address: '198.51.100.9',
    user_agent: 'WhatAutosys/3',
    event_data: { session_id: sessionId, staff_id: admin.userId, reason: 'Voir ce qu’il voit' },
  });
  expect(JSON.stringify(event)).not.toContain(adminPc);
});

it('the customer is told by mail if the setting says so, and not of a token that nobody redeems', async () => {
  const mails = () => db.sql`select recipient, locale, data from public.email_outbox
    where license_id = ${licenseId} and template = 'login_as_redeemed'`;
  await client.open(token);
  expect(await mails()).toEqual([]);
  await db.sql`update public.settings set value = 'true' where key = 'login_as_mail'`;
  const again = await logInAs(db, admin, licenseId);
  expect(await mails()).toEqual([]);
  const { expires_at } = await client.open(again.token);
  await db.sql`update public.settings set value = 'false' where key = 'login_as_mail'`;
  expect(await mails()).toEqual([
    {
      recipient: 'ottoline@example.com',
      locale: 'fr',
      data: { started_at: expect.any(String), ends_at: expires_at },
    },
  ]);
});

it('attempts are counted by address, as checks are', async () => {
  await db.sql`update public.settings set value = '3' where key = 'license_check_per_minute'`;
  await db.sql`truncate private.rate_limits`;
  const statuses: number[] = [];
  for (let index = 0; index < 5; index += 1) statuses.push((await client.redeem('x')).status);
  await db.sql`update public.settings set value = '100' where key = 'license_check_per_minute'`;
  await db.sql`truncate private.rate_limits`;
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
});
