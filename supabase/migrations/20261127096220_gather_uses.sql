-- The numbers of licences, use and support for each bucket of a period.

create function private.license_numbers(from_day date, to_day date, granularity text, plan text, customers uuid[])
  returns table (first_day date, last_day date, numbers jsonb)
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
  today constant date := private.business_day(now());
  -- No days of grace are longer: what came due before is renewed or not.
  settled constant date := coalesce((select until from private.rolled_up where family = 'licenses'), '0001-01-01') - 31;
begin
  return query
  with levels as materialized (
    select held.day, held.plan, held.total, held.active, held.in_grace, held.revoked from private.license_days as held
      where $5 is null
    union all
    select held.day, held.plan, held.total::int, held.active::int, held.in_grace::int, held.revoked::int
      from private.license_levels(zone, today, $5) as held where $5 is not null
    union all
    select today, licenses.plan, count(*)::int,
      (count(*) filter (where revoked_at is null and expires_at > now()))::int,
      (count(*) filter (where revoked_at is null and expires_at <= now() and grace_until > now()))::int,
      (count(*) filter (where revoked_at is not null))::int
    from public.licenses
    where to_day >= today and deleted_at is null and ($5 is null or customer_id = any ($5))
      and ($4 is not null or $5 is not null) group by licenses.plan
    union all
    -- Of all: those that are over are few, and an index knows each kind.
    select today, '', counted.total, counted.total - counted.ended - counted.revoked, counted.in_grace, counted.revoked
    from (select private.license_count()::int as total,
        (select count(*) from public.licenses where deleted_at is null and revoked_at is not null)::int as revoked,
        (select count(*) from public.licenses where deleted_at is null and revoked_at is null
          and expires_at <= now())::int as ended,
        (select count(*) from public.licenses where deleted_at is null and revoked_at is null
          and expires_at <= now() and grace_until > now())::int as in_grace) as counted
    where to_day >= today and $4 is null and $5 is null
  ), ends as (
    select private.start_of_day(case when $5 is null then greatest($1, settled) else $1 end) as from_time,
      private.start_of_day($2 + 1) as to_time
  ), dues as (
    select held.day, held.due, held.renewed, 0 as open from private.due_days as held
      where $5 is null and held.day between $1 and $2 and held.day < settled and ($4 is null or held.plan = $4)
    union all
    select (due.due_at at time zone zone)::date, count(*) filter (where not due.is_open),
      count(*) filter (where due.is_renewed), count(*) filter (where due.is_open)
    from ends, private.dues_between(ends.from_time, ends.to_time, $5) as due
    where $4 is null or due.plan = $4 group by 1
  ), due_sums as (
    select greatest(case $3 when 'total' then $1 else date_trunc($3, dues.day::timestamp)::date end, $1) as first_day,
      sum(dues.due) as due, sum(dues.renewed) as renewed, sum(dues.open) as open
    from dues group by 1
  )
  select buckets.first_day, buckets.last_day, jsonb_build_object('total', held.total, 'active', held.active,
    'in_grace', held.in_grace, 'revoked', held.revoked,
    'expired', held.total - held.active - held.in_grace - held.revoked,
    'due', coalesce(due_sums.due, 0), 'renewed', coalesce(due_sums.renewed, 0), 'open', coalesce(due_sums.open, 0))
  from private.metric_buckets($1, $2, $3) as buckets
  left join due_sums using (first_day)
  cross join lateral (select sum(levels.total) as total, sum(levels.active) as active, sum(levels.in_grace) as in_grace,
      sum(levels.revoked) as revoked from levels
    where levels.day = least(buckets.last_day, today) and ($4 is null or levels.plan = $4)) as held;
end
$$;
comment on function private.license_numbers(date, date, text, text, uuid[]) is
  'Of each bucket: licences at its end (total, active, in_grace, expired, revoked), and of those that came due in it '
  'due, renewed, and open (in their days of grace: neither yet). Definer: reads behind the policies.';

