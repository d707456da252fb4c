-- The rows behind a figure: what was counted, so that their sum is the figure.

-- A list of persons is more than a figure.
insert into private.export_subjects (subject, permission, filters) values
  ('metric_rows', 'customers.export', '{metric,from_day,to_day,plan,segment,currency}');

create function private.metric_person(customer_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select jsonb_build_object('id', customers.id, 'email', customers.email, 'name', customers.name)
    from public.customers where customers.id = $1);
end
$$;
comment on function private.metric_person(uuid) is
  'Whom a row is about, {id, email, name}; null for a guest. Definer: reads behind the policies.';

create function private.movement_rows(metric text, from_day date, to_day date, currency text, plan text,
  customers uuid[]) returns table (at timestamptz, id uuid, weight numeric, facts jsonb)
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
  wanted constant text[] := case metric
    when 'mrr_new' then '{new}' when 'customers_new' then '{new}' when 'mrr_expansion' then '{expansion}'
    when 'mrr_reactivation' then '{reactivation}' when 'customers_reactivated' then '{reactivation}'
    when 'mrr_contraction' then '{contraction}' when 'mrr_churn' then '{churn}' when 'customers_churned' then '{churn}'
    when 'customer_churn_rate' then '{churn}' when 'gross_mrr_churn_rate' then '{churn,contraction}'
    when 'gross_revenue_retention' then '{churn,contraction}'
    when 'net_revenue_retention' then '{churn,contraction,expansion}'
    when 'quick_ratio' then '{new,expansion,churn,contraction}'
    else '{new,expansion,reactivation,contraction,churn}' end;
begin
  return query
  select moved.occurred_at, moved.id, entry.amount_cents::numeric, jsonb_build_object('kind', moved.kind,
    'amount_cents', entry.amount_cents, 'currency', moved.currency, 'plan', nullif(entry.plan, ''),
    'reason', moved.reason, 'license_id', moved.license_id,
    'stripe_subscription_id', subscriptions.stripe_subscription_id, 'subscription_id', moved.subscription_id,
    'livemode', subscriptions.livemode,
    'customer_id', moved.customer_id)
  from (
    select movement_id, coalesce($5, min(entries.plan) filter (where entries.is_whole)) as plan,
      sum(entries.amount_cents)::bigint as amount_cents
    from private.movement_entries(array(select distinct held.customer_id from public.mrr_movements as held
        where held.occurred_at >= private.start_of_day($2) and held.occurred_at < private.start_of_day($3 + 1)
          and held.currency = $4 and held.kind = any (wanted) and ($6 is null or held.customer_id = any ($6))),
      zone) as entries
    where entries.day between $2 and $3 and entries.currency = $4 and entries.kind = any (wanted)
      and ($5 is null or entries.plan = $5)
    group by entries.movement_id) as entry
  join public.mrr_movements as moved on moved.id = entry.movement_id
  left join public.subscriptions on subscriptions.id = moved.subscription_id;
end
$$;
comment on function private.movement_rows(text, date, date, text, text, uuid[]) is
  'The movements a recurring figure is the sum of. Definer: reads behind the policies.';

create function private.metric_rows(metric private.metrics, from_day date, to_day date, currency text, plan text,
  customers uuid[]) returns table (at timestamptz, id uuid, weight numeric, facts jsonb)
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
  starts constant timestamptz := private.start_of_day($2);
  ends constant timestamptz := private.start_of_day($3 + 1);
