import type postgres from 'postgres';
import { makeDemoData } from './demo-data.ts';
import { loadLogs } from './load-logs.ts';
import { loadUsage } from './load-usage.ts';
import { addTickets } from './load-tickets.ts';
import { loadDemoData, type StaffMember } from './load.ts';
import { loadPayments } from './load-payments.ts';
import { loadRenewals } from './load-renewals.ts';
import { type Asker, makeManyTickets } from './many-tickets.ts';

const ticketsEach = 10;

type Progress = (done: number) => void;

/** Adds licences, and about as many customers: other ones at each call. */
export async function fillLicenses(sql: postgres.Sql, count: number, progress?: Progress): Promise<void> {
  const [existing] = await sql<[{ licenses: number }]>`select count(*)::int as licenses from public.licenses`;
  const staff = await staffWhoAnswer(sql);
  const data = makeDemoData({
    count,
    now: new Date(),
    seed: existing.licenses + 1,
    staffCount: Math.max(staff.length, 1),
  });
  // E-mails of another seed must not meet those of the demo.
  const renamed = new Map(
    data.customers.map((customer) => [customer.id, customer.email.replace('@', `.${existing.licenses}@`)]),
  );
  for (const customer of data.customers) customer.email = renamed.get(customer.id)!;
  for (const license of data.licenses) license.email = renamed.get(license.customer_id)!;
  await loadDemoData(sql, data, staff, progress ? { progress } : {});
  await loadRenewals(sql);
  await sql`select private.rebuild_figures()`;
}

/**
 * Adds tickets of the customers there are, answered by the staff there are, all of them or none: other ones at each
 * call. Where one customer would have more than about ten, customers are added first.
 */
export async function fillTickets(sql: postgres.Sql, count: number, progress?: Progress): Promise<void> {
  const staff = await staffWhoAnswer(sql);
  if (staff.length === 0) throw new Error('Cannot add tickets: nobody on the staff could have answered them');
  const [there] = await sql<[{ tickets: number; licenses: number }]>`
    select (select count(*) from public.support_tickets)::int as tickets, count(*)::int as licenses
    from public.licenses where deleted_at is null`;
  const missing = Math.ceil((there.tickets + count) / ticketsEach) - there.licenses;
  if (missing > 0) await fillLicenses(sql, missing);
  const askers = await sql<Asker[]>`
    select licenses.id as license_id, customers.id as customer_id, customers.email,
      coalesce(customers.name, customers.email) as name, licenses.issued_at
    from public.licenses join public.customers on customers.id = licenses.customer_id
    where licenses.deleted_at is null and customers.anonymized_at is null and customers.locale = 'fr'
    order by licenses.id`;
  const options = { count, now: new Date(), askers, staffCount: staff.length, seed: there.tickets + 1 };
  await sql.begin((transaction) => addTickets(transaction, makeManyTickets(options), staff, progress));
  await sql`vacuum analyze public.support_tickets, public.ticket_messages, public.ticket_notes, public.ticket_events,
    public.ticket_reads, private.ticket_texts, private.ticket_publications`;
}

/** Adds lines of 30 days to the log, of the clients there are: other ones at each call. */
export async function fillLogs(sql: postgres.Sql, count: number, progress?: Progress): Promise<void> {
  const [there] = await sql<[{ batches: number }]>`select last_value::int as batches from private.log_batch_numbers`;
  await loadLogs(sql, { count, days: 30, now: new Date(), seed: there.batches + 1, ...(progress ? { progress } : {}) });
}

/** Adds payments of fourteen months, of the licences there are: other ones at each call. */
export async function fillPayments(sql: postgres.Sql, count: number, progress?: Progress): Promise<void> {
  await loadPayments(sql, count, progress);
  await sql`select private.rebuild_figures()`;
}

/** Adds use of the last days, of all the clients there are. */
export const fillUsage = (sql: postgres.Sql, days: number, progress?: Progress): Promise<void> =>
  loadUsage(sql, { days, now: new Date(), ...(progress ? { progress } : {}) });

const staffWhoAnswer = (sql: postgres.Sql) =>
  sql<StaffMember[]>`
    select user_id, email from public.staff where role <> 'viewer' and is_active order by role, email`;