create function private.dues_between(from_time timestamptz, to_time timestamptz, customers uuid[]) returns table (
  license_id uuid, customer_id uuid, plan text, due_at timestamptz, renewed_at timestamptz, is_renewed boolean,
  is_open boolean)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  select dues.license_id, dues.customer_id, dues.plan, dues.due_at, dues.renewed_at,
    dues.renewed_at <= dues.grace_until, false
  from (select license_dues.*, null::uuid as customer_id from private.license_dues where $3 is null
    union all select license_dues.*, held.customer_id from public.licenses as held
      join private.license_dues on license_dues.license_id = held.id where held.customer_id = any ($3)) as dues
  where dues.due_at >= $1 and dues.due_at < least($2, now())
  union all
  select licenses.id, licenses.customer_id, licenses.plan, licenses.expires_at, null, false,
    licenses.grace_until > now()
  from public.licenses
  where licenses.expires_at >= $1 and licenses.expires_at < least($2, now()) and licenses.deleted_at is null
    and licenses.payment_method <> 'manual' and (licenses.revoked_at is null or licenses.revoked_at > expires_at)
    and ($3 is null or licenses.customer_id = any ($3));
end
$$;
comment on function private.dues_between(timestamptz, timestamptz, uuid[]) is
  'Licences that came due, of some customers (all for null; customer_id is then left out of renewed ones): renewed in '
  'time, not, or is_open while their days of grace last. Courtesy licences are not sold and so not renewed. Definer: '
  'reads behind the policies.';

create function private.usage_numbers(from_day date, to_day date, granularity text, plan text, customers uuid[])
  returns table (first_day date, last_day date, numbers jsonb)
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
  with days as materialized (
    select held.* from private.usage_days as held
      where $5 is null and held.day between $1 and $2 and ($4 is null or held.plan = $4)
    union all
    select held.* from private.usage_levels($1, $5) as held
      where $5 is not null and held.day between $1 and $2 and ($4 is null or held.plan = $4)
  ), sums as (
    select greatest(case $3 when 'total' then $1 else date_trunc($3, days.day::timestamp)::date end, $1) as first_day,
      jsonb_build_object('reports', sum(days.clients), 'messages_sent', sum(days.messages_sent),
        'ai_queries', sum(days.ai_queries), 'campaigns_launched', sum(days.campaigns_launched),
        'errors_count', sum(days.errors_count), 'uptime_minutes', sum(days.uptime_minutes)) as flows,
      max(days.day) as last_day
    from days group by 1
  )
  select buckets.first_day, buckets.last_day, coalesce(sums.flows, '{"reports": 0}') || coalesce((
    select jsonb_build_object('active_day', sum(days.clients), 'active_week', sum(days.active_week),
      'active_month', sum(days.active_month)) from days where days.day = sums.last_day), '{}')
  from private.metric_buckets($1, $2, $3) as buckets left join sums using (first_day);
end
$$;
comment on function private.usage_numbers(date, date, text, text, uuid[]) is
  'Of each bucket: sums of what licences reported, reports (licences times days), and the clients active on its last '
  'reported day, in the 7 and the 30 days up to it. Days are the client''s own. Definer: reads behind the policies.';

create function private.support_numbers(from_day date, to_day date, granularity text, customers uuid[])
  returns table (first_day date, last_day date, numbers jsonb)
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
begin
  return query
  with opened as (
    select greatest(case $3 when 'total' then $1
        else date_trunc($3, tickets.created_at at time zone zone)::date end, $1) as first_day,
      count(*) as opened, count(*) filter (where tickets.is_breached) as breached,
      percentile_cont(0.5) within group (order by tickets.first_response_seconds) as first_response,
      percentile_cont(0.5) within group (order by tickets.resolution_seconds)
        filter (where tickets.resolved_at is not null) as resolution
    from public.support_tickets as tickets
    where tickets.merged_into is null and tickets.created_at >= private.start_of_day($1)
      and tickets.created_at < private.start_of_day($2 + 1) and ($4 is null or tickets.customer_id = any ($4))
    group by 1
  )
  select buckets.first_day, buckets.last_day, jsonb_build_object('opened', coalesce(opened.opened, 0),
    'breached', coalesce(opened.breached, 0), 'first_response', round(opened.first_response),
    'resolution', round(opened.resolution), 'open', (
      select count(*) from public.support_tickets as tickets
      where tickets.merged_into is null and tickets.created_at < ends.at
        and coalesce(tickets.resolved_at, tickets.closed_at, 'infinity')
          >= ends.at
        and ($4 is null or tickets.customer_id = any ($4))))
  from private.metric_buckets($1, $2, $3) as buckets
  cross join lateral (select least(private.start_of_day(buckets.last_day + 1), now()) as at) as ends
  left join opened using (first_day);
end
$$;
comment on function private.support_numbers(date, date, text, uuid[]) is
  'Of each bucket: tickets opened in it, how many of those missed a deadline, medians of their first response and '
  'resolution (working seconds), and open at its end. Definer: reads behind the policies.';
