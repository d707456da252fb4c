import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import postgres from 'postgres';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let admin: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());

const verify = async () =>
  (await db.as(admin, (sql) => sql`select public.audit_verify() as result`))[0]!.result as {
    ok: boolean;
    checked: number;
    first_broken_sequence: number | null;
  };

describe('the chain', () => {
  it('numbers without holes and verifies, whatever commits or rolls back side by side', async () => {
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const { id } = await createLicense(db.sql);
        await db.sql
          .begin(async (sql) => {
            await sql`select public.extend_license(${id}, 1, 'one')`;
            await sql
              .savepoint(async (inner) => {
                await inner`select public.extend_license(${id}, 1, 'rolled back')`;
                throw new Error('back');
              })
              .catch(() => undefined);
            await sql`select public.extend_license(${id}, 1, 'two')`;
            if (index % 3 === 0) throw new Error('back');
          })
          .catch(() => undefined);
      }),
    );
    const [row] = await db.sql`select count(*)::int as events, max(sequence)::int as last, count(distinct sequence)::int
        as numbers from public.events`;
    expect(row!.last).toBe(row!.events);
    expect(row!.numbers).toBe(row!.events);
    expect(await verify()).toMatchObject({ ok: true, checked: row!.events });
    expect(await db.sql`select 1 from public.events where event_data ->> 'reason' = 'rolled back'`).toHaveLength(0);
  });

  it.each([
    'update public.events set event_type = event_type',
    'delete from public.events',
    'truncate public.events',
    `truncate private.events_${new Date().toISOString().slice(0, 7).replace('-', '_')}`,
  ])('refuses "%s" even to the owner', async (statement) => {
    await expect(db.sql.unsafe(statement)).rejects.toMatchObject({ code: '42501', hint: 'audit_is_append_only' });
  });

  it('refuses service_role an insert, an update and a delete', async () => {
    for (const statement of [
      "insert into public.events (actor_kind, event_type) values ('system', 'forged_event')",
      "update public.events set event_type = 'x_y'",
      'delete from public.events',
    ]) {
      await expect(
        db.sql.begin(async (sql) => {
          await sql`set local role service_role`;
          await sql.unsafe(statement);
        }),
      ).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('audit_verify() shows tampering by whoever can switch triggers off', () => {
  const tamper = async (statement: string) => {
    const superuser = postgres(db.adminUrl, { max: 1, onnotice: () => undefined });
    try {
      await superuser.begin(async (sql) => {
        await sql`set local session_replication_role = replica`;
        await sql.unsafe(statement);
      });
    } finally {
      await superuser.end();
    }
  };

  it('an altered row', async () => {
    const [row] = await db.sql`select sequence, event_data from public.events order by sequence offset 3 limit 1`;
    await tamper(
      `update public.events set event_data = event_data || '{"days": 999}' where sequence = ${row!.sequence}`,
    );
    expect(await verify()).toMatchObject({ ok: false, first_broken_sequence: Number(row!.sequence) });
    await tamper(
      `update public.events set event_data = '${JSON.stringify(row!.event_data)}' where sequence = ${row!.sequence}`,
    );
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('a missing row, in the middle and at the end', async () => {
    const [last] = await db.sql`select max(sequence)::int as sequence from public.events`;
    await tamper(
      `create table private.kept as select * from public.events where sequence = ${last!.sequence}; delete
        from public.events where sequence = ${last!.sequence}`,
    );
    expect(await verify()).toMatchObject({ ok: false, first_broken_sequence: last!.sequence });
    await tamper('insert into public.events select * from private.kept; drop table private.kept');
    expect(await verify()).toMatchObject({ ok: true });
    await tamper('delete from public.events where sequence = 2');
    expect(await verify()).toMatchObject({ ok: false, first_broken_sequence: 3 });
  });
});

it.each([
  [{ 'x-forwarded-for': '203.0.113.9, 10.0.0.1' }, '203.0.113.9'],
  [{ 'x-forwarded-for': '6.6.6.6, 203.0.113.9', 'cf-connecting-ip': '203.0.113.9' }, '203.0.113.9'],
  [{ 'x-forwarded-for': 'unknown' }, null],
  [{}, null],
])('request_ip() of %j is %s: what Cloudflare says outranks what a client can', async (headers, ip) => {
  const [row] = await db.sql.begin(async (sql) => {
    await sql`select set_config('request.headers', ${JSON.stringify(headers)}, true)`;
    return sql`select host(private.request_ip()) as ip`;
  });
  expect(row).toEqual({ ip });
});

it('record_export(), record_sign_in() and settings leave events; sign-in needs the second factor', async () => {
  const fresh = await createTestDatabase();
  const [boss, support, half] = [
    await fresh.addStaff('admin'),
    await fresh.addStaff('support'),
    await fresh.addStaff('admin', { aal: 'aal1' }),
  ];
  await fresh.as(boss, async (sql) => {
    await sql`select public.record_sign_in()`;
    await sql`select public.record_export('events', 'csv', 12, '{"page": 1}')`;
    await sql`update public.settings set value = '20' where key = 'idle_lock_minutes'`;
  });
  const types = (
    await fresh.sql`select event_type, user_id from public.events where user_id = ${boss.userId} order by sequence`
  ).map(({ event_type }) => event_type);
  expect(types).toEqual(['staff_signed_in', 'export_created', 'settings_changed']);
  await expect(fresh.as(half, (sql) => sql`select public.record_sign_in()`)).rejects.toMatchObject({ code: '42501' });
  await expect(fresh.as(support, (sql) => sql`select public.record_export('events', 'csv', 1)`)).rejects.toMatchObject({
    code: '42501',
  });
  await expect(fresh.as(boss, (sql) => sql`select public.record_export('everything', 'csv', 1)`)).rejects.toMatchObject(
    { hint: 'invalid_argument' },
  );
  await fresh.drop();
});

it('an export keeps its filters and nothing that was typed', async () => {
  const exported = (filters: unknown, subject = 'licenses') =>
    db.as(admin, (sql) => sql`select public.record_export(${subject}, 'csv', 1, ${sql.json(filters as never)})`);
  await exported({ query: 'ottoline@exemple.fr', plans: ['premium'], auto_renew: null, page: 3 });
  const [event] = await db.sql`select event_data from public.events
    where event_type = 'export_created' order by sequence desc limit 1`;
  expect(event!['event_data']).toMatchObject({
    filters: { plans: ['premium'], auto_renew: null },
    is_search: true,
  });
  for (const filters of [
    { email: 'ottoline@exemple.fr' },
    { plans: [{ query: 'ottoline@exemple.fr' }] },
    { plans: { query: 'ottoline@exemple.fr' } },
    { plans: [['ottoline@exemple.fr']] },
    ['ottoline@exemple.fr'],
    'ottoline@exemple.fr',
  ])
    await expect(exported(filters), JSON.stringify(filters)).rejects.toMatchObject({ hint: 'invalid_argument' });
});

it('a list that can be exported keeps every filter of its search', async () => {
  const subjects = await db.sql<{ subject: string; filters: string[]; asked: string[] }[]>`
    select subject, filters, (
      select array_agg(asked) from unnest(proargnames) as name
      cross join unnest(case name when 'filters' then array['plan', 'segment', 'currency']
        else array[name] end) as asked
      where name <> all (array['query', 'page', 'page_size', 'metrics'])) as asked
    from private.export_subjects left join pg_proc
      on proname = case subject when 'ticket_report' then 'report_tickets' when 'risks' then 'list_risks'
        when 'metrics' then 'get_metrics' when 'metric_rows' then 'list_metric_rows' else 'search_' || subject end
      and pronamespace = 'public'::regnamespace order by 1`;
  expect(subjects.length).toBeGreaterThan(4);
  for (const { subject, filters, asked } of subjects) expect([...filters].sort(), subject).toEqual([...asked].sort());
});
