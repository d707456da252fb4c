import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SupabaseClient } from '@supabase/supabase-js';
import { createUser, type TestUser } from '../testing.ts';
import {
  follow,
  Inbox,
  join,
  open,
  rawClient,
  roundTrip,
  startRealtimeHome,
  type Opened,
  type RealtimeHome,
} from './testing.ts';

/** `room:<name>`: members read and write; `news:` is read by everybody and written by nobody. */
const schema = `
create table public.members (user_id uuid, room text, can_write boolean default true);
grant select on public.members to authenticated;
create policy rooms_read on realtime.messages for select to authenticated
  using (extension in ('broadcast', 'presence') and exists (select from public.members m where m.user_id = (select auth.uid()) and 'room:' || m.room = (select realtime.topic())));
create policy rooms_write on realtime.messages for insert to authenticated
  with check (exists (select from public.members m where m.user_id = (select auth.uid()) and m.can_write and 'room:' || m.room = (select realtime.topic())));
create policy news_read on realtime.messages for select to anon, authenticated using (extension = 'broadcast' and topic like 'news:%');
create policy broken_read on realtime.messages for select to anon using (case when topic = 'broken' then 1 / (length(topic) - 6) = 1 end);
create table public.orders (id int primary key, body text);
create function public.orders_after_tell() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.broadcast_changes('room:orders', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  return null;
end $$;
create trigger orders_after_tell after insert or update or delete on public.orders for each row execute function public.orders_after_tell();
`;

interface Message {
  event: string;
  payload: Record<string, unknown>;
  meta?: Record<string, unknown>;
}

let home: RealtimeHome;
let ann: TestUser;
let ben: TestUser;
let eve: TestUser;
beforeAll(async () => {
  home = await startRealtimeHome();
  await home.sql.unsafe(schema);
  [ann, ben, eve] = [await createUser(home), await createUser(home), await createUser(home)];
  await home.sql`insert into public.members ${home.sql([
    { user_id: ann.id, room: 'a' },
    { user_id: ben.id, room: 'a' },
    { user_id: ann.id, room: 'orders' },
  ])}`;
  await home.sql`insert into public.members (user_id, room, can_write) values (${eve.id}, 'a', false)`;
});
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

interface Room extends Opened {
  messages: Inbox<Message>;
}

/** A client of his own for each call: one client has one channel of a name. */
async function as(user: TestUser): Promise<SupabaseClient> {
  const client = home.connect();
  const { error } = await client.auth.signInWithPassword({ email: user.email, password: user.password });
  if (error) throw error;
  await client.realtime.setAuth();
  return client;
}

const tokenOf = async (client: SupabaseClient) => (await client.auth.getSession()).data.session!.access_token;

async function enter(client: SupabaseClient, topic: string, config: Record<string, unknown> = {}): Promise<Room> {
  const messages = new Inbox<Message>();
  const { broadcast, ...rest } = config;
  const channel = client.channel(topic, { config: { broadcast: { ack: true, ...(broadcast as object) }, ...rest } });
  channel.on('broadcast', { event: '*' }, messages.push as never);
  return { ...(await join(channel)), messages };
}

