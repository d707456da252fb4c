import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, newCustomer } from './tickets.ts';

const count = 10_100;
let db: TestDatabase;
let marc: Persona;
/** Tickets #1 to #10100, the last the newest: all campaigns, every second closed, every third urgent. */
beforeAll(async () => {
  db = await createTestDatabase();
  marc = await db.addStaff('support');
  const { customerId } = await newCustomer(db);
  await db.sql.begin(async (sql) => {
    await sql`alter table public.support_tickets disable trigger user`;
    await sql`
      insert into public.support_tickets (number, subject, customer_id, status, resolved_at, closed_at, last_message_at,
        last_author, created_at, updated_at)
      select number, 'Campagne ' || number, ${customerId}, case when number % 2 = 0 then 'closed' else 'open' end,
        case when number % 2 = 0 then at end, case when number % 2 = 0 then at end, at, 'customer', at, at
      from (select number, now() - (${count} - number) * interval '1 minute' as at
        from generate_series(1, ${count}) as number) as numbered`;
    await sql`
      insert into private.ticket_texts (ticket_id, words)
      select id, setweight(private.text_vector(subject), 'A') || private.text_vector(number::text
        || case when number % 3 = 0 then ' urgent urgent urgent' else ' calme' end)
      from public.support_tickets`;
    await sql`alter table public.support_tickets enable trigger user`;
  });
  await db.sql`analyze public.support_tickets, private.ticket_texts`;
});
afterAll(() => db.drop());

const search = async (args: object) => {
  const { rows, ...totals } = await call(db, marc, 'search_tickets', args);
  return { ...totals, numbers: rows.map(({ number }) => number) };
};

describe('a word of more tickets than are counted', () => {
  it('says that there are more than ten thousand', async () => {
    expect(await search({ query: 'campagne' })).toMatchObject({ total: 10_000, is_more: true });
    expect(await search({})).toMatchObject({ total: 10_000, is_more: true });
  });

  it('shows the newest first, page after page', async () => {
    expect((await search({ query: 'campagne', page_size: 3 })).numbers).toEqual([10_100, 10_099, 10_098]);
    expect((await search({ query: 'campagne', page: 2, page_size: 3 })).numbers).toEqual([10_097, 10_096, 10_095]);
  });

  it('ranks the newest two thousand, and no page has what another has', async () => {
    const args = { query: 'campagne', sort: 'relevance', page_size: 500 } as const;
    const pages = [1, 2, 3, 4, 5].map((page) => search({ ...args, page }));
    const found = (await Promise.all(pages)).map(({ numbers }) => numbers);
    expect(found.map(({ length }) => length)).toEqual([500, 500, 500, 500, 0]);
    const all = found.flat();
    expect(new Set(all).size).toBe(2000);
    expect(Math.min(...all)).toBe(count - 1999);
  });

  it('ranks what says it more often before what says it once', async () => {
    const { numbers, total } = await search({ query: 'campagne urgent', sort: 'relevance', page_size: 10 });
    expect(total).toBe(Math.floor(count / 3));
    expect(numbers.every((number) => number % 3 === 0)).toBe(true);
  });

  it('is narrowed by folder, state and another word', async () => {
    expect((await search({ query: 'campagne', folder: 'closed' })).total).toBe(count / 2);
    expect((await search({ query: 'campagne', statuses: ['open'] })).total).toBe(count / 2);
    expect((await search({ query: 'campagne -urgent' })).total).toBe(count - Math.floor(count / 3));
    expect((await search({ query: '-urgent' })).total).toBe(count - Math.floor(count / 3));
    expect((await search({ query: 'campagne -calme -urgent' })).total).toBe(0);
    expect((await search({ query: 'campagne', is_assigned: true })).total).toBe(0);
  });

  it('is looked for beside a number, which stands first', async () => {
    const found = await search({ query: '#101', sort: 'relevance', page_size: 500 });
    expect(found.numbers[0]).toBe(101);
    expect(found.numbers).toContain(10_100);
    expect((await search({ query: '00101' })).numbers).toEqual([101]);
  });

  it('is found by the palette, the newest of them', async () => {
    const [row] = await db.as(
      marc,
      (sql) => sql`select public.find_anything('campagne') -> 'tickets' as tickets,
        public.find_anything('77') -> 'tickets' -> 0 -> 'number' as number`,
    );
    const numbers = (row!['tickets'] as { number: number }[]).map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => count - index));
    expect(numbers.length).toBeGreaterThan(2);
    expect(row!['number']).toBe(77);
  });
});

it('search goes by its index, however many it finds, and never through all vectors', async () => {
  const [table] = await db.sql<[{ oid: number }]>`select 'private.ticket_texts'::regclass::oid::int as oid`;
  const scans = await db.as(marc, async (sql) => {
    for (const query of ['campagne', 'urgent -campagne', '101', '-urgent'])
      await sql`select public.search_tickets(${query}, sort => 'relevance'), public.find_anything(${query})`;
    const [row] = await sql`select pg_stat_get_xact_numscans(${table.oid}::oid)::int as scans`;
    return row!['scans'] as number;
  });
  expect(scans).toBe(0);
});

it.each([
  `select id from public.support_tickets where merged_into is null and status = 'closed'
    order by last_message_at desc nulls last, updated_at desc, id limit 25`,
  `select id from public.support_tickets where merged_into is null
    order by last_message_at desc nulls last, updated_at desc, id limit 25`,
  `select id from public.support_tickets where warn_at <= now()`,
])('a list follows an index: %s', async (query) => {
  const plan = (await db.sql.unsafe(`explain ${query}`)).map((row) => row['QUERY PLAN'] as string).join('\n');
  expect(plan).toContain('Index');
  expect(plan).not.toContain('Seq Scan');
});
