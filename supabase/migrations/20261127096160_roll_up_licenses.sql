-- Licences and their use by day. How many were in force on a past day follows from where they ended and what was
-- renewed late; use is added up every ten minutes.

create table private.license_days (
  day date not null,
  plan text not null,
  total int not null,
  active int not null,
  in_grace int not null,
  revoked int not null,
  primary key (day, plan)
);
comment on table private.license_days is 'How many licences there were at the end of each day; made anew each night.';
comment on column private.license_days.plan is 'Plan as it is now';
comment on column private.license_days.total is 'Not deleted';
comment on column private.license_days.active is 'Not revoked, and not at their end';
comment on column private.license_days.in_grace is 'At their end, within the days of grace';
comment on column private.license_days.revoked is 'Revoked; what remains of the total has expired';

create table private.due_days (
  day date not null,
  plan text not null,
  due int not null,
  renewed int not null,
  primary key (day, plan)
);
comment on table private.due_days is
  'How many licences came due each day, and were renewed in time; made anew each night. The last month is counted.';
comment on column private.due_days.plan is 'Plan when it came due';
comment on column private.due_days.due is 'Came due: renewed, or their days of grace are over';
comment on column private.due_days.renewed is 'Renewed before their days of grace were over';

create table private.usage_days (
  day date not null,
  plan text not null,
  clients int not null,
  messages_sent bigint not null,
  ai_queries bigint not null,
  campaigns_launched bigint not null,
  errors_count bigint not null,
  uptime_minutes bigint not null,
  active_week int not null,
  active_month int not null,
  primary key (day, plan)
);
comment on table private.usage_days is 'Use of the product by day and plan.';
comment on column private.usage_days.plan is 'Plan as it is now';
comment on column private.usage_days.clients is 'Licences that reported that day';
comment on column private.usage_days.messages_sent is 'WhatsApp messages sent';
comment on column private.usage_days.ai_queries is 'Questions to Mistral AI';
comment on column private.usage_days.campaigns_launched is 'Campaigns launched';
comment on column private.usage_days.errors_count is 'Errors the clients counted';
comment on column private.usage_days.uptime_minutes is 'Minutes the product ran on all of them';
comment on column private.usage_days.active_week is 'Licences that reported in the 7 days up to it';
comment on column private.usage_days.active_month is 'Licences that reported in the 30 days up to it';

alter table private.license_days enable row level security;
alter table private.due_days enable row level security;
alter table private.usage_days enable row level security;

create function private.license_levels(zone text, ends date, customers uuid[]) returns table (day date, plan text,
  total bigint, active bigint, in_grace bigint, revoked bigint)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with held as (
    select licenses.*, (licenses.created_at at time zone $1)::date as came,
      least(licenses.revoked_at, 'infinity') as cut from public.licenses
    where licenses.deleted_at is null and ($3 is null or licenses.customer_id = any ($3))
  ), gaps as (
    select held.plan, dues.due_at, least(dues.grace_until, dues.renewed_at) as grace_ends, dues.renewed_at
    from private.license_dues as dues join held on held.id = dues.license_id
    where dues.renewed_at > dues.due_at and dues.renewed_at < held.cut
  ), steps as (
    select came as day, held.plan, 1 as total, 1 as active, 0 as in_grace, 0 as revoked from held
    union all
    select (held.revoked_at at time zone $1)::date, held.plan, 0, case when expires_at > held.revoked_at then -1
        else 0 end, case when expires_at <= held.revoked_at and grace_until > held.revoked_at then -1 else 0 end, 1
    from held where held.revoked_at is not null
    union all
    select (expires_at at time zone $1)::date, held.plan, 0, -1, 1, 0 from held where expires_at < cut
    union all
    select (grace_until at time zone $1)::date, held.plan, 0, 0, -1, 0 from held where grace_until < cut
    union all
    select (due_at at time zone $1)::date, gaps.plan, 0, -1, 1, 0 from gaps
    union all
    select (grace_ends at time zone $1)::date, gaps.plan, 0, 0, -1, 0 from gaps
    union all
    select (renewed_at at time zone $1)::date, gaps.plan, 0, 1, 0, 0 from gaps
  ), stepped as (
    select steps.day, steps.plan, sum(steps.total) as total, sum(steps.active) as active,
      sum(steps.in_grace) as in_grace, sum(steps.revoked) as revoked
    from steps where steps.day < $2 group by steps.day, steps.plan
  ), every_day as (
    select days.day::date, plans.plan
    from (select distinct stepped.plan from stepped) as plans,
      generate_series((select min(stepped.day) from stepped)::timestamp, $2::timestamp - interval '1 day',
        interval '1 day') as days (day)
  )
  select every_day.day, every_day.plan, (sum(stepped.total) over plan)::bigint, (sum(stepped.active) over plan)::bigint,
    (sum(stepped.in_grace) over plan)::bigint, (sum(stepped.revoked) over plan)::bigint
  from every_day left join stepped using (day, plan)
  window plan as (partition by every_day.plan order by every_day.day);
