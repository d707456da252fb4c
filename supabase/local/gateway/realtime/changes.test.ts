import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, join, open, rawClient, startRealtimeHome, type RealtimeHome } from './testing.ts';
import { changesSchema } from './changes-schema.ts';

let home: RealtimeHome;
beforeAll(async () => {
  home = await startRealtimeHome();
  await home.sql.unsafe(changesSchema);
});
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

describe('events', () => {
  it('INSERT, UPDATE and DELETE arrive with the columns the role may read', async () => {
    const { changes } = await follow(home.connect(), { table: 'notes' });
    await home.sql`insert into public.notes (id, body, site) values (1, 'a', 7)`;
    const inserted = await changes.next();
    expect(inserted).toMatchObject({ schema: 'public', table: 'notes', eventType: 'INSERT', old: {}, errors: null });
    expect(inserted.new).toEqual({ id: 1, body: 'a', site: 7, mood: null, at: null, price: null });
    expect(inserted.commit_timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await home.sql`update public.notes set body = 'b', secret = 'x' where id = 1`;
    expect(await changes.next()).toMatchObject({ eventType: 'UPDATE', new: { id: 1, body: 'b' }, old: { id: 1 } });
    await home.sql`update public.notes set id = 2 where id = 1`;
    expect(await changes.next()).toMatchObject({ eventType: 'UPDATE', new: { id: 2 }, old: { id: 1 } });
    await home.sql`delete from public.notes`;
    expect(await changes.next()).toMatchObject({ eventType: 'DELETE', new: {}, old: { id: 2 } });
  });

  it('only the events asked for arrive, and a schema-wide subscription gets every table', async () => {
    const updates = await follow(home.connect(), { table: 'notes', event: 'UPDATE' });
    const all = await follow(home.connect(), { event: 'INSERT' });
    await home.sql`insert into public.notes (id) values (10)`;
    await home.sql`insert into public.full_notes (id) values (10)`;
    await home.sql`update public.notes set body = 'x' where id = 10`;
    expect((await updates.changes.next()).eventType).toBe('UPDATE');
    expect((await all.changes.count(2)).map(({ table }) => table)).toEqual(['notes', 'full_notes']);
    expect(updates.changes.all).toHaveLength(1);
  });

  it('a rolled back transaction and a truncate send nothing', async () => {
    const { changes } = await follow(home.connect(), { table: 'notes' });
    await home.sql
      .begin(async (transaction) => {
        await transaction`insert into public.notes (id) values (20)`;
        throw new Error('no');
      })
      .catch(() => undefined);
    await home.sql`truncate public.notes`;
    await home.sql`insert into public.notes (id) values (21)`;
    expect((await changes.next()).new['id']).toBe(21);
  });

  it('1,000 rows of one transaction arrive in order, at each of two clients', async () => {
    const followers = await Promise.all([
      follow(home.connect(), { table: 'notes' }),
      follow(home.connect(), { table: 'notes' }),
    ]);
    await home.sql`insert into public.notes (id, body) select n, 'row ' || n from generate_series(1001, 2000) as n`;
    for (const { changes } of followers) {
      const ids = (await changes.count(1000)).map((change) => change.new['id']);
      expect(ids).toEqual(Array.from({ length: 1000 }, (_, n) => 1001 + n));
    }
  });

  it('replica identity full: the whole old row, unchanged large values included', async () => {
    const { changes } = await follow(home.connect(), { table: 'full_notes', event: 'UPDATE' });
    const big = 'x'.repeat(20_000);
    await home.sql`insert into public.full_notes values (1, 'a', ${big})`;
    await home.sql`update public.full_notes set body = 'b' where id = 1`;
    expect(await changes.next()).toMatchObject({ new: { id: 1, body: 'b', big }, old: { id: 1, body: 'a', big } });
  });

  it('a row of more than 1 MiB comes with its small values and an error', async () => {
    const { changes } = await follow(home.connect(), { table: 'full_notes', event: 'INSERT' });
    await home.sql`insert into public.full_notes values (50, 'small', repeat('x', 1100000))`;
    const change = await changes.next();
    expect(change.errors).toEqual(['Error 413: Payload Too Large']);
    expect(change.new).toEqual({ id: 50, body: 'small' });
  });

  it('select narrows to the chosen columns and the key', async () => {
    const { changes } = await follow(home.connect(), { table: 'notes', select: ['body'] });
    await home.sql`insert into public.notes (id, body, site) values (60, 'x', 1)`;
    expect((await changes.next()).new).toEqual({ id: 60, body: 'x' });
  });

  it('two bindings of one channel are told apart', async () => {
    const channel = home.connect().channel('two');
    const seen: string[] = [];
    channel.on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'notes', filter: 'site=eq.70' }, () =>
      seen.push('seventy'),
    );
    channel.on('postgres_changes', { event: '*', schema: 'public', table: 'notes' }, ({ new: row }) =>
      seen.push(`any ${(row as { id: number }).id}`),
    );
    const { system } = await join(channel);
    await system.next();
    const last = await follow(home.connect(), { table: 'notes' });
    await home.sql`insert into public.notes (id, site) values (70, 70), (71, 71)`;
    await last.changes.count(2);
    await expect.poll(() => seen).toEqual(['seventy', 'any 70', 'any 71']);
  });

  it('a table without primary key says so', async () => {
    const client = await rawClient(home);
    await client.join('k', { postgres_changes: [{ event: '*', schema: 'public', table: 'keyless' }] });
    await client.frames.next(([, , , event]) => event === 'system');
    await home.sql`insert into public.keyless values (1)`;
    const [, , , , payload] = await client.frames.next(([, , , event]) => event === 'postgres_changes');
    expect(payload['data']).toMatchObject({ type: 'INSERT', errors: ['Error 400: Bad Request, no primary key'] });
    expect(payload['data']).not.toHaveProperty('record');
    client.socket.close();
  });

  it('a table the role may not read shows no value', async () => {
    const { changes } = await follow(home.connect(), { table: 'closed' });
    await home.sql`insert into public.closed values (1)`;
    const change = await changes.next();
    expect(change.errors).toEqual(['Error 401: Unauthorized']);
    expect(change.new).toEqual({});
  });

  it('a grant withdrawn counts from the next change', async () => {
    const { changes } = await follow(home.connect(), { table: 'full_notes', event: 'UPDATE' });
    await home.sql`insert into public.full_notes values (80, 'a')`;
    await home.sql`update public.full_notes set body = 'b' where id = 80`;
    expect((await changes.next()).new).toMatchObject({ body: 'b' });
    await home.sql.unsafe(
      'revoke select on public.full_notes from anon; grant select (id) on public.full_notes to anon',
    );
    await home.sql`update public.full_notes set body = 'c' where id = 80`;
    const change = await changes.next();
    await home.sql.unsafe('grant select on public.full_notes to anon');
    expect([change.new, change.old]).toEqual([{ id: 80 }, { id: 80 }]);
  });

  it('a column added while following is there', async () => {
    const { changes } = await follow(home.connect(), { table: 'pairs' });
    await home.sql.unsafe('alter table public.pairs add column extra jsonb');
    await home.sql`insert into public.pairs values ('later', '2026-01-01', 1, '{"x": [1]}')`;
    expect((await changes.next()).new['extra']).toEqual({ x: [1] });
  });
});

