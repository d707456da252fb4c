import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CreatedLicense, createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { addLines, asking, settle } from './logs.ts';

let db: TestDatabase;
let admin: Persona;
let license: CreatedLicense;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());
beforeEach(async () => {
  license = await createLicense(db.sql, { hwid: 'HWID-LOGS' });
});

interface Served {
  allowed: boolean;
  code: string | null;
  result: unknown;
}
const line = (message: string, over: object = {}) => ({ level: 'info', source: 'Baileys', message, ...over });
const answer = (logs: number) => ({ accepted: { usage: 0, logs }, rejected: [], truncated: 0, clock_skew_ms: 0 });
async function report(
  key: string,
  { lines = [] as object[], usage = [] as object[], features = {} as object, hwid = 'HWID-LOGS', ip = '203.0.113.9' },
): Promise<Served> {
  const [row] = await db.sql<[Served]>`select allowed, code, result from private.serve_client_report(${ip},
    ${license.license_key}, ${hwid}, ${key}, ${db.sql.json(usage as never)}, ${db.sql.json(features as never)},
    ${db.sql.json(lines as never)}, ${db.sql.json(answer(lines.length))})`;
  return row;
}
const kept = async () =>
  (
    await db.sql<
      { message: string }[]
    >`select message from public.logs where license_id = ${license.id} order by at, id`
  ).map(({ message }) => message);

describe('a report', () => {
  it('is kept once, whatever comes under its key again', async () => {
    const first = await report('a', { lines: [line('one'), line('one')], features: { Catalogue: 2 } });
    expect(first).toMatchObject({ allowed: true, code: null, result: answer(2) });
    expect(await report('a', { lines: [line('other')], features: { Catalogue: 2 } })).toEqual(first);
    expect(await kept()).toEqual(['one', 'one']);
    const [uses] = await db.sql`select uses from public.feature_usage where license_id = ${license.id}`;
    expect(uses).toEqual({ uses: 2 });
  });

  it('that comes ten times at once is kept once, and answered each time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => report('same', { lines: [line('once')] })));
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(answers[0]).toMatchObject({ code: null, result: answer(1) });
    expect(await kept()).toEqual(['once']);
  });

  it('is taken from an expired licence, not from another machine or for no licence', async () => {
    await db.sql`update public.licenses set expires_at = now() - interval '90 days', issued_at = now() - interval
      '200 days' where id = ${license.id}`;
    expect(await report('late', { lines: [line('late')] })).toMatchObject({ code: null });
    expect(await report('x', { lines: [line('x')], hwid: 'HWID-OTHER' })).toMatchObject({ code: 'hwid_mismatch' });
    license.license_key = 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA';
    expect(await report('x', { lines: [line('x')] })).toMatchObject({ code: 'license_not_found', result: null });
  });

  it('counts use by day, and a late one takes nothing back', async () => {
    const day = { date: '2026-11-01', messages_sent: 10, ai_queries: null, uptime_minutes: 60 };
    await report('a', { usage: [day, { date: '2026-11-02', errors_count: 1 }] });
    await report('b', { usage: [{ ...day, messages_sent: 25, ai_queries: 4 }] });
    await report('c', { usage: [{ ...day, messages_sent: 12 }], features: { Catalogue: 1 } });
    await report('d', { features: { Catalogue: 2_147_483_647, Campagnes: 0 } });
    expect(
      await db.sql`select date::text, messages_sent, ai_queries, errors_count, uptime_minutes from public.usage_stats
        where license_id = ${license.id} order by date`,
    ).toEqual([
      { date: '2026-11-01', messages_sent: 25, ai_queries: 4, errors_count: 0, uptime_minutes: 60 },
      { date: '2026-11-02', messages_sent: 0, ai_queries: 0, errors_count: 1, uptime_minutes: 0 },
    ]);
    expect(
      await db.sql`select feature, uses from public.feature_usage where license_id = ${license.id} order by 1 desc`,
    ).toEqual([
      { feature: 'Catalogue', uses: 2_147_483_647 },
      { feature: 'Campagnes', uses: 0 },
    ]);
  });

  it('is limited by address and by licence', async () => {
    await db.sql`update public.settings set value = '3' where key = 'client_report_per_minute'`;
    const admitted = [];
    for (const ip of ['a', 'b', 'c', 'd']) admitted.push((await report(ip, { ip })).allowed);
    expect(admitted).toEqual([true, true, true, false]);
    await db.sql`update public.settings set value = '1000000' where key = 'client_report_per_minute'`;
  });

  it('waits for room while too many lines are young, and loses nothing', async () => {
    await settle(db);
    await db.sql`update public.settings set value = '100' where key = 'log_lag_lines'`;
    expect(await report('a', { lines: Array.from({ length: 120 }, (_, index) => line(`${index}`)) })).toMatchObject({
      code: null,
    });
    // A batch of one spreads the numbers; what counts are lines.
    expect(await report('b', { lines: [line('b')] })).toMatchObject({ code: 'log_lag' });
    expect(await report('usage', { usage: [{ date: '2026-11-01' }] })).toMatchObject({ code: null });
    await settle(db);
    expect(await report('b', { lines: [line('b')] })).toMatchObject({ code: null });
    await db.sql`update public.settings set value = '5000000' where key = 'log_lag_lines'`;
    expect(await kept()).toHaveLength(121);
  });
});

