-- The numbers figures are made of, for each bucket of a period: roll-ups where they hold, ledgers from where they do
-- not. One function a family; each answers {name: number} for each bucket.

create function private.metric_buckets(from_day date, to_day date, granularity text) returns table (first_day date,
  last_day date)
language plpgsql immutable set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  select greatest(starts::date, $1), least((starts + step.length)::date - 1, $2)
  from (select case $3 when 'total' then interval '100 years' when 'quarter' then interval '3 months'
      else ('1 ' || $3)::interval end as length) as step,
    generate_series(case $3 when 'total' then $1::timestamp else date_trunc($3, $1::timestamp) end, $2::timestamp,
      step.length) as starts;
end
$$;
comment on function private.metric_buckets(date, date, text) is
  'The days, weeks (from Monday), months, quarters or years that a period touches, cut to it; total is one bucket.';

create function private.changed_customers() returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  return array(
    select customer_id from public.mrr_movements where occurred_at >= coalesce((select private.start_of_day(until)
      from private.rolled_up where family = 'recurring' and until > '0001-01-01'), '-infinity')
    union select customer_id from private.metric_marks where family = 'recurring' and customer_id is not null);
end
$$;
comment on function private.changed_customers() is
  'Customers whose movements are not, or no longer as they are, in the roll-ups. Definer: reads behind the policies.';

create function private.recurring_horizon() returns date
language plpgsql stable security definer set search_path = ''
as $$
begin
  return least(
    coalesce((select min(metric_marks.day) from private.metric_marks where family = 'recurring'), 'infinity'),
    coalesce((select until from private.rolled_up where family = 'recurring'), '0001-01-01'));
end
$$;
comment on function private.recurring_horizon() is
  'The first day whose recurring figures are not, or no longer as they are, in the roll-ups. Definer: reads private '
  'tables.';

create function private.current_points(currency text, customers uuid[], first_day date, last_day date,
  ends_after date) returns setof private.customer_points
language plpgsql stable security definer set search_path = ''
as $$
declare
  changed constant uuid[] := private.changed_customers();
  live uuid[] := case when customers is null then changed
    else array(select unnest(changed) intersect select unnest(customers)) end;
begin
  return query select points.* from private.customer_points as points
    where points.currency = $1 and points.from_day between $3 and $4 and points.until_day > $5
      and ($2 is null or points.customer_id = any ($2))
      and (changed = '{}' or not exists (select from unnest(changed) as one where one = points.customer_id));
  if live <> '{}' then
    return query select points.* from private.points_of(live, private.business_time_zone(), 'infinity') as points
      where points.currency = $1 and points.from_day between $3 and $4 and points.until_day > $5;
  end if;
end
$$;
comment on function private.current_points(text, uuid[], date, date, date) is
  'customer_points as they are now, of some customers (all for null): those that begin from one day to another and '
  'end after a third. Definer: reads behind the policies.';

create function private.recurring_flows(currency text, plan text, customers uuid[]) returns table (day date, kind text,
  amount numeric, customers_count bigint)
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
  horizon constant date := private.recurring_horizon();
  changed uuid[];
begin
  if customers is not null then
    return query select entry.day, entry.kind, sum(entry.amount_cents), null::bigint
      from private.movement_entries($3, zone) as entry
      where entry.currency = $1 and ($2 is null or entry.plan = $2) group by entry.day, entry.kind;
    return query select points.from_day, turned.kind, null::numeric, count(*)
      from private.points_of($3, zone, 'infinity') as points, private.point_turns(points) as turned
      where points.currency = $1 and ($2 is null or turned.plan = $2) group by points.from_day, turned.kind;
    return;
  end if;
  return query select held.day, held.kind, sum(held.amount_cents), null::bigint from private.movement_days as held
    where held.currency = $1 and held.day < horizon and ($2 is null or held.plan = $2) group by held.day, held.kind;
  return query select held.day, held.kind, null::numeric, sum(held.customers)::bigint
    from private.customer_days as held
    where held.currency = $1 and held.day < horizon and ($2 is null or held.plan = $2) group by held.day, held.kind;
  changed := array(select distinct customer_id from public.mrr_movements
    where occurred_at >= case when horizon > '0001-01-01' then private.start_of_day(horizon) else '-infinity' end);
  if changed <> '{}' then
    return query select entry.day, entry.kind, sum(entry.amount_cents), null::bigint
      from private.movement_entries(changed, zone) as entry
      where entry.currency = $1 and entry.day >= horizon and ($2 is null or entry.plan = $2)
      group by entry.day, entry.kind;
    return query select points.from_day, turned.kind, null::numeric, count(*)
      from private.points_of(changed, zone, 'infinity') as points, private.point_turns(points) as turned
      where points.currency = $1 and points.from_day >= horizon and ($2 is null or turned.plan = $2)
      group by points.from_day, turned.kind;
  end if;
