import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, join, roundTrip, startRealtimeHome, type RealtimeHome } from './testing.ts';
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
    ['body=like.a%', [1, 2]],
    ['body=like.A%', []],
    ['body=ilike.A%', [1, 2]],
    ['body=match.^a(,b)?$', [1, 2]],
    ['body=imatch."^A,"', [2]],
    ['body=is.null', [4]],
    ['body=not.is.null', [1, 2, 3]],
    ['site=isdistinct.1', [2, 3, 4]],
    ['site=not.isdistinct.1', [1]],
    ['site=not.eq.1', [2, 3]],
    ['site=not.in.(1,3)', [2]],
    ['body=not.like.a%', [3]],
    ['price=not.lt.100', [3]],
  ])('%s', async (filter, expected) => {
    const filtered = await follow(home.connect(), { table: 'notes', event: 'INSERT', filter });
    const all = await follow(home.connect(), { table: 'notes', event: 'INSERT' });
    await home.sql`delete from public.notes`;
    await home.sql`insert into public.notes (id, site, body, mood, at, price)
      values (1, 1, 'a', 'sad', '2026-01-01', 10), (2, 2, 'a,b', 'ok', '2026-02-01', 20), (3, 3, 'z', 'happy',
      '2026-03-01', 100), (4, null, null, null, null, null)`;
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
    ['an operator that is none', { table: 'notes', filter: 'site=fts.1' }],
    ['a pattern for a number', { table: 'notes', filter: 'site=like.1' }],
    ['an expression for a number', { table: 'notes', filter: 'site=match.1' }],
    ['an expression that is none', { table: 'notes', filter: 'body=match.(' }],
    ['a keyword that is none', { table: 'notes', filter: 'body=is.nothing' }],
    ['a truth of what is no boolean', { table: 'notes', filter: 'body=is.true' }],
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