describe('public broadcast', () => {
  it('reaches the others of the room, not its sender, and nobody elsewhere', async () => {
    const [a, b, elsewhere] = [
      await enter(home.connect(), 'lobby'),
      await enter(home.connect(), 'lobby'),
      await enter(home.connect(), 'lobby2'),
    ];
    expect(await a.channel.send({ type: 'broadcast', event: 'hi', payload: { n: 1, é: '🎉' } })).toBe('ok');
    expect(await b.messages.next()).toMatchObject({ type: 'broadcast', event: 'hi', payload: { n: 1, é: '🎉' } });
    await roundTrip(elsewhere.channel);
    expect([a, elsewhere].map(({ messages }) => messages.all.length)).toEqual([0, 0]);
  });

  it('comes back to a sender who asked for it', async () => {
    const room = await enter(home.connect(), 'echo', { broadcast: { self: true } });
    await room.channel.send({ type: 'broadcast', event: 'hi', payload: {} });
    expect((await room.messages.next()).event).toBe('hi');
  });

  it('carries bytes', async () => {
    const [a, b] = [await enter(home.connect(), 'bytes'), await enter(home.connect(), 'bytes')];
    await a.channel.send({ type: 'broadcast', event: 'b', payload: new Uint8Array([0, 128, 255]).buffer });
    expect([...new Uint8Array((await b.messages.next()).payload as unknown as ArrayBuffer)]).toEqual([0, 128, 255]);
  });

  it('is understood between protocols 1.0.0 and 2.0.0; bytes do not reach the former', async () => {
    const [one, two] = [
      await enter(home.connect({ vsn: '1.0.0' }), 'both'),
      await enter(home.connect({ vsn: '2.0.0' }), 'both'),
    ];
    await one.channel.send({ type: 'broadcast', event: 'from-1', payload: { n: 1 } });
    expect(await two.messages.next()).toMatchObject({ event: 'from-1', payload: { n: 1 } });
    await two.channel.send({ type: 'broadcast', event: 'bytes', payload: new ArrayBuffer(3) });
    await two.channel.send({ type: 'broadcast', event: 'from-2', payload: { n: 2 } });
    expect(await one.messages.next()).toMatchObject({ event: 'from-2', payload: { n: 2 } });
    expect(one.messages.all).toHaveLength(1);
  });

  it('larger than the limit is refused', async () => {
    const client = await rawClient(home);
    await client.join('large', { broadcast: { ack: true } });
    client.send('j1', 'big', 'realtime:large', 'broadcast', {
      type: 'broadcast',
      event: 'x',
      payload: { text: 'x'.repeat(3 * 1024 * 1024) },
    });
    expect((await client.frames.next(([, ref]) => ref === 'big'))[4]).toMatchObject({
      status: 'error',
      response: { reason: 'Payload size exceeded' },
    });
    client.socket.close();
  });
});

describe('private channels', () => {
  it('let in whom a policy lets read, and refuse the rest', async () => {
    await enter(await as(ann), 'room:a', { private: true });
    for (const client of [await as(ann), home.connect()]) {
      const opened = open(client.channel('room:b', { config: { private: true } }));
      const { status, error } = await opened.statuses.next();
      expect([status, error]).toEqual([
        'CHANNEL_ERROR',
        'Unauthorized: You do not have permissions to read from this Channel topic: room:b',
      ]);
      await client.removeChannel(opened.channel);
    }
  });

  it('carry broadcasts of those who may write only; the others hear no answer', async () => {
    const [a, b] = [
      await enter(await as(ann), 'room:a', { private: true }),
      await enter(await as(ben), 'room:a', { private: true }),
    ];
    const silent = await rawClient(home);
    await silent.join('room:a', { private: true, broadcast: { ack: true } }, await tokenOf(await as(eve)));
    silent.send('j1', 'x', 'realtime:room:a', 'broadcast', { type: 'broadcast', event: 'forged', payload: {} });
    silent.send('j1', 'y', 'realtime:room:a', 'presence', { type: 'presence', event: 'track', payload: {} });
    expect((await silent.frames.next(([, ref]) => ref === 'y'))[4]).toMatchObject({ status: 'error' });
    expect(silent.frames.all.some(([, ref]) => ref === 'x')).toBe(false);
    await a.channel.send({ type: 'broadcast', event: 'real', payload: {} });
    expect((await b.messages.next()).event).toBe('real');
    expect(b.messages.all).toHaveLength(1);
    silent.socket.close();
  });

  it('are apart from public ones of the same name', async () => {
    const inside = await enter(await as(ann), 'room:a', { private: true });
    const outside = await enter(home.connect(), 'room:a');
    await outside.channel.send({ type: 'broadcast', event: 'from outside', payload: {} });
    await inside.channel.send({ type: 'broadcast', event: 'from inside', payload: {} });
    await Promise.all([roundTrip(inside.channel), roundTrip(outside.channel)]);
    expect([inside.messages.all, outside.messages.all]).toEqual([[], []]);
  });

  it('leave no trace of the check', async () => {
    await enter(await as(ann), 'room:a', { private: true });
    expect(await home.sql`select from realtime.messages where topic = 'room:a'`).toHaveLength(0);
  });

  it('whose policy fails let nobody in', async () => {
    const opened = open(home.connect().channel('broken', { config: { private: true } }));
    expect((await opened.statuses.next()).error).toMatch(/^RlsPolicyError/);
    expect(home.warnings.some((text) => text.includes('division by zero'))).toBe(true);
    await opened.channel.unsubscribe();
  });
});

