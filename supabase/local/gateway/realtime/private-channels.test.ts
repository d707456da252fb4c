import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestUser } from '../testing.ts';
import { as, enter, startRooms, tokenOf } from './rooms-testing.ts';
import { open, rawClient, roundTrip, type RealtimeHome } from './testing.ts';

let home: RealtimeHome;
let ann: TestUser;
let ben: TestUser;
let eve: TestUser;
beforeAll(async () => void ({ home, ann, ben, eve } = await startRooms()));
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

describe('private channels', () => {
  it('let in whom a policy lets read, and refuse the rest', async () => {
    await enter(await as(home, ann), 'room:a', { private: true });
    for (const client of [await as(home, ann), home.connect()]) {
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
      await enter(await as(home, ann), 'room:a', { private: true }),
      await enter(await as(home, ben), 'room:a', { private: true }),
    ];
    const silent = await rawClient(home);
    await silent.join('room:a', { private: true, broadcast: { ack: true } }, await tokenOf(await as(home, eve)));
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
    const inside = await enter(await as(home, ann), 'room:a', { private: true });
    const outside = await enter(home.connect(), 'room:a');
    await outside.channel.send({ type: 'broadcast', event: 'from outside', payload: {} });
    await inside.channel.send({ type: 'broadcast', event: 'from inside', payload: {} });
    await Promise.all([roundTrip(inside.channel), roundTrip(outside.channel)]);
    expect([inside.messages.all, outside.messages.all]).toEqual([[], []]);
  });

  it('leave no trace of the check', async () => {
    await enter(await as(home, ann), 'room:a', { private: true });
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
    const { messages } = await enter(await as(home, ann), 'room:orders', { private: true });
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
      await enter(await as(home, ann), 'room:orders', { private: true }),
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

  it('is replayed as bytes when it was sent as bytes', async () => {
    const since = Date.now() - 60_000;
    await home.sql`select realtime.send_binary('\\x00ff10', 'raw', 'news:bytes')`;
    const { messages } = await enter(home.connect(), 'news:bytes', { private: true, broadcast: { replay: { since } } });
    const [message] = await messages.count(1);
    expect([...new Uint8Array(message!.payload as unknown as ArrayBuffer)]).toEqual([0, 255, 16]);
    expect(message!.meta).toMatchObject({ replayed: true });
  });
});