end
$$;
comment on function private.recurring_flows(text, text, uuid[]) is
  'Movements (amount) and turns of customers (customers_count) by day and kind, from the first day on, of one '
  'currency, a plan (all for null) and some customers (all for null). Definer: reads behind the policies.';

create function private.recurring_numbers(from_day date, to_day date, granularity text, currency text, plan text,
  customers uuid[]) returns table (first_day date, last_day date, numbers jsonb)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with flows as materialized (
    select greatest(case $3 when 'total' then $1 else date_trunc($3, flow.day::timestamp)::date end, $1) as first_day,
      flow.day < $1 as is_before, flow.kind, flow.amount, flow.customers_count as customers
    from private.recurring_flows($4, $5, $6) as flow where flow.day <= $2
  ), opening as (
    select coalesce(sum(amount), 0) as cents,
      coalesce(sum(customers * case when kind in ('churn', 'moved_out') then -1 else 1 end), 0) as customers
    from flows where is_before
  ), sums as (
    select flows.first_day, sum(amount) filter (where kind = 'new') as new,
      sum(amount) filter (where kind = 'expansion') as expansion,
      sum(amount) filter (where kind = 'reactivation') as reactivation,
      sum(amount) filter (where kind = 'contraction') as contraction,
      sum(amount) filter (where kind = 'churn') as churn, sum(amount) as net,
      sum(customers) filter (where kind = 'new') as came, sum(customers) filter (where kind = 'reactivation') as back,
      sum(customers) filter (where kind = 'churn') as gone,
      sum(customers) filter (where kind = 'moved_in') as moved_in,
      sum(customers) filter (where kind = 'moved_out') as moved_out
    from flows where not is_before group by flows.first_day
  ), whole as (
    -- Months that are rolled up whole hold their departures; the rest is counted.
    select case when $3 = 'month' and $6 is null and date_trunc('month', $1::timestamp) = $1
      then least(date_trunc('month', private.recurring_horizon()::timestamp)::date, $2 + 1) else $1 end as until
  ), turned as (
    select held.month as first_day, sum(held.customers) as customers
    from private.month_departures as held, whole
    where held.currency = $4 and held.month >= $1 and held.month < whole.until and ($5 is null or held.plan = $5)
    group by held.month
    union all
    -- Who paid at the start and not at the end: neither who joined in between nor who came back.
    select points.first_day, count(*) as customers
    from (select points.customer_id, greatest(case $3 when 'total' then $1
          else date_trunc($3, points.from_day::timestamp)::date end, $1) as first_day,
        (array_agg(points.before_cents order by points.from_day))[1] as before_cents,
        (array_agg(points.plan_before order by points.from_day))[1] as plan_before,
        (array_agg(points.mrr_cents order by points.from_day desc))[1] as after_cents
      from whole, private.current_points($4, $6, greatest($1, whole.until), $2, $1) as points group by 1, 2) as points
    where points.before_cents > 0 and points.after_cents <= 0 and ($5 is null or points.plan_before = $5)
    group by points.first_day
  ), counted as (
    select buckets.first_day, buckets.last_day, coalesce(sums.new, 0) as new, coalesce(sums.expansion, 0) as expansion,
      coalesce(sums.reactivation, 0) as reactivation, coalesce(sums.contraction, 0) as contraction,
      coalesce(sums.churn, 0) as churn, coalesce(sums.came, 0) as came, coalesce(sums.back, 0) as back,
      coalesce(sums.gone, 0) as gone, coalesce(turned.customers, 0) as left_for_good,
      coalesce(sums.moved_in, 0) as moved_in, coalesce(sums.moved_out, 0) as moved_out,
      opening.cents + sum(coalesce(sums.net, 0)) over (order by buckets.first_day) as closing,
      coalesce(sums.net, 0) as net,
      opening.customers + sum(coalesce(sums.came, 0) + coalesce(sums.back, 0) - coalesce(sums.gone, 0)
        + coalesce(sums.moved_in, 0) - coalesce(sums.moved_out, 0)) over (order by buckets.first_day) as paying
    from private.metric_buckets($1, $2, $3) as buckets
    cross join opening
    left join sums using (first_day)
    left join turned using (first_day)
  )
  select first_day, last_day, jsonb_build_object('opening', closing - net, 'new', new, 'expansion', expansion,
    'reactivation', reactivation, 'contraction', contraction, 'churn', churn, 'closing', closing,
    'paying_before', paying - came - back + gone - moved_in + moved_out, 'paying', paying, 'came', came,
    'returned', back, 'churned', gone, 'left', left_for_good)
  from counted;