describe('broadcast from the database', () => {
  it('by realtime.broadcast_changes in a trigger, after the commit', async () => {
    const { messages } = await enter(await as(ann), 'room:orders', { private: true });
    await home.sql
      .begin(async (transaction) => {
        await transaction`insert into public.orders values (1, 'rolled back')`;
        throw new Error('no');
      })
      .catch(() => undefined);
    await home.sql`insert into public.orders values (2, 'kept')`;
    await home.sql`update public.orders set body = 'changed'`;
    const inserted = await messages.next();
    expect(inserted).toMatchObject({
      event: 'INSERT',
      payload: {
        operation: 'INSERT',
        schema: 'public',
        table: 'orders',
        record: { id: 2, body: 'kept' },
        old_record: null,
      },
    });
    expect(inserted.meta!['id']).toBe(inserted.payload['id']);
    expect(await messages.next()).toMatchObject({
      event: 'UPDATE',
      payload: { record: { body: 'changed' }, old_record: { body: 'kept' } },
    });
  });

  it('by realtime.send to a public channel, and by send_binary', async () => {
    const { messages } = await enter(home.connect(), 'lobby3');
    await home.sql`select realtime.send('{"n": 1}', 'hello', 'lobby3', false)`;
    expect(await messages.next()).toMatchObject({ event: 'hello', payload: { n: 1 } });
    await home.sql`select realtime.send_binary('\\x0aff'::bytea, 'bytes', 'lobby3', false)`;
    expect([...new Uint8Array((await messages.next()).payload as unknown as ArrayBuffer)]).toEqual([10, 255]);
  });

  it('does not reach the public channel of the same name', async () => {
    const [outside, inside] = [
      await enter(home.connect(), 'room:orders'),
      await enter(await as(ann), 'room:orders', { private: true }),
    ];
    await home.sql`select realtime.send('{}', 'secret', 'room:orders')`;
    await inside.messages.next();
    await roundTrip(outside.channel);
    expect(outside.messages.all).toEqual([]);
  });

  it('is replayed to a newcomer who asks, oldest first, the newest only', async () => {
    const since = Date.now() - 60_000;
    for (const n of [1, 2, 3]) await home.sql`select realtime.send(${home.sql.json({ n })}, 'past', 'news:today')`;
    const { messages } = await enter(home.connect(), 'news:today', {
      private: true,
      broadcast: { replay: { since, limit: 2 } },
    });
    expect((await messages.count(2)).map(({ payload, meta }) => [payload['n'], meta!['replayed']])).toEqual([
      [2, true],
      [3, true],
    ]);
  });
});