describe('the stream', () => {
  it('is made again when it breaks; followers are told to read again, and get what comes after', async () => {
    const { changes, system } = await follow(home.connect(), { table: 'notes', event: 'INSERT' });
    await home.sql`select pg_terminate_backend(active_pid) from pg_replication_slots
      where database = current_database()`;
    expect(await system.next()).toMatchObject({ extension: 'postgres_changes', status: 'error' });
    expect(await system.next()).toMatchObject({ extension: 'postgres_changes', status: 'ok' });
    await home.sql`insert into public.notes (id) values (5000)`;
    expect((await changes.next()).new['id']).toBe(5000);
    const slots = await home.sql`select from pg_replication_slots where database = current_database()`;
    expect(slots).toHaveLength(1);
  });

  it('a channel that has been left gets nothing more', async () => {
    const [left, stays] = [
      await follow(home.connect(), { table: 'notes' }),
      await follow(home.connect(), { table: 'notes' }),
    ];
    await left.channel.unsubscribe();
    await home.sql`insert into public.notes (id) values (6000)`;
    await stays.changes.next();
    expect(left.changes.all).toEqual([]);
  });

  it('a client that only opens a channel hears of the join at once', async () => {
    expect((await open(home.connect().channel('plain')).statuses.next()).status).toBe('SUBSCRIBED');
  });
});
