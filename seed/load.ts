import type postgres from 'postgres';
import type { DemoData, DemoEvent, DemoLicense } from './demo-data.ts';

const chunkSize = 5_000;

function* chunks<T>(items: T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += chunkSize) yield items.slice(start, start + chunkSize);
}

export interface StaffMember {
  user_id: string;
  email: string;
}

/**
 * Writes the data in one transaction. The licences' own audit and mail triggers are off for its
 * length: the past is told by `events`, dated as it happened, and nobody is mailed about it.
 */
export async function loadDemoData(
  sql: postgres.Sql,
  data: DemoData,
  staff: StaffMember[],
  options: { events?: boolean; progress?: (done: number, total: number) => void } = {},
): Promise<void> {
  await sql.begin(async (transaction) => {
    const first = data.events[0]?.created_at ?? new Date().toISOString();
    await transaction`select private.ensure_event_partitions(${first}::timestamptz::date, now()::date)`;
    await transaction`alter table public.licenses disable trigger licenses_after_audit_insert`;
    await transaction`alter table public.licenses disable trigger licenses_after_move_mrr_insert`;
    // The past is read in: no figure anybody was shown changes.
    await transaction`select set_config('private.stripe_backfill', 'on', true)`;
    for (const customers of chunks(data.customers)) {
      await transaction`insert into public.customers (id, email, name, company, locale, created_at, updated_at)
        select id, email, name, company, locale, created_at, created_at
        from jsonb_to_recordset(${transaction.json(customers as never)})
          as row (id uuid, email text, name text, company text, locale text, created_at timestamptz)
        on conflict on constraint customers_email_key do nothing`;
    }
    let done = 0;
    for (const licenses of chunks(data.licenses)) {
      await insertLicenses(transaction, licenses, staff);
      done += licenses.length;
      options.progress?.(done, data.licenses.length);
    }
    if (options.events ?? true)
      for (const events of chunks(data.events)) await insertEvents(transaction, events, staff);
    await transaction`alter table public.licenses enable trigger licenses_after_audit_insert`;
    await transaction`alter table public.licenses enable trigger licenses_after_move_mrr_insert`;
  });
  // Sets the visibility map as well: counts then read indexes alone.
  await sql`vacuum analyze public.customers, public.licenses, public.events, private.license_secrets`;
}

/** The past as the audit tells it: what the demo data say and what Stripe's payments add, in order. */
export async function loadHistory(sql: postgres.Sql, data: DemoData, staff: StaffMember[]): Promise<void> {
  const payments = await sql<DemoEvent[]>`
    select license_id, null::int as staff, 'payment_' || status as event_type,
      to_json(payment_date) #>> '{}' as created_at,
      subscription_id, jsonb_strip_nulls(jsonb_build_object('source', 'stripe', 'payment_id', id,
        'amount_cents', amount, 'currency', currency, 'invoice_number', invoice_number,
        'failure_code', failure_code)) as event_data
    from public.payments where license_id is not null and status in ('succeeded', 'failed')`;
  const events = [...data.events, ...payments].sort(
    (one, other) => Date.parse(one.created_at) - Date.parse(other.created_at),
  );
  await sql.begin(async (transaction) => {
    const [told] = await transaction<
      [{ count: number }]
    >`select count(*)::int as count from public.events where event_type = 'license_created'`;
    if (told.count > 0) return;
    for (const some of chunks(events)) await insertEvents(transaction, some, staff);
  });
}

async function insertLicenses(
  sql: postgres.TransactionSql,
  licenses: DemoLicense[],
  staff: StaffMember[],
): Promise<void> {
  await sql`
    with incoming as materialized (
      select * from jsonb_to_recordset(${sql.json(licenses as never)})
        as row (id uuid, customer_id uuid, email text, plan text, issued_at timestamptz, expires_at timestamptz,
          payment_method text, notes text, last_check_in timestamptz, client_version text,
          client_os text, revoked_at timestamptz, revoked_reason text, license_key text, hwid text)
    ), inserted as (
      insert into public.licenses (id, customer_id, email, plan, issued_at, expires_at, grace_until,
        payment_method, notes, created_by, last_check_in, client_version, client_os, revoked_at, revoked_reason,
        license_key_hint, hwid_hint, created_at, updated_at)
      select id, customer_id, email, plan, issued_at, expires_at, expires_at, payment_method, notes,
        case when payment_method <> 'stripe' then ${staff[0]?.user_id ?? null}::uuid end,
        last_check_in, client_version, client_os, revoked_at, revoked_reason,
        right(license_key, 5), private.hwid_hint(hwid), issued_at, issued_at
      from incoming
      returning id, customer_id, plan, payment_method, issued_at, revoked_at, grace_until, mrr_cents
    ), moved as (
      -- Set by set what the trigger would tell licence by licence: each came, and those over by now went.
      insert into public.mrr_movements (customer_id, license_id, kind, amount_cents, currency, occurred_at, plan,
        billing_interval, interval_count)
      select customer_id, inserted.id,
        case when row_number() over (partition by customer_id order by issued_at) = 1 then 'new' else 'expansion' end,
        monthly_price_cents, plans.currency, issued_at, inserted.plan, 'month', 1
      from inserted join public.plans on plans.code = inserted.plan where payment_method <> 'manual'
      union all
      select customer_id, inserted.id, 'churn', -monthly_price_cents, plans.currency, least(revoked_at, grace_until),
        inserted.plan, 'month', 1
      from inserted join public.plans on plans.code = inserted.plan where payment_method <> 'manual' and mrr_cents = 0
    )
    insert into private.license_secrets (license_id, license_key_hash, license_key_encrypted, hwid_hash, hwid_encrypted)
    select id, private.license_key_hash(license_key), private.encrypt_secret(license_key, secrets.license_key_key),
      private.hwid_hash(hwid, secrets.hwid_pepper), private.encrypt_secret(hwid, secrets.hwid_key)
    from incoming, (select private.secret('license_key_key') as license_key_key,
      private.secret('hwid_pepper') as hwid_pepper, private.secret('hwid_key') as hwid_key offset 0) as secrets`;
}

async function insertEvents(sql: postgres.TransactionSql, events: DemoEvent[], staff: StaffMember[]): Promise<void> {
  const rows = events.map(({ staff: index, ...event }) => {
    const member = index === null ? undefined : staff[index];
    return { ...event, user_id: member?.user_id ?? null };
  });
  await sql`
    insert into public.events (event_type, subject_type, subject_id, customer_id, license_id, user_id, actor_kind,
      event_data, ip_address, created_at)
    select event_type, case when subscription_id is null then 'license' else 'subscription' end,
      coalesce(subscription_id, license_id)::text, licenses.customer_id, license_id, user_id,
      case when user_id is null then 'system' else 'staff' end, event_data,
      case when user_id is not null then '192.0.2.10'::inet end, row.created_at
    from jsonb_to_recordset(${sql.json(rows as never)}) as row (license_id uuid, subscription_id uuid, user_id uuid,
        event_type text, event_data jsonb, created_at timestamptz)
      join public.licenses on licenses.id = row.license_id
    order by row.created_at`;
}
