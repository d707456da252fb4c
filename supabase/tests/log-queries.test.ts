import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { malformedLogQueries, rightLogQueries, shortLogQueries } from '../contracts/log-queries.ts';
import { type LogNode, parseLogQuery, printLogQuery } from '../../web/src/features/logs/query/parse.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { asking } from './logs.ts';

/** What the database makes of a query. */
interface Reading {
  tree?: LogNode;
  printed?: string;
  code?: string;
  details?: { reason: string; position: number; length: number };
}

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  // An error must cost the query that has it, not the thousand read beside it.
  await db.sql.unsafe(`
    create function private.read_for_test(query text) returns jsonb language plpgsql as $$
    declare
      tree jsonb;
      said text;
      details text;
    begin
      tree := private.parse_log_query(query);
      return jsonb_build_object('tree', tree, 'printed', private.print_log_query(tree));
    exception when others then
      get stacked diagnostics said = pg_exception_hint, details = pg_exception_detail;
      return jsonb_build_object('code', coalesce(nullif(said, ''), sqlstate || ' ' || sqlerrm), 'details',
        case when pg_input_is_valid(details, 'jsonb') then details::jsonb end);
    end
    $$`);
});
afterAll(() => db.drop());

async function readAll(queries: string[]): Promise<Reading[]> {
  const rows = await db.sql<{ read: Reading }[]>`
    select private.read_for_test(query) as read from unnest(${queries}::text[]) with ordinality as given (query, place)
    order by place`;
  return rows.map(({ read }) => read);
}
const read = async (query: string) => (await readAll([query]))[0]!;

/** Without the instants of days, which are of the business's zone: the database's alone. */
const unplaced = <T>(tree: T): T =>
  JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'at' ? undefined : value))) as T;
const sameInstants = <T>(tree: T): T =>
  JSON.parse(
    JSON.stringify(tree, (key, value: unknown) => (key === 'at' ? new Date(value as string).toISOString() : value)),
  ) as T;
const short = (text: string) => (text.length > 60 ? `${text.slice(0, 20)}… (${text.length})` : JSON.stringify(text));

it('the corpus has a hundred queries and fifty malformed ones, each once', () => {
  expect(rightLogQueries.length).toBeGreaterThanOrEqual(100);
  expect(malformedLogQueries.length).toBeGreaterThanOrEqual(50);
  const all = [...rightLogQueries, ...malformedLogQueries].map(({ query }) => query);
  expect(new Set(all).size).toBe(all.length);
});

describe.each(rightLogQueries.map((each) => [short(each.query), each] as const))(
  '%s',
  (_, { query, tree, printed }) => {
    it('means the same to the database', async () => {
      const { tree: found, ...rest } = await read(query);
      expect({ tree: sameInstants(found), ...rest }).toEqual({ tree, printed });
    });
  },
);

const sent = malformedLogQueries.filter(({ reason }) => reason !== 'no_text');
it.each(sent.map((each) => [short(each.query), each] as const))('%s is refused at its place', async (_, fault) => {
  const { query, ...details } = fault;
  expect(await read(query)).toEqual({ code: 'query_invalid', details });
});

it.each(shortLogQueries)(
  '$query: a text too short to look for is refused at its place, unless more is asked',
  async ({ query, ...place }) => {
    const ask = asking(db, await db.addStaff('viewer'));
    const refusal: { hint?: string; detail?: string } = await ask.search(query).then(
      () => ({}),
      (error: object) => error,
    );
    if (place.length === undefined) return expect(refusal).toEqual({});
    expect(refusal.hint).toBe('query_invalid');
    expect(JSON.parse(refusal.detail!)).toEqual({ reason: 'text_too_short', ...place });
  },
);

const words = [
  'a',
  'é',
  'e\u0301',
  '🙂',
  'C:\\x',
  '100%',
  '_',
  "it's",
  'connect(5)',
  'İ',
  'ſ',
  'K',
  '٢',
  'x'.repeat(300),
];
const times = [
  '2h',
  '0s',
  '999999w',
  'now',
  'Today',
  'yesterday',
  '2026-02-29',
  '2028-02-29',
  '2026-11-27T24:00',
  '١h',
];
const clocks = ['2026-11-27T08:00', '2026-11-27T23:59:60', '9999-12-31T24:00+15:59', '1900-01-01 00:00:00,5-1559'];
const values = [...words, ...times, ...clocks, 'error', 'WARN,none', 'error,', '42', '9'.repeat(16), '-1', 'AND', ''];
const fields = ['level:', 'Source:', 'client:', 'license:', 'VERSION:', 'group:', 'after:', 'before:', 'ſource:', 'x:'];
const blanks = [
  ' ',
  '\t',
  '\n',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u180e',
  '\u2007',
  '\u200b',
  '\u200d',
  '\u202f',
  '\ufeff',
  '\u001c',
];
const marks = ['(', ')', '((', '))', '-', '--', '"', '\\', '\\"', ' AND ', ' OR ', ' NOT ', ',', ':'];

/** Texts that look like queries, and texts that look like nothing; none holds what no text of PostgreSQL can. */
const pieces = fc.oneof(
  ...[words, values, fields, blanks, marks].map((texts) => fc.constantFrom(...texts)),
  fc.tuple(fc.constantFrom(...fields), fc.constantFrom(...values)).map(([field, value]) => `${field}${value} `),
  fc.constantFrom(...values).map((value) => `"${value}"`),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.replaceAll('\u0000', '')),
);
const queries = fc.oneof(
  { weight: 9, arbitrary: fc.array(pieces, { maxLength: 14 }).map((all) => all.join('')) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom('(', '-', 'a ', ')', 'NOT '), { maxLength: 90, size: 'max' })
      .map((all) => all.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\u0000', '')) },
);

const LIMITS = ['too_long', 'too_deep', 'too_many_operands'];

/** Printed with every parenthesis it is the same query, unless that passes a limit. */
function expectStable(tree: LogNode): void {
  const printed = printLogQuery(tree);
  const again = parseLogQuery(printed);
  if (again.error) expect(LIMITS, printed).toContain(again.error.reason);
  else expect(unplaced(again.tree), printed).toEqual(unplaced(tree));
}

const many = Number(process.env['LOG_QUERIES'] ?? 2_000);
const AT_ONCE = 100;

it(
  `${many} random texts mean the same to both, and are the same when printed and read again`,
  { timeout: 900_000 },
  () =>
    fc.assert(
      fc.asyncProperty(fc.array(queries, { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' }), async (texts) => {
        const readings = await readAll(texts);
        for (const [index, text] of texts.entries()) {
          const { tree, printed, code, details } = readings[index]!;
          const mirrored = parseLogQuery(text);
          if (mirrored.error) {
            expect({ code, details }, JSON.stringify(text)).toEqual({ code: 'query_invalid', details: mirrored.error });
          } else {
            const both = { tree: unplaced(mirrored.tree), printed: printLogQuery(mirrored.tree) };
            expect({ tree: unplaced(tree), printed, code }, JSON.stringify(text)).toEqual({ ...both, code: undefined });
            expectStable(mirrored.tree);
          }
        }
      }),
      { numRuns: Math.ceil(many / AT_ONCE) },
    ),
);
