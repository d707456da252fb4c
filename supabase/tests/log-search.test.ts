import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { addLines, asking, type Line, settle } from './logs.ts';

let db: TestDatabase;
let viewer: Persona;
let ask: ReturnType<typeof asking>;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
  ask = asking(db, viewer);
});
afterAll(() => db.drop());

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const messages = (rows: { message: string }[]) => rows.map(({ message }) => message);

/** Lines of one's own, half of them settled: what is found depends on neither. */
async function lines(...all: (Line | string)[]): Promise<string> {
  const source = `S${crypto.randomUUID().slice(0, 8)}`;
  const whole = all.map((line) => ({ source, ...(typeof line === 'string' ? { message: line } : line) }));
  const half = Math.ceil(whole.length / 2);
  await addLines(db, whole.slice(0, half));
  await settle(db);
  if (whole.length > half) await addLines(db, whole.slice(half));
  return `source:${source}`;
}

describe('order', () => {
  it('of 21 lines with one moment is that of sending, and pages cut it nowhere', async () => {
    const at = minutesAgo(5);
    const sent = Array.from({ length: 21 }, (_, index) => ({ message: `line ${index}`, occurred_at: at }));
    const source = await lines(...sent);
    const expected = sent.map(({ message }) => message).reverse();
    expect(messages(await ask.all(source))).toEqual(expected);
    for (const page_size of [1, 2, 5, 20]) expect(messages(await ask.all(source, { page_size }))).toEqual(expected);
  });

  it('pages of a thousand lines over days give each once', async () => {
    const sent = Array.from({ length: 1_000 }, (_, index) => ({
      message: `line ${index}`,
      occurred_at: minutesAgo(index * 9 + (index % 7) * 0.001),
    }));
    const source = await lines(...sent);
    const found = await ask.all(`${source} line`, { page_size: 37 });
    expect(new Set(found.map(({ id }) => id)).size).toBe(1_000);
    expect(found).toHaveLength(1_000);
    const times = found.map(({ at, id }) => [Date.parse(at), id] as const);
    for (const [index, [at, id]] of times.slice(1).entries()) {
      const [before, earlier] = times[index]!;
      expect(before > at || (before === at && earlier > id)).toBe(true);
    }
  });

  it('two equal lines of a batch are two', async () => {
    const source = await lines('twin', 'twin');
    expect(messages(await ask.all(source))).toEqual(['twin', 'twin']);
  });
});

describe('text', () => {
  const texts = [
    '[WhatsApp] connecté',
    'disk 100% full',
    'disk 1000 full',
    'read a/b now',
    'read aXb now',
    String.raw`open C:\Users\x\data.db`,
    'charge pi_3Nx9 failed',
    'charge piX3Nx9 failed',
    'connect 10.20.30.40:443',
    'connect 10520530540:443',
    'user_id missing',
    'userXid missing',
    'échoué, Œuvre, ÀÉÎ',
    'say "hello" twice',
    'foo-bar_baz@qux.fr',
    'привет МИР',
    'it\'s {"json": [1]}',
  ];
  let source: string;
  beforeAll(async () => {
    source = await lines(...texts);
  });

  it.each([
    ['[WhatsApp]', [0]],
    ['whatsapp', [0]],
    ['CONNECTE', [0]],
    ['100%', [1]],
    ['a/b', [3]],
    [String.raw`C:\Users\x`, [5]],
    ['pi_3Nx9', [6]],
    ['"10.20.30.40:443"', [8]],
    ['10.20.', [8]],
    ['user_id', [10]],
    ['echoue', [12]],
    ['œuvre', [12]],
    ['OEUVRE', [12]],
    ['àéî', [12]],
    [String.raw`"say \"hello\""`, [13]],
    ['bar_baz@qux', [14]],
    ['привет', [15]],
    ['мир', [15]],
    ['{"json', null],
    ["it's", [16]],
    ['"{\\"json\\": [1]}"', [16]],
    ['_', [6, 10, 14]],
    ['%', [1]],
    ['disk -100%', [2]],
    ['disk NOT 1000', [1]],
    ['connect OR (read NOT aXb)', [0, 3, 8, 9]],
    ['disk full', [1, 2]],
    ['"disk full"', []],
    ['nowhere', []],
  ] as const)('%s', async (query, found) => {
    if (found === null) {
      await expect(ask.search(`${source} ${query}`)).rejects.toThrow('cannot be read');
      return;
    }
    expect(messages(await ask.all(`${source} ${query}`)).sort()).toEqual(found.map((index) => texts[index]).sort());
  });

  it('is found in stack and context too', async () => {
    const own = await lines(
      { message: 'a', stack: 'at Bridge.startWhatsApp (bridge.js:234)' },
      { message: 'b', context: { path: '/api/v1/catalogue/12' } },
    );
    expect(messages(await ask.all(`${own} bridge.js:234`))).toEqual(['a']);
    expect(messages(await ask.all(`${own} /api/v1/catalogue`))).toEqual(['b']);
  });

  it.each(['ab', '%', 'é', '-ab', 'ab OR cd', 'ab after:2h'])(
    '%s alone asks for three or for a filter',
    async (query) => {
      await expect(ask.search(query)).rejects.toMatchObject({ hint: 'query_invalid' });
      await expect(ask.search(`${query} level:error`)).resolves.toMatchObject({ complete: true });
    },
  );
});

