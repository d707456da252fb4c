-- The list of payments and their days. Customers are found by their one text, payments by them; the permission is
-- asked for first, the policy's own question.

insert into private.export_subjects (subject, permission, filters) values
  ('payments', 'payments.export', '{statuses,from_time,to_time,license_id,customer_id,sort,descending}');

create function public.daily_payments(from_day date, to_day date, currency text default null) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  zone text := private.business_time_zone();
  wanted text := coalesce(currency, private.setting_text('business_currency'));
  starts timestamptz;
  ends timestamptz;
begin
  perform private.require_permission('payments.read');
  if from_day is null or to_day is null or from_day < '0001-01-01'
    or to_day > '9999-12-31' or to_day < from_day or to_day - from_day > 400 then
    perform private.fail('invalid_argument', 'from_day to to_day spans 1 to 401 days');
  elsif wanted !~ '^[A-Z]{3}$' then
    perform private.fail('invalid_argument', format('"%s" is not a currency', left(wanted, 50)));
  end if;
  starts := private.start_of_day(from_day);
  ends := private.start_of_day(to_day + 1);
  return jsonb_build_object('time_zone', zone, 'currency', wanted,
    'other_currencies', (select coalesce(jsonb_agg(distinct payments.currency), '[]') from public.payments
      where payment_date >= starts and payment_date < ends and payments.currency <> wanted),
    'days', (select jsonb_agg(jsonb_build_object('day', day::date,
        'succeeded_cents', coalesce(succeeded, 0), 'refunded_cents', coalesce(refunded, 0),
        'lost_cents', coalesce(lost, 0), 'failed_cents', coalesce(failed, 0),
        'succeeded_count', coalesce(succeeded_count, 0),
        'failed_count', coalesce(failed_count, 0)) order by day)
      from generate_series(from_day::timestamp, to_day::timestamp, interval '1 day') as day
      left join (
        select date_trunc('day', payment_date at time zone zone) as paid_on,
          sum(amount) filter (where status = 'succeeded') as succeeded, sum(amount_refunded) as refunded,
          sum(amount_lost) as lost, sum(amount) filter (where status = 'failed') as failed,
          count(*) filter (where status = 'succeeded') as succeeded_count,
          count(*) filter (where status = 'failed') as failed_count
        from public.payments
        where payment_date >= starts and payment_date < ends and payments.currency = wanted
        group by 1) as paid on paid.paid_on = day));
end
$$;
comment on function public.daily_payments(date, date, text) is
  'Payments of one currency (business_currency unless told) by day of the business, both days included, 401 at most; '
  'refunds and disputes lost count on the day of their payment. → {time_zone, currency, other_currencies (left out), '
  'days: [{day, succeeded_cents, refunded_cents, lost_cents, failed_cents, succeeded_count, failed_count}]}. '
  'Needs payments.read. Errors: permission_denied, invalid_argument.';
revoke execute on function public.daily_payments(date, date, text) from public, anon, authenticated, service_role;
grant execute on function public.daily_payments(date, date, text) to authenticated, service_role;

create function private.search_payments(query text, statuses text[], from_time timestamptz, to_time timestamptz,
  license_id uuid, customer_id uuid, sort text, descending boolean, page int, page_size int) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  needle text := nullif(private.clean_text(query), '');
  own_id uuid;
  conditions text := 'true';
  state_conditions text[] := '{}';
  sort_by text := (select 'payments.' || name from unnest(array['payment_date', 'amount', 'email', 'status']) as name
    where name = sort);
  direction text := case when descending then ' desc' else '' end;
  searched text := '';
  source text;
  answer jsonb;
