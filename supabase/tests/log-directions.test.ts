import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, newCustomer } from './tickets.ts';

let db: TestDatabase;
let marc: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  marc = await db.addStaff('support');
});
afterAll(() => db.drop());

let batches = 0;
/** A batch of one source, all of one moment, as log-ingest keeps it. */
async function send(source: string, messages: string[], occurredAt: Date, licenseId: string | null = null) {
  const lines = messages.map((message) => ({ level: 'info', source, message, occurred_at: occurredAt.toISOString() }));
  await db.sql`select private.add_log_lines('source:1', ${String(++batches)}, ${db.sql.json(lines)},
    ${licenseId}, null)`;
}
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const search = (args: object) => call(db, marc, 'search_logs', args as never);

/** Everything, in pages of a few. */
async function walk(args: object): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = null, pages = 0; pages < 100; pages += 1) {
    const page = await search({ ...args, page_size: 4, ...(cursor ? { cursor } : {}) });
    found.push(...page.rows.map(({ message }: { message: string }) => message));
    cursor = page.next_cursor;
    if (!cursor) return found;
  }
  throw new Error('no end');
}

describe('search_logs', () => {
  it('shows lines of one moment in the order of sending, and exactly reversed the other way', async () => {
    await send('Moment', numbered(21), new Date());
    expect(await walk({ query: 'source:Moment', oldest_first: true })).toEqual(numbered(21));
    expect(await walk({ query: 'source:Moment' })).toEqual(numbered(21).reverse());
  });

  it('begins with the oldest of the period and ends before its end', async () => {
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const [first, second, third] = [at(30), at(20), at(10)];
    await send('Period', ['first'], first);
    await send('Period', ['second'], second);
    await send('Period', ['third'], third);
    const args = { query: 'source:Period', from_time: second.toISOString(), to_time: third.toISOString() };
    expect(await walk({ ...args, oldest_first: true })).toEqual(['second']);
    expect(await walk({ query: 'source:Period', from_time: second.toISOString(), oldest_first: true })).toEqual([
      'second',
      'third',
    ]);
  });

  it('goes on after a line either way: its neighbours', async () => {
    await send('Neighbours', numbered(9), new Date(Date.now() - 3_600_000));
    const { rows } = await search({ query: 'source:Neighbours "line 5"' });
    const cursor = `${Date.parse(rows[0]!.at) * 1_000}_${rows[0]!.id}`;
    const next = await search({ query: 'source:Neighbours', cursor, page_size: 2, oldest_first: true });
    const last = await search({ query: 'source:Neighbours', cursor, page_size: 2 });
    expect(next.rows.map(({ message }: { message: string }) => message)).toEqual(['line 6', 'line 7']);
    expect(last.rows.map(({ message }: { message: string }) => message)).toEqual(['line 4', 'line 3']);
  });
});

describe('client:', () => {
  it('takes the id of a customer too, and finds nothing for anybody else', async () => {
    const { licenseId, customerId } = await newCustomer(db);
    await send('Client', ['mine'], new Date(), licenseId);
    await send('Client', ['of a server'], new Date());
    expect(await walk({ query: `client:${customerId}` })).toEqual(['mine']);
    expect(await walk({ query: `client:${licenseId}` })).toEqual([]);
  });
});

describe('follow_logs', () => {
  it('says when lines were left out', async () => {
    const { cursor } = await call(db, marc, 'follow_logs', {});
    await send('Followed', numbered(5), new Date());
    const few = await call(db, marc, 'follow_logs', { query: 'source:Followed', cursor, most: 4 });
    expect(few).toMatchObject({ left_out: true });
    expect(few.rows.map(({ message }) => message)).toEqual(numbered(5).reverse().slice(0, 4));
    expect(await call(db, marc, 'follow_logs', { query: 'source:Followed', cursor, most: 5 })).toMatchObject({
      left_out: false,
    });
  });
});