describe('fields', () => {
  it('a negation leaves the lines that have no level', async () => {
    const source = await lines(
      { message: 'a', level: null },
      { message: 'b', level: 'error' },
      { message: 'c', level: 'info' },
    );
    const found = async (query: string) => messages(await ask.all(`${source} ${query}`)).sort();
    expect(await found('NOT level:error')).toEqual(['a', 'c']);
    expect(await found('-(level:error OR level:info)')).toEqual(['a']);
    expect(await found('level:none')).toEqual(['a']);
    expect(await found('level:error,info')).toEqual(['b', 'c']);
    expect(await found('-version:1')).toEqual(['a', 'b', 'c']);
  });

  it('sources are named as people do, and one that is none finds nothing', async () => {
    await addLines(db, [{ message: 'rate limit 8750', source: 'Mistral AI' }]);
    for (const name of ['"mistral ai"', 'mistral-ai', 'MistralAI'])
      expect(messages(await ask.all(`source:${name} 8750`))).toEqual(['rate limit 8750']);
    expect(await ask.all('source:none 8750')).toEqual([]);
  });

  it('a client is the customer who has or had the address, a licence its id, its key or the end of it', async () => {
    const license = await createLicense(db.sql, { email: 'lines@example.com' });
    await addLines(db, ['of the client'], { licenseId: license.id });
    await db.sql`update public.customers set email = 'moved@example.com' where id = ${license.customer_id as string}`;
    for (const query of [
      'client:lines@example.com',
      'client:MOVED@example.com',
      `license:${license.id}`,
      `license:${license.license_key}`,
      `license:${license.license_key.slice(-5).toLowerCase()}`,
    ])
      expect([query, messages(await ask.all(query))]).toEqual([query, ['of the client']]);
    expect(await ask.all('client:nobody@example.com')).toEqual([]);
    const [row] = (await ask.search(`license:${license.id}`)).rows;
    expect(row).toMatchObject({ client: 'moved@example.com', customer_id: license.customer_id });
  });
});

