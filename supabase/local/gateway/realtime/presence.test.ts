import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Inbox, join, rawClient, startRealtimeHome, type RealtimeHome } from './testing.ts';

let home: RealtimeHome;
beforeAll(async () => void (home = await startRealtimeHome()));
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
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
