import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { type LogExport, objectsOf, working } from './log-exports.ts';
import { addLines, asking, type Line, settle } from './logs.ts';

let db: TestDatabase;
let [admin, marc, lea, sophie] = [] as unknown as [Persona, Persona, Persona, Persona];
let work: ReturnType<typeof working>;
beforeAll(async () => {
  db = await createTestDatabase();
  [admin, marc, lea, sophie] = [
    await db.addStaff('admin'),
    await db.addStaff('support'),
    await db.addStaff('support'),
    await db.addStaff('viewer'),
  ];
  work = working(db);
});
afterAll(() => db.drop());

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const call = <T = LogExport>(persona: Persona, name: string, args: Record<string, unknown>) =>
  asking(db, persona).call<T>(name, args);
const order = (persona: Persona, query: string, rest: Record<string, unknown> = {}) =>
  call(persona, 'export_logs', { query, format: 'ndjson', ...rest });
const act = (persona: Persona, name: string, { id }: { id: string }) => call(persona, name, { export_id: id });
const list = async (persona: Persona) => (await call<{ rows: LogExport[] }>(persona, 'list_log_exports', {})).rows;
const cells = (csv: string) => Papa.parse<string[]>(csv, { delimiter: ';', skipEmptyLines: true }).data;

/** Lines of a source of their own, half of them in their day already. */
async function lines(...all: (Line | string)[]): Promise<string> {
  const source = `S${crypto.randomUUID().slice(0, 8)}`;
  const whole = all.map((line) => ({ source, ...(typeof line === 'string' ? { message: line } : line) }));
  const half = Math.ceil(whole.length / 2);
  await addLines(db, whole.slice(0, half));
  await settle(db);
  if (whole.length > half) await addLines(db, whole.slice(half));
  return `source:${source}`;
}

const spread = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ message: `line ${index}`, occurred_at: minutesAgo(index % 400) }));

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

describe('who asked', () => {
  it('stops it and lets it go on where it stopped', async () => {
    const source = await lines(...spread(30));
    const { id } = await order(marc, source);
    const run = await work.take(id);
    const first = await work.write(id, run, { lines: 10 });
    await work.keep(id, run, first.number!);
    const lost = await work.write(id, run, { lines: 10 });
    expect(await act(marc, 'cancel_log_export', { id })).toMatchObject({ state: 'cancelled', line_count: 10 });
    expect(await work.keep(id, run, lost.number!)).toBe('over');
    expect(await act(marc, 'resume_log_export', { id })).toMatchObject({ state: 'queued', line_count: 10 });
    const rest = objectsOf(await work.whole(id));
    expect(new Set([...objectsOf(first.content), ...rest].map((line) => line['id'])).size).toBe(30);
    expect(rest).toHaveLength(20);
    // What has ended stays as it is.
    expect(await act(marc, 'cancel_log_export', { id })).toMatchObject({ state: 'done' });
    expect(await act(marc, 'resume_log_export', { id })).toMatchObject({ state: 'done' });
  });

  it('sees his own exports, an administrator all, and nobody else any', async () => {
    const { id } = await order(marc, await lines('a'));
    const rows = async (persona: Persona) =>
      (await db.as(persona, (sql) => sql`select id from public.log_exports where id = ${id}`)).length;
    expect([await rows(marc), await rows(admin), await rows(lea), await rows(sophie)]).toEqual([1, 1, 0, 0]);
    expect((await list(marc)).map((row) => row.id)).toContain(id);
    expect((await list(admin)).map((row) => row.id)).toContain(id);
    expect((await list(lea)).map((row) => row.id)).not.toContain(id);
    await expect(list(sophie)).rejects.toMatchObject({ hint: 'permission_denied' });
    for (const name of ['cancel_log_export', 'resume_log_export', 'remove_log_export', 'link_log_export']) {
      await expect(act(lea, name, { id })).rejects.toMatchObject({ hint: 'log_export_not_found' });
      await expect(act(sophie, name, { id })).rejects.toMatchObject({ hint: 'permission_denied' });
    }
    expect(await work.row(id)).toMatchObject({ state: 'queued' });
    await expect(order(sophie, '')).rejects.toMatchObject({ hint: 'permission_denied' });
    await act(admin, 'remove_log_export', { id });
    expect(await work.row(id)).toMatchObject({ state: 'cancelled', query: '' });
    await expect(act(marc, 'resume_log_export', { id })).rejects.toMatchObject({ hint: 'log_export_not_found' });
  });

  it('has two made at a time, and five wait', async () => {
    const busy = await db.addStaff('support');
    const source = await lines('a');
    const ordered: LogExport[] = [];
    for (let count = 0; count < 5; count += 1) ordered.push(await order(busy, source));
    await expect(order(busy, source)).rejects.toMatchObject({ hint: 'too_many_log_exports' });
    const [one, two] = [await work.claim(), await work.claim()];
    expect([one.export_id, two.export_id]).toEqual([ordered[0]!.id, ordered[1]!.id]);
    expect(await work.claim()).toMatchObject({ export_id: null });
    await order(busy, source);
    await work.make(one.export_id!, one.run);
    expect((await work.claim()).export_id).toBe(ordered[2]!.id);
    await db.sql`update public.log_exports set state = 'cancelled', finished_at = now(), expires_at = now()
      where finished_at is null`;
  });

  it('is told where a query cannot be read, and of a period that ends before it begins', async () => {
    await expect(order(marc, 'level:')).rejects.toMatchObject({ hint: 'query_invalid' });
    await expect(order(marc, 'ab')).rejects.toMatchObject({ hint: 'query_invalid' });
    const backwards = { from_time: minutesAgo(1), to_time: minutesAgo(2) };
    await expect(order(marc, '', backwards)).rejects.toMatchObject({ hint: 'invalid_argument' });
    await expect(order(marc, '', { format: 'xlsx' })).rejects.toMatchObject({ hint: 'invalid_argument' });
  });

  it('is in the audit with what left, and what was typed is not', async () => {
    const source = await lines('a', 'b');
    const { id } = await order(marc, source, { time_zone: 'UTC' });
    await work.whole(id);
    await act(marc, 'link_log_export', { id });
    const events = await db.sql`select event_type, user_id, event_data, events::text as row from public.events
      where subject_id = ${id} order by sequence`;
    expect(events).toMatchObject([
      { event_type: 'log_export_requested', user_id: marc.userId, event_data: { format: 'ndjson', is_search: true } },
      { event_type: 'log_export_done', event_data: { row_count: 2, filters: { time_zone: 'UTC' } } },
      { event_type: 'log_export_linked', user_id: marc.userId, event_data: { row_count: 2 } },
    ]);
    for (const { row } of events) expect(row).not.toContain(source.slice(7));
  });
});

