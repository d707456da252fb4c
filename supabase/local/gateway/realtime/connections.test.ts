import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from '../server.ts';
import type { RealtimeLimits } from './limits.ts';
import { createRealtime } from './server.ts';
import { follow, join, rawClient, startRealtimeHome, type RealtimeHome } from './testing.ts';

let home: RealtimeHome;
beforeAll(async () => {
  home = await startRealtimeHome({ limits: { bufferBytes: 512 * 1024, channelsPerConnection: 3, connections: 20 } });
  await home.sql.unsafe(
    'create table public.lines (id int primary key, body text); grant select on public.lines to anon; alter ' +
      'publication supabase_realtime add table public.lines',
  );
});
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

/** A second server on the same database. */
async function another(limits: Partial<RealtimeLimits> = {}): Promise<{ gateway: Gateway; url: string }> {
  const gateway = createGateway(home.ctx, { realtime: createRealtime(home.ctx, { sweepMilliseconds: 50, ...limits }) });
  return { gateway, url: `http://127.0.0.1:${(await gateway.listen(0)).port}` };
}

describe('the handshake', () => {
  const answer = (query: string, headers: Record<string, string> = {}, path = 'websocket') =>
    new Promise<{ status: number; body: unknown }>((resolve, reject) => {
      const upgrade = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      };
      const sent = request(
        `${home.url}/realtime/v1/${path}?${query}`,
        { headers: { ...upgrade, ...headers } },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += String(chunk)));
          response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) }));
        },
      );
      sent.on('upgrade', (_, socket) => {
        socket.destroy();
        resolve({ status: 101, body: null });
      });
      sent.on('error', reject).end();
    });

  it('takes an API key as parameter or as x-api-key', async () => {
    expect((await answer(`apikey=${home.ctx.keys.publishable}`)).status).toBe(101);
    expect((await answer('apikey=wrong', { 'x-api-key': home.ctx.keys.legacyAnon })).status).toBe(101);
  });

  it('refuses no key, a wrong one, a browser’s secret one, a forged token, an unknown version or path', async () => {
    const key = `apikey=${home.ctx.keys.publishable}`;
    expect(await answer('')).toMatchObject({ status: 401, body: { error: 'No API key found in request' } });
    expect(await answer('apikey=wrong')).toMatchObject({ status: 401, body: { error: 'Invalid API key' } });
    expect((await answer(`apikey=${home.ctx.keys.secret}`, { 'user-agent': 'Mozilla/5.0' })).status).toBe(401);
    expect((await answer(key, { authorization: 'Bearer a.b.c' })).body).toMatchObject({
      error: expect.stringMatching(/^JwtSignatureError/),
    });
    expect((await answer(`${key}&vsn=3.0.0`)).status).toBe(403);
    expect((await answer(key, {}, 'other')).status).toBe(404);
  });

  it('refuses a token whose role the API may not take', async () => {
    const seconds = Math.floor(home.now().getTime() / 1000);
    const token = await home.ctx.tokens.sign({ role: 'supabase_admin', iat: seconds, exp: seconds + 60 });
    expect((await answer(`apikey=${home.ctx.keys.publishable}`, { authorization: `Bearer ${token}` })).status).toBe(
      401,
    );
    const client = await rawClient(home);
    expect(await client.join('x', {}, token)).toMatchObject({
      status: 'error',
      response: { reason: expect.stringMatching(/^InvalidJWTToken/) },
    });
    client.socket.close();
  });

  it('refuses more connections than the limit, and takes new ones when some have gone', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => rawClient(home)));
    expect(await answer(`apikey=${home.ctx.keys.publishable}`)).toMatchObject({
      status: 429,
      body: { error: 'Too many connected users' },
    });
    clients[0]!.socket.close();
    await clients[0]!.closed;
    await expect.poll(async () => (await answer(`apikey=${home.ctx.keys.publishable}`)).status).toBe(101);
    for (const { socket } of clients) socket.terminate();
    await Promise.all(clients.map(({ closed }) => closed));
  });
});

