import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense } from './database.ts';
import { minutesAgo, objectsOf, startExports, type LogExport } from './log-exports.ts';
import { addLines, asking, settle } from './logs.ts';

type Kit = Awaited<ReturnType<typeof startExports>>;
let db: Kit['db'],
  marc: Kit['marc'],
  work: Kit['work'],
  order: Kit['order'],
  act: Kit['act'],
  lines: Kit['lines'],
  spread: Kit['spread'];
beforeAll(async () => {
  ({ db, marc, work, order, act, lines, spread } = await startExports());
});
afterAll(() => db.drop());

const cells = (csv: string) => Papa.parse<string[]>(csv, { delimiter: ';', skipEmptyLines: true }).data;

describe('a file', () => {
  it('holds the rows of the list, in its order, whole and cut into parts', async () => {
    const source = await lines(...spread(300), ...spread(50));
    const listed = await asking(db, marc).all(source);
    const expected = listed.map((line) => ({ ...line, at: Date.parse(line.at) }));
    for (const limits of [{}, { lines: 7 }, { bytes: 900 }, { lines: 1 }]) {
      const { id } = await order(marc, source);
      const found = objectsOf(await work.whole(id, limits));
      expect(found.map(({ id: line }) => line)).toEqual(listed.map(({ id: line }) => line));
      expect(Object.keys(found[0]!).sort()).toEqual(Object.keys(expected[0]!).sort());
      expect(await work.row(id)).toMatchObject({ state: 'done', line_count: 350, expected_lines: 350 });
    }
  });

  it('keeps 21 lines of one moment in the order of sending, reversed', async () => {
    const at = minutesAgo(5);
    const sent = Array.from({ length: 21 }, (_, index) => ({ message: `line ${index}`, occurred_at: at }));
    const { id } = await order(marc, await lines(...sent));
    const found = objectsOf(await work.whole(id, { lines: 4 }));
    expect(found.map(({ message }) => message)).toEqual(sent.map(({ message }) => message).reverse());
  });

  it('says times in its zone, with their offset', async () => {
    const source = await lines({ message: 'a', occurred_at: minutesAgo(5) });
    for (const format of ['ndjson', 'csv']) {
      const { id } = await order(marc, source, { format, time_zone: 'Asia/Kolkata' });
      expect(await work.whole(id)).toContain('+05:30');
    }
    await expect(order(marc, source, { time_zone: 'Mars/Olympus' })).rejects.toMatchObject({
      hint: 'invalid_argument',
    });
  });

  it('of nothing is a header, or nothing', async () => {
    const source = `source:${crypto.randomUUID().slice(0, 8)}`;
    const csv = await order(marc, source, { format: 'csv' });
    expect(cells(await work.whole(csv.id))).toHaveLength(1);
    const ndjson = await order(marc, source);
    expect(await work.whole(ndjson.id)).toBe('');
    expect(await work.row(ndjson.id)).toMatchObject({ state: 'done', part_count: 0, byte_count: 0 });
  });

  it('tells the client of a line', async () => {
    const { id: licenseId } = await createLicense(db.sql, { email: 'client.export@exemple.fr' });
    await addLines(db, ['of a client'], { licenseId });
    const { id } = await order(marc, `license:${licenseId}`, { format: 'csv' });
    const [header, row] = cells(await work.whole(id));
    const told = Object.fromEntries(header!.map((name, index) => [name.replace('\uFEFF', ''), row![index]]));
    expect(told).toMatchObject({ client: 'client.export@exemple.fr', license_id: licenseId, message: 'of a client' });
  });
});

describe('a cell', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+33 6 12', "'+33 6 12"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', "'\rx"],
    ['＝1+1', "'＝1+1"],
    ["'=1", "''=1"],
    ['a "quoted"; word', 'a "quoted"; word'],
    ['two\nlines', 'two\nlines'],
    ['a=b', 'a=b'],
    ['', ''],
  ])('%j is read as %j', async (given, read) => {
    const [row] = await db.sql<[{ cell: string }]>`select private.csv_cells(array[${given}]) as cell`;
    expect(cells(`x;${row.cell}\r\n`)).toEqual([['x', read]]);
  });

  it('of a line runs in no spreadsheet, and breaks no row', async () => {
    const messages = ['=HYPERLINK("http://x")', 'a;b', 'say "no"', 'one\r\ntwo', '-2'];
    const source = await lines(...messages.map((message) => ({ message, stack: '@x', context: { a: '=1' } })));
    const { id } = await order(marc, source, { format: 'csv' });
    const text = await work.whole(id, { lines: 2 });
    expect(text.startsWith('\uFEFFat;level;source')).toBe(true);
    expect(text.match(/\uFEFF/g)).toHaveLength(1);
    const [header, ...rows] = cells(text);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([header!.length]));
    const read = rows.map((row) => row[header!.indexOf('message')]).reverse();
    expect(read).toEqual(['\'=HYPERLINK("http://x")', 'a;b', 'say "no"', 'one\r\ntwo', "'-2"]);
    expect(rows.map((row) => row[header!.indexOf('stack')])).toContain("'@x");
  });
});

