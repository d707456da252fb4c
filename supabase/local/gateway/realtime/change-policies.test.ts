import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, roundTrip, signInAtAal2, startRealtimeHome, type RealtimeHome } from './testing.ts';
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

describe('policies', () => {
  it('each gets the rows he may see; a stranger none', async () => {
    const [ann, ben] = [await signInAtAal2(home), await signInAtAal2(home)];
    const [a, b, stranger] = [
      await follow(ann.client, { table: 'owned' }),
      await follow(ben.client, { table: 'owned' }),
      await follow(home.connect(), { table: 'owned' }),
    ];
    await home.sql`insert into public.owned (owner_id, body)
      values (${ann.user.id}, 'for a'), (${ben.user.id}, 'for b'), (null, 'for nobody')`;
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
    const ann = await signInAtAal2(home);
    const { changes } = await follow(ann.client, { table: 'owned', event: 'UPDATE' });
    const [row] =
      await home.sql`insert into public.owned (owner_id, body, big) values (${ann.user.id}, 'a', repeat('x', 20000))
        returning id`;
    await home.sql`update public.owned set body = 'b' where id = ${row!['id']}`;
    expect((await changes.next()).new).toEqual({ id: row!['id'], owner_id: ann.user.id, body: 'b' });
  });

  it('keys of several columns, with times in them', async () => {
    const { changes } = await follow(home.connect(), { table: 'pairs' });
    await home.sql`insert into public.pairs values ('a', '2026-01-01 00:00:00.123456+00', 0), ('a',
      '2026-01-01 00:00:00.123457+00', 1)`;
    expect((await changes.next()).new).toMatchObject({ b: '2026-01-01T00:00:00.123457+00:00' });
  });

  it('a policy that fails for one leaves the others alone; the one joins again', async () => {
    const ann = await signInAtAal2(home);
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