end
$$;
comment on function private.license_levels(text, date, uuid[]) is
  'Licences of some customers (all for null) at the end of each day before one. Definer: reads behind the policies.';

create function private.roll_licenses() returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
  ends constant date := private.business_day(now());
begin
  insert into private.rolled_up (family, until) values ('licenses', ends)
  on conflict (family) do update set until = excluded.until, rolled_at = now();
  delete from private.license_days;
  insert into private.license_days
  select day, plan, coalesce(total, 0), coalesce(active, 0), coalesce(in_grace, 0), coalesce(revoked, 0)
  from private.license_levels(zone, ends, null);
  delete from private.due_days;
  insert into private.due_days
  select (due.due_at at time zone zone)::date, due.plan, count(*), count(*) filter (where due.is_renewed)
  from private.dues_between('-infinity', ends::timestamp at time zone zone, null) as due
  where not due.is_open group by 1, due.plan;
end
$$;
comment on function private.roll_licenses() is
  'Makes license_days and due_days anew up to yesterday. Definer: nobody writes figures directly.';

create function private.usage_levels(from_day date, customers uuid[]) returns setof private.usage_days
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with used as (
    select stats.license_id, stats.date, licenses.plan, stats.messages_sent, stats.ai_queries,
      stats.campaigns_launched, stats.errors_count, stats.uptime_minutes,
      lead(stats.date) over (partition by stats.license_id order by stats.date) as next_date
    from public.usage_stats as stats join public.licenses on licenses.id = stats.license_id
    where ($1 is null or stats.date >= $1 - 30) and ($2 is null or licenses.customer_id = any ($2))
  ), sums as (
    select used.date as day, used.plan, count(*) as clients, sum(messages_sent) as messages_sent,
      sum(ai_queries) as ai_queries, sum(campaigns_launched) as campaigns_launched, sum(errors_count) as errors_count,
      sum(uptime_minutes) as uptime_minutes
    from used group by used.date, used.plan
  ), steps as (
    -- A licence counts from the day it reported until a week, a month after, or until it reports again.
    select used.plan, used.date as day, 1 as week, 1 as month from used
    union all
    select used.plan, least(used.date + 7, used.next_date), -1, 0 from used
    union all
    select used.plan, least(used.date + 30, used.next_date), 0, -1 from used
  ), stepped as (
    select steps.plan, steps.day, sum(week) as week, sum(month) as month from steps group by steps.plan, steps.day
  ), every_day as (
    select days.day::date, plans.plan from (select distinct used.plan from used) as plans,
      generate_series((select min(used.date) from used)::timestamp, (select max(used.date) from used)::timestamp,
        interval '1 day') as days (day)
  ), levels as (
    select every_day.day, every_day.plan, sum(stepped.week) over plan as week, sum(stepped.month) over plan as month
    from every_day left join stepped using (day, plan)
    window plan as (partition by every_day.plan order by every_day.day)
  )
  select levels.day, levels.plan, coalesce(sums.clients, 0)::int, coalesce(sums.messages_sent, 0)::bigint,
    coalesce(sums.ai_queries, 0)::bigint, coalesce(sums.campaigns_launched, 0)::bigint,
    coalesce(sums.errors_count, 0)::bigint, coalesce(sums.uptime_minutes, 0)::bigint, levels.week::int,
    levels.month::int
  from levels left join sums using (day, plan) where $1 is null or levels.day >= $1;
end
$$;
comment on function private.usage_levels(date, uuid[]) is
  'Use of the product by day from one on (all for null), by licences of some customers (all for null). Definer: reads '
  'behind the policies.';

create function private.roll_usage(from_day date) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.rolled_up (family, until) values ('usage', private.business_day(now()))
  on conflict (family) do update set until = excluded.until, rolled_at = now();
  delete from private.usage_days where $1 is null or day >= $1;
  insert into private.usage_days select * from private.usage_levels($1, null);
end
$$;
comment on function private.roll_usage(date) is
  'Makes usage_days anew from a day on (all for null). A client may report days late: the last nine are made each '
  'night, the last two every ten minutes. Definer: nobody writes figures directly.';

select private.schedule_job('roll-licenses', '5 0,3 * * *', 'select private.roll_licenses()');
select private.schedule_job('roll-usage', '*/10 * * * *',
  'select private.roll_usage(private.business_day(now()) - 1)');
select private.schedule_job('roll-usage-nightly', '50 3 * * *',
  'select private.roll_usage(private.business_day(now()) - 9)');
