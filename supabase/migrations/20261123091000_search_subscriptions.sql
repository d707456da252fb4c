-- Lists and figures of the Stripe pages. Dynamic SQL is built from fixed pieces only, values
-- always as parameters.

create function private.subscription_row(subscription public.subscriptions) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select to_jsonb(subscription) - array['reminded_for', 'paying_mrr_cents'] || jsonb_build_object(
    'customer_name', customers.name,
    'license_key_hint', (select license_key_hint from public.licenses where id = subscription.license_id),
    'is_expiring', private.is_expiring(subscription),
    'next_payment_at', case when subscription.status in ('active', 'trialing') and not subscription.cancel_at_period_end and subscription.cancel_at is null
      and not subscription.collection_paused and subscription.payment_failed_at is null then subscription.current_period_end
      when subscription.payment_failed_at is not null then (select min(next_payment_attempt) from public.invoices where subscription_id = subscription.id and status = 'open') end)
  from public.customers where customers.id = subscription.customer_id
$$;
comment on function private.subscription_row(public.subscriptions) is
  'A subscription as lists show it; next_payment_at is the renewal, or Stripe''s next attempt when payment fails. Definer: callers hold subscriptions.read already.';

create function private.require_page(page int, page_size int, query text) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if page is null or page not between 1 and 1000000 or page_size is null or page_size not between 1 and 5000 then
    perform private.fail('invalid_argument', 'page must be at least 1, page_size between 1 and 5000');
  elsif length(query) > 300 then
    perform private.fail('invalid_argument', 'The search holds 300 characters at most');
  end if;
end
$$;
comment on function private.require_page(int, int, text) is 'Raises 22023 invalid_argument unless page, page_size and search are within bounds.';

create function public.search_subscriptions(query text default null, statuses text[] default null, plans text[] default null, attention text default null,
  sort text default 'created_at', descending boolean default true, page int default 1, page_size int default 25) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  needle text := nullif(btrim(query), '');
  pattern text := case when length(needle) >= 3 then '%' else '' end || private.escape_like(needle) || '%';
  conditions text := 'true';
  sort_by text := (select 'subscriptions.' || case name when 'created_at' then 'started_at' else name end
    from unnest(array['email', 'plan', 'amount_cents', 'mrr_cents', 'current_period_end', 'status', 'created_at']) as name where name = sort);
  total bigint;
  rows jsonb;
begin
  perform private.require_permission('subscriptions.read');
  perform private.require_page(page, page_size, query);
  if sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif attention is not null and attention not in ('failed', 'expiring', 'canceling', 'unlinked') then
    perform private.fail('invalid_argument', 'attention is failed, expiring, canceling or unlinked');
  elsif not (coalesce(statuses, '{}') <@ array['incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused']) then
    perform private.fail('invalid_argument', 'statuses are those of Stripe');
  end if;
  conditions := conditions
    || case when needle is not null then ' and (subscriptions.email ilike $1 or subscriptions.stripe_subscription_id = $2 or subscriptions.stripe_customer_id = $2
        or subscriptions.customer_id in (select customers.id from public.customers where customers.name ilike $1))' else '' end
    || case when statuses is not null and statuses <> '{}' then ' and subscriptions.status = any ($3)' else '' end
    || case when plans is not null and plans <> '{}' then ' and subscriptions.plan = any ($4)' else '' end
    || case attention when 'failed' then ' and subscriptions.payment_failed_at is not null'
        when 'expiring' then ' and private.is_expiring(subscriptions)'
        when 'canceling' then ' and (subscriptions.cancel_at_period_end or subscriptions.cancel_at is not null) and subscriptions.status <> ''canceled'''
        when 'unlinked' then ' and subscriptions.license_id is null and subscriptions.status not in (''canceled'', ''incomplete_expired'')' else '' end;
  execute 'select count(*) from public.subscriptions where ' || conditions into total using pattern, needle, statuses, plans;
  execute 'select coalesce(jsonb_agg(private.subscription_row(matches)), ''[]'') from (select subscriptions.* from public.subscriptions where ' || conditions
    || ' order by ' || sort_by || case when descending then ' desc nulls last' else ' nulls first' end || ', subscriptions.id' || case when descending then ' desc' else '' end
    || ' limit $5 offset $6) as matches'
  into rows using pattern, needle, statuses, plans, page_size, (page - 1)::bigint * page_size;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;
