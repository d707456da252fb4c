import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestUser } from '../testing.ts';
import { as, enter, startRooms, tokenOf } from './rooms-testing.ts';
import { follow, rawClient, type RealtimeHome } from './testing.ts';

let home: RealtimeHome;
let ann: TestUser;
let ben: TestUser;
beforeAll(async () => void ({ home, ann, ben } = await startRooms()));
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

describe('tokens', () => {
  it('an expired one closes the channel with the reason, and joins no other', async () => {
    const client = await as(home, ann);
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
    const client = await as(home, ann);
    await home.sql.unsafe(
      'create table if not exists public.things (id int primary key); grant select on public.things to ' +
        'authenticated; alter publication supabase_realtime set table public.things',
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
    const token = await tokenOf(await as(home, ann));
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

  it('one that does not end joins nothing, and ends a channel', async () => {
    const { exp: _end, ...claims } = await home.ctx.verifyToken(await tokenOf(await as(home, ann)));
    const endless = await home.ctx.tokens.sign(claims);
    const raw = await rawClient(home);
    expect(await raw.join('endless', {}, endless)).toMatchObject({
      status: 'error',
      response: { reason: 'InvalidJWTToken: Fields `role` and `exp` are required in JWT' },
    });
    await raw.join('ending', {});
    raw.send('j2', null, 'realtime:ending', 'access_token', { access_token: endless });
    await raw.frames.next(([, , , event]) => event === 'phx_close');
    raw.socket.close();
  });

  it('one without the right to the private channel ends it', async () => {
    const raw = await rawClient(home);
    const token = async (user: TestUser) => tokenOf(await as(home, user));
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