describe('frames', () => {
  it('a heartbeat is answered in both protocols', async () => {
    const client = await rawClient(home);
    await client.heartbeat();
    expect(client.texts).toEqual(['[null,"h1","phoenix","phx_reply",{"status":"ok","response":{}}]']);
    client.socket.close();
    const old = home.socket(`apikey=${home.ctx.keys.publishable}`);
    await new Promise((resolve) => old.once('open', resolve));
    old.send('{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}');
    const text = await new Promise((resolve) => old.once('message', (data) => resolve(JSON.parse(String(data)))));
    expect(text).toEqual({
      topic: 'phoenix',
      event: 'phx_reply',
      payload: { status: 'ok', response: {} },
      ref: '1',
      join_ref: null,
    });
    old.close();
  });

  it('the reply to a join repeats the bindings to the letter, each with a number of its own', async () => {
    const client = await rawClient(home);
    const bindings = [
      { event: '*', schema: 'public', table: 'lines', filter: 'id=eq.7' },
      { event: 'INSERT', schema: 'public', table: 'lines' },
    ];
    const reply = await client.join('bound', {
      postgres_changes: bindings,
      private: 'false',
      broadcast: { ack: 'true' },
    });
    const sent = (reply['response'] as { postgres_changes: Array<{ id: number }> }).postgres_changes;
    expect(sent).toEqual(bindings.map((binding) => ({ ...binding, id: expect.any(Number) })));
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
    expect(await client.join('unbound', {})).toEqual({ status: 'ok', response: { postgres_changes: [] } });
    client.socket.close();
  });

  it('leaving is answered and closes; what is not joined is refused', async () => {
    const client = await rawClient(home);
    await client.join('left', {});
    client.send('j1', 'l', 'realtime:left', 'phx_leave', {});
    expect((await client.frames.next(([, ref]) => ref === 'l'))[4]).toEqual({ status: 'ok', response: {} });
    expect((await client.frames.next(([, , , event]) => event === 'phx_close'))[1]).toBe('j1');
    client.send('j1', 'b', 'realtime:left', 'broadcast', { event: 'x' });
    expect((await client.frames.next(([, ref]) => ref === 'b'))[4]).toMatchObject({
      status: 'error',
      response: { reason: 'unmatched topic' },
    });
    client.send(null, 'o', 'other:topic', 'phx_join', {});
    expect((await client.frames.next(([, ref]) => ref === 'o'))[4]).toMatchObject({ status: 'error' });
    expect(await client.join('', {})).toMatchObject({
      status: 'error',
      response: { reason: expect.stringMatching(/^TopicNameRequired/) },
    });
    client.socket.close();
  });

  it('joining a topic again closes the older channel', async () => {
    const client = await rawClient(home);
    await client.join('again', {});
    expect(await client.join('again', {})).toMatchObject({ status: 'ok' });
    expect((await client.frames.next(([, , , event]) => event === 'phx_close')).slice(0, 2)).toEqual(['j1', 'j1']);
    client.socket.close();
  });

  it('a connection has so many channels and no more, however fast it asks', async () => {
    const client = await rawClient(home);
    const replies = await Promise.all([1, 2, 3, 4].map((n) => client.join(`many ${n}`, {})));
    expect(replies.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'error']);
    expect(replies[3]).toMatchObject({ response: { reason: 'ChannelRateLimitReached: Too many channels' } });
    client.socket.close();
  });

  it('what is no frame closes the connection, and a frame over 5 MB too', async () => {
    const [broken, large] = [await rawClient(home), await rawClient(home)];
    broken.socket.send('{');
    expect(await broken.closed).toBe(1003);
    large.socket.send('x'.repeat(5 * 1024 * 1024 + 1));
    expect(await large.closed).toBe(1009);
  });

  it('silence ends a connection; a heartbeat keeps it', async () => {
    const { gateway, url } = await another({ idleMilliseconds: 1_000 });
    const [silent, alive] = [await rawClient(home, url), await rawClient(home, url)];
    const beat = setInterval(() => void alive.heartbeat(), 50);
    await silent.closed;
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
    clearInterval(beat);
    await gateway.stop();
  });
});

it('a client that does not read is cut off; the others get everything meanwhile', async () => {
  const slow = await rawClient(home);
  await slow.join('slow', { postgres_changes: [{ event: 'INSERT', schema: 'public', table: 'lines' }] });
  await slow.frames.next(([, , , event]) => event === 'system');
  const quick = await follow(home.connect(), { table: 'lines', event: 'INSERT' });
  slow.socket.pause();
  const before = home.warnings.length;
  let rows = 0;
  // The network itself holds some megabytes before the server's own buffer fills.
  while (!home.warnings.slice(before).some((text) => text.includes('reads too slowly')) && rows < 400) {
    await home.sql`insert into public.lines select n, repeat('x', 100000)
      from generate_series(${rows + 1}::int, ${rows + 10}::int) as n`;
    rows += 10;
    await quick.changes.count(rows);
  }
  expect(home.warnings.slice(before).filter((text) => text.includes('reads too slowly'))).toHaveLength(1);
  expect(quick.changes.all.map(({ new: row }) => row['id'])).toEqual(Array.from({ length: rows }, (_, n) => n + 1));
  slow.socket.resume();
  await slow.closed;
  expect(slow.frames.all.length).toBeLessThan(rows);
});

it('stopping closes every client, ends the slot and leaves no session behind', async () => {
  const { gateway, url } = await another();
  const [stays, other] = [await rawClient(home), await rawClient(home, url)];
  await other.join('x', { postgres_changes: [{ event: '*', schema: 'public', table: 'lines' }] });
  await other.frames.next(([, , , event]) => event === 'system');
  const slots = async () =>
    (await home.sql`select from pg_replication_slots where database = current_database()`).length;
  const before = await slots();
  await Promise.all([gateway.stop(), gateway.stop()]);
  expect(await other.closed).toBe(1001);
  expect(await slots()).toBe(before - 1);
  await stays.heartbeat();
  stays.socket.close();
});

it('stopping while the stream is being made does not wait for ever', async () => {
  const { gateway, url } = await another();
  const client = await rawClient(home, url);
  await gateway.stop();
  expect(await client.closed).toBe(1001);
});

it('supabase-js of protocol 1.0.0 follows a table', async () => {
  const { changes } = await follow(home.connect({ vsn: '1.0.0' }), { table: 'lines', event: 'DELETE' });
  await home.sql`delete from public.lines`;
  await home.sql`insert into public.lines values (1, 'x')`;
  await home.sql`delete from public.lines`;
  expect((await changes.next(({ old }) => old['id'] === 1)).old).toEqual({ id: 1 });
  await join(home.connect({ vsn: '1.0.0' }).channel('one'));
});
