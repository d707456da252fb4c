import { calendarId, type Caller, ticketIds } from './callers.ts';

export interface TableCase {
  columns: string;
  /** Who reads rows, and how many at least; everybody else reads none. `own` is exactly one's own row. */
  reads: Partial<Record<Caller, 'rows' | 'own'>>;
  insert: Record<string, unknown>;
  inserters?: Caller[];
  update: Record<string, unknown>;
  /** Rows the new value fits; all of them otherwise. */
  updateFilter?: string;
  updaters?: Caller[];
  /** The column is granted, so that a refusal shows as no row changed instead of 403. */
  updateIsGranted?: boolean;
  deleters?: Caller[];
  /** Rows somebody may delete. */
  deleteFilter?: string;
  deleteIsGranted?: boolean;
  key: string;
}

const everyone: TableCase['reads'] = { admin: 'rows', support: 'rows', viewer: 'rows' };
export const tables: Record<string, TableCase> = {
  staff: {
    columns: 'user_id,email,role',
    key: 'user_id',
    reads: { admin: 'rows', support: 'own', viewer: 'own', 'admin at aal1': 'own' },
    insert: { user_id: crypto.randomUUID(), email: 'x@example.com', display_name: 'x', role: 'admin' },
    update: { role: 'admin' },
  },
  plans: {
    columns: 'code,name',
    key: 'code',
    reads: everyone,
    insert: { code: 'free', name: 'Free', monthly_price_cents: 0 },
    update: { monthly_price_cents: 1 },
  },
  customers: {
    columns: 'id,email',
    key: 'id',
    reads: everyone,
    insert: { email: 'new@example.com' },
    update: { name: 'x' },
  },
  licenses: {
    columns: 'id,email,plan',
    key: 'id',
    reads: everyone,
    insert: {
      customer_id: crypto.randomUUID(),
      email: 'x@example.com',
      plan: 'premium',
      expires_at: '2030-01-01',
      grace_until: '2030-01-02',
      license_key_hint: 'AAAAA',
      hwid_hint: 'x',
    },
    update: { notes: 'by REST' },
    updaters: ['admin', 'support'],
    updateIsGranted: true,
  },
  events: {
    columns: 'id,event_type',
    key: 'id',
    reads: everyone,
    insert: { actor_kind: 'system', event_type: 'forged_event' },
    update: { event_type: 'other_event' },
  },
  email_outbox: {
    columns: 'id,template',
    key: 'id',
    reads: { admin: 'rows', support: 'rows' },
    insert: { template: 'license_created', locale: 'fr', recipient: 'x@example.com' },
    update: { status: 'pending' },
  },
  settings: {
    columns: 'key,value',
    key: 'key',
    reads: everyone,
    insert: { key: 'new_setting', value: 1, description: 'x' },
    update: { value: 100 },
    updateFilter: 'kind=eq.integer',
    updaters: ['admin'],
    updateIsGranted: true,
  },
  license_imports: {
    columns: 'id,file_hash',
    key: 'id',
    reads: { admin: 'rows' },
    insert: { file_hash: 'f'.repeat(64), mode: 'valid_rows' },
    update: { created_count: 9 },
  },
  logs: {
    columns: 'id,level,message',
    key: 'id',
    reads: everyone,
    insert: { id: 1, at: '2026-11-01T00:00:00Z', source_id: 1, message: 'forged' },
    update: { message: 'forged' },
  },
  log_sources: {
    columns: 'id,name',
    key: 'id',
    reads: everyone,
    insert: { name: 'Forged' },
    update: { name: 'Forged' },
  },
  log_groups: {
    columns: 'id,title,status',
    key: 'id',
    reads: everyone,
    insert: { id: 1, fingerprint_version: 1, source_id: 1, level: 'error', title: 'x' },
    update: { status: 'resolved' },
  },
  log_rules: {
    columns: 'id,name,query',
    key: 'id',
    reads: everyone,
    insert: { name: 'Forged', kind: 'new_group', counted_by: 'group', tree: {} },
    update: { is_enabled: false },
  },
  log_firings: {
    columns: 'id,rule_id,key,lines',
    key: 'id',
    reads: everyone,
    insert: { rule_id: crypto.randomUUID(), key: '', fired_at: '2026-11-01T00:00:00Z', lines: 1 },
    update: { lines: 2 },
  },
  usage_stats: {
    columns: 'id,license_id,date,messages_sent',
    key: 'id',
    reads: everyone,
    insert: { license_id: crypto.randomUUID(), date: '2026-11-02' },
    update: { messages_sent: 1 },
  },
  feature_usage: {
    columns: 'license_id,date,feature,uses',
    key: 'license_id',
    reads: everyone,
    insert: { license_id: crypto.randomUUID(), date: '2026-11-02', feature: 'x' },
    update: { uses: 9 },
  },
  support_tickets: {
    columns: 'id,subject',
    key: 'id',
    reads: everyone,
    insert: { subject: 'x', from_address: 'x@example.com' },
    update: { status: 'closed' },
  },
  ticket_events: {
    columns: 'id,kind',
    key: 'id',
    reads: everyone,
    insert: { ticket_id: ticketIds[0], kind: 'forged', actor_kind: 'system' },
    update: { kind: 'other' },
  },
  ticket_messages: {
    columns: 'id,body',
    key: 'id',
    reads: everyone,
    insert: { ticket_id: ticketIds[0], author_kind: 'customer', channel: 'client', body: 'x' },
    update: { body: 'x' },
  },
  ticket_notes: {
    columns: 'id,body',
    key: 'id',
    reads: everyone,
    insert: { ticket_id: ticketIds[0], body: 'x' },
    update: { body: 'x' },
  },
  reply_templates: {
    columns: 'id,name,body',
    key: 'id',
    reads: everyone,
    insert: { name: 'x', locale: 'fr', body: 'x' },
    inserters: ['admin', 'support'],
    update: { body: 'y' },
    updaters: ['admin', 'support'],
    updateIsGranted: true,
  },
  ticket_attachments: {
    columns: 'id,name',
    key: 'id',
    reads: everyone,
    insert: { ticket_id: ticketIds[0], draft_kind: 'note', name: 'x', size: 1 },
    update: { status: 'ready' },
  },
  ticket_drafts: {
    columns: 'ticket_id,kind,body',
    key: 'ticket_id',
    reads: { admin: 'own' },
    insert: { ticket_id: ticketIds[0], kind: 'note', body: 'x' },
    inserters: ['admin', 'support'],
    update: { body: 'y' },
    updaters: ['admin'],
    updateIsGranted: true,
    deleters: ['admin'],
    deleteFilter: 'body=eq.y',
    deleteIsGranted: true,
  },
  support_calendars: {
    columns: 'id,name',
    key: 'id',
    reads: everyone,
    insert: { name: 'Nuit', hours: [{ weekday: 1, starts: '20:00', ends: '24:00' }] },
    update: { holiday_rule: 'none' },
  },
  support_holidays: {
    columns: 'id,day',
    key: 'id',
    reads: everyone,
    insert: { calendar_id: calendarId, day: '2026-05-15', name: 'Pont' },
    update: { is_closed: false },
  },
  staff_presence: {
    columns: 'user_id,capacity',
    key: 'user_id',
    reads: everyone,
    insert: { user_id: crypto.randomUUID() },
    update: { capacity: 6 },
  },
  sla_policies: {
    columns: 'priority,warn_minutes',
    key: 'priority',
    reads: everyone,
    insert: { priority: 'low', calendar_id: calendarId },
    update: { warn_minutes: 45 },
  },
  ticket_reads: {
    columns: 'ticket_id,read_at',
    key: 'ticket_id',
    reads: { admin: 'own' },
    insert: { ticket_id: ticketIds[0] },
    inserters: ['admin', 'support', 'viewer'],
    update: { read_at: '2026-11-01T00:00:00Z' },
    updaters: ['admin'],
    updateIsGranted: true,
  },
  saved_views: {
    columns: 'id,name',
    key: 'id',
    reads: { admin: 'own' },
    insert: { page: 'licenses', name: 'Mine', query: '?a=1' },
    inserters: ['admin', 'support', 'viewer'],
    update: { name: 'Renamed' },
    updaters: ['admin'],
    updateIsGranted: true,
    deleters: ['admin'],
    deleteFilter: 'name=eq.Renamed',
    deleteIsGranted: true,
  },
  subscriptions: {
    columns: 'id,email,status',
    key: 'id',
    reads: everyone,
    insert: { stripe_subscription_id: 'sub_x', stripe_customer_id: 'cus_x' },
    update: { status: 'active' },
  },
  invoices: {
    columns: 'id,number',
    key: 'id',
    reads: everyone,
    insert: { stripe_invoice_id: 'in_x', email: 'x@example.com' },
    update: { status: 'paid' },
  },
  payments: {
    columns: 'id,amount',
    key: 'id',
    reads: everyone,
    insert: { stripe_payment_id: 'ch_x', amount: 1, email: 'x@example.com' },
    update: { amount: 1 },
  },
  mrr_movements: {
    columns: 'id,kind',
    key: 'id',
    reads: everyone,
    insert: { kind: 'new', amount_cents: 100 },
    update: { amount_cents: 1 },
  },
  stripe_events: {
    columns: 'id,type',
    key: 'id',
    reads: { admin: 'rows' },
    insert: { id: 'evt_x', type: 'x', source: 'webhook' },
    update: { status: 'ignored' },
  },
  stripe_syncs: {
    columns: 'id,kind',
    key: 'id',
    reads: { admin: 'rows' },
    insert: { kind: 'full' },
    update: { status: 'queued' },
  },
  stripe_drifts: {
    columns: 'id,object_type',
    key: 'id',
    reads: { admin: 'rows' },
    insert: { object_type: 'x', object_id: 'x', fields: {}, action: 'reported' },
    update: { action: 'repaired' },
  },
  alerts: {
    columns: 'id,kind',
    key: 'id',
    reads: everyone,
    insert: { kind: 'payment_failed', severity: 'error', dedupe_key: 'x' },
    update: { severity: 'info' },
  },
  alert_reads: {
    columns: 'alert_id',
    key: 'alert_id',
    reads: { admin: 'own' },
    insert: { alert_id: crypto.randomUUID() },
    update: { read_at: '2020-01-01' },
  },
};
export const columnsNobodyUpdates: Record<string, Array<Record<string, unknown>>> = {
  licenses: [
    { plan: 'enterprise' },
    { status: 'active' },
    { expires_at: '2099-01-01' },
    { hwid_hint: 'x' },
    { license_key_hint: 'x' },
    { email: 'x@example.com' },
    { deleted_at: null },
    { revoked_at: null },
  ],
  settings: [{ key: 'other' }, { description: 'x' }],
  saved_views: [{ user_id: crypto.randomUUID() }],
};