describe('time', () => {
  it('a line falls on one side of midnight, in UTC and where the business is', async () => {
    const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const [zoned] = await db.sql<[{ starts: Date }]>`select private.start_of_day(${day}) as starts`;
    const around = (instant: number) => [new Date(instant - 1).toISOString(), new Date(instant).toISOString()];
    const midnights = [...around(Date.parse(`${day}T00:00:00Z`)), ...around(zoned.starts.getTime())];
    const source = await lines(...midnights.map((at) => ({ message: at, occurred_at: at })));
    for (const [from, to] of [
      [`${day}T00:00:00.000Z`, new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString()],
      [zoned.starts.toISOString(), new Date(zoned.starts.getTime() + 86_400_000).toISOString()],
    ] as const) {
      const inside = await ask.all(source, { from_time: from, to_time: to });
      const before = await ask.all(source, { to_time: from });
      const after = await ask.all(source, { from_time: to });
      expect([...messages(before), ...messages(inside), ...messages(after)].sort()).toEqual([...midnights].sort());
      expect(messages(inside).sort()).toEqual(midnights.filter((at) => at >= from && at < to).sort());
      const { total } = await ask.histogram(source, { from_time: from, to_time: to });
      expect(total).toBe(inside.length);
    }
  });

  it('a line of the future or of 1970 is placed near the time it came, and keeps what it said', async () => {
    const source = await lines(
      { message: 'future', occurred_at: new Date(Date.now() + 2 * 86_400_000).toISOString() },
      { message: 'past', occurred_at: '1970-01-01T00:00:00Z' },
      { message: 'now', occurred_at: null },
    );
    const [future, now, past] = await ask.all(source);
    const distance = (row: typeof now) => Math.round((Date.parse(row!.at) - Date.parse(row!.received_at)) / 60_000);
    expect([future, now, past].map((row) => [row!.message, distance(row)])).toEqual([
      ['future', 5],
      ['now', 0],
      ['past', -7 * 24 * 60],
    ]);
    expect([future!.occurred_at !== null, now!.occurred_at, past!.occurred_at]).toEqual([
      true,
      null,
      '1970-01-01T00:00:00+00:00',
    ]);
  });

  it('a period that ends before it begins is refused, one that is empty is empty', async () => {
    const period = { from_time: '2026-11-02T00:00:00Z', to_time: '2026-11-01T00:00:00Z' };
    for (const name of ['search_logs', 'get_log_histogram', 'get_log_facets'])
      await expect(ask.call(name, period)).rejects.toMatchObject({ code: '22023', hint: 'invalid_argument' });
    for (const call of ['search_logs', 'get_log_histogram', 'get_log_facets'])
      for (const endless of [`from_time => '-infinity'`, `to_time => 'infinity'`])
        await expect(db.as(viewer, (sql) => sql.unsafe(`select public.${call}(${endless})`))).rejects.toMatchObject({
          hint: 'invalid_argument',
        });
    const from_time = '2026-11-02T00:00:00Z';
    expect(await ask.search('', { from_time, to_time: from_time })).toMatchObject({ rows: [], next_cursor: null });
    expect(await ask.histogram('', { from_time, to_time: from_time })).toMatchObject({ total: 0, buckets: [] });
  });

  it.each([
    ['cursor', { cursor: 'x' }],
    ['cursor', { cursor: '1_2_3' }],
    ['page_size', { page_size: 0 }],
    ['page_size', { page_size: 1_001 }],
  ])('%s that is none is refused: %j', async (_, rest) => {
    await expect(ask.search('', rest)).rejects.toMatchObject({ hint: 'invalid_argument' });
  });
});

describe('the bars', () => {
  it.each([
    ['', 60],
    ['', 7],
    ['level:error', 60],
    ['level:error OR level:none', 24],
    ['even', 60],
    ['NOT even', 30],
    ['-level:error', 13],
  ])('of "%s" in %i sum to the lines there are, young and settled', async (query, buckets) => {
    const levels = ['debug', 'info', 'warning', 'error', null];
    const source = await lines(
      ...Array.from({ length: 300 }, (_, index) => ({
        message: index % 2 ? 'odd' : 'even',
        level: levels[index % 5]!,
        occurred_at: minutesAgo(index * 29),
      })),
    );
    const whole = `${source} ${query.includes('OR') ? `(${query})` : query}`;
    for (const minutes of [7_000, 3_000, 91, 3]) {
      const period = { from_time: minutesAgo(minutes), to_time: minutesAgo(1) };
      const rows = await ask.all(whole, period);
      let before: string | null = null;
      const bars = new Map<string, number>();
      let total = 0;
      do {
        const part = await ask.histogram(whole, { ...period, buckets, counted_from: before });
        expect(part.buckets.length).toBeLessThanOrEqual(buckets);
        for (const { at, ...counts } of part.buckets)
          bars.set(at, (bars.get(at) ?? 0) + Object.values(counts).reduce((sum, count) => sum + count, 0));
        total += part.total;
        before = Date.parse(part.counted_from) > Date.parse(period.from_time) ? part.counted_from : null;
      } while (before !== null);
      expect([minutes, total]).toEqual([minutes, rows.length]);
      expect([...bars.values()].reduce((sum, count) => sum + count, 0)).toBe(rows.length);
    }
  });

  it('and facets know levels, sources and groups', async () => {
    const group = { group_id: 77, title: 'timeout', fingerprint_version: 1, level: 'error' };
    const source = await lines({ message: 'a', ...group }, { message: 'b', ...group }, { message: 'c', level: null });
    const facets = await ask.call<Record<string, { value: unknown; count: number }[]>>('get_log_facets', {
      query: source,
    });
    expect(facets['levels']).toEqual([
      { value: 'error', count: 2 },
      { value: 'none', count: 1 },
    ]);
    expect(facets['sources']).toEqual([{ value: source.slice(7), count: 3 }]);
    expect(facets['groups']).toEqual([{ value: 77, title: 'timeout', count: 2 }]);
  });
});