comment on function public.search_subscriptions(text, text[], text[], text, text, boolean, int, int) is
  'A page of subscriptions. query matches e-mail or name (part of it), whole sub_ or cus_ id; attention: failed, expiring, canceling, unlinked. page_size 1 to 5000.
   → {total, rows: [subscription as private.subscription_row]}. Needs subscriptions.read. Errors (hint): permission_denied, invalid_argument.';

create function public.get_subscription(subscription_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  found public.subscriptions;
begin
  perform private.require_permission('subscriptions.read');
  select * into found from public.subscriptions where id = $1;
  if found.id is null then
    perform private.fail('subscription_not_found', 'No such subscription', 'PT404');
  end if;
  return private.subscription_row(found) || jsonb_build_object(
    'customer', (select jsonb_build_object('id', id, 'email', email, 'name', name, 'company', company, 'locale', locale) from public.customers where id = found.customer_id),
    'license', (select private.license_row(licenses) from public.licenses where id = found.license_id),
    'invoices', (select coalesce(jsonb_agg(to_jsonb(latest) order by latest.issued_at desc), '[]')
      from (select * from public.invoices where invoices.subscription_id = $1 order by issued_at desc limit 24) as latest),
    'payments', (select coalesce(jsonb_agg(to_jsonb(latest) order by latest.payment_date desc), '[]')
      from (select * from public.payments where payments.subscription_id = $1 order by payment_date desc limit 24) as latest),
    'movements', (select coalesce(jsonb_agg(to_jsonb(mrr_movements) order by occurred_at desc), '[]') from public.mrr_movements where mrr_movements.subscription_id = $1),
    'mrr_total', (select coalesce(sum(amount_cents), 0) from public.mrr_movements where mrr_movements.subscription_id = $1));
end
$$;
comment on function public.get_subscription(uuid) is
  'One subscription whole: list columns, customer, license, the latest 24 invoices and payments, movements and their sum (cents). Needs subscriptions.read. Errors: permission_denied, subscription_not_found (PT404).';

create function private.list_subscription_events(subscription_id uuid, before_sequence bigint, page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  rows jsonb;
begin
  perform private.require_permission('subscriptions.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  end if;
  select coalesce(jsonb_agg(to_jsonb(matches) - array['hash', 'previous_hash'] order by matches.sequence desc), '[]') into rows
  from (select * from public.events
    where event_data ? 'subscription_id' and event_data ->> 'subscription_id' = $1::text and (before_sequence is null or sequence < before_sequence)
    order by sequence desc limit page_size + 1) as matches;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function private.list_subscription_events(uuid, bigint, int) is 'Does the work of public.list_subscription_events. Definer: a subscription''s own events are for whoever reads subscriptions.';
create function public.list_subscription_events(subscription_id uuid, before_sequence bigint default null, page_size int default 50) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_subscription_events($1, $2, $3) $$;
comment on function public.list_subscription_events(uuid, bigint, int) is
  'What happened to a subscription, newest first, before a sequence number. → {rows: [events], has_more}. Needs subscriptions.read.';

create function public.subscriptions_summary() returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  perform private.require_permission('subscriptions.read');
  return jsonb_build_object(
    'failed_today', (select count(*) from public.payments
      where status = 'failed' and payment_date >= date_trunc('day', now() at time zone 'Europe/Paris') at time zone 'Europe/Paris'),
    'failing', (select count(*) from public.subscriptions where payment_failed_at is not null),
    'expiring', (select count(*) from public.subscriptions where private.is_expiring(subscriptions)),
    'expiring_unreminded', (select count(*) from public.subscriptions where private.is_expiring(subscriptions)
      and reminded_for is distinct from coalesce(cancel_at, current_period_end)),
    'active', (select count(*) from public.subscriptions where status in ('active', 'past_due', 'trialing')),
    'mrr_cents', (select coalesce(sum(paying_mrr_cents), 0) from public.subscriptions), 'currency', 'EUR');
end
$$;
comment on function public.subscriptions_summary() is
  'What needs attention: → {failed_today (payments, day of Paris), failing, expiring, expiring_unreminded, active, mrr_cents, currency}. Needs subscriptions.read.';

create function public.search_payments(query text default null, statuses text[] default null, from_time timestamptz default null, to_time timestamptz default null,
  license_id uuid default null, sort text default 'payment_date', descending boolean default true, page int default 1, page_size int default 25) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  needle text := nullif(btrim(query), '');
  pattern text := case when length(needle) >= 3 then '%' else '' end || private.escape_like(needle) || '%';
  conditions text := 'true';
  state_conditions text[] := '{}';
  sort_by text := (select 'payments.' || name from unnest(array['payment_date', 'amount', 'email', 'status']) as name where name = sort);
  totals jsonb;
  rows jsonb;
begin
  perform private.require_permission('payments.read');
  perform private.require_page(page, page_size, query);
  if sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif not (coalesce(statuses, '{}') <@ array['succeeded', 'failed', 'pending', 'refunded', 'disputed']) then
    perform private.fail('invalid_argument', 'statuses are succeeded, failed, pending, refunded and disputed');
  end if;
  if statuses is not null and statuses <> '{}' then
    state_conditions := array(select format('payments.status = %L', status) from unnest(statuses) as status where status in ('succeeded', 'failed', 'pending'))
      || case when 'refunded' = any (statuses) then array['payments.amount_refunded > 0'] else '{}' end
      || case when 'disputed' = any (statuses) then array['payments.dispute_status is not null'] else '{}' end;
    conditions := conditions || ' and (' || array_to_string(state_conditions, ' or ') || ')';
  end if;
  conditions := conditions
    || case when needle is not null then ' and (payments.email ilike $1 or payments.invoice_number = $2 or payments.stripe_payment_id = $2 or payments.stripe_payment_intent_id = $2
        or payments.stripe_invoice_id = $2 or payments.customer_id in (select customers.id from public.customers where customers.name ilike $1))' else '' end
    || case when from_time is not null then ' and payments.payment_date >= $3' else '' end
    || case when to_time is not null then ' and payments.payment_date < $4' else '' end
    || case when license_id is not null then ' and payments.license_id = $5' else '' end;
  execute 'select jsonb_build_object(''total'', count(*), ''totals'', jsonb_build_object(
      ''succeeded_cents'', coalesce(sum(amount) filter (where status = ''succeeded''), 0), ''refunded_cents'', coalesce(sum(amount_refunded), 0),
      ''failed_cents'', coalesce(sum(amount) filter (where status = ''failed''), 0),
      ''succeeded_count'', count(*) filter (where status = ''succeeded''), ''failed_count'', count(*) filter (where status = ''failed'')))
    from public.payments where ' || conditions into totals using pattern, needle, from_time, to_time, license_id;
  execute 'select coalesce(jsonb_agg(to_jsonb(matches) || jsonb_build_object(
      ''customer_name'', (select customers.name from public.customers where customers.id = matches.customer_id),
      ''plan'', (select subscriptions.plan from public.subscriptions where subscriptions.id = matches.subscription_id))), ''[]'')
    from (select payments.* from public.payments where ' || conditions
    || ' order by ' || sort_by || case when descending then ' desc' else '' end || ', payments.id' || case when descending then ' desc' else '' end
    || ' limit $6 offset $7) as matches'
  into rows using pattern, needle, from_time, to_time, license_id, page_size, (page - 1)::bigint * page_size;
  return totals || jsonb_build_object('rows', rows);
end
$$;
comment on function public.search_payments(text, text[], timestamptz, timestamptz, uuid, text, boolean, int, int) is
  'A page of payments. query matches e-mail or name (part of it), whole invoice number or Stripe id; from_time included, to_time not. page_size 1 to 5000.
   → {total, totals: {succeeded_cents, refunded_cents, failed_cents, succeeded_count, failed_count}, rows}. Needs payments.read. Errors (hint): permission_denied, invalid_argument.';

create function public.daily_payments(from_day date, to_day date, timezone text default 'Europe/Paris') returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  perform private.require_permission('payments.read');
  if from_day is null or to_day is null or to_day < from_day or to_day - from_day > 400 then
    perform private.fail('invalid_argument', 'from_day to to_day spans 1 to 401 days');
  elsif not exists (select from pg_catalog.pg_timezone_names where name = timezone) then
    perform private.fail('invalid_argument', format('"%s" is not a time zone', left(timezone, 50)));
  end if;
  return (select jsonb_agg(jsonb_build_object('day', day::date, 'succeeded_cents', coalesce(succeeded, 0), 'refunded_cents', coalesce(refunded, 0),
      'failed_cents', coalesce(failed, 0), 'succeeded_count', coalesce(succeeded_count, 0), 'failed_count', coalesce(failed_count, 0)) order by day)
    from generate_series(from_day::timestamp, to_day::timestamp, interval '1 day') as day
    left join (
      select date_trunc('day', payment_date at time zone timezone) as paid_on,
        sum(amount) filter (where status = 'succeeded') as succeeded, sum(amount_refunded) as refunded, sum(amount) filter (where status = 'failed') as failed,
        count(*) filter (where status = 'succeeded') as succeeded_count, count(*) filter (where status = 'failed') as failed_count
      from public.payments
      where payment_date >= from_day::timestamp at time zone timezone and payment_date < (to_day + 1)::timestamp at time zone timezone
      group by 1) as paid on paid.paid_on = day);
end
$$;
comment on function public.daily_payments(date, date, text) is
  'Payments by day of a time zone, both days included, 401 at most; refunds count on the day of their payment. → [{day, succeeded_cents, refunded_cents, failed_cents, succeeded_count, failed_count}]. Needs payments.read.';

create function private.export_permission(subject text) returns text
language sql immutable set search_path = ''
as $$ select case subject when 'licenses' then 'licenses.export' when 'events' then 'audit.export' when 'subscriptions' then 'subscriptions.export' when 'payments' then 'payments.export' end $$;
comment on function private.export_permission(text) is 'The permission that exporting a list needs; null for no list of ours.';

create or replace function private.record_export(subject text, format text, row_count int, filters jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.export_permission(subject) is null or format is null or format not in ('csv', 'xlsx', 'json')
     or row_count is null or row_count < 0 or length(filters::text) > 4000 then
    perform private.fail('invalid_argument', 'subject is licenses, events, subscriptions or payments, format csv, xlsx or json, row_count not negative');
  end if;
  perform private.require_permission(private.export_permission(subject));
  perform private.record_event('export_created', null, jsonb_build_object('subject', subject, 'format', format,
    'row_count', row_count, 'filters', coalesce(filters, '{}')));
end
$$;
comment on function public.record_export(text, text, int, jsonb) is
  'Audits an export made by the console: licenses, events, subscriptions or payments. Needs the export permission of that list. Errors (hint): permission_denied, invalid_argument.';

revoke execute on function private.subscription_row(public.subscriptions), private.list_subscription_events(uuid, bigint, int),
  public.search_subscriptions(text, text[], text[], text, text, boolean, int, int), public.get_subscription(uuid), public.list_subscription_events(uuid, bigint, int),
  public.subscriptions_summary(), public.search_payments(text, text[], timestamptz, timestamptz, uuid, text, boolean, int, int), public.daily_payments(date, date, text),
  private.export_permission(text) from public;
grant execute on function private.subscription_row(public.subscriptions), private.require_page(int, int, text), private.list_subscription_events(uuid, bigint, int),
  public.search_subscriptions(text, text[], text[], text, text, boolean, int, int), public.get_subscription(uuid), public.list_subscription_events(uuid, bigint, int),
  public.subscriptions_summary(), public.search_payments(text, text[], timestamptz, timestamptz, uuid, text, boolean, int, int), public.daily_payments(date, date, text)
  to authenticated, service_role;
