-- Customers by the month they came, plans beside each other, what of the product is used, and what falls due next.

create function private.get_cohorts(months int, filters jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  filter record;
  today constant date := private.business_day(now());
  first_month date;
begin
  perform private.require_permission('payments.read');
  filter := private.metric_filters($2);
  if months is null or months not between 1 and 36 then
    perform private.fail('invalid_argument', 'months are 1 to 36');
  end if;
  first_month := (date_trunc('month', today::timestamp) - make_interval(months => $1 - 1))::date;
  return (
    with points as materialized (
      select * from private.current_points(filter.currency, filter.customers, '-infinity', 'infinity', first_month)
    ), cohorts as (
      select date_trunc('month', points.from_day::timestamp)::date as month, points.customer_id
      from points where points.is_first and points.from_day >= first_month
        and (filter.plan is null or points.plan = filter.plan)
    ), ends as (
      select place, least((first_month + make_interval(months => place + 1))::date - 1, today) as day
      from generate_series(0, $1 - 1) as place
    ), held as (
      select cohorts.month, ends.day, ends.place,
        count(*) filter (where points.mrr_cents > 0) as customers,
        coalesce(sum(points.mrr_cents), 0) as cents
      from cohorts
      join ends on ends.day >= cohorts.month
      left join points on points.customer_id = cohorts.customer_id and points.from_day <= ends.day
        and points.until_day > ends.day
      group by cohorts.month, ends.day, ends.place
    )
    select coalesce(jsonb_agg(jsonb_build_object('month', month, 'customers', came, 'kept', kept, 'mrr_cents', cents)
      order by month), '[]')
    from (
      select held.month, (select count(*) from cohorts where cohorts.month = held.month) as came,
        jsonb_agg(held.customers order by held.place) as kept, jsonb_agg(held.cents order by held.place) as cents
      from held group by held.month) as rows);
end
$$;
comment on function private.get_cohorts(int, jsonb) is
  'Does the work of public.get_cohorts. Definer: reads ledger and roll-ups behind the policies.';
grant execute on function private.get_cohorts(int, jsonb) to authenticated, service_role;

create function public.get_cohorts(months int default 12, filters jsonb default '{}') returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_cohorts($1, $2) $$;
comment on function public.get_cohorts(int, jsonb) is
  'Customers by the month of their first payment, the last 1 to 36 months. → [{month (its first day), customers, '
  'kept: [how many pay at the end of that month, of the next …, up to today], mrr_cents: [what they pay then]}]. Who '
  'returns keeps their cohort. filters as get_metric. Needs payments.read. Errors: permission_denied, '
  'invalid_argument (400).';
revoke execute on function public.get_cohorts(int, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.get_cohorts(int, jsonb) to authenticated, service_role;

create function private.get_plan_figures(from_day text, to_day text, filters jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  period record := private.metric_period(from_day, to_day, 'day');
  filter record;
begin
  perform private.require_permission('payments.read');
  filter := private.metric_filters($3);
  return (
    with held as (
      select plan, count(*) as licenses from public.licenses
      where deleted_at is null and revoked_at is null and expires_at > now()
        and (filter.customers is null or customer_id = any (filter.customers)) group by plan
    ), points as materialized (
      select * from private.current_points(filter.currency, filter.customers, '-infinity', period.ends, period.starts)
    ), paying as (
      select plan, count(*) as customers from points where until_day > period.ends and mrr_cents > 0 group by plan
    ), totals as (
      select plan, term, sum(amount_cents)::bigint as cents
      from private.term_totals(filter.currency, period.ends, filter.customers)
      group by plan, term having sum(amount_cents) <> 0
    ), terms as (
      select plan, sum(cents)::bigint as cents,
        jsonb_agg(jsonb_build_object('term', term, 'mrr_cents', cents) order by cents desc, term) as list
      from totals group by plan
    ), moved as (
      select plan_before, plan, count(*) as customers from points
      where points.from_day >= period.starts and before_cents > 0 and mrr_cents > 0 and plan <> plan_before
      group by plan_before, plan
    )
    select jsonb_build_object('currency', filter.currency, 'zone', private.business_time_zone(),
      'from_day', period.starts, 'to_day', period.ends,
      'plans', (select coalesce(jsonb_agg(jsonb_build_object('plan', plans.code,
          'licenses', coalesce(held.licenses, 0), 'customers', coalesce(paying.customers, 0),
          'mrr_cents', coalesce(terms.cents, 0), 'terms', coalesce(terms.list, '[]'))
          order by plans.position, plans.code), '[]')
        from public.plans
        left join held on held.plan = plans.code
        left join paying on paying.plan = plans.code
        left join terms on terms.plan = plans.code),
      'moves', (select coalesce(jsonb_agg(jsonb_build_object('from_plan', plan_before, 'to_plan', plan,
          'customers', customers) order by customers desc, plan_before, plan), '[]') from moved)));
end
$$;
comment on function private.get_plan_figures(text, text, jsonb) is
  'Does the work of public.get_plan_figures. Definer: reads ledger and roll-ups behind the policies.';
grant execute on function private.get_plan_figures(text, text, jsonb) to authenticated, service_role;

create function private.term_totals(currency text, last_day date, customers uuid[]) returns table (plan text,
  term text, amount_cents numeric)
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
  horizon date := private.recurring_horizon();
  whom uuid[] := customers;
begin
  if customers is null then
    return query select held.plan, held.term, sum(held.amount_cents) from private.movement_days as held
      where held.currency = $1 and held.day < horizon and held.day <= $2 group by held.plan, held.term;
    whom := array(select distinct customer_id from public.mrr_movements
      where occurred_at >= case when horizon > '0001-01-01' then private.start_of_day(horizon) else '-infinity' end);
  else
    horizon := '0001-01-01';
  end if;
  if whom <> '{}' then
    return query select entry.plan, entry.term, sum(entry.amount_cents)
      from private.movement_entries(whom, zone) as entry
      where entry.currency = $1 and entry.day >= horizon and entry.day <= $2 group by entry.plan, entry.term;
  end if;
end
$$;
comment on function private.term_totals(text, date, uuid[]) is
  'MRR at the end of a day by plan and how often it is paid, in parts to be added. Definer: reads behind the policies.';

create function public.get_plan_figures(from_day text default null, to_day text default null,
  filters jsonb default '{}') returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_plan_figures($1, $2, $3) $$;
comment on function public.get_plan_figures(text, text, jsonb) is
  'Plans beside each other. → {currency, zone, from_day, to_day, plans: [{plan, licenses (in force now), customers '
  'and mrr_cents (paying at the end of the period), terms: [{term (month, year …), mrr_cents}]}], moves: [{from_plan, '
  'to_plan, customers}] (within the period, by who pays before and after)}. Arguments as get_metric. Needs '
  'payments.read. Errors: permission_denied, invalid_argument (400).';
revoke execute on function public.get_plan_figures(text, text, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.get_plan_figures(text, text, jsonb) to authenticated, service_role;

create function private.get_product_figures(filters jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  filter record;
  today constant date := private.business_day(now());
begin
  perform private.require_permission('licenses.read');
  filter := private.metric_filters($1);
  return (
    with held as materialized (
      select id, client_version, last_check_in from public.licenses
      where deleted_at is null and revoked_at is null and expires_at > now()
        and (filter.plan is null or plan = filter.plan)
        and (filter.customers is null or customer_id = any (filter.customers))
    ), reported as materialized (
      select distinct stats.license_id from public.usage_stats as stats join held on held.id = stats.license_id
      where stats.date > today - 30
    )
    select jsonb_build_object('active', (select count(*) from held), 'reported', (select count(*) from reported),
      'versions', (select coalesce(jsonb_agg(jsonb_build_object('version', client_version, 'licenses', licenses)
          order by licenses desc, client_version), '[]')
        from (select client_version, count(*) as licenses from held
          where last_check_in > now() - interval '30 days' group by client_version) as versions),
      'features', (select coalesce(jsonb_agg(jsonb_build_object('feature', feature, 'licenses', licenses,
          'adoption', licenses::numeric / nullif((select count(*) from reported), 0)) order by licenses desc, feature),
          '[]')
        from (select used.feature, count(distinct used.license_id) as licenses
          from public.feature_usage as used join reported on reported.license_id = used.license_id
          where used.date > today - 30 and used.uses > 0 group by used.feature) as features)));
end
$$;
comment on function private.get_product_figures(jsonb) is
  'Does the work of public.get_product_figures. Definer: reads behind the policies.';
grant execute on function private.get_product_figures(jsonb) to authenticated, service_role;

create function public.get_product_figures(filters jsonb default '{}') returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_product_figures($1) $$;
comment on function public.get_product_figures(jsonb) is
  'What of the product is in use, over the last 30 days. → {active (licences in force), reported (of them that '
  'reported at all), versions: [{version, licenses}] (of their last check-in), features: [{feature, licenses, '
  'adoption (of those that reported)}]}. filters as get_metric. Needs licenses.read. Errors: permission_denied, '
  'invalid_argument (400).';
revoke execute on function public.get_product_figures(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.get_product_figures(jsonb) to authenticated, service_role;

create function private.get_renewal_forecast(months int, filters jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  filter record;
  today constant date := private.business_day(now());
  zone constant text := private.business_time_zone();
  rate numeric;
begin
  perform private.require_permission('payments.read');
  filter := private.metric_filters($2);
  if months is null or months not between 1 and 12 then
    perform private.fail('invalid_argument', 'months are 1 to 12');
  end if;
  select private.metric_value('renewal_rate', numbers) into rate
  from private.license_numbers(today - 90, today - 1, 'total', filter.plan, filter.customers);
  return (
    with due as (
      select subscriptions.amount_cents as cents, dates.at
      from public.subscriptions
      cross join lateral (
        select subscriptions.current_period_end + place * (case subscriptions.billing_interval
            when 'day' then interval '1 day' when 'week' then interval '7 days' when 'month' then interval '1 month'
            else interval '1 year' end * subscriptions.interval_count) as at
        from generate_series(0, 12) as place) as dates
      where subscriptions.status in ('active', 'past_due') and subscriptions.paying_mrr_cents > 0
        and subscriptions.currency = filter.currency and not subscriptions.cancel_at_period_end
        and (subscriptions.cancel_at is null or dates.at < subscriptions.cancel_at)
        and (filter.plan is null or subscriptions.plan = filter.plan)
        and (filter.customers is null or subscriptions.customer_id = any (filter.customers))
    )
    select jsonb_build_object('currency', filter.currency, 'zone', zone, 'renewal_rate', rate, 'months',
      jsonb_agg(jsonb_build_object('day', starts::date, 'due_cents', coalesce(sums.cents, 0),
        'expected_cents', round(coalesce(sums.cents, 0) * rate), 'renewals', coalesce(sums.renewals, 0))
        order by starts))
    from generate_series(date_trunc('month', today::timestamp), date_trunc('month', today::timestamp)
      + make_interval(months => $1 - 1), interval '1 month') as starts
    left join lateral (select sum(due.cents)::bigint as cents, count(*) as renewals from due
      where due.at >= greatest(starts at time zone zone, now()) and due.at < (starts + interval '1 month')
        at time zone zone) as sums on true);
end
$$;
comment on function private.get_renewal_forecast(int, jsonb) is
  'Does the work of public.get_renewal_forecast. Definer: reads behind the policies.';
grant execute on function private.get_renewal_forecast(int, jsonb) to authenticated, service_role;

create function public.get_renewal_forecast(months int default 3, filters jsonb default '{}') returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_renewal_forecast($1, $2) $$;
comment on function public.get_renewal_forecast(int, jsonb) is
  'What falls due by subscription in this month (from now on) and the next, 1 to 12: a forecast, no figure. → '
  '{currency, zone, renewal_rate (of the last 90 days), months: [{day, renewals, due_cents (before discounts and '
  'taxes), expected_cents (due times the rate; null without one)}]}. What ends by itself is left out. filters as '
  'get_metric. Needs payments.read. Errors: permission_denied, invalid_argument (400).';
revoke execute on function public.get_renewal_forecast(int, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.get_renewal_forecast(int, jsonb) to authenticated, service_role;
