import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, signIn, startTestGateway, type TestGateway } from '../testing.ts';
import { scratchSchema } from './scratch-schema.ts';

let home: TestGateway;
let user: Awaited<ReturnType<typeof createUser>>;
let client: Awaited<ReturnType<typeof signIn>>;

beforeAll(async () => {
  home = await startTestGateway();
  await home.sql.unsafe(`set role postgres; ${scratchSchema}; reset role`);
  user = await createUser(home);
  client = await signIn(home, user);
}, 60_000);
afterAll(() => home.stop());

describe('reading', () => {
  test('embeds by the name of the foreign key, both ways', async () => {
    const up = await client.from('books').select('id, author:authors!books_author_id_fkey(email)').order('id').limit(2);
    expect(up.error).toBeNull();
    expect(up.data).toMatchObject([
      { author: { email: expect.any(String) } },
      { author: { email: expect.any(String) } },
    ]);
    const down = await client
      .from('authors')
      .select('email, books!books_author_id_fkey(id, genre)')
      .eq('email', 'c1@example.test')
      .single();
    expect(down.error).toBeNull();
    expect(down.data!.books).toHaveLength(4);
  });

  test('filters with or, ilike, in, is, not, gte and on an embedded table', async () => {
    const count = async (query: PromiseLike<{ data: unknown[] | null; error: unknown }>) => {
      const { data, error } = await query;
      expect(error).toBeNull();
      return data!.length;
    };
    const books = () => client.from('books').select('id, seats');
    expect(await count(books().or('seats.lte.2,and(seats.gte.19,genre.eq.poem)'))).toBe(3);
    expect(await count(client.from('authors').select('id').ilike('email', '%C1@EXAMPLE%'))).toBe(1);
    expect(await count(client.from('authors').select('id').or('email.ilike.%c1@%,note.eq.even'))).toBe(3);
    expect(await count(client.from('authors').select('id').or('email.ilike."%C1@%",note.ilike."%x, (\\"y\\")%"'))).toBe(
      1,
    );
    expect(await count(books().in('seats', [1, 2, 99]))).toBe(2);
    expect(await count(books().is('expires_at', null))).toBe(5);
    expect(await count(books().not('expires_at', 'is', null).gte('expires_at', '2026-01-18T00:00:00Z'))).toBe(3);
    expect(
      await count(client.from('books').select('id, authors!inner(email)').eq('authors.email', 'c2@example.test')),
    ).toBe(4);
  });

  test('orders with nulls last, pages with an exact count, and counts without rows', async () => {
    const page = await client
      .from('books')
      .select('expires_at, seats', { count: 'exact' })
      .order('expires_at', { ascending: false, nullsFirst: false })
      .order('seats')
      .range(14, 16);
    expect(page).toMatchObject({ status: 206, count: 20 });
    expect(page.data!.map((row) => row.expires_at === null)).toEqual([false, true, true]);
    const head = await client.from('books').select('*', { count: 'exact', head: true }).eq('genre', 'poem');
    // Column grants: a head request for * reads no hidden column only when it names its columns.
    expect(head.error === null || head.status === 403).toBe(true);
    const named = await client.from('books').select('id', { count: 'exact', head: true }).eq('genre', 'poem');
    expect(named).toMatchObject({ error: null, count: 10, data: null });
    expect((await client.from('books').select('id').range(500, 510)).data).toEqual([]);
  });

  test('gives one row, no row or an error for several', async () => {
    const by = (email: string) => client.from('authors').select('email').eq('email', email);
    expect((await by('c1@example.test').single()).data).toEqual({ email: 'c1@example.test' });
    expect(await by('none').maybeSingle()).toMatchObject({ data: null, error: null });
    expect((await by('none').single()).error).toMatchObject({ code: 'PGRST116' });
    expect((await client.from('authors').select('email').maybeSingle()).error).toMatchObject({ code: 'PGRST116' });
  });

  test('reads views with the caller’s rights, and types as PostgREST writes them', async () => {
    const view = await client.from('book_overview').select('email, seats').order('seats').limit(1);
    expect(view.data).toEqual([{ email: 'c2@example.test', seats: 1 }]);
    const { data } = await client
      .from('books')
      .select('price_cents, expires_at, tags, meta, genre')
      .eq('seats', 1)
      .single();
    expect(data).toEqual({
      price_cents: 1900,
      expires_at: '2026-01-02T00:00:00+00:00',
      tags: [],
      meta: {},
      genre: 'novel',
    });
  });
});