describe('a token', () => {
  const send = async (token: string, key: string | null, lines: object[] | null) =>
    (
      await db.sql<[Served & { source: string | null }]>`select allowed, code, source, result
        from private.serve_log_ingest('203.0.113.10', ${token}, ${key}, ${lines && db.sql.json(lines as never)},
          ${lines && db.sql.json(answer(lines.length))})`
    )[0];

  it('sends for its source until it is revoked, and is told once', async () => {
    const { call } = asking(db, admin);
    const made = await call<{ id: string; token: string }>('add_log_source_token', { source: 'Facturation' });
    expect(await send(made.token, null, null)).toMatchObject({ allowed: true, code: null, source: 'Facturation' });
    expect(await send(made.token, 'k', [line('billed')])).toMatchObject({ code: null, result: answer(1) });
    expect(await send(made.token, 'k', [line('billed twice')])).toMatchObject({ result: answer(1) });
    expect(await send(`${made.token.slice(0, -1)}x`, null, null)).toMatchObject({ code: 'unauthorized' });
    await call('revoke_log_token', { token_id: made.id });
    await call('revoke_log_token', { token_id: made.id });
    expect(await send(made.token, 'l', [line('late')])).toMatchObject({ code: 'unauthorized', result: null });
    const { rows } = await call<{ rows: { name: string; tokens: object[] }[] }>('list_log_sources', {});
    expect(JSON.stringify(rows)).not.toContain(made.token);
    expect(rows.find(({ name }) => name === 'Facturation')?.tokens).toMatchObject([{ id: made.id }]);
    const viewer = asking(db, await db.addStaff('viewer'));
    const seen = await viewer.call<{ rows: { tokens: object[] }[] }>('list_log_sources', {});
    expect(seen.rows.flatMap(({ tokens }) => tokens)).toEqual([]);
  });

  it.each(['', ' ', 'a\nb', 'x'.repeat(65)])('is refused for a source called %j', async (source) => {
    await expect(asking(db, admin).call('add_log_source_token', { source })).rejects.toMatchObject({
      hint: 'invalid_log_source',
    });
  });
});

describe('sources', () => {
  const id = async (name: string, licenseId: string | null = null) =>
    (await db.sql`select private.log_source_id(${name}, ${licenseId}) as id`)[0]!['id'] as number;

  it('are one whatever their case', async () => {
    expect(await id('ÉTÉ')).toBe(await id('été'));
  });

  it('of a client are ten new ones at most, and take no name from servers or from others', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `invented ${index}`);
    const lines = names.map((source) => ({ message: 'x', source, level: 'error' }));
    const batch = await addLines(db, lines, { licenseId: license.id });
    const [made] = await db.sql`select count(*)::int as sources from public.log_sources where name like 'invented %'`;
    expect(made).toEqual({ sources: 10 });
    const kept = await db.sql`select count(*)::int as lines from public.logs join public.log_sources as sources
      on sources.id = source_id where logs.id / 1000 = ${batch} and sources.name = 'Other'`;
    expect(kept[0]).toEqual({ lines: 990 });
    expect(await id('one more', license.id)).toBe(await id('Other'));
    expect(await id('Baileys', license.id)).not.toBe(await id('Other'));
    const token = await asking(db, admin).call<{ source: string }>('add_log_source_token', { source: 'New backend' });
    expect(token.source).toBe('New backend');
  });
});

