import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  follow,
  join,
  open,
  rawClient,
  roundTrip,
  signInStaff,
  startRealtimeHome,
  type RealtimeHome,
} from './testing.ts';

const schema = `
create extension if not exists citext with schema extensions;
create type public.mood as enum ('sad', 'ok', 'happy');
create domain public.cents as integer;
create type public.pair as (a int, b text);
create table public.notes (id int primary key, body text, site int, mood public.mood, at timestamptz, price numeric(10, 2), secret text default 'hidden');
grant select (id, body, site, mood, at, price) on public.notes to anon;
grant select on public.notes to service_role;
create table public.full_notes (id int primary key, body text, big text);
alter table public.full_notes replica identity full;
alter table public.full_notes alter column big set storage external;
grant select on public.full_notes to anon;
create table public.owned (id uuid primary key default gen_random_uuid(), owner_id uuid, body text, big text);
alter table public.owned alter column big set storage external;
alter table public.owned enable row level security;
create policy owned_select on public.owned for select to authenticated using (owner_id = (select auth.uid()));
grant select on public.owned to authenticated, anon;
create table public.pairs (a text, b timestamptz, n int, primary key (a, b));
alter table public.pairs enable row level security;
create policy pairs_select on public.pairs for select to anon using (n > 0);
grant select on public.pairs to anon;
create table public.keyless (n int);
grant select on public.keyless to anon;
create table public.closed (id int primary key);
create table public.fragile (id int primary key, n int);
alter table public.fragile enable row level security;
create policy fragile_anon on public.fragile for select to anon using (1 / n > 0);
create policy fragile_authenticated on public.fragile for select to authenticated using (true);
grant select on public.fragile to anon, authenticated;
create table public.unpublished (id int primary key);
grant select on public.unpublished to anon;
create table public.kinds (id int primary key, b bool, i2 int2, i8 int8, f4 float4, f8 float8, n numeric, t text, vc varchar(3), c char(4), u uuid, j json, jb jsonb, d date,
  ts timestamp, tz timestamptz, tm time, iv interval, by bytea, ia int[], ta text[], m public.mood, ms public.mood[], dm public.cents, p public.pair, r int4range, ip inet, ci extensions.citext, bits bit(3), mn money, o oid);
grant select on public.kinds to anon;
alter publication supabase_realtime add table public.notes, public.full_notes, public.owned, public.pairs, public.keyless, public.closed, public.fragile, public.kinds;
`;