describe('calling functions', () => {
  const id = '0b2d7f0e-0000-4000-8000-000000000001';

  test('passes every argument type by name, and defaults what is left out', async () => {
    const few = await client.rpc('echo', { a_text: 'é', a_uuid: id });
    expect(few.error).toBeNull();
    expect(few.data).toMatchObject({ text: 'é', uuid: id, int: 7, bool: true, jsonb: [], json: {}, texts: [] });
    const all = await client.rpc('echo', {
      a_text: '',
      a_uuid: id,
      an_int: -1,
      a_bool: false,
      a_time: '2026-05-01T10:00:00+02:00',
      a_jsonb: [{ row: 1, email: "o'x" }, null, 'x'],
      a_json: { deep: [1, { b: null }] },
      texts: ['a,b', '"q"', ''],
    });
    expect(all.error).toBeNull();
    expect(all.data).toEqual({
      text: '',
      uuid: id,
      int: -1,
      bool: false,
      time: '2026-05-01T08:00:00+00:00',
      jsonb: [{ row: 1, email: "o'x" }, null, 'x'],
      json: { deep: [1, { b: null }] },
      texts: ['a,b', '"q"', ''],
    });
    for (const a_jsonb of ['text', '[1]', true, [true], 5, { a: 'é' }]) {
      expect((await client.rpc('echo', { a_text: 'x', a_uuid: id, a_jsonb })).data).toMatchObject({ jsonb: a_jsonb });
    }
    expect((await client.rpc('echo', { a_text: null, a_uuid: null })).data).toMatchObject({ text: null, uuid: null });
  });

  test.each([
    ['a number for a list', { texts: 0 }],
    ['an object for a list', { texts: { a: 1 } }],
    ['a number for a day', { a_day: 0 }],
    ['a list for a day', { a_day: [1] }],
    ['an object for a day', { a_day: {} }],
  ])('%s is refused as PostgreSQL would, never a 500', async (_name, args) => {
    const answer = await client.rpc('echo', { a_text: 'x', a_uuid: null, ...args });
    expect(answer.status).toBe(400);
    expect(answer.error).toMatchObject({ code: expect.stringMatching(/^2[0-9A-Z]{4}$/) });
  });

  test('takes a large jsonb array of rows', async () => {
    const rows = Array.from({ length: 5_000 }, (_, row) => ({
      row,
      email: `c${row}@example.test`,
      note: 'x'.repeat(64),
    }));
    expect((await client.rpc('rows_of', { rows })).data).toBe(5_000);
  });

  test('returns json, nothing, tables, rows and sets', async () => {
    expect((await client.rpc('as_json')).data).toEqual({ a: [1, null, 'x'] });
    expect(await client.rpc('nothing')).toMatchObject({ status: 204, error: null });
    expect((await client.rpc('as_table')).data).toEqual([
      { genre: 'poem', total: 10 },
      { genre: 'novel', total: 10 },
    ]);
    expect((await client.rpc('as_table', { least_seats: 20 })).data).toEqual([{ genre: 'poem', total: 1 }]);
    expect((await client.rpc('scalars')).data).toEqual(['b', 'a']);
    expect((await client.rpc('one_row').select('email')).data).toEqual({ email: 'c1@example.test' });
    expect((await client.rpc('as_table', {}, { get: true })).data).toHaveLength(2);
  });

  test('a set of a table’s rows can be selected, filtered, ordered, paged and counted', async () => {
    const page = await home.admin
      .rpc('search_books', { term: 'poem' }, { count: 'exact' })
      .select('seats, authors!books_author_id_fkey(email)')
      .gt('seats', 4)
      .order('seats', { ascending: false })
      .range(0, 2);
    expect(page.error).toBeNull();
    expect(page.data).toMatchObject([{ seats: 20 }, { seats: 18 }, { seats: 16 }]);
    expect(page.count).toBe(8);
    const second = await home.admin
      .rpc('search_books', {}, { count: 'exact' })
      .select('seats')
      .order('seats')
      .range(18, 19);
    expect([second.count, second.data]).toEqual([20, [{ seats: 19 }, { seats: 20 }]]);
    const head = await home.admin.rpc('search_books', { term: 'poem' }, { count: 'exact', head: true });
    expect(head.count).toBe(10);
  });

  test('answers errors in PostgREST’s shape with the status of the SQLSTATE', async () => {
    const refuse = async (state: string) => {
      const { status, error } = await client.rpc('refuse', { state });
      return [status, error];
    };
    const body = (code: string) =>
      expect.objectContaining({ code, message: 'not allowed', details: 'because', hint: 'ask' });
    expect(await refuse('P0001')).toEqual([400, body('P0001')]);
    expect(await refuse('42501')).toEqual([403, body('42501')]);
    expect(await refuse('22023')).toEqual([400, body('22023')]);
    expect(await refuse('23514')).toEqual([400, body('23514')]);
    expect(await refuse('23505')).toEqual([409, body('23505')]);
    expect(await refuse('PT429')).toEqual([429, body('PT429')]);
    expect(await refuse('55000')).toEqual([500, body('55000')]);
    expect((await client.rpc('no_such_function')).error).toMatchObject({ code: 'PGRST202' });
    expect((await client.rpc('echo', { a_text: 'x', wrong: 1 })).error).toMatchObject({ code: 'PGRST202' });
    expect(await client.rpc('echo', { a_text: 'x', a_uuid: 'not-a-uuid' })).toMatchObject({
      status: 400,
      error: { code: '22P02' },
    });
    const malformed = await home.request('/rest/v1/rpc/rows_of', {
      method: 'POST',
      body: '{',
      headers: { apikey: home.ctx.keys.secret, 'content-type': 'application/json' },
    });
    expect([malformed.status, await malformed.json()]).toMatchObject([400, { code: 'PGRST102' }]);
  });

  test('ends a call that runs longer than its role may', async () => {
    await home.sql.unsafe(`alter role authenticated set statement_timeout = '200ms'; notify pgrst, 'reload config'`);
    await expect.poll(async () => (await client.rpc('who')).data.timeout).toBe('200ms');
    expect(await client.rpc('slow')).toMatchObject({ status: 500, error: { code: '57014' } });
    await home.sql.unsafe(`alter role authenticated set statement_timeout = '8s'; notify pgrst, 'reload config'`);
  });
});

