import { createUser, enrolTotp, signIn, startTestGateway, type TestGateway } from '@whatautosys/local/testing/gateway';
import { createLicense } from '../database.ts';
import {
  applyFetched,
  charge,
  compareOnce,
  creditNote,
  event,
  invoice,
  invoicePayment,
  mirrored,
  receive,
  start,
} from '../stripe.ts';

export type Caller = 'admin' | 'support' | 'viewer' | 'admin at aal1' | 'switched off' | 'no staff' | 'anon';
export const callers: Caller[] = ['admin', 'support', 'viewer', 'admin at aal1', 'switched off', 'no staff', 'anon'];

/** No grant: 401 to nobody, 403 to somebody. */
export const refusal = (caller: Caller) => (caller === 'anon' ? 401 : 403);

/** Tickets that are there; the admin has read the second and drafts an answer to the first. */
export const logRuleId = '0f1e2d3c-0000-4000-8000-000000000001';
export const logGroupId = 4242;
export const ticketIds = ['6f0d3b52-6c0b-4a3f-9d0e-0f6a1c1d2e01', '6f0d3b52-6c0b-4a3f-9d0e-0f6a1c1d2e02'] as const;

/** A calendar of support with a day of its own. */
export const calendarId = '6f0d3b52-6c0b-4a3f-9d0e-0f6a1c1d2e03';

export interface Api {
  home: TestGateway;
  tokens: Record<Caller, string | null>;
  userIds: Record<Caller, string>;
  /** A request of that caller, with a real token. */
  rest(
    caller: Caller,
    path: string,
    method: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: any }>;
  /** Changes when any row of the table does. */
  snapshot(table: string): Promise<string>;
  stop(): Promise<void>;
}

