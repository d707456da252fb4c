import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestUser } from '../testing.ts';
import { as, enter, startRooms, tokenOf } from './rooms-testing.ts';
import { rawClient, roundTrip, type RealtimeHome } from './testing.ts';

let home: RealtimeHome;
let ann: TestUser;
let ben: TestUser;
let eve: TestUser;
beforeAll(async () => void ({ home, ann, ben, eve } = await startRooms()));
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

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

  it('to a private channel needs the right to write; without it nothing is sent, in silence', async () => {
    const { messages } = await enter(await as(home, ann), 'room:a', { private: true });
    const token = async (user: TestUser) => tokenOf(await as(home, user));
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
