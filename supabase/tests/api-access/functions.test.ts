import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Caller, callers, refusal, startApi } from './callers.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

describe('functions by RPC', () => {
  const id = crypto.randomUUID();
  /** Function, arguments, who gets further than the permission check. */
  const functions: Array<[string, Record<string, unknown>, Caller[]]> = [
    ['search_licenses', {}, ['admin', 'support', 'viewer']],
    ['find_anything', { query: 'x' }, ['admin', 'support', 'viewer']],
    ['get_license', { license_id: id }, ['admin', 'support', 'viewer']],
    ['list_license_events', { license_id: id }, ['admin', 'support', 'viewer']],
    ['list_license_checks', { license_id: id }, ['admin', 'support', 'viewer']],
    ['list_client_sessions', { license_id: id }, ['admin']],
    ['end_client_session', { session_id: id }, ['admin']],
    ['transfer_license_to_check', { check_id: 1, reason: 'x' }, ['admin']],
    ['extend_license', { license_id: id, days: 1, reason: 'x' }, ['admin', 'support']],
    ['extend_licenses', { license_ids: [id], days: 1, reason: 'x' }, ['admin', 'support']],
    ['create_license', { email: 'rpc@example.com', hwid: 'HWID-RPC', plan: 'premium', send_email: false }, ['admin']],
    ['send_license_key', { license_id: id }, ['admin', 'support']],
    ['renew_license_key', { license_id: id, reason: 'x' }, ['admin']],
    ['import_licenses', { rows: [], file_hash: 'b'.repeat(64) }, ['admin']],
    ['undo_import', { import_id: id }, ['admin']],
    ['change_license_plan', { license_id: id, plan: 'starter', reason: 'x' }, ['admin']],
    ['suspend_license', { license_id: id, reason: 'x' }, ['admin', 'support']],
    ['suspend_licenses', { license_ids: [id], reason: 'x' }, ['admin', 'support']],
    ['reinstate_license', { license_id: id, reason: 'x' }, ['admin', 'support']],
    ['reinstate_licenses', { license_ids: [id], reason: 'x' }, ['admin', 'support']],
    ['revoke_license', { license_id: id, reason: 'x' }, ['admin']],
    ['revoke_licenses', { license_ids: [id], reason: 'x' }, ['admin']],
    ['transfer_license', { license_id: id, new_hwid: 'HWID-2', reason: 'x' }, ['admin']],
    ['delete_license', { license_id: id, reason: 'x' }, ['admin']],
    ['search_customers', {}, ['admin', 'support', 'viewer']],
    ['get_customer', { customer_id: id }, ['admin', 'support', 'viewer']],
    ['list_customer_events', { customer_id: id }, ['admin', 'support', 'viewer']],
    ['list_customer_activity', { customer_id: id }, ['admin', 'support', 'viewer']],
    ['get_usage', { license_id: id }, ['admin', 'support', 'viewer']],
    [
      'update_customer',
      { customer_id: id, seen: {}, email: 'rpc@example.com', name: null, company: null, locale: 'fr' },
      ['admin', 'support'],
    ],
    ['list_emails', { customer_id: id }, ['admin', 'support', 'viewer']],
    ['forget_customer', { customer_id: id, reason: 'x' }, ['admin']],
    ['search_events', {}, ['admin']],
    ['audit_verify', {}, ['admin']],
    ['record_export', { subject: 'licenses', format: 'csv', row_count: 1 }, ['admin', 'support']],
    ['record_sign_in', {}, ['admin', 'support', 'viewer']],
    ['get_own_account', {}, ['admin', 'support', 'viewer']],
    ['update_own_account', { locale: 'fr' }, ['admin', 'support', 'viewer']],
    ['end_own_sessions', { session_id: id }, ['admin', 'support', 'viewer']],
    ['rename_own_factor', { factor_id: id, name: 'x' }, ['admin', 'support', 'viewer']],
    ['remove_own_factor', { factor_id: id }, ['admin', 'support', 'viewer']],
    ['make_recovery_codes', {}, ['admin', 'support', 'viewer']],
    ['recover_with_code', { code: 'x' }, ['admin', 'support', 'viewer', 'admin at aal1']],
    ['list_license_consequences', { license_ids: [id] }, ['admin', 'support', 'viewer']],
    ['search_subscriptions', {}, ['admin', 'support', 'viewer']],
    ['get_subscription', { subscription_id: id }, ['admin', 'support', 'viewer']],
    ['list_subscription_events', { subscription_id: id }, ['admin', 'support', 'viewer']],
    ['subscriptions_summary', {}, ['admin', 'support', 'viewer']],
    ['link_subscription_license', { subscription_id: id, license_id: id }, ['admin']],
    ['send_subscription_reminders', { subscription_ids: [id] }, ['admin', 'support']],
    ['search_payments', {}, ['admin', 'support', 'viewer']],
    ['daily_payments', { from_day: '2026-10-01', to_day: '2026-10-02' }, ['admin', 'support', 'viewer']],
    ['stripe_health', {}, ['admin']],
    ['retry_stripe_event', { event_id: 'evt_none' }, ['admin']],
    ['set_stripe_event_aside', { event_id: 'evt_none', reason: 'x' }, ['admin']],
    ['start_stripe_sync', { kind: 'full' }, ['admin']],
    ['search_tickets', {}, ['admin', 'support', 'viewer']],
    ['count_ticket_folders', {}, ['admin', 'support', 'viewer']],
    ['get_ticket', { ticket_number: 1 }, ['admin', 'support', 'viewer']],
    ['create_ticket', { customer_id: id, subject: 'x' }, ['admin', 'support']],
    ['reply_ticket', { ticket_number: 1, body: 'x' }, ['admin', 'support']],
    ['remove_ticket_attachment', { attachment_id: id }, ['admin', 'support']],
    ['undo_ticket_reply', { message_id: id }, ['admin', 'support']],
    ['update_ticket', { ticket_number: 1, changes: {} }, ['admin', 'support']],
    ['confirm_ticket_sender', { ticket_number: 1 }, ['admin', 'support']],
    ['accept_ticket_sender', { message_id: id }, ['admin', 'support']],
    ['retry_ticket_mail', { message_id: id }, ['admin', 'support']],
    ['get_original_mail', { message_id: id }, ['admin', 'support', 'viewer']],
    ['list_ticket_assignees', {}, ['admin', 'support', 'viewer']],
    ['merge_tickets', { ticket_number: 1, into_number: 2 }, ['admin', 'support']],
    ['list_support_holidays', { calendar_id: id, year: 2026 }, ['admin', 'support', 'viewer']],
    [
      'save_support_calendar',
      {
        calendar_id: null,
        seen: null,
        name: 'RPC',
        time_zone: 'Europe/Paris',
        hours: [{ weekday: 1, starts: '09:00', ends: '18:00' }],
      },
      ['admin'],
    ],
    ['delete_support_calendar', { calendar_id: id, seen: {} }, ['admin']],
    ['save_support_holiday', { calendar_id: id, day: '2026-05-15', is_closed: true }, ['admin']],
    [
      'save_sla_policy',
      {
        priority: 'low',
        seen: {},
        calendar_id: id,
        first_response_minutes: 60,
        next_response_minutes: null,
        resolution_minutes: null,
        warn_minutes: 10,
        raise_to: null,
        is_reassigned: true,
        is_paused_while_waiting: true,
      },
      ['admin'],
    ],
    ['save_ticket_assignment', { seen: {}, is_enabled: true, away_hours: 4 }, ['admin']],
    ['save_staff_assignment', { user_id: id, seen: {}, skills: [], capacity: 5 }, ['admin']],
    ['set_support_presence', { is_available: false }, ['admin', 'support']],
    ['report_tickets', { from_day: '2026-11-01', to_day: '2026-11-30' }, ['admin', 'support', 'viewer']],
    ['get_dashboard', {}, ['admin', 'support', 'viewer']],
    ['note_dashboard_visit', {}, ['admin', 'support', 'viewer']],
    ['list_recent_activity', {}, ['admin', 'support', 'viewer']],
    ['get_metric', { metric: 'mrr' }, ['admin', 'support', 'viewer']],
    ['get_metrics', { metrics: ['mrr', 'uptime'] }, ['admin', 'support', 'viewer']],
    ['get_mrr_waterfall', {}, ['admin', 'support', 'viewer']],
    ['get_cohorts', {}, ['admin', 'support', 'viewer']],
    ['get_plan_figures', {}, ['admin', 'support', 'viewer']],
    ['get_product_figures', {}, ['admin', 'support', 'viewer']],
    ['get_renewal_forecast', {}, ['admin', 'support', 'viewer']],
    ['list_metric_rows', { metric: 'licenses_active' }, ['admin', 'support', 'viewer']],
    ['list_risks', {}, ['admin', 'support', 'viewer']],
    ['note_risk_contact', { risk_id: id }, ['admin', 'support']],
    ['get_risk_quality', {}, ['admin', 'support', 'viewer']],
    ['list_report_schedules', {}, ['admin', 'support', 'viewer']],
    ['save_report_schedule', { report: {} }, ['admin']],
    ['delete_report_schedule', { schedule_id: id }, ['admin']],
    ['preview_report', { report: {} }, ['admin']],
    ['send_report_now', { schedule_id: id }, ['admin']],
    ['list_report_runs', {}, ['admin', 'support', 'viewer']],
    ['get_report_file', { run_id: id, format: 'pdf' }, ['admin', 'support', 'viewer']],
    ['search_logs', {}, ['admin', 'support', 'viewer']],
    ['follow_logs', {}, ['admin', 'support', 'viewer']],
    ['get_log_histogram', {}, ['admin', 'support', 'viewer']],
    ['get_log_facets', {}, ['admin', 'support', 'viewer']],
    ['search_log_groups', {}, ['admin', 'support', 'viewer']],
    ['get_log_group', { group_id: 1 }, ['admin', 'support', 'viewer']],
    ['update_log_group', { group_id: 1, status: 'resolved' }, ['admin', 'support']],
    ['assign_log_group', { group_id: 1 }, ['admin', 'support']],
    ['list_log_sources', {}, ['admin', 'support', 'viewer']],
    ['add_log_source_token', { source: 'Backend' }, ['admin']],
    ['revoke_log_token', { token_id: id }, ['admin']],
    ['export_logs', {}, ['admin', 'support']],
    ['list_log_exports', {}, ['admin', 'support']],
    ['cancel_log_export', { export_id: id }, ['admin', 'support']],
    ['resume_log_export', { export_id: id }, ['admin', 'support']],
    ['remove_log_export', { export_id: id }, ['admin', 'support']],
    ['link_log_export', { export_id: id }, ['admin', 'support']],
    ['list_log_rules', {}, ['admin', 'support', 'viewer']],
    ['list_log_firings', { rule_id: id }, ['admin', 'support', 'viewer']],
    ['preview_log_alert', { rule: { kind: 'new_group' } }, ['admin', 'support', 'viewer']],
    ['save_log_rule', { rule: { name: 'Rule', kind: 'new_group' } }, ['admin']],
    ['delete_log_rule', { rule_id: id }, ['admin']],
    ['pause_log_rules', { rule_ids: [id] }, ['admin']],
    ['list_alerts', {}, ['admin', 'support', 'viewer']],
    ['count_unread_alerts', {}, ['admin', 'support', 'viewer']],
    ['mark_alerts_read', { alert_ids: [] }, ['admin', 'support', 'viewer']],
  ];

  it.each(functions)('%s', async (name, args, allowed) => {
    for (const caller of callers) {
      const { status, body } = await api.rest(caller, `rpc/${name}`, 'POST', args);
      const refused = body?.code === '42501';
      expect(refused, `${caller}: ${status} ${JSON.stringify(body)?.slice(0, 200)}`).toBe(!allowed.includes(caller));
      if (refused) expect(status).toBe(refusal(caller));
    }
  });

  it('every public function is in the list above, or answers everybody about themselves', async () => {
    const rows = await api.home
      .sql`select proname from pg_proc where pronamespace = 'public'::regnamespace order by proname`;
    expect(rows.map(({ proname }) => proname)).toEqual(
      [...functions.map(([name]) => name), 'current_staff', 'list_staff'].sort(),
    );
  });

  it('errors keep code and hint for the console to translate', async () => {
    const { status, body } = await api.rest('admin', 'rpc/get_license', 'POST', { license_id: id });
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'PT404', hint: 'license_not_found', message: 'No such licence' });
  });

  it('events of an RPC carry the address and the browser of the caller', async () => {
    await api.home.request('/rest/v1/rpc/record_sign_in', {
      method: 'POST',
      ip: '198.51.100.77',
      headers: {
        apikey: api.home.ctx.keys.publishable,
        authorization: `Bearer ${api.tokens.viewer}`,
        'content-type': 'application/json',
        'user-agent': 'Firefox/999',
        'x-forwarded-for': '6.6.6.6',
      },
      body: '{}',
    });
    const [event] = await api.home.sql`select ip_address, user_agent from public.events order by sequence desc limit 1`;
    expect(event).toEqual({ ip_address: '198.51.100.77', user_agent: 'Firefox/999' });
  });
});