begin
  case metric.rows
    when 'movements' then
      return query select * from private.movement_rows(metric.metric, $2, $3, $4, $5, $6);
    when 'customers' then
      return query select private.start_of_day(points.from_day), points.customer_id, points.mrr_cents::numeric,
          jsonb_build_object('amount_cents', points.mrr_cents, 'currency', $4, 'plan', nullif(points.plan, ''),
            'customer_id', points.customer_id)
        from private.current_points($4, $6, '-infinity', $3, $3) as points
        where points.mrr_cents > 0 and ($5 is null or points.plan = $5);
    when 'cash' then
      return query select entry.occurred_at, entry.movement_id, entry.amount_cents::numeric,
          jsonb_build_object('kind', entry.kind, 'amount_cents', entry.amount_cents, 'currency', entry.currency,
            'plan', nullif(entry.plan, ''), 'customer_id', entry.customer_id, 'payment_id', entry.payment_id,
            'stripe_payment_id', payments.stripe_payment_id, 'livemode', payments.livemode,
            'invoice_number', payments.invoice_number)
        from private.cash_entries($2, zone, $6) as entry join public.payments on payments.id = entry.payment_id
        where entry.day <= $3 and entry.currency = $4 and ($5 is null or entry.plan = $5)
          and entry.kind = any (case metric.metric when 'cash_new' then '{new}' when 'cash_renewal' then '{renewal}'
            when 'cash_upgrade' then '{upgrade}' when 'cash_other' then '{other}' when 'refunds' then '{refund}'
            when 'disputes_lost' then '{dispute}' when 'cash_received' then '{new,renewal,upgrade,other}'
            else '{new,renewal,upgrade,other,refund,dispute}' end::text[]);
    when 'dues' then
      return query select due.due_at, due.license_id, case when due.is_renewed then 1 else 0 end::numeric,
          jsonb_build_object('license_id', due.license_id, 'customer_id', coalesce(due.customer_id, (
            select licenses.customer_id from public.licenses where licenses.id = due.license_id)), 'plan', due.plan,
            'due_at', due.due_at, 'renewed_at', due.renewed_at, 'is_renewed', due.is_renewed)
        from private.dues_between(starts, ends, $6) as due where not due.is_open and ($5 is null or due.plan = $5);
    when 'licenses' then
      return query select held.created_at, held.id, 1::numeric, jsonb_build_object('license_id', held.id,
          'customer_id', held.customer_id, 'plan', held.plan, 'expires_at', held.expires_at,
          'state', private.license_state(held))
        from public.licenses as held
        where held.deleted_at is null and held.created_at < ends and ($5 is null or held.plan = $5)
          and ($6 is null or held.customer_id = any ($6))
          and case metric.metric
            when 'licenses_total' then true
            when 'licenses_in_grace' then coalesce(held.revoked_at, 'infinity') > least(ends, now())
              and held.expires_at <= least(ends, now()) and held.grace_until > least(ends, now())
            when 'licenses_expired' then coalesce(held.revoked_at, 'infinity') > least(ends, now())
              and held.grace_until <= least(ends, now())
            else coalesce(held.revoked_at, 'infinity') > least(ends, now()) and held.expires_at > least(ends, now())
              and not exists (select from private.license_dues as dues where dues.license_id = held.id
                and dues.due_at <= ends and dues.renewed_at > ends) end;
    when 'uses' then
      return query select null::timestamptz, used.license_id, used.amount, jsonb_build_object(
          'license_id', used.license_id, 'customer_id', licenses.customer_id, 'plan', licenses.plan,
          'value', used.amount, 'days', used.days)
        from (select stats.license_id, count(*) as days, case metric.metric
              when 'messages_sent' then sum(stats.messages_sent) when 'ai_queries' then sum(stats.ai_queries)
              when 'campaigns_launched' then sum(stats.campaigns_launched)
              when 'errors_count' then sum(stats.errors_count)
              when 'uptime' then sum(stats.uptime_minutes) else count(*) end::numeric as amount
            from public.usage_stats as stats
            where stats.date between case metric.metric when 'clients_day' then $3 when 'clients_week' then $3 - 6
                when 'clients_month' then $3 - 29 else $2 end and $3
            group by stats.license_id) as used
        join public.licenses on licenses.id = used.license_id
        where used.amount > 0 and ($5 is null or licenses.plan = $5)
          and ($6 is null or licenses.customer_id = any ($6));
    when 'tickets' then
      return query select tickets.created_at, tickets.id, case metric.metric
            when 'first_response' then tickets.first_response_seconds
            when 'resolution' then tickets.resolution_seconds else 1 end::numeric,
          jsonb_build_object('ticket', tickets.number, 'subject', tickets.subject, 'status', tickets.status,
            'priority', tickets.priority, 'customer_id', tickets.customer_id,
            'first_response_seconds', tickets.first_response_seconds,
            'resolution_seconds', case when tickets.resolved_at is not null then tickets.resolution_seconds end)
        from public.support_tickets as tickets
        where tickets.merged_into is null and ($6 is null or tickets.customer_id = any ($6))
          and case metric.metric
            when 'tickets_open' then tickets.created_at < least(ends, now())
              and coalesce(tickets.resolved_at, tickets.closed_at, 'infinity') >= least(ends, now())
            else tickets.created_at >= starts and tickets.created_at < ends and case metric.metric
              when 'tickets_breached' then tickets.is_breached
              when 'first_response' then tickets.first_response_seconds is not null
              when 'resolution' then tickets.resolved_at is not null else true end end;
  end case;