describe('broadcast by HTTP', () => {
  const post = async (
    path: string,
    body: unknown,
    { token, type = 'application/json' }: { token?: string; type?: string } = {},
  ) =>
    fetch(`${home.url}/realtime/v1/api/broadcast${path}`, {
      method: 'POST',
      headers: {
        apikey: home.ctx.keys.publishable,
        'content-type': type,
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
    });

  it('answers 202 and delivers, JSON and bytes', async () => {
    const { messages } = await enter(home.connect(), 'http room');
    expect((await post('', { messages: [{ topic: 'http room', event: 'a', payload: { n: 1 } }] })).status).toBe(202);
    expect(await messages.next()).toMatchObject({ event: 'a', payload: { n: 1 } });
    expect((await post('/http%20room/events/b', { n: 2 })).status).toBe(202);
    expect(await messages.next()).toMatchObject({ event: 'b', payload: { n: 2 } });
    await post('/http%20room/events/c', new Uint8Array([7]), { type: 'application/octet-stream' });
    expect([...new Uint8Array((await messages.next()).payload as unknown as ArrayBuffer)]).toEqual([7]);
  });

  it('by supabase-js before subscribing', async () => {
    const { messages } = await enter(home.connect(), 'sent early');
    const sent = await home.connect().channel('sent early').httpSend('early', { n: 3 });
    expect(sent.success).toBe(true);
    expect(await messages.next()).toMatchObject({ event: 'early', payload: { n: 3 } });
  });

  it('to a private channel needs the right to write; without it the answer is the same and nothing is sent', async () => {
    const { messages } = await enter(await as(ann), 'room:a', { private: true });
    const token = async (user: TestUser) => tokenOf(await as(user));
    const send = (event: string, bearer?: string) =>
      post('', { messages: [{ topic: 'room:a', event, payload: {}, private: true }] }, bearer ? { token: bearer } : {});
    for (const bearer of [undefined, await token(eve)]) expect((await send('forged', bearer)).status).toBe(202);
    expect((await send('real', await token(ben))).status).toBe(202);
    expect((await messages.next()).event).toBe('real');
    expect(messages.all).toHaveLength(1);
  });

  it.each([
    ['no messages', { messages: [] }],
    ['not a list', { topic: 'a', event: 'b', payload: {} }],
    ['a payload that is no object', { messages: [{ topic: 'a', event: 'b', payload: 'text' }] }],
    ['no topic', { messages: [{ event: 'b', payload: {} }] }],
  ])('refuses %s with 422', async (_, body) => {
    const response = await post('', body);
    expect([response.status, await response.json()]).toEqual([422, { errors: { messages: [expect.any(String)] } }]);
  });

  it('refuses a bad token with 401, another method with 405, another path with 404', async () => {
    expect((await post('', { messages: [] }, { token: 'a.b.c' })).status).toBe(401);
    const headers = { apikey: home.ctx.keys.publishable };
    expect((await fetch(`${home.url}/realtime/v1/api/broadcast`, { headers })).status).toBe(405);
    expect((await fetch(`${home.url}/realtime/v1/api/other`, { headers })).status).toBe(404);
  });
});

describe('presence', () => {
  it('tells who is there, who comes, changes and goes', async () => {
    const [a, b] = [home.connect(), home.connect()].map((client, index) =>
      client.channel('hall', { config: { presence: { key: index === 0 ? 'ann' : 'ben' } } }),
    );
    const events = new Inbox<string>();
    a!.on('presence', { event: 'join' }, ({ key, newPresences }) =>
      events.push(`join ${key} ${newPresences[0]!['mood']}`),
    );
    a!.on('presence', { event: 'leave' }, ({ key }) => events.push(`leave ${key}`));
    const synced = new Inbox<unknown>();
    b!.on('presence', { event: 'sync' }, () => synced.push(b!.presenceState()));
    await join(a!);
    expect(await a!.track({ mood: 'calm' })).toBe('ok');
    expect(await events.next()).toBe('join ann calm');
    await join(b!);
    expect(await synced.next()).toEqual({ ann: [{ mood: 'calm', presence_ref: expect.any(String) }] });
    await b!.track({ mood: 'new' });
    expect(await events.next()).toBe('join ben new');
    await b!.track({ mood: 'new' });
    await b!.track({ mood: 'old' });
    expect(await events.next((text) => text.startsWith('join'))).toBe('join ben old');
    expect(Object.keys(a!.presenceState())).toEqual(['ann', 'ben']);
    await b!.untrack();
    await events.next((text) => text === 'leave ben');
    await expect.poll(() => Object.keys(a!.presenceState())).toEqual(['ann']);
  });

  it('ends with the connection', async () => {
    const a = home.connect().channel('hall 2', { config: { presence: { key: 'ann' } } });
    const left = new Inbox<string>();
    a.on('presence', { event: 'leave' }, ({ key }) => left.push(key));
    await join(a);
    const raw = await rawClient(home);
    await raw.join('hall 2', { presence: { key: 'raw', enabled: true } });
    raw.send('j1', 't', 'realtime:hall 2', 'presence', { type: 'presence', event: 'track', payload: { x: 1 } });
    await raw.frames.next(([, ref]) => ref === 't');
    raw.socket.terminate();
    expect(await left.next()).toBe('raw');
  });

  it('more than five calls in half a minute close the channel', async () => {
    const raw = await rawClient(home);
    await raw.join('hall 3', { presence: { key: 'raw', enabled: true } });
    for (let n = 0; n < 6; n++)
      raw.send('j1', `t${n}`, 'realtime:hall 3', 'presence', { type: 'presence', event: 'track', payload: { n } });
    expect((await raw.frames.next(([, , , event]) => event === 'system'))[4]).toMatchObject({
      status: 'error',
      message: 'Client presence rate limit exceeded',
    });
    await raw.frames.next(([, , , event]) => event === 'phx_close');
    raw.socket.close();
  });
});

describe('tokens', () => {
  it('an expired one closes the channel with the reason, and joins no other', async () => {
    const client = await as(ann);
    const token = await tokenOf(client);
    const [room, raw] = [await enter(client, 'short'), await rawClient(home)];
    home.advance(3_601);
    expect(await room.system.next()).toMatchObject({
      extension: 'system',
      status: 'error',
      message: expect.stringMatching(/^Token has expired \d+ seconds ago$/),
    });
    expect((await room.statuses.next()).status).toBe('CLOSED');
    expect(await raw.join('short', {}, token)).toMatchObject({
      status: 'error',
      response: { reason: expect.stringMatching(/^InvalidJWTToken: Token has expired \d+ seconds ago$/) },
    });
    raw.socket.close();
  });

  it('a refreshed one keeps the channel, and followers of tables read again', async () => {
    const client = await as(ann);
    await home.sql.unsafe(
      'create table if not exists public.things (id int primary key); grant select on public.things to authenticated; alter publication supabase_realtime set table public.things',
    );
    const { system, changes, statuses } = await follow(client, { table: 'things' });
    home.advance(3_000);
    const { error } = await client.auth.refreshSession();
    expect(error).toBeNull();
    expect(await system.next()).toMatchObject({ status: 'ok', message: 'Subscribed to PostgreSQL' });
    home.advance(1_000);
    await home.sql`insert into public.things values (1)`;
    expect((await changes.next()).new).toEqual({ id: 1 });
    expect(statuses.all).toHaveLength(1);
  });

  it('one that is forged ends the channel', async () => {
    const raw = await rawClient(home);
    await raw.join('forged', {});
    const token = await tokenOf(await as(ann));
    raw.send('j1', null, 'realtime:forged', 'access_token', { access_token: `${token.slice(0, -8)}AAAAAAAA` });
    expect((await raw.frames.next(([, , , event]) => event === 'system'))[4]).toMatchObject({
      status: 'error',
      message: 'Failed to validate JWT signature',
    });
    await raw.frames.next(([, , , event]) => event === 'phx_close');
    expect(await raw.join('forged', {}, 'nonsense')).toMatchObject({
      response: { reason: expect.stringMatching(/^MalformedJWT/) },
    });
    raw.socket.close();
  });

  it('one without the right to the private channel ends it', async () => {
    const raw = await rawClient(home);
    const token = async (user: TestUser) => tokenOf(await as(user));
    expect(await raw.join('room:orders', { private: true }, await token(ann))).toMatchObject({ status: 'ok' });
    raw.send('j1', null, 'realtime:room:orders', 'access_token', { access_token: await token(ben) });
    expect((await raw.frames.next(([, , , event]) => event === 'system'))[4]).toMatchObject({
      message: expect.stringContaining('You do not have permissions to read'),
    });
    await raw.frames.next(([, , , event]) => event === 'phx_close');
    raw.socket.close();
  });

  it('an API key in its place changes nothing', async () => {
    const raw = await rawClient(home);
    await raw.join('keyed', { broadcast: { ack: true } }, home.ctx.keys.publishable);
    raw.send('j1', null, 'realtime:keyed', 'access_token', { access_token: home.ctx.keys.secret });
    raw.send('j1', 'b', 'realtime:keyed', 'broadcast', { type: 'broadcast', event: 'x', payload: {} });
    expect((await raw.frames.next(([, ref]) => ref === 'b'))[4]).toMatchObject({ status: 'ok' });
    raw.socket.close();
  });
});
