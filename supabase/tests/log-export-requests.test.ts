import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, type Persona } from './database.ts';
import { minutesAgo, objectsOf, startExports, type LogExport } from './log-exports.ts';
import { addLines } from './logs.ts';

type Kit = Awaited<ReturnType<typeof startExports>>;
let db: Kit['db'],
  admin: Kit['admin'],
  marc: Kit['marc'],
  lea: Kit['lea'],
  sophie: Kit['sophie'],
  work: Kit['work'],
  call: Kit['call'],
  order: Kit['order'],
  act: Kit['act'],
  list: Kit['list'],
  lines: Kit['lines'],
  spread: Kit['spread'];
beforeAll(async () => {
  ({ db, admin, marc, lea, sophie, work, call, order, act, list, lines, spread } = await startExports());
});
afterAll(() => db.drop());

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
    for (const endless of [`from_time => '-infinity'`, `to_time => 'infinity'`])
      await expect(db.as(marc, (sql) => sql.unsafe(`select public.export_logs(${endless})`))).rejects.toMatchObject({
        hint: 'invalid_argument',
      });
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