describe('writing', () => {
  test('an empty object is a row of defaults, refused as any other where nothing is granted', async () => {
    const made = await client.from('header_log').insert({}).select('id, note');
    expect(made).toMatchObject({ status: 201, error: null, data: [{ id: expect.any(Number) as number, note: null }] });
    const listed = await client.from('header_log').insert([{}]).select('id, note');
    expect(listed).toMatchObject({ status: 201, error: null, data: [{ note: null }] });
    expect((await client.from('header_log').insert({})).status).toBe(201);
    expect(await home.admin.from('books').insert({})).toMatchObject({ status: 400, error: { code: '23502' } });
    expect(await client.from('authors').insert({})).toMatchObject({ status: 403, error: { code: '42501' } });
    expect(await home.client().from('authors').insert({})).toMatchObject({ status: 401, error: { code: '42501' } });
  });

  test('inserts, updates and refuses by policy, constraint and missing filter', async () => {
    const author_id = (await client.from('authors').select('id').limit(1).single()).data!.id;
    const mine = await client
      .from('books')
      .insert({ author_id, owner_id: user.id, meta: { a: [1] }, tags: ['x', 'é,'] })
      .select('id, seats, meta, tags')
      .single();
    expect(mine).toMatchObject({ status: 201, data: { seats: 1, meta: { a: [1] }, tags: ['x', 'é,'] } });
    const changed = await client.from('books').update({ seats: 3 }).eq('id', mine.data!.id).select('seats');
    expect(changed.data).toEqual([{ seats: 3 }]);
    for (const meta of ['text', [true], { deep: [null] }, 7]) {
      expect((await client.from('books').update({ meta }).eq('id', mine.data!.id).select('meta')).data).toEqual([
        { meta },
      ]);
    }
    expect(await client.from('books').insert({ author_id })).toMatchObject({
      status: 403,
      error: { code: '42501', message: 'new row violates row-level security policy for table "books"' },
    });
    expect((await client.from('books').update({ seats: 9 }).eq('seats', 7).select('seats')).data).toEqual([]);
    expect(await client.from('books').update({ seats: -1 }).eq('id', mine.data!.id)).toMatchObject({
      status: 400,
      error: { code: '23514' },
    });
    expect(await home.admin.from('books').update({ note: 'x' }).eq('id', author_id)).toMatchObject({
      status: 400,
      error: { code: 'PGRST204' },
    });
    expect(await home.admin.from('authors').insert({ email: 'c1@example.test' })).toMatchObject({
      status: 409,
      error: { code: '23505' },
    });
    const unfiltered = await home.request('/rest/v1/authors', {
      method: 'DELETE',
      headers: { apikey: home.ctx.keys.secret },
    });
    expect(unfiltered.status).toBe(400);
    expect((await home.admin.from('authors').select('id', { count: 'exact', head: true })).count).toBe(5);
  });

  test('upserts and deletes', async () => {
    const email = 'upsert@example.test';
    await home.admin.from('authors').upsert({ email, note: 'a' }, { onConflict: 'email' });
    const { data } = await home.admin
      .from('authors')
      .upsert({ email, note: 'b' }, { onConflict: 'email' })
      .select('note');
    expect(data).toEqual([{ note: 'b' }]);
    expect((await home.admin.from('authors').delete().eq('email', email).select('email')).data).toEqual([{ email }]);
  });
});