describe('a link', () => {
  const link = (persona: Persona, id: string) =>
    call<{ token: string; expires_at: string }>(persona, 'link_log_export', { export_id: id });
  const open = async (id: string, token: string, resumes = false) => {
    const [row] = await db.sql`select private.open_log_export(${id}, ${token}, ${resumes}) as file`;
    return row!['file'] as { name: string; bytes: number; parts: { object: string; bytes: number }[] };
  };
  const gone = { hint: 'log_export_link_gone' };

  it('leads to the parts of a finished export, for five minutes, and an hour once begun', async () => {
    const { id } = await order(marc, await lines('a', 'b', 'c'));
    await expect(link(marc, id)).rejects.toMatchObject({ hint: 'log_export_not_done' });
    const text = await work.whole(id, { lines: 1 });
    const { token } = await link(marc, id);
    await expect(open(id, 'x'.repeat(64))).rejects.toMatchObject(gone);
    await expect(open(crypto.randomUUID(), token)).rejects.toMatchObject(gone);
    const later = (minutes: number) => db.sql`update private.log_export_links
      set expires_at = expires_at - make_interval(mins => ${minutes}),
        opened_at = opened_at - make_interval(mins => ${minutes}) where export_id = ${id}`;
    const file = await open(id, token);
    expect(file.name).toMatch(/^logs-\d{4}-\d\d-\d\d-\d{4}\.ndjson$/);
    expect(file.bytes).toBe(Buffer.byteLength(text));
    expect(file.parts.map(({ object }) => object.replace(/-\d+$/, ''))).toEqual([1, 2, 3].map((n) => `${id}/${n}`));
    await later(10);
    await expect(open(id, token)).rejects.toMatchObject(gone);
    expect((await open(id, token, true)).bytes).toBe(file.bytes);
    await later(60);
    await expect(open(id, token, true)).rejects.toMatchObject(gone);
  });

  it('nobody has opened in time resumes nothing', async () => {
    const { id } = await order(marc, await lines('a'));
    await work.whole(id);
    const { token } = await link(marc, id);
    await db.sql`update private.log_export_links set expires_at = now() - interval '1 s' where export_id = ${id}`;
    await expect(open(id, token, true)).rejects.toMatchObject(gone);
  });

  it('dies with the permission of who asked for it, and with the file', async () => {
    const leaving = await db.addStaff('support');
    const { id } = await order(leaving, await lines('a'));
    await work.whole(id);
    const [his, admins] = [await link(leaving, id), await link(admin, id)];
    await db.sql`update public.staff set is_active = false where user_id = ${leaving.userId}`;
    await expect(open(id, his.token)).rejects.toMatchObject(gone);
    expect((await open(id, admins.token)).parts).toHaveLength(1);
    await act(admin, 'remove_log_export', { id });
    await expect(open(id, admins.token)).rejects.toMatchObject(gone);
  });
});