end
$$;
comment on function private.metric_rows(private.metrics, date, date, text, text, uuid[]) is
  'What a figure counted: its moment, its key, what it adds to the figure and what is told of it. Definer: reads '
  'behind the policies.';

create function private.list_metric_rows(metric text, from_day text, to_day text, filters jsonb, page int,
  page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  period record := private.metric_period(from_day, to_day, 'day');
  filter record;
  known private.metrics;
begin
  perform private.require_metrics(array[$1]);
  perform private.require_page(page, page_size, null);
  filter := private.metric_filters($4);
  select * into known from private.metrics where private.metrics.metric = $1;
  return (
    with matches as materialized (
      select * from private.metric_rows(known, period.starts, period.ends, filter.currency, filter.plan,
        filter.customers)
    ), paged as (
      select * from matches
      order by case when known.rows in ('customers', 'uses') then weight end desc nulls last, at desc nulls last, id
      limit page_size offset (page - 1)::bigint * page_size
    )
    select jsonb_build_object('metric', $1, 'kind', known.rows, 'currency', filter.currency,
      'from_day', period.starts, 'to_day', period.ends, 'total', (select count(*) from matches),
      'sum', (select sum(weight) from matches),
      'rows', (select coalesce(jsonb_agg((facts - 'customer_id') || jsonb_build_object('id', id, 'at', at,
          'customer', private.metric_person((facts ->> 'customer_id')::uuid))
        order by case when known.rows in ('customers', 'uses') then weight end desc nulls last, at desc nulls last, id),
        '[]') from paged)));
end
$$;
comment on function private.list_metric_rows(text, text, text, jsonb, int, int) is
  'Does the work of public.list_metric_rows. Definer: reads ledgers behind the policies.';
grant execute on function private.list_metric_rows(text, text, text, jsonb, int, int) to authenticated, service_role;

create function public.list_metric_rows(metric text, from_day text default null, to_day text default null,
  filters jsonb default '{}', page int default 1, page_size int default 25) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.list_metric_rows($1, $2, $3, $4, $5, $6) $$;
comment on function public.list_metric_rows(text, text, text, jsonb, int, int) is
  'The rows behind a figure of get_metric with the same arguments. → {metric, kind, currency, from_day, to_day, total, '
  'sum (of what they add to the figure), rows}; each row has id, at and customer {id, email, name} (null for a guest), '
  'and by kind: movements (kind, amount_cents, currency, plan, reason, license_id, subscription_id, '
  'stripe_subscription_id), customers (amount_cents, currency, plan; at: since when), cash (kind, amount_cents, '
  'currency, plan, payment_id, stripe_payment_id, invoice_number), dues (license_id, plan, due_at, renewed_at, '
  'is_renewed), licenses (license_id, plan, expires_at, state), uses (license_id, plan, value, days), tickets (ticket, '
  'subject, status, priority, first_response_seconds, resolution_seconds). page_size 1 to 5000. Errors: '
  'permission_denied, invalid_argument (400).';
revoke execute on function public.list_metric_rows(text, text, text, jsonb, int, int)
  from public, anon, authenticated, service_role;
grant execute on function public.list_metric_rows(text, text, text, jsonb, int, int) to authenticated, service_role;
