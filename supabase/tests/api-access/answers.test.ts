import { randomUUID } from 'node:crypto';
import { metrics } from '../../contracts/constants/metrics.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rpc, type RpcArgs, type RpcName } from '../../contracts/rpc/index.ts';
import { createLicense } from '../database.ts';
import { good, newFile } from '../imports.ts';
import {
  applyFetched,
  charge,
  coupon,
  discount,
  event,
  invoice,
  invoicePayment,
  mirrored,
  receive,
  start,
} from '../stripe.ts';
import { type Api, calendarId, type Caller, logGroupId, logRuleId, startApi, ticketIds } from './callers.ts';

let api: Api;
let subscriptionId: string;
beforeAll(async () => {
  api = await startApi();
  const { sql } = api.home;
  const licensed = await createLicense(sql, { email: 'whole@example.com' });
  const { bought, payer, row } = await mirrored(sql, {
    email: 'whole@example.com',
    licenseId: licensed.id,
    discounts: [discount(coupon())],
  });
  const [money, bill] = [charge(payer.id), invoice(bought)];
  await applyFetched(sql, [
    { object: bill, as_of: start },
    { object: invoicePayment(bill.id, money.payment_intent), as_of: start },
    { object: money, as_of: start },
  ]);
  subscriptionId = row.id;
});
afterAll(() => api.stop());

const fresh = async () => ({ license_id: (await createLicense(api.home.sql)).id });
const newExport = async () => {
  const { body } = await api.rest('admin', 'rpc/export_logs', 'POST', { query: 'timeout' });
  return { export_id: body.id as string };
};
/** A report to the viewer each Monday. */
const report = () => ({
  name: 'Lundi',
  template: 'weekly' as const,
  frequency: 'weekly' as const,
  weekday: 1,
  local_time: '09:00',
  recipients: [api.userIds.viewer],
  is_active: true,
});
const newReport = async () => {
  const { body } = await api.rest('admin', 'rpc/save_report_schedule', 'POST', { report: report() });
  return body.id as string;
};
const customerId = async () =>
  (await api.home.sql<[{ id: string }]>`select id from public.customers where email = 'whole@example.com'`)[0].id;
const ticketNumber = async (index: 0 | 1 = 0) =>
  Number((await api.home.sql`select number from public.support_tickets where id = ${ticketIds[index]}`)[0]!['number']);
/** A mail of somebody who takes no part, kept as it came. */
const strangersMail = async () => {
  const mail = {
    kind: 'unreadable',
    fingerprint: randomUUID().replaceAll('-', '').repeat(2),
    from_address: `${randomUUID()}@example.com`,
    has_original: true,
  };
  const [row] = await api.home.sql<[{ filed: { message_id: string } }]>`
    select private.receive_ticket_mail(${api.home.sql.json(mail)}, 'raw'::bytea) as filed`;
  return row.filed.message_id;
};
/** An event of Stripe that fails. */
const failingEvent = async () => {
  const { bought } = await mirrored(api.home.sql);
  const strange = event('customer.subscription.updated', { ...bought, status: 'a_status_of_tomorrow' }, start + 9);
  await receive(api.home.sql, strange);
  return strange.id;
};
const emailOf = async (licenseId: string) =>
  (await api.home.sql<[{ email: string }]>`select email from public.licenses where id = ${licenseId}`)[0].email;
/** A session of the administrator in the name of the licence's customer. */
const logIn = async (licenseId: string) => {
  await api.home.sql`select private.end_due_client_sessions(staff_id => ${api.userIds.admin}, why => 'superseded')`;
  const [row] = await api.home.sql<[{ id: string }]>`
    insert into private.client_sessions (license_id, staff_id, reason, token_hash)
    values (${licenseId}, ${api.userIds.admin}, 'Voir ce qu’il voit', sha256(${randomUUID()}::text::bytea))
    returning id`;
  return row.id;
};
const because = { reason: 'Geste commercial' };