describe('files', () => {
  const unwanted = async () =>
    (await db.sql<{ name: string }[]>`select name from private.unwanted_log_export_objects() as name`).map(
      ({ name }) => name,
    );
  const stored = async (id: string) => {
    const objects = await db.sql<{ object: string }[]>`
      select object from private.log_export_parts where export_id = ${id} order by number`;
    for (const { object } of objects)
      await db.sql`insert into storage.objects (bucket_id, name) values ('log-exports', ${object})`;
    return objects.map(({ object }) => object);
  };

  it('of expired and removed exports go, and the rows say nothing any more', async () => {
    const [old, removed, kept] = [
      await order(marc, await lines('a')),
      await order(marc, await lines('b')),
      await order(marc, await lines('c')),
    ];
    const objects: string[] = [];
    for (const { id } of [old, removed, kept]) {
      await work.whole(id);
      objects.push(...(await stored(id)));
    }
    expect(await unwanted()).toEqual([]);
    await db.sql`update public.log_exports set expires_at = now() - interval '1 s' where id = ${old.id}`;
    await act(marc, 'remove_log_export', removed);
    await db.sql`select private.sweep_log_exports()`;
    expect((await unwanted()).sort()).toEqual(objects.slice(0, 2).sort());
    expect((await list(marc)).map(({ id }) => id)).not.toContain(old.id);
    expect(await work.row(old.id)).toMatchObject({ query: '', state: 'done' });
    await db.sql`delete from storage.objects where bucket_id = 'log-exports'`;
  });

  it('that may hold lines of a forgotten customer go; what is made again holds none of his', async () => {
    const email = 'vergessen.export@exemple.fr';
    const { id: licenseId } = await createLicense(db.sql, { email });
    const source = await lines('of a server');
    await addLines(db, [{ message: 'of his', source: source.slice(7) }], { licenseId });
    const [about, named, waiting] = [
      await order(marc, source),
      await order(marc, `client:${email}`),
      await order(lea, source),
    ];
    for (const { id } of [about, named]) {
      await work.take(id).then((run) => work.make(id, run));
      await stored(id);
    }
    const before = await unwanted();
    await db.sql`update public.licenses set revoked_at = now() where id = ${licenseId}`;
    const [customer] = await db.sql<[{ id: string }]>`select id from public.customers where email = ${email}`;
    await db.as(admin, (sql) => sql`select public.forget_customer(${customer.id}, 'Article 17')`);
    expect([before.length, (await unwanted()).length]).toEqual([0, 2]);
    expect(await work.row(named.id)).toMatchObject({ query: '' });
    expect((await list(marc)).map(({ id }) => id)).not.toContain(named.id);
    expect(await work.row(about.id)).toMatchObject({ state: 'failed', failure: 'customer_forgotten', part_count: 0 });
    await act(marc, 'resume_log_export', about);
    expect(objectsOf(await work.whole(about.id)).map(({ message }) => message)).toEqual(['of a server']);
    expect(await work.row(waiting.id)).not.toMatchObject({ state: 'failed' });
  });
});

it('illegal states cannot be written', async () => {
  const { id } = await order(marc, await lines('a'));
  for (const change of [
    "state = 'done'",
    "state = 'failed', finished_at = now(), expires_at = now()",
    "failure = 'unexpected'",
    'removed_at = now()',
    'part_count = 1',
    'line_count = -1',
    'line_count = 1',
    "format = 'xlsx'",
    "to_time = now(), from_time = now() + interval '1 h'",
  ])
    await expect(db.sql.unsafe(`update public.log_exports set ${change} where id = '${id}'`)).rejects.toMatchObject({
      code: '23514',
    });
});