describe('groups', () => {
  const hit = (id: number, over: object = {}) =>
    addLines(db, [{ message: 'x', level: 'error', group_id: id, title: 'x <int>', fingerprint_version: 1, ...over }], {
      licenseId: license.id,
    });
  const get = (id: number) => asking(db, admin).call<Record<string, unknown>>('get_log_group', { group_id: id });

  it('count lines, licences and versions, late ones too', async () => {
    await hit(1, { version: '2.4.1', level: 'warning' });
    await hit(1, { version: '2.5.0' });
    await hit(1, { version: '2.4.1', occurred_at: new Date(Date.now() - 6 * 86_400_000).toISOString() });
    await settle(db);
    const group = await get(1);
    expect(group).toMatchObject({ lines: 3, licenses: 1, level: 'error', status: 'open', last_version: '2.5.0' });
    expect((group['versions'] as object[]).length).toBe(2);
    const trend = group['trend'] as number[];
    expect([trend.length, trend.at(-1), trend.reduce((sum, count) => sum + count, 0)]).toEqual([14, 2, 3]);
    expect(Date.parse(group['first_seen_at'] as string)).toBeLessThan(Date.now() - 5 * 86_400_000);
  });

  it('open again when they return after they were resolved, with the version, not for late lines', async () => {
    const { call } = asking(db, admin);
    await hit(2, { version: '2.4.1' });
    await settle(db);
    await call('update_log_group', { group_id: 2, status: 'resolved' });
    await expect(call('update_log_group', { group_id: 2, status: 'resolved' })).rejects.toMatchObject({
      hint: 'log_group_status_unchanged',
    });
    await hit(2, { version: '2.4.1', occurred_at: new Date(Date.now() - 3_600_000).toISOString() });
    await settle(db);
    expect(await get(2)).toMatchObject({ status: 'resolved', resolved_version: '2.4.1', lines: 2 });
    await hit(2, { version: '2.5.0' });
    await settle(db);
    expect(await get(2)).toMatchObject({ status: 'open', reopened_version: '2.5.0', lines: 3 });
  });

  it('that are ignored until a number or a time open then', async () => {
    const { call } = asking(db, admin);
    await hit(3);
    await settle(db);
    await call('update_log_group', { group_id: 3, status: 'ignored', ignored_until_lines: 4 });
    for (const status of ['ignored', 'ignored', 'open']) {
      await hit(3);
      await settle(db);
      expect(await get(3)).toMatchObject({ status });
    }
    await call('update_log_group', {
      group_id: 3,
      status: 'ignored',
      ignored_until: new Date(Date.now() + 60_000).toISOString(),
    });
    await hit(3);
    await settle(db);
    expect(await get(3)).toMatchObject({ status: 'ignored' });
    await db.sql`update public.log_groups set ignored_until = now() where id = 3`;
    await hit(3);
    await settle(db);
    expect(await get(3)).toMatchObject({ status: 'open', ignored_until: null });
  });

  it.each([
    { status: 'closed' },
    { status: 'open', ignored_until_lines: 5 },
    { status: 'ignored', ignored_until: '2020-01-01T00:00:00Z' },
    { status: 'ignored', ignored_until_lines: 0 },
  ])('are refused %j', async (change) => {
    await hit(4);
    await expect(asking(db, admin).call('update_log_group', { group_id: 4, ...change })).rejects.toMatchObject({
      hint: 'invalid_argument',
    });
  });

  it('are not ignored for ever by a date', async () => {
    await hit(4);
    const call = `select public.update_log_group(4, 'ignored', ignored_until => 'infinity')`;
    await expect(db.as(admin, (sql) => sql.unsafe(call))).rejects.toMatchObject({ hint: 'invalid_argument' });
  });

  it('are given to those who may act on them, and to nobody else', async () => {
    await hit(5);
    const give = (user_id: string) => asking(db, admin).call('assign_log_group', { group_id: 5, user_id });
    const [support, viewer] = [await db.addStaff('support'), await db.addStaff('viewer')];
    expect(await give(support.userId)).toMatchObject({ assigned_to: support.userId });
    await expect(give(viewer.userId)).rejects.toMatchObject({ hint: 'invalid_argument' });
  });
});

