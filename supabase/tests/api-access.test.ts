import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser, enrolTotp, signIn, startTestGateway, type TestGateway } from '../local/gateway/testing.ts';
import { createLicense } from './database.ts';
import { applyFetched, charge, event, invoice, invoicePayment, mirrored, receive, start } from './stripe.ts';

/**
 * Every table, every command, everyone who might try, through REST with real tokens. What a
 * person may is in one table below; whatever is not there must be refused and change nothing.
 */
type Caller = 'admin' | 'support' | 'viewer' | 'admin at aal1' | 'switched off' | 'no staff' | 'anon';
const callers: Caller[] = ['admin', 'support', 'viewer', 'admin at aal1', 'switched off', 'no staff', 'anon'];

interface TableCase {
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
  deleteIsGranted?: boolean;
  key: string;
}

const everyone: TableCase['reads'] = { admin: 'rows', support: 'rows', viewer: 'rows' };
const tables: Record<string, TableCase> = {
  staff: {
    columns: 'user_id,email,role',
    key: 'user_id',
    reads: { admin: 'rows', support: 'own', viewer: 'own', 'admin at aal1': 'own', 'switched off': 'own' },
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
    insert: { actor_kind: 'system', actor: 'x', event_type: 'forged_event' },
    update: { actor: 'x' },
  },
  email_outbox: {
    columns: 'id,template',
    key: 'id',
    reads: { admin: 'rows' },
    insert: { template: 'license_created', locale: 'fr', recipient: 'x@example.com' },
    update: { status: 'pending' },
  },
  settings: {
    columns: 'key,value',
    key: 'key',
    reads: everyone,
    insert: { key: 'new_setting', value: 1, description: 'x' },
    update: { value: 100 },
    updateFilter: 'key=neq.stripe_dashboard_url',
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
const columnsNobodyUpdates: Record<string, Array<Record<string, unknown>>> = {
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

let home: TestGateway;
const tokens = {} as Record<Caller, string | null>;
const userIds = {} as Record<Caller, string>;

beforeAll(async () => {
  home = await startTestGateway({ database: 'migrated' });
  for (const caller of callers.filter((name) => name !== 'anon')) {
    const user = await createUser(home);
    userIds[caller] = user.id;
    const role = caller === 'support' || caller === 'viewer' ? caller : 'admin';
    if (caller !== 'no staff')
      await home.sql`insert into public.staff (user_id, email, display_name, role) values (${user.id}, ${user.email}, ${caller}, ${role})`;
    const client = await signIn(home, user);
    if (caller !== 'admin at aal1') await enrolTotp(home, client);
    tokens[caller] = (await client.auth.getSession()).data.session!.access_token;
  }
  tokens.anon = null;
  await home.sql`update public.staff set is_active = false where user_id = ${userIds['switched off']}`;
  await createLicense(home.sql, { sendEmail: true });
  await home.sql`insert into public.license_imports (file_hash, mode) values (${'a'.repeat(64)}, 'valid_rows')`;
  await home.sql`insert into public.saved_views (user_id, page, name) values (${userIds.admin}, 'licenses', 'Of the admin')`;
  const { payer, bought } = await mirrored(home.sql);
  const money = charge(payer.id, { status: 'failed' });
  const bill = invoice(bought, { status: 'open' });
  await applyFetched(home.sql, [
    { object: bill, as_of: start },
    { object: invoicePayment(bill.id, money.payment_intent), as_of: start },
    { object: money, as_of: start },
  ]);
  await receive(home.sql, event('product.created', { id: 'prod_1', object: 'product' }));
  await home.sql`with run as (insert into public.stripe_syncs (kind, status, finished_at) values ('full', 'succeeded', now()) returning id)
    insert into public.stripe_drifts (sync_id, object_type, object_id, fields, action) select id, 'subscription', ${bought.id}, '{}', 'repaired' from run`;
  await home.sql`insert into public.alert_reads (alert_id, user_id) select id, ${userIds.admin} from public.alerts limit 1`;
});
afterAll(() => home.stop());

async function rest(
  caller: Caller,
  path: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
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
}
const snapshot = async (table: string) =>
  (
    await home.sql`select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as sum from ${home.sql(table)} as t`
  )[0]!.sum;
/** No grant: 401 to nobody, 403 to somebody. */
const refusal = (caller: Caller) => (caller === 'anon' ? 401 : 403);

describe.each(Object.entries(tables))('%s', (table, spec) => {
  const all = (columns = spec.columns) => `${table}?select=${columns}&${spec.key}=not.is.null`;

  it.each(callers)('select by %s', async (caller) => {
    const { status, body } = await rest(caller, `${table}?select=${spec.columns}`, 'GET');
    if (caller === 'anon') {
      expect([status, body.code]).toEqual([401, '42501']);
      return;
    }
    expect(status).toBe(200);
    const expected = spec.reads[caller];
    if (!expected) expect(body).toEqual([]);
    else if (expected === 'own') expect(body).toHaveLength(1);
    else expect(body.length).toBeGreaterThan(0);
    if (expected === 'own' && table === 'staff') expect(body[0].user_id).toBe(userIds[caller]);
  });

  it.each(callers)('update by %s', async (caller) => {
    const before = await snapshot(table);
    const { status, body } = await rest(
      caller,
      `${all()}${spec.updateFilter ? `&${spec.updateFilter}` : ''}`,
      'PATCH',
      spec.update,
    );
    if (spec.updaters?.includes(caller)) {
      expect(status).toBe(200);
      expect(body.length).toBeGreaterThan(0);
      return;
    }
    if (spec.updateIsGranted && caller !== 'anon') expect([status, body]).toEqual([200, []]);
    else expect([status, body.code]).toEqual([refusal(caller), '42501']);
    expect(await snapshot(table)).toBe(before);
  });

  it.each(callers)('insert by %s', async (caller) => {
    const before = await snapshot(table);
    const { status, body } = await rest(caller, `${table}?select=${spec.columns}`, 'POST', spec.insert);
    if (spec.inserters?.includes(caller)) {
      expect(status).toBe(201);
      return;
    }
    expect([status, body.code]).toEqual([refusal(caller), '42501']);
    expect(await snapshot(table)).toBe(before);
  });

  it.each([...callers].reverse())('delete by %s', async (caller) => {
    const before = await snapshot(table);
    const filter = spec.deleters ? `${table}?name=eq.Renamed&select=${spec.columns}` : all();
    const { status, body } = await rest(caller, filter, 'DELETE');
    if (spec.deleters?.includes(caller)) {
      expect(status).toBe(200);
      expect(body.length).toBeGreaterThan(0);
      return;
    }
    if (spec.deleteIsGranted && caller !== 'anon') expect([status, body]).toEqual([200, []]);
    else expect([status, body.code]).toEqual([refusal(caller), '42501']);
    expect(await snapshot(table)).toBe(before);
  });

  it.each(columnsNobodyUpdates[table] ?? [])('nobody updates %j', async (change) => {
    const before = await snapshot(table);
    for (const caller of callers) {
      const { status } = await rest(caller, all(), 'PATCH', change);
      expect(status).toBe(refusal(caller));
    }
    expect(await snapshot(table)).toBe(before);
  });
});

describe('functions by RPC', () => {
  const id = crypto.randomUUID();
  /** Function, arguments, who gets further than the permission check. */
  const functions: Array<[string, Record<string, unknown>, Caller[]]> = [
    ['search_licenses', {}, ['admin', 'support', 'viewer']],
    ['find_anything', { query: 'x' }, ['admin', 'support', 'viewer']],
    ['get_license', { license_id: id }, ['admin', 'support', 'viewer']],
    ['list_license_events', { license_id: id }, ['admin', 'support', 'viewer']],
    ['extend_license', { license_id: id, days: 1, reason: 'x' }, ['admin', 'support']],
    ['set_auto_renew', { license_id: id, auto_renew: true }, ['admin', 'support']],
    ['extend_licenses', { license_ids: [id], days: 1, reason: 'x' }, ['admin', 'support']],
    ['create_license', { email: 'rpc@example.com', hwid: 'HWID-RPC', plan: 'premium', send_email: false }, ['admin']],
    ['import_licenses', { rows: [], file_hash: 'b'.repeat(64) }, ['admin']],
    ['undo_import', { import_id: id }, ['admin']],
    ['change_license_plan', { license_id: id, plan: 'starter', reason: 'x' }, ['admin']],
    ['revoke_license', { license_id: id, reason: 'x' }, ['admin']],
    ['revoke_licenses', { license_ids: [id], reason: 'x' }, ['admin']],
    ['transfer_license', { license_id: id, new_hwid: 'HWID-2', reason: 'x' }, ['admin']],
    ['delete_license', { license_id: id, reason: 'x' }, ['admin']],
    ['search_events', {}, ['admin']],
    ['audit_verify', {}, ['admin']],
    ['record_export', { subject: 'licenses', format: 'csv', row_count: 1 }, ['admin', 'support', 'viewer']],
    ['record_sign_in', {}, ['admin', 'support', 'viewer']],
    ['search_subscriptions', {}, ['admin', 'support', 'viewer']],
    ['get_subscription', { subscription_id: id }, ['admin', 'support', 'viewer']],
    ['list_subscription_events', { subscription_id: id }, ['admin', 'support', 'viewer']],
    ['subscriptions_summary', {}, ['admin', 'support', 'viewer']],
    ['send_subscription_reminders', { subscription_ids: [id] }, ['admin', 'support']],
    ['search_payments', {}, ['admin', 'support', 'viewer']],
    ['daily_payments', { from_day: '2026-10-01', to_day: '2026-10-02' }, ['admin', 'support', 'viewer']],
    ['stripe_health', {}, ['admin']],
    ['retry_stripe_event', { event_id: 'evt_none' }, ['admin']],
    ['start_stripe_sync', { kind: 'full' }, ['admin']],
    ['list_alerts', {}, ['admin', 'support', 'viewer']],
    ['count_unread_alerts', {}, ['admin', 'support', 'viewer']],
    ['mark_alerts_read', { alert_ids: [] }, ['admin', 'support', 'viewer']],
  ];

  it.each(functions)('%s', async (name, args, allowed) => {
    for (const caller of callers) {
      const { status, body } = await rest(caller, `rpc/${name}`, 'POST', args);
      const refused = body?.code === '42501';
      expect(refused, `${caller}: ${status} ${JSON.stringify(body)?.slice(0, 200)}`).toBe(!allowed.includes(caller));
      if (refused) expect(status).toBe(refusal(caller));
    }
  });

  it('every public function is in the list above, or is current_staff', async () => {
    const rows =
      await home.sql`select proname from pg_proc where pronamespace = 'public'::regnamespace order by proname`;
    expect(rows.map(({ proname }) => proname)).toEqual([...functions.map(([name]) => name), 'current_staff'].sort());
  });

  it('errors keep code and hint for the console to translate', async () => {
    const { status, body } = await rest('admin', 'rpc/get_license', 'POST', { license_id: id });
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'PT404', hint: 'license_not_found', message: 'No such licence' });
  });

  it('events of an RPC carry the address and the browser of the caller', async () => {
    await home.request('/rest/v1/rpc/record_sign_in', {
      method: 'POST',
      ip: '198.51.100.77',
      headers: {
        apikey: home.ctx.keys.publishable,
        authorization: `Bearer ${tokens.viewer}`,
        'content-type': 'application/json',
        'user-agent': 'Firefox/999',
        'x-forwarded-for': '6.6.6.6',
      },
      body: '{}',
    });
    const [event] = await home.sql`select ip_address, user_agent from public.events order by sequence desc limit 1`;
    expect(event).toEqual({ ip_address: '198.51.100.77', user_agent: 'Firefox/999' });
  });
});

describe('what is not exposed', () => {
  it.each(['private', 'auth', 'vault', 'cron', 'net', 'storage', 'extensions', 'pg_catalog'])(
    'schema %s is out of reach by profile headers',
    async (schema) => {
      for (const table of ['license_secrets', 'users', 'secrets', 'job', 'pg_roles']) {
        const { status, body } = await rest('admin', table, 'GET', undefined, {
          'accept-profile': schema,
          'content-profile': schema,
        });
        expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400);
        expect(Array.isArray(body)).toBe(false);
      }
    },
  );

  it.each([
    'rpc/has_permission',
    'rpc/secret',
    'rpc/claim_emails',
    'rpc/check_license',
    'events_default',
    'license_secrets',
    'role_permissions',
    'checkouts',
    'stripe_objects',
    'rpc/receive_stripe_event',
    'rpc/record_mrr_change',
  ])('%s', async (path) => {
    const { status } = await rest(
      'admin',
      path,
      path.startsWith('rpc') ? 'POST' : 'GET',
      path.startsWith('rpc') ? {} : undefined,
    );
    expect(status).toBe(404);
  });

  it('switching somebody off counts at the next request, while his token lives', async () => {
    expect((await rest('viewer', 'licenses?select=id', 'GET')).body.length).toBeGreaterThan(0);
    await home.sql`update public.staff set is_active = false where user_id = ${userIds.viewer}`;
    expect((await rest('viewer', 'licenses?select=id', 'GET')).body).toEqual([]);
    await home.sql`update public.staff set is_active = true where user_id = ${userIds.viewer}`;
    // His session was ended: being switched on again does not revive it.
    expect((await rest('viewer', 'licenses?select=id', 'GET')).body).toEqual([]);
  });
});
