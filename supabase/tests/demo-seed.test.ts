import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDemoData } from '@whatautosys/seed/demo-data';
import { loadDemoData } from '@whatautosys/seed/load';
import { loadUsage } from '@whatautosys/seed/load-usage';
import { loadTickets } from '@whatautosys/seed/load-tickets';
import { makeTickets } from '@whatautosys/seed/tickets';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let admin: Persona;
const now = new Date();
const tickets = makeTickets(makeDemoData({ count: 500, now }), { now });
const data = makeDemoData({ count: 500, now });
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  const support = await db.addStaff('support');
  const members = [admin, support].map(({ userId, email }) => ({ user_id: userId, email }));
  await loadDemoData(db.sql, data, members);
  await loadTickets(db.sql, tickets, members);
});
afterAll(() => db.drop());

it('demo licences check like real ones, and their keys have the right check character', async () => {
  const rows = await db.sql`
    select checked.code, private.is_license_key(demo.license_key) as is_key
    from jsonb_to_recordset(${db.sql.json(data.licenses as never)}) as demo (license_key text, hwid text),
      private.check_license(demo.license_key, demo.hwid) as checked`;
  expect(rows.every(({ is_key }) => is_key)).toBe(true);
  expect(new Set(rows.map(({ code }) => code))).toEqual(new Set(['VALID', 'GRACE_PERIOD', 'EXPIRED', 'REVOKED']));
});

it('demo events stand in the chain, dated in the past, and the trail verifies', async () => {
  const [row] = await db.as(admin, (sql) => sql`select public.audit_verify() as result`);
  expect(row!.result).toMatchObject({ ok: true });
  const [{ oldest }] = (await db.sql`select min(created_at) as oldest from public.events`) as never as [
    { oldest: Date },
  ];
  expect(Date.now() - oldest.getTime()).toBeGreaterThan(440 * 86_400_000);
});

it('demo data mails nobody', async () => {
  expect(await db.sql`select 1 from public.email_outbox`).toHaveLength(0);
  const [trigger] = await db.sql`select tgenabled from pg_trigger where tgname = 'licenses_after_audit_insert'`;
  expect(trigger!.tgenabled).toBe('O');
});

it('demo tickets are found, have answers in working time, and alarm nobody', async () => {
  const search = async (args: string) => {
    const [row] = await db.as(admin, (sql) => sql.unsafe(`select public.search_tickets(${args}) as found`));
    return row!['found'] as { total: number; rows: { first_response_seconds: number | null }[] };
  };
  expect((await search('')).total).toBe(400);
  expect((await search(`query => 'qr code'`)).total).toBeGreaterThan(20);
  const over = (await search(`statuses => '{resolved,closed}', page_size => 500`)).rows;
  expect(over.length).toBeGreaterThan(350);
  expect(over.every((ticket) => ticket.first_response_seconds !== null)).toBe(true);
  expect((await search(`folder => 'inbox'`)).total).toBeGreaterThan(5);
  const [events] = await db.sql`select count(*)::int as count from public.ticket_events where kind = 'created'`;
  expect(events!['count']).toBe(400);
  await db.sql`select private.watch_tickets(${now})`;
  expect(await db.sql`select kind from public.alerts where kind = 'ticket_breached'`).toEqual([]);
  const [trigger] = await db.sql`select tgenabled from pg_trigger where tgname = 'support_tickets_after_audit'`;
  expect(trigger!['tgenabled']).toBe('O');
});

it('demo clients read what was said in their tickets', async () => {
  const mine = data.licenses.find(({ id }) => tickets.filter(({ license_id }) => license_id === id).length > 1)!;
  const [row] = await db.sql`
    select answer from private.poll_client_tickets('203.0.113.7', ${mine.license_key}, ${mine.hwid}, null)`;
  const page = row!['answer'] as { tickets: { subject: string; messages: { body: string }[] }[]; after: string };
  const expected = tickets.filter(({ license_id }) => license_id === mine.id);
  expect(page.tickets.map(({ messages }) => messages.map(({ body }) => body))).toEqual(
    expected.map(({ messages }) => messages.map(({ body }) => body)),
  );
  const [later] = await db.sql`
    select answer -> 'has_more' as more from private.poll_client_tickets('203.0.113.7', ${mine.license_key},
      ${mine.hwid}, ${page.after})`;
  expect(later!['more']).toBe(false);
});

it('demo clients reported fourteen months of use, which a second call leaves as it is', async () => {
  const counted = async () => {
    const [row] = await db.sql`select count(*)::int as days, sum(messages_sent)::int as messages,
      count(distinct license_id)::int as licenses, max(date) - min(date) as span from public.usage_stats`;
    return row!;
  };
  await loadUsage(db.sql, { days: 426, now });
  const told = await counted();
  expect(told['licenses']).toBeGreaterThan(400);
  expect(told['days']).toBeGreaterThan(told['licenses'] * 60);
  expect(told['span']).toBeGreaterThan(400);
  await loadUsage(db.sql, { days: 20, now });
  expect(await counted()).toEqual(told);
  const [row] = await db.as(
    admin,
    (sql) => sql`select public.get_usage(license_id => (
    select license_id from public.usage_stats group by 1 order by count(*) desc limit 1)) as usage`,
  );
  const { days, features } = row!['usage'] as { days: unknown[]; features: unknown[] };
  expect(days.length).toBeGreaterThan(40);
  expect(features.length).toBeGreaterThan(0);
});

it('demo licences were seen with the versions before the one they have', async () => {
  const [row] = await db.sql`select count(*)::float / count(distinct license_id) as each from private.license_versions`;
  expect(row!['each']).toBeGreaterThan(1.3);
});