let home: RealtimeHome;
beforeAll(async () => {
  home = await startRealtimeHome();
  await home.sql.unsafe(schema);
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

describe('policies', () => {
  it('each gets the rows he may see; a stranger none', async () => {
    const [ann, ben] = [await signInStaff(home), await signInStaff(home)];
    const [a, b, stranger] = [
      await follow(ann.client, { table: 'owned' }),
      await follow(ben.client, { table: 'owned' }),
      await follow(home.connect(), { table: 'owned' }),
    ];
    await home.sql`insert into public.owned (owner_id, body) values (${ann.user.id}, 'for a'), (${ben.user.id}, 'for b'), (null, 'for nobody')`;
    await home.sql`update public.owned set body = body || '!'`;
    expect((await a.changes.count(2)).map(({ new: row }) => row['body'])).toEqual(['for a', 'for a!']);
    expect((await b.changes.count(2)).map(({ new: row }) => row['body'])).toEqual(['for b', 'for b!']);
    await Promise.all([roundTrip(a.channel), roundTrip(b.channel), roundTrip(stranger.channel)]);
    expect([a, b, stranger].map(({ changes }) => changes.all.length)).toEqual([2, 2, 0]);
  });

  it('DELETE carries the key alone, to everybody who follows the table', async () => {
    const { changes } = await follow(home.connect(), { table: 'owned', event: 'DELETE' });
    const [row] = await home.sql`insert into public.owned (body) values ('gone') returning id`;
    await home.sql`delete from public.owned where id = ${row!['id']}`;
    expect((await changes.next()).old).toEqual({ id: row!['id'] });
  });

  it('an unchanged large value is absent, not null', async () => {
    const ann = await signInStaff(home);
    const { changes } = await follow(ann.client, { table: 'owned', event: 'UPDATE' });
    const [row] =
      await home.sql`insert into public.owned (owner_id, body, big) values (${ann.user.id}, 'a', repeat('x', 20000)) returning id`;
    await home.sql`update public.owned set body = 'b' where id = ${row!['id']}`;
    expect((await changes.next()).new).toEqual({ id: row!['id'], owner_id: ann.user.id, body: 'b' });
  });

  it('keys of several columns, with times in them', async () => {
    const { changes } = await follow(home.connect(), { table: 'pairs' });
    await home.sql`insert into public.pairs values ('a', '2026-01-01 00:00:00.123456+00', 0), ('a', '2026-01-01 00:00:00.123457+00', 1)`;
    expect((await changes.next()).new).toMatchObject({ b: '2026-01-01T00:00:00.123457+00:00' });
  });

  it('a policy that fails for one leaves the others alone; the one joins again', async () => {
    const ann = await signInStaff(home);
    const [fails, works] = [
      await follow(home.connect(), { table: 'fragile' }),
      await follow(ann.client, { table: 'fragile' }),
    ];
    await home.sql`insert into public.fragile values (1, 0)`;
    expect((await works.changes.next()).new).toEqual({ id: 1, n: 0 });
    expect((await fails.statuses.next()).status).toBe('CHANNEL_ERROR');
    expect((await fails.statuses.next()).status).toBe('SUBSCRIBED');
    expect(fails.changes.all).toEqual([]);
    expect(home.warnings.filter((text) => text.includes('division by zero'))).toHaveLength(1);
  });
});

describe('filters', () => {
  it.each([
    ['site=eq.1', [1]],
    ['site=neq.1', [2, 3]],
    ['site=lt.2', [1]],
    ['site=lte.2', [1, 2]],
    ['site=gt.2', [3]],
    ['site=gte.2', [2, 3]],
    ['site=in.(1,3)', [1, 3]],
    ['body=eq."a,b"', [2]],
    ['body=gt.é', [3]],
    ['mood=gt.sad', [2, 3]],
    ['mood=eq.ok', [2]],
    ['at=gte.2026-02-01T01:00:00+01:00', [2, 3]],
    ['price=eq.10.0', [1]],
    ['price=lt.100', [1, 2]],
    ['site=gte.2,mood=eq.happy', [3]],
  ])('%s', async (filter, expected) => {
    const filtered = await follow(home.connect(), { table: 'notes', event: 'INSERT', filter });
    const all = await follow(home.connect(), { table: 'notes', event: 'INSERT' });
    await home.sql`delete from public.notes`;
    await home.sql`insert into public.notes (id, site, body, mood, at, price) values (1, 1, 'a', 'sad', '2026-01-01', 10), (2, 2, 'a,b', 'ok', '2026-02-01', 20), (3, 3, 'z', 'happy', '2026-03-01', 100), (4, null, null, null, null, null)`;
    await all.changes.count(4);
    await roundTrip(filtered.channel);
    expect(filtered.changes.all.map(({ new: row }) => row['id'])).toEqual(expected);
  });

  it('a filter on another column than the key gets no DELETE', async () => {
    await home.sql`insert into public.notes (id, site) values (90, 9), (91, 9)`;
    const [bySite, byKey] = [
      await follow(home.connect(), { table: 'notes', event: 'DELETE', filter: 'site=eq.9' }),
      await follow(home.connect(), { table: 'notes', event: 'DELETE', filter: 'id=eq.91' }),
    ];
    await home.sql`delete from public.notes where id in (90, 91)`;
    expect((await byKey.changes.next()).old).toEqual({ id: 91 });
    await roundTrip(bySite.channel);
    expect(bySite.changes.all).toEqual([]);
    expect(byKey.changes.all).toHaveLength(1);
  });

  it.each([
    ['a column that is not there', { table: 'notes', filter: 'nothing=eq.1' }],
    ['a column the role may not read', { table: 'notes', filter: 'secret=eq.hidden' }],
    ['a value of another type', { table: 'notes', filter: 'site=eq.abc' }],
    ['an operator that is none', { table: 'notes', filter: 'site=like.1' }],
    ['a filter on a whole schema', { filter: 'site=eq.1' }],
    ['a column to select that may not be read', { table: 'notes', select: ['secret'] }],
    ['a table that is not published', { table: 'unpublished' }],
    ['a table that does not exist', { table: 'nothing' }],
    ['a schema with nothing published', { schema: 'auth' }],
  ])('%s is refused after the join', async (_, filter) => {
    const channel = home.connect().channel('refused');
    channel.on('postgres_changes' as never, { event: '*', schema: 'public', ...filter }, () => undefined);
    const { system } = await join(channel);
    expect(await system.next()).toMatchObject({
      extension: 'postgres_changes',
      status: 'error',
      message: expect.stringContaining('Unable to subscribe to changes with given parameters'),
    });
  });
});

describe('values', () => {
  const rows = [
    `(1, true, 1, 9007199254740993, 1.5, 0.1, 12345678901234567890.1230, E'é"\\\\\\n\\t🎉', 'abc', 'ab', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"b":1, "a":[null],"a":2}', '{"b": 9007199254740993, "a": "x"}', '2026-02-03',
      '2026-02-03 04:05:06.7', '2026-02-03 04:05:06.123456+02', '04:05:06', '1 day 02:00', '\\x00ff', '{1,null,3}', '{a,"b c",null}', 'ok', '{sad,happy}', 7, '(1,"x y")', '[1,5)', '10.0.0.1/8', 'CiTeXt', B'101', 12.34, 4294967295)`,
    `(2, false, -1, -9223372036854775808, 'NaN', '1e300', 'Infinity', '', '', '', null, 'null', 'null', '4713-01-01 BC', '-infinity', 'infinity', '24:00', '-1 mon', '', '{}', '{{a,b},{c,d}}', null, '{}', null, null, 'empty', '::1', '', null, null, 0)`,
    `(3, null, null, null, '-0', '-0', -0.50, null, null, null, null, '"x"', '[]', 'infinity', '0044-03-15 BC', '10000-01-01 00:00+00', null, null, null, null, null, null, null, null, '(,)', null, null, null, null, null, null)`,
  ];

  it.each(rows)('are what to_jsonb makes of them: row %#', async (values) => {
    const client = await rawClient(home);
    await client.join('kinds', { postgres_changes: [{ event: 'INSERT', schema: 'public', table: 'kinds' }] });
    await client.frames.next(([, , , event]) => event === 'system');
    const [expected] = await home.sql.unsafe(
      `insert into public.kinds values ${values} returning to_jsonb(kinds)::text as row`,
    );
    await client.frames.next(([, , , event]) => event === 'postgres_changes');
    const record = /"record":(\{.*\}),"errors"/.exec(client.texts.at(-1)!)![1]!;
    // PostgreSQL compares, so that no digit is lost on the way.
    const [comparison] =
      await home.sql`select ${record}::text::jsonb = ${expected!['row']}::text::jsonb as equal, ${record}::text::jsonb::text as sent`;
    expect(comparison!['sent']).toBe(expected!['row']);
    expect(comparison!['equal']).toBe(true);
    client.socket.close();
  });
});

describe('the stream', () => {
  it('is made again when it breaks; followers are told to read again, and get what comes after', async () => {
    const { changes, system } = await follow(home.connect(), { table: 'notes', event: 'INSERT' });
    await home.sql`select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()`;
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