begin
  perform private.require_permission('payments.read');
  perform private.require_page(page, page_size, query);
  if sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif not (coalesce(statuses, '{}') <@ array['succeeded', 'failed', 'pending', 'refunded', 'disputed']) then
    perform private.fail('invalid_argument', 'statuses are succeeded, failed, pending, refunded and disputed');
  end if;
  if statuses is not null and statuses <> '{}' then
    state_conditions := array(select format('payments.status = %L', status) from unnest(statuses) as status
      where status in ('succeeded', 'failed', 'pending'))
      || case when 'refunded' = any (statuses) then array['payments.amount_refunded > 0'] else '{}' end
      || case when 'disputed' = any (statuses) then array['payments.dispute_status is not null'] else '{}' end;
    conditions := conditions || ' and (' || array_to_string(state_conditions, ' or ') || ')';
  end if;
  conditions := conditions
    || case when from_time is not null then ' and payments.payment_date >= $3' else '' end
    || case when to_time is not null then ' and payments.payment_date < $4' else '' end
    || case when license_id is not null then ' and payments.license_id = $5' else '' end
    || case when customer_id is not null then ' and payments.customer_id = $8' else '' end;
  if pg_input_is_valid(needle, 'uuid') then
    own_id := needle;
  end if;
  -- What is searched is found once, then counted and sorted.
  if needle is not null then
    searched := 'payments as materialized (
      select payments.* from public.customers join public.payments on payments.customer_id = customers.id
      where customers.search_text like $1 and ' || conditions || '
      union all
      select payments.* from public.payments
      where (payments.invoice_number = $2 or payments.stripe_payment_id = $2
          or payments.stripe_payment_intent_id = $2 or payments.stripe_invoice_id = $2
          -- Alerts lead to a payment by its own key.
          or payments.id = $9) and ' || conditions || '
        and not exists (select from public.customers where customers.id = payments.customer_id
          and customers.search_text like $1)), ';
    source := 'payments';
  else
    source := 'public.payments where ' || conditions;
  end if;
  execute 'with ' || searched || 'page as (
      select payments.* from ' || source || '
      order by ' || sort_by || direction || ', payments.id' || direction || ' limit $6 offset $7
    ), sums as (
      select currency, count(*) as count, min(payment_date) as first, max(payment_date) as last,
        coalesce(sum(amount) filter (where status = ''succeeded''), 0) as succeeded_cents,
        coalesce(sum(amount_refunded), 0) as refunded_cents, coalesce(sum(amount_lost), 0) as lost_cents,
        coalesce(sum(amount) filter (where status = ''failed''), 0) as failed_cents,
        count(*) filter (where status = ''succeeded'') as succeeded_count,
        count(*) filter (where status = ''failed'') as failed_count
      from ' || source || ' group by currency
    )
    select jsonb_build_object(
      ''total'', (select coalesce(sum(count), 0) from sums),
      ''totals'', (select coalesce(jsonb_agg(to_jsonb(sums) - array[''count'', ''first'', ''last'']
        order by count desc, currency), ''[]'') from sums),
      ''rows'', (select coalesce(jsonb_agg(to_jsonb(page) || jsonb_build_object(
        ''customer_name'', (select customers.name from public.customers where customers.id = page.customer_id),
        ''plan'', (select subscriptions.plan from public.subscriptions
          where subscriptions.id = page.subscription_id),
        ''awaits_customer'', page.status = ''failed'' and exists (select from public.invoices
          where invoices.stripe_invoice_id = page.stripe_invoice_id and invoices.action_required_at is not null),
        ''actions'', private.payment_actions(row(page.*)::public.payments),
        ''open_act'', private.open_act(null, page.id))), ''[]'') from page),
      ''period'', (select jsonb_build_object(''from'', coalesce($3, min(first)), ''to'', coalesce($4, max(last)))
        from sums))'
  into answer using private.search_pattern(needle), needle, from_time, to_time, license_id, page_size,
    (page - 1)::bigint * page_size, customer_id, own_id;
  return answer;
end
$$;
comment on function private.search_payments(text, text[], timestamptz, timestamptz, uuid, uuid, text, boolean, int,
  int) is
  'Does the work of public.search_payments. Definer: under a policy no index serves LIKE.';
grant execute on function private.search_payments(text, text[], timestamptz, timestamptz, uuid, uuid, text, boolean,
  int,
  int) to authenticated, service_role;

create function public.search_payments(query text default null, statuses text[] default null,
  from_time timestamptz default null, to_time timestamptz default null,
  license_id uuid default null, customer_id uuid default null, sort text default 'payment_date',
  descending boolean default true, page int default 1, page_size int default 25) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.search_payments($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) $$;
comment on function public.search_payments(text, text[], timestamptz, timestamptz, uuid, uuid, text, boolean, int,
  int) is
  'A page of payments. query matches the customer''s e-mail, name or company (part of it, accents or not), whole '
  'invoice number, Stripe id or own key; from_time included, to_time not. page_size 1 to 5000. → {total, totals by '
  'currency, never added: [{currency, succeeded_cents, refunded_cents, lost_cents (disputes), failed_cents, '
  'succeeded_count, failed_count}], '
  'period {from, to} that the totals span, rows with actions}. Needs payments.read. Errors '
  '(hint): permission_denied, invalid_argument.';
revoke execute on function public.search_payments(text, text[], timestamptz, timestamptz, uuid, uuid, text, boolean,
  int,
  int) from public, anon, authenticated, service_role;
grant execute on function public.search_payments(text, text[], timestamptz, timestamptz, uuid, uuid, text, boolean, int,
  int) to authenticated, service_role;