end
$$;
comment on function private.recurring_numbers(date, date, text, text, text, uuid[]) is
  'Of each bucket, in minor units a month: opening, new, expansion, reactivation, contraction, churn (the last two '
  'negative), closing; customers paying_before, came, returned, churned, paying, and left (paid at its start and not '
  'at its end). Definer: reads behind the policies.';

create function private.cash_flows(from_day date, to_day date, currency text, plan text, customers uuid[])
  returns table (day date, kind text, amount numeric)
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
  horizon date := least(coalesce((select min(metric_marks.day) from private.metric_marks where family = 'cash'),
    'infinity'), coalesce((select until from private.rolled_up where family = 'cash'), '0001-01-01'));
begin
  if customers is not null then
    horizon := from_day;
  end if;
  return query select held.day, held.kind, sum(held.amount_cents) from private.cash_days as held
    where held.currency = $3 and held.day between $1 and $2 and held.day < horizon
      and ($4 is null or held.plan = $4) group by held.day, held.kind;
  return query select entry.day, entry.kind, sum(entry.amount_cents)
    from private.cash_entries(greatest(horizon, from_day), zone, $5) as entry
    where entry.currency = $3 and entry.day <= $2 and ($4 is null or entry.plan = $4) group by entry.day, entry.kind;
end
$$;
comment on function private.cash_flows(date, date, text, text, uuid[]) is
  'Cash by day and cause, of one currency, a plan (all for null) and some customers (all for null). Definer: reads '
  'behind the policies.';

create function private.cash_numbers(from_day date, to_day date, granularity text, currency text, plan text,
  customers uuid[]) returns table (first_day date, last_day date, numbers jsonb)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with sums as (
    select greatest(case $3 when 'total' then $1 else date_trunc($3, flow.day::timestamp)::date end, $1) as first_day,
      flow.kind, sum(flow.amount) as amount
    from private.cash_flows($1, $2, $4, $5, $6) as flow group by 1, 2
  )
  select buckets.first_day, buckets.last_day, jsonb_build_object('new', 0, 'renewal', 0, 'upgrade', 0, 'other', 0,
      'refund', 0, 'dispute', 0)
    || coalesce((select jsonb_object_agg(sums.kind, sums.amount) from sums
      where sums.first_day = buckets.first_day), '{}')
  from private.metric_buckets($1, $2, $3) as buckets;
end
$$;
comment on function private.cash_numbers(date, date, text, text, text, uuid[]) is
  'Of each bucket, in minor units: new, renewal, upgrade, other, refund and dispute (negative). Definer: reads behind '
  'the policies.';