/** A gateway over a database with a row in every table, and everyone who might try signed in. */
export async function startApi(): Promise<Api> {
  const tokens = {} as Record<Caller, string | null>;
  const userIds = {} as Record<Caller, string>;
  const home = await startTestGateway({ database: 'migrated' });
  for (const caller of callers.filter((name) => name !== 'anon')) {
    const user = await createUser(home);
    userIds[caller] = user.id;
    const role = caller === 'support' || caller === 'viewer' ? caller : 'admin';
    if (caller !== 'no staff')
      await home.sql`insert into public.staff (user_id, email, display_name, role)
        values (${user.id}, ${user.email}, ${caller}, ${role})`;
    const client = await signIn(home, user);
    if (caller !== 'admin at aal1') await enrolTotp(home, client);
    tokens[caller] = (await client.auth.getSession()).data.session!.access_token;
  }
  tokens.anon = null;
  await home.sql`update public.staff set is_active = false where user_id = ${userIds['switched off']}`;
  await createLicense(home.sql, { sendEmail: true });
  await home.sql`insert into public.license_imports (file_hash, mode) values (${'a'.repeat(64)}, 'valid_rows')`;
  await home.sql`insert into public.saved_views (user_id, page, name)
    values (${userIds.admin}, 'licenses', 'Of the admin')`;
  await compareOnce(home.sql);
  const { payer, bought } = await mirrored(home.sql);
  const money = charge(payer.id, { status: 'failed' });
  const bill = invoice(bought, { status: 'open' });
  await applyFetched(home.sql, [
    { object: bill, as_of: start },
    { object: invoicePayment(bill.id, money.payment_intent), as_of: start },
    { object: money, as_of: start },
  ]);
  const settled = invoice(bought);
  await applyFetched(home.sql, [
    { object: settled, as_of: start },
    { object: creditNote(settled.id, payer.id), as_of: start },
  ]);
  await applyFetched(home.sql, [{ object: charge(payer.id), as_of: start }]);
  await home.sql`select private.prove_revenue()`;
  await home.sql`insert into public.license_risks (license_id, customer_id, reasons, score)
    select id, customer_id, '{silent}', 20 from public.licenses limit 1`;
  await home.sql`insert into public.report_recipients (schedule_id, staff_id)
    select id, ${userIds.viewer} from public.report_schedules`;
  await home.sql`with run as (insert into public.report_runs (schedule_id, due_at, status, started_at)
      select id, '2026-11-23T08:00Z', 'running', now() from public.report_schedules returning id),
    file as (insert into private.report_files (run_id, format, name, content_type, content)
      select id, 'csv', 'rapport.csv', 'text/csv', 'a' from run)
    insert into public.report_deliveries (run_id, staff_id, status) select id, ${userIds.viewer}, 'not_allowed'
    from run`;
  await receive(home.sql, event('product.created', { id: 'prod_1', object: 'product' }));
  await home.sql`with run as (insert into public.stripe_syncs (kind, status, finished_at)
    values ('full', 'succeeded', now()) returning id)
    insert into public.stripe_drifts (sync_id, object_type, object_id, fields, action)
    select id, 'subscription', ${bought.id}, '{}', 'repaired' from run`;
  await home.sql`insert into public.alert_reads (alert_id, user_id) select id, ${userIds.admin} from public.alerts
    limit 1`;
  for (const id of ticketIds)
    await home.sql`insert into public.support_tickets (id, subject, channel, customer_id)
      select ${id}, 'QR Code', 'client', id from public.customers limit 1`;
  await home.sql`insert into public.ticket_messages (ticket_id, author_kind, channel, body)
    values (${ticketIds[0]}, 'customer', 'client', 'Bonjour')`;
  await home.sql`insert into public.ticket_notes (ticket_id, author_id, body)
    values (${ticketIds[0]}, ${userIds.admin}, 'Vu')`;
  await home.sql`insert into public.ticket_drafts (ticket_id, user_id, kind, body)
    values (${ticketIds[0]}, ${userIds.admin}, 'public', 'Bonjour')`;
  await home.sql`insert into public.ticket_attachments (ticket_id, message_id, name, size)
    select ticket_id, id, 'capture.png', 10 from public.ticket_messages where ticket_id = ${ticketIds[0]}`;
  const [client] = await home.sql`select id from public.licenses limit 1`;
  const lines = ['timeout after 3 s', 'timeout after 4 s'].map((message) => ({
    level: 'error',
    source: 'Baileys',
    message,
    group_id: logGroupId,
    fingerprint_version: 1,
    title: 'timeout after <duration>',
  }));
  await home.sql`insert into public.log_rules (id, name, kind, query, tree, threshold, minutes)
    values (${logRuleId}, 'Timeouts', 'count', 'timeout', '{"text": "timeout"}', 1, 10)`;
  for (const key of ['settled', 'young']) {
    await home.sql`select private.add_log_lines('license:x', ${key}, ${home.sql.json(lines)},
      ${client!['id'] as string}, '2.4.1')`;
    if (key === 'settled') await home.sql`select private.settle_log_lines()`;
  }
  await home.sql`insert into public.log_firings (rule_id, key, fired_at, lines) values (${logRuleId}, '', now(), 2)`;
  for (const caller of ['admin', 'support'] as const)
    await home.sql`insert into public.log_exports (created_by, time_zone, format)
      values (${userIds[caller]}, 'Europe/Paris', 'csv')`;
  await home.sql`select private.add_usage(${client!['id'] as string},
    ${home.sql.json([{ date: '2026-11-01', messages_sent: 3 }])}, ${home.sql.json({ catalogue: 2 })})`;
  await home.sql`insert into public.ticket_reads (ticket_id, user_id) values (${ticketIds[1]}, ${userIds.admin})`;
  await home.sql`insert into public.support_calendars (id, name, hours)
    select ${calendarId}, 'Samedi', '[{"weekday": 6, "starts": "09:00", "ends": "12:00"}]'`;
  await home.sql`insert into public.support_holidays (calendar_id, day, name)
    values (${calendarId}, '2026-12-26', 'Pont')`;
  return {
    home,
    tokens,
    userIds,
    async rest(caller, path, method, body, headers = {}) {
      const token = tokens[caller];
      const response = await home.request(`/rest/v1/${path}`, {
        method,
        headers: {
          apikey: home.ctx.keys.publishable,
          'content-type': 'application/json',
          prefer: 'return=representation',
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : null };
    },
    async snapshot(table) {
      const [row] = await home.sql`
        select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as sum from ${home.sql(table)} as t`;
      return row!.sum as string;
    },
    stop: () => home.stop(),
  };
}