describe('the tail', () => {
  it('misses no line of transactions that commit out of their order', async () => {
    await addLines(db, [{ message: 'before', source: 'Tail' }]);
    const { cursor } = await ask.follow();
    const late = await db.sql.reserve();
    try {
      await late`begin`;
      await late`select private.add_log_lines('source:1', ${crypto.randomUUID()},
        ${db.sql.json([{ message: 'began first', source: 'Tail', level: 'info' }])}, null, null)`;
      await addLines(db, [{ message: 'committed first', source: 'Tail' }]);
      // What may still appear earlier holds up what came later.
      const early = await ask.follow('source:tail', cursor);
      expect(messages(early.rows)).toEqual([]);
      await late`commit`;
      const both = await ask.follow('source:tail', early.cursor);
      expect(messages(both.rows).sort()).toEqual(['began first', 'committed first']);
      await settle(db);
      expect((await ask.follow('source:tail', both.cursor)).rows).toEqual([]);
      expect(both.cursor).not.toBe(early.cursor);
      expect(messages((await ask.follow('source:tail', cursor)).rows).sort()).toEqual([
        'began first',
        'committed first',
      ]);
    } finally {
      late.release();
    }
  });

  it('is not held up by what else is being written', async () => {
    const { cursor } = await ask.follow();
    const other = await db.sql.reserve();
    try {
      await other`begin`;
      await other`update public.settings set value = value where key = 'log_retention_days'`;
      await addLines(db, [{ message: 'at once', source: 'Tail' }]);
      expect(messages((await ask.follow('source:tail "at once"', cursor)).rows)).toEqual(['at once']);
      await other`rollback`;
    } finally {
      other.release();
    }
  });

  it('gives each line of many writers once', async () => {
    let { cursor } = await ask.follow();
    const found: string[] = [];
    const look = async () => {
      const part = await ask.follow('source:crowd', cursor, 1_000);
      cursor = part.cursor;
      found.push(...messages(part.rows));
    };
    let writing = true;
    const writers = Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        for (let batch = 0; batch < 30; batch += 1)
          await addLines(db, [{ message: `${writer} ${batch}`, source: 'Crowd' }]);
      }),
    ).finally(() => (writing = false));
    while (writing) await look();
    await writers;
    await look();
    expect(found).toHaveLength(180);
    expect(new Set(found).size).toBe(180);
  });

  it('gives lines of an old time when they come, and all there is after a gap', async () => {
    const { cursor } = await ask.follow();
    for (let batch = 0; batch < 230; batch += 1)
      await addLines(db, [{ message: `gap ${batch}`, source: 'Gap', occurred_at: minutesAgo(batch * 40) }]);
    const found: string[] = [];
    let at = cursor;
    for (let more = true; more;) {
      const part = await ask.follow('source:gap', at, 1_000);
      found.push(...messages(part.rows));
      [at, more] = [part.cursor, part.has_more];
    }
    expect(new Set(found).size).toBe(230);
    expect(found).toHaveLength(230);
  });

  it('refuses a cursor that is none', async () => {
    await expect(ask.follow('', '1;drop')).rejects.toMatchObject({ hint: 'invalid_argument' });
  });
});