describe('days', () => {
  const count = async () => Number((await db.sql`select count(*) from public.logs`)[0]!['count']);

  it('that are missing keep lines waiting, found and counted nevertheless', async () => {
    const { all, histogram } = asking(db, admin);
    await settle(db);
    const [day] = await db.sql`select private.log_partition((now() at time zone 'UTC')::date - 3) as name`;
    await db.sql.unsafe(`drop table private.${day!['name'] as string}`);
    const at = new Date(Date.now() - 3 * 86_400_000).toISOString();
    await addLines(db, [{ message: 'no day for me', source: 'Days', occurred_at: at }]);
    expect(await settle(db)).toBe(0);
    expect(await all('source:days "no day"')).toHaveLength(1);
    expect((await histogram('source:days')).total).toBe(1);
    expect(
      (await db.sql`select private.ensure_log_days((now() - interval '8 days')::date, now()::date) as made`)[0],
    ).toEqual({ made: 1 });
    expect(await settle(db)).toBe(1);
    expect(await all('source:days "no day"')).toHaveLength(1);
    expect((await histogram('source:days')).total).toBe(1);
  });

  it('are made ahead, and alert when they are not', async () => {
    expect((await db.sql`select private.watch_log_days() as ahead`)[0]!['ahead']).toBeGreaterThanOrEqual(6);
    const raised = () => db.sql`select kind from public.alerts where kind like 'log_days%'`;
    expect(await raised()).toEqual([]);
    for (const offset of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const [day] =
        await db.sql`select private.log_partition((now() at time zone 'UTC')::date + ${offset}::int) as name`;
      await db.sql.unsafe(`drop table if exists private.${day!['name'] as string}`);
    }
    await db.sql`select private.watch_log_days(), private.watch_log_days()`;
    expect(await raised()).toEqual([{ kind: 'log_days_missing' }]);
  });

  it('beyond the retention are dropped one by one, and hold up no line', async () => {
    await db.sql`select private.ensure_log_days((now() - interval '93 days')::date,
      (now() - interval '88 days')::date)`;
    const before = await count();
    const reader = await db.sql.reserve();
    try {
      // A long reader of another day keeps the parent: days are emptied, and dropped once it is gone.
      await reader`begin`;
      await reader`select count(*) from public.logs where at > now() - interval '1 hour'`;
      expect((await db.sql`select private.drop_old_log_days() as gone`)[0]).toEqual({ gone: 0 });
      await addLines(db, ['while a day is dropped']);
      await reader`commit`;
    } finally {
      reader.release();
    }
    const dropped = [];
    for (let run = 0; run < 5; run += 1)
      dropped.push((await db.sql`select private.drop_old_log_days() as gone`)[0]!['gone']);
    expect(dropped).toEqual([1, 1, 1, 0, 0]);
    expect(await count()).toBe(before + 1);
  });

  it('and the lag alert when lines wait too long', async () => {
    await addLines(db, ['waits']);
    await db.sql`update private.logs_young set received_at = now() - interval '11 minutes'`;
    await db.sql`select private.watch_log_lag(), private.watch_log_lag()`;
    expect(await db.sql`select kind, data from public.alerts where kind = 'log_lag'`).toMatchObject([
      { kind: 'log_lag' },
    ]);
    await settle(db);
    expect((await db.sql`select private.log_lag() as lag`)[0]).toEqual({ lag: { lines: 0, oldest_at: null } });
  });
});

it('the bell rings four times a second at most, for all and for the licence', async () => {
  await addLines(db, ['x'], { licenseId: license.id });
  await addLines(db, ['y'], { licenseId: license.id });
  const rung = await db.sql`select topic from private.log_doorbells where topic in ('logs', ${`logs:${license.id}`})`;
  expect(rung).toHaveLength(2);
  const sent = await db.sql`select topic from realtime.messages where topic = ${`logs:${license.id}`}`;
  expect(sent).toHaveLength(1);
});

it('a customer who is forgotten takes his lines along, and what was counted of them', async () => {
  const other = await createLicense(db.sql, { email: 'zoe.before@example.com', hwid: 'HWID-GONE' });
  const customerId = other.customer_id as string;
  await db.sql`update public.customers set email = 'zoe@example.com' where id = ${customerId}`;
  const grave = { level: 'error', group_id: 9, title: 'x', fingerprint_version: 1, source: 'Forgotten' };
  await addLines(db, [{ ...grave, message: 'of his client' }], { licenseId: other.id });
  await addLines(db, [
    { ...grave, message: 'mail to Zoé.Before@example.com bounced' },
    { ...grave, message: 'kept' },
  ]);
  await settle(db);
  await addLines(db, [{ ...grave, message: 'young' }], { licenseId: other.id });
  await db.sql`update public.licenses set revoked_at = now(), status = 'revoked' where id = ${other.id}`;
  await asking(db, admin).call('forget_customer', { customer_id: customerId, reason: 'Sa demande' });
  const { all, histogram } = asking(db, admin);
  expect((await all('source:forgotten')).map(({ message }) => message)).toEqual(['kept']);
  expect((await histogram('source:forgotten')).total).toBe(1);
  const [counted] =
    await db.sql`select (select sum(lines)::int from private.log_group_hours where group_id = 9) as hours,
    (select count(*)::int from private.log_group_licenses where group_id = 9) as licenses`;
  expect(counted).toEqual({ hours: 1, licenses: 0 });
});