describe('what had been received', () => {
  it('is in it, and what comes later is not, wherever it belongs', async () => {
    const source = await lines(...spread(40));
    const before = await asking(db, marc).histogram(source);
    const { id } = await order(marc, source);
    const run = await work.take(id);
    const first = await work.write(id, run, { lines: 10 });
    await work.keep(id, run, first.number!);
    await addLines(
      db,
      spread(40).map((line) => ({ ...line, source: source.slice(7) })),
    );
    await settle(db);
    const text = first.content + (await work.make(id, run, { lines: 10 }));
    expect(objectsOf(text)).toHaveLength(before.total);
  });

  it('waits for who is just adding lines, and takes them in', async () => {
    const source = await lines('there');
    let ordered: LogExport | undefined;
    await db.sql.begin(async (sql) => {
      const line = JSON.stringify([{ level: 'info', source: source.slice(7), message: 'on its way' }]);
      await sql`select private.add_log_lines('source:1', ${crypto.randomUUID()}, ${line}::text::jsonb, null, null)`;
      ordered = await order(marc, source);
      await expect(work.take(ordered.id)).rejects.toThrow('Nobody may take up');
    });
    const messages = objectsOf(await work.whole(ordered!.id)).map(({ message }) => message);
    expect(messages).toEqual(['on its way', 'there']);
  });

  it('is of the moment it was asked for: “the last hour” does not move on', async () => {
    const source = await lines({ message: 'old', occurred_at: minutesAgo(59) }, 'new');
    const { id } = await order(marc, `${source} after:1h`);
    await db.sql`update public.log_exports set created_at = created_at - interval '2 hours' where id = ${id}`;
    expect(objectsOf(await work.whole(id))).toHaveLength(2);
  });
});

describe('a worker', () => {
  it('that ends between writing and keeping leaves each line once to the next', async () => {
    const source = await lines(...spread(60));
    const { id } = await order(marc, source);
    const first = await work.take(id);
    const kept = await work.write(id, first, { lines: 25 });
    await work.keep(id, first, kept.number!);
    const lost = await work.write(id, first, { lines: 25 });
    expect(await work.claim()).toMatchObject({ export_id: null });
    await db.sql`update private.log_export_work set leased_until = now() - interval '1 second' where export_id = ${id}`;
    const second = await work.take(id);
    // He was only slow: nothing of his counts any more, and his object replaces none.
    expect(await work.keep(id, first, lost.number!)).toBe('over');
    expect(await work.write(id, first)).toMatchObject({ number: null });
    const again = await work.write(id, second, { lines: 30 });
    expect(again.number).toBe(lost.number);
    expect(again.object).not.toBe(lost.object);
    await work.keep(id, second, again.number!);
    const text = kept.content + again.content + (await work.make(id, second));
    const ids = objectsOf(text).map((line) => line['id']);
    expect([ids.length, new Set(ids).size]).toEqual([60, 60]);
    const [stored] =
      await db.sql`select sum(bytes)::int as bytes from private.log_export_parts where export_id = ${id}`;
    expect(stored!['bytes']).toBe(Buffer.byteLength(text));
  });

  it('whose part Storage refuses tries again a little later, and the fifth time the export says so', async () => {
    const { id } = await order(marc, await lines('a', 'b'));
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const run = await work.take(id);
      await work.write(id, run);
      await work.leave(id, run, 'storage_refused');
      if (attempt === 1) expect(await work.claim()).toMatchObject({ export_id: null });
      await db.sql`update private.log_export_work set retry_at = now() where export_id = ${id}`;
    }
    expect(await work.row(id)).toMatchObject({ state: 'failed', failure: 'storage_refused' });
    expect(await act(marc, 'resume_log_export', { id })).toMatchObject({ state: 'queued', failure: null });
    expect(objectsOf(await work.whole(id))).toHaveLength(2);
  });

  it('that ends five times without keeping a part ends the export', async () => {
    const { id } = await order(marc, await lines('a'));
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await work.take(id);
      await db.sql`update private.log_export_work set leased_until = now() - interval '1 s' where export_id = ${id}`;
    }
    expect(await work.claim()).toMatchObject({ export_id: null });
    expect(await work.row(id)).toMatchObject({ state: 'failed', failure: 'interrupted' });
  });

  it('goes on through stretches without lines, a budget at a time', async () => {
    const source = await lines({ message: 'oldest', occurred_at: minutesAgo(20 * 60) }, 'newest');
    const { id } = await order(marc, `${source} est`);
    const run = await work.take(id);
    expect(objectsOf(await work.make(id, run, { ms: 0 }))).toHaveLength(2);
    const { part_count } = await work.row(id);
    expect(part_count).toBe(2);
  });

  it('makes nothing for somebody who may not export any more', async () => {
    const leaving = await db.addStaff('support');
    const { id } = await order(leaving, await lines('a'));
    await db.sql`update public.staff set role = 'viewer' where user_id = ${leaving.userId}`;
    await work.claim();
    expect(await work.row(id)).toMatchObject({ state: 'failed', failure: 'not_allowed' });
  });
});