/** A licence asked for by another machine than its own. */
const refused = async () => {
  const { id, license_key } = await createLicense(api.home.sql);
  await api.home.sql`select private.check_license(${license_key}, 'HWID-NEW-PC', ip => '203.0.113.9')`;
  const [row] = await api.home.sql<[{ id: string; license_id: string }]>`
    select id, license_id from private.license_checks where license_id = ${id}`;
  return { id: Number(row.id), license_id: row.license_id };
};
const factorOf = async (caller: Caller) => {
  const [row] = await api.home.sql<[{ id: string }]>`
    insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at)
    values (gen_random_uuid(), ${api.userIds[caller]}, ${randomUUID()}, 'totp', 'verified', now(), now())
    returning id`;
  return row.id;
};
/** Who asks what is for nobody at aal2. */
const askers: Partial<Record<RpcName, Caller>> = { recover_with_code: 'admin at aal1' };

/** Arguments with which an administrator is answered, with rows where there can be some. */
const questions: { [Name in RpcName]: () => RpcArgs<Name> | Promise<RpcArgs<Name>> } = {
  search_licenses: () => ({ query: 'whole', statuses: ['active'], sort: 'expires_at', page: 1, page_size: 10 }),
  find_anything: () => ({ query: 'whole' }),
  get_license: fresh,
  list_license_events: fresh,
  create_license: () => ({ email: 'answers@example.com', hwid: 'HWID-ANSWERS', plan: 'premium', send_email: false }),
  extend_license: async () => ({ ...(await fresh()), days: 7, ...because }),
  extend_licenses: async () => ({ license_ids: [(await fresh()).license_id, randomUUID()], days: 7, ...because }),
  send_license_key: fresh,
  renew_license_key: async () => ({ ...(await fresh()), ...because }),
  change_license_plan: async () => ({ ...(await fresh()), plan: 'enterprise', ...because }),
  suspend_license: async () => ({ ...(await fresh()), ...because }),
  suspend_licenses: async () => ({ license_ids: [(await fresh()).license_id, randomUUID()], ...because }),
  reinstate_license: async () => {
    const { license_id } = await fresh();
    await api.home.sql`select public.suspend_license(${license_id}, 'x')`;
    return { license_id, ...because };
  },
  reinstate_licenses: async () => ({ license_ids: [randomUUID()], ...because }),
  revoke_license: async () => ({ ...(await fresh()), ...because }),
  revoke_licenses: async () => ({ license_ids: [(await fresh()).license_id, randomUUID()], ...because }),
  list_license_consequences: async () => {
    const { license_id } = await fresh();
    await mirrored(api.home.sql, { email: await emailOf(license_id), licenseId: license_id });
    return { license_ids: [license_id] };
  },
  list_license_checks: async () => ({ license_id: (await refused()).license_id }),
  list_client_sessions: async () => {
    const { license_id } = await fresh();
    await logIn(license_id);
    return { license_id };
  },
  end_client_session: async () => ({ session_id: await logIn((await fresh()).license_id) }),
  transfer_license_to_check: async () => ({ check_id: (await refused()).id, ...because }),
  transfer_license: async () => ({ ...(await fresh()), new_hwid: 'HWID-OTHER', ...because }),
  delete_license: async () => ({ ...(await fresh()), ...because }),
  import_licenses: () => ({
    rows: [good(2), good(3, { plan: 'gold' })],
    file_hash: newFile(),
    mode: 'valid_rows',
    file_name: 'clients.csv',
  }),
  undo_import: async () => {
    const made = await api.rest('admin', 'rpc/import_licenses', 'POST', { rows: [good(2)], file_hash: newFile() });
    return { import_id: made.body.import_id as string };
  },
  search_customers: () => ({ query: 'whole', segment: 'active', sort: 'email', page: 1, page_size: 10 }),
  get_customer: async () => ({ customer_id: await customerId() }),
  list_customer_events: async () => ({ customer_id: await customerId() }),
  list_customer_activity: async () => ({ customer_id: await customerId(), page_size: 5 }),
  get_usage: async () => ({ customer_id: await customerId(), from_day: '2026-11-01', to_day: '2026-11-30' }),
  update_customer: async () => {
    const [row] = await api.home.sql<[{ id: string; email: string }]>`insert into public.customers (email)
      values (${`${randomUUID()}@example.com`}) returning id, email`;
    const seen = { email: row.email, name: null, company: null, locale: 'fr' as const };
    return { customer_id: row.id, seen, ...seen, name: 'Chloé Brun' };
  },
  list_emails: async () => {
    const { customer_id } = await createLicense(api.home.sql, { sendEmail: true });
    return { customer_id: customer_id as string };
  },
  forget_customer: async () => {
    const [row] = await api.home.sql<[{ id: string }]>`insert into public.customers (email, name)
      values (${`${randomUUID()}@example.com`}, 'Chloé Brun') returning id`;
    return { customer_id: row.id, reason: 'Demande du client' };
  },
  search_events: () => ({ event_types: ['license_created'], page_size: 5 }),
  audit_verify: () => ({}),
  record_export: () => ({ subject: 'licenses', format: 'csv', row_count: 1, filters: {} }),
  current_staff: () => ({}),
  list_staff: () => ({}),
  record_sign_in: () => ({}),
  get_own_account: () => ({}),
  update_own_account: () => ({ display_name: 'Camille Roy', locale: 'en' }),
  end_own_sessions: () => ({}),
  rename_own_factor: async () => ({ factor_id: await factorOf('admin'), name: 'Téléphone' }),
  remove_own_factor: async () => ({ factor_id: await factorOf('admin') }),
  make_recovery_codes: () => ({}),
  recover_with_code: async () => {
    await factorOf('admin at aal1');
    return { code: 'AAAAA-AAAAA' };
  },
  search_subscriptions: () => ({ plans: ['premium'], sort: 'mrr_cents' }),
  get_subscription: () => ({ subscription_id: subscriptionId }),
  list_subscription_events: () => ({ subscription_id: subscriptionId }),
  link_subscription_license: async () => {
    const { row } = await mirrored(api.home.sql);
    return {
      subscription_id: row.id,
      license_id: (await createLicense(api.home.sql, { email: String(row['email']) })).id,
    };
  },
  subscriptions_summary: () => ({}),
  send_subscription_reminders: () => ({ subscription_ids: [subscriptionId, randomUUID()] }),
  search_payments: () => ({ statuses: ['succeeded', 'failed'] }),
  daily_payments: () => ({ from_day: '2026-10-01', to_day: '2026-10-07' }),
  stripe_health: () => ({}),
  retry_stripe_event: async () => {
    return { event_id: await failingEvent() };
  },
  set_stripe_event_aside: async () => ({ event_id: await failingEvent(), reason: 'Essai d’un autre service' }),
  start_stripe_sync: () => ({ kind: 'incremental' }),
  search_tickets: () => ({ query: 'bonjour', folder: 'all', sort: 'relevance' }),
  count_ticket_folders: () => ({}),
  get_ticket: async () => ({ ticket_number: await ticketNumber() }),
  create_ticket: async () => ({ customer_id: await customerId(), subject: 'Suivi', body: 'Bonjour', priority: 'low' }),
  reply_ticket: async () => {
    const ticket = await api.home.sql`select id from public.ticket_messages where ticket_id = ${ticketIds[0]}`;
    return {
      ticket_number: await ticketNumber(),
      body: 'Bonjour',
      last_message_id: ticket[0]!['id'] as string,
      idempotency_key: randomUUID(),
      next_status: 'waiting',
      hold_seconds: 10,
    };
  },
  undo_ticket_reply: async () => {
    const [row] = await api.home.sql<[{ id: string }]>`
      insert into public.ticket_messages (ticket_id, author_kind, author_id, channel, body, held_until)
      values (${ticketIds[1]}, 'staff', ${api.userIds.admin}, 'console', 'x', now() + interval '1 minute')
      returning id`;
    return { message_id: row.id };
  },
  remove_ticket_attachment: async () => {
    const [row] = await api.home.sql<[{ id: string }]>`
      insert into public.ticket_attachments (ticket_id, draft_kind, uploaded_by, name, size)
      values (${ticketIds[1]}, 'note', ${api.userIds.admin}, 'x', 1) returning id`;
    return { attachment_id: row.id };
  },
  update_ticket: async () => ({
    ticket_number: await ticketNumber(),
    changes: { priority: 'high', tags: ['bug'], assigned_to: null, snoozed_until: null },
  }),
  confirm_ticket_sender: async () => {
    const [row] = await api.home.sql<[{ number: string }]>`
      insert into public.support_tickets (subject, channel, from_address)
      values ('Bonjour', 'mail', ${`${randomUUID()}@example.com`}) returning number`;
    return { ticket_number: Number(row.number) };
  },
  accept_ticket_sender: async () => ({ message_id: await strangersMail() }),
  retry_ticket_mail: async () => ({ message_id: await strangersMail() }),
  get_original_mail: async () => ({ message_id: await strangersMail() }),
  list_ticket_assignees: () => ({}),
  merge_tickets: async () => {
    const [row] = await api.home.sql<[{ number: string }]>`
      insert into public.support_tickets (subject, channel, customer_id)
      select 'Doublon', 'client', customer_id from public.support_tickets where id = ${ticketIds[1]} returning number`;
    return { ticket_number: Number(row.number), into_number: await ticketNumber(1) };
  },
  list_support_holidays: () => ({ calendar_id: calendarId, year: 2026 }),
  save_support_calendar: () => ({
    calendar_id: null,
    seen: null,
    name: randomUUID(),
    time_zone: 'Europe/Paris',
    hours: [{ weekday: 1, starts: '09:00', ends: '24:00' }],
    holiday_rule: 'france',
  }),
  delete_support_calendar: async () => {
    const [row] = await api.home.sql`insert into public.support_calendars (name, hours)
      select ${randomUUID()}, hours from public.support_calendars where id = ${calendarId}
      returning id, name, time_zone, hours, holiday_rule`;
    const { id, ...seen } = row as { id: string } & RpcArgs<'delete_support_calendar'>['seen'];
    return { calendar_id: id, seen };
  },
  save_support_holiday: () => ({ calendar_id: calendarId, day: '2027-05-14', is_closed: true, name: 'Pont' }),
  save_sla_policy: async () => {
    const [row] = await api.home.sql`select calendar_id, first_response_minutes, next_response_minutes,
      resolution_minutes, warn_minutes, raise_to, is_reassigned, is_paused_while_waiting
      from public.sla_policies where priority = 'medium'`;
    const seen = row as unknown as RpcArgs<'save_sla_policy'>['seen'];
    return { priority: 'medium', seen, ...seen };
  },
  save_ticket_assignment: () => ({
    seen: { is_enabled: true, away_hours: 4 },
    is_enabled: true,
    away_hours: 5,
  }),
  save_staff_assignment: () => ({
    user_id: api.userIds.viewer,
    seen: { skills: [], capacity: 5 },
    skills: ['QR Code'],
    capacity: 4,
  }),
  set_support_presence: () => ({ is_available: false }),
  report_tickets: () => ({ from_day: '2026-01-01', to_day: '2028-12-31', group_by: 'assignee' }),
  get_dashboard: () => ({}),
  note_dashboard_visit: () => ({}),
  list_recent_activity: () => ({ page_size: 50 }),
  get_metric: () => ({ metric: 'mrr', granularity: 'week' }),
  get_metrics: () => ({ metrics: [...metrics], granularity: 'month', from_day: '2026-01-01' }),
  get_mrr_waterfall: () => ({ from_day: '2026-01-01' }),
  get_cohorts: () => ({ months: 3 }),
  get_plan_figures: () => ({}),
  get_product_figures: () => ({}),
  get_renewal_forecast: () => ({ months: 12 }),
  list_metric_rows: () => ({ metric: 'licenses_total', page_size: 5 }),
  list_risks: () => ({}),
  note_risk_contact: async () => {
    const [row] = await api.home.sql`select id from public.license_risks limit 1`;
    return { risk_id: row!['id'] as string, note: 'Rappelé' };
  },
  get_risk_quality: () => ({}),
  list_report_schedules: () => ({}),
  save_report_schedule: () => ({ report: report() }),
  delete_report_schedule: async () => ({ schedule_id: await newReport() }),
  preview_report: () => ({ report: { ...report(), template: 'at_risk' } }),
  send_report_now: async () => ({ schedule_id: await newReport() }),
  list_report_runs: () => ({}),
  get_report_file: async () => {
    const [row] = await api.home.sql`select run_id from private.report_files limit 1`;
    return { run_id: row!['run_id'] as string, format: 'csv' };
  },
  search_logs: () => ({ query: 'timeout', page_size: 10 }),
  follow_logs: () => ({ cursor: '0' }),
  get_log_histogram: () => ({ query: 'level:error', buckets: 30 }),
  get_log_facets: () => ({ query: 'timeout' }),
  search_log_groups: () => ({ status: 'all' }),
  get_log_group: () => ({ group_id: logGroupId }),
  update_log_group: async () => {
    await api.home.sql`update public.log_groups set status = 'open' where id = ${logGroupId}`;
    return { group_id: logGroupId, status: 'ignored', ignored_until_lines: 100 };
  },
  assign_log_group: () => ({ group_id: logGroupId, user_id: api.userIds.support }),
  list_log_sources: async () => {
    await api.rest('admin', 'rpc/add_log_source_token', 'POST', { source: 'Backend' });
    return {};
  },
  add_log_source_token: () => ({ source: 'Facturation' }),
  revoke_log_token: async () => {
    const made = await api.rest('admin', 'rpc/add_log_source_token', 'POST', { source: 'Backend' });
    return { token_id: made.body.id as string };
  },
  export_logs: () => ({ query: 'timeout', format: 'ndjson', time_zone: 'Europe/Paris' }),
  list_log_exports: () => ({}),
  cancel_log_export: () => newExport(),
  resume_log_export: async () => {
    const asked = await newExport();
    await api.rest('admin', 'rpc/cancel_log_export', 'POST', asked);
    return asked;
  },
  remove_log_export: () => newExport(),
  link_log_export: async () => {
    const asked = await newExport();
    await api.home.sql`update public.log_exports set state = 'done', finished_at = now(), expires_at = now()
      where id = ${asked.export_id}`;
    return asked;
  },
  list_log_rules: () => ({}),
  list_log_firings: () => ({ rule_id: logRuleId }),
  preview_log_alert: () => ({ rule: { kind: 'count', query: 'timeout', threshold: 0, minutes: 10 } }),
  save_log_rule: () => ({
    rule: { name: 'Rates', kind: 'rate', threshold: 20, minutes: 10, factor: 2.5, channels: ['slack'] },
  }),
  delete_log_rule: async () => {
    const rule = { name: 'To go', kind: 'new_group' };
    return { rule_id: (await api.rest('admin', 'rpc/save_log_rule', 'POST', { rule })).body.id as string };
  },
  pause_log_rules: () => ({ rule_ids: [logRuleId] }),
  list_alerts: () => ({ page_size: 10 }),
  count_unread_alerts: () => ({}),
  mark_alerts_read: () => ({ alert_ids: null }),
};

/** Answers whose rows would prove nothing were there none. */
const rowsOf = (body: unknown) => (typeof body === 'object' && body !== null && 'rows' in body ? body.rows : null);

it.each(Object.keys(questions) as RpcName[])('%s answers what its contract says, and nothing else', async (name) => {
  const args = rpc[name].args.parse(await questions[name]());
  const { status, body } = await api.rest(askers[name] ?? 'admin', `rpc/${name}`, 'POST', args);
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  expect(rpc[name].result.safeParse(body).error?.issues).toBeUndefined();
  if (rowsOf(body)) expect(rowsOf(body)).not.toHaveLength(0);
});
