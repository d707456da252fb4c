-- How much a licence, or all those of a customer, are used. Days are the client's own, as it counted them; a day nobody
-- reported is no day without use. What was not reported is null, never 0.

create function private.usage_figures(license_ids uuid[], from_day date, to_day date) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('from_day', from_day, 'to_day', to_day, 'reported_days', count(distinct date),
    'messages_sent', sum(messages_sent), 'ai_queries', sum(ai_queries), 'campaigns_launched', sum(campaigns_launched),
    'errors_count', sum(errors_count),
    -- A day of 25 hours is a day.
    'uptime', round(sum(least(uptime_minutes, 1440)) / (1440.0 * nullif(count(*), 0)), 4))
  from public.usage_stats where license_id = any ($1) and date between $2 and $3
$$;
comment on function private.usage_figures(uuid[], date, date) is
  'Use of licences from one day to another, both included: sums, reported_days, uptime (share of the days that were '
  'reported); all but the days null where nothing was. Never granted. Definer: reads behind the policies.';

create function private.feature_activity(days_used bigint) returns text
language sql immutable set search_path = ''
as $$ select case when days_used >= 15 then 'very_active' when days_used >= 1 then 'active' else 'never_used' end $$;
comment on function private.feature_activity(bigint) is
  'How active a feature is by the days of the last 30 on which it was used: very_active (15 or more), active or '
  'never_used.';

create function private.used_features(license_ids uuid[], last_day date) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('feature', feature, 'activity', private.feature_activity(days_used),
    'days_used', days_used, 'uses', uses, 'last_used_on', last_used_on)
    order by days_used desc, uses desc, feature), '[]')
  from (
    select feature, count(distinct date) filter (where is_recent) as days_used,
      coalesce(sum(feature_usage.uses) filter (where is_recent), 0) as uses, max(date) as last_used_on
    from public.feature_usage, lateral (select date > $2 - 30 as is_recent) as age
    where license_id = any ($1) and date <= $2 and feature_usage.uses > 0
    group by feature) as used
$$;
comment on function private.used_features(uuid[], date) is
  'The features licences ever used, the most used first: days and uses of the 30 days up to last_day. Never granted. '
  'Definer: reads behind the policies.';

create function private.get_usage(license_id uuid, customer_id uuid, from_day date, to_day date) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  today date := private.business_day(now());
  ids uuid[];
  before date := (date_trunc('month', today) - interval '1 month')::date;
begin
  perform private.require_permission('licenses.read');
  to_day := coalesce(to_day, today);
  from_day := coalesce(from_day, to_day - 89);
  if num_nonnulls($1, $2) <> 1 then
    perform private.fail('invalid_argument', 'Use is read of one licence or of one customer');
  elsif from_day > to_day or to_day - from_day > 400 then
    perform private.fail('invalid_argument', 'from_day to to_day spans 1 to 401 days');
  end if;
  if $1 is not null then
    ids := array(select licenses.id from public.licenses where licenses.id = $1);
    if ids = '{}' then
      perform private.fail('license_not_found', 'No such licence');
    end if;
  else
    if not exists (select from public.customers where customers.id = $2) then
      perform private.fail('customer_not_found', 'No such customer');
    end if;
    ids := array(select licenses.id from public.licenses where licenses.customer_id = $2 and deleted_at is null);
  end if;
  return jsonb_build_object('from_day', from_day, 'to_day', to_day, 'today', today,
    'first_reported_on', (select min(date) from public.usage_stats where usage_stats.license_id = any (ids)),
    'last_reported_on', (select max(date) from public.usage_stats where usage_stats.license_id = any (ids)),
    'days', (select coalesce(jsonb_agg(to_jsonb(reported) order by reported.day), '[]') from (
      select date as day, count(*) as licenses, sum(messages_sent) as messages_sent, sum(ai_queries) as ai_queries,
        sum(campaigns_launched) as campaigns_launched, sum(errors_count) as errors_count,
        round(sum(least(uptime_minutes, 1440)) / (1440.0 * count(*)), 4) as uptime
      from public.usage_stats where usage_stats.license_id = any (ids) and date between from_day and to_day
      group by date) as reported),
    'month', private.usage_figures(ids, date_trunc('month', today)::date, today),
    -- As many days of the month before, or all of it if it has fewer.
    'month_before', private.usage_figures(ids, before, least(before + extract(day from today)::int - 1,
      (date_trunc('month', today) - interval '1 day')::date)),
    'features', private.used_features(ids, today));
end
$$;
comment on function private.get_usage(uuid, uuid, date, date) is
  'Does the work of public.get_usage. Definer: reads behind the policies.';
grant execute on function private.get_usage(uuid, uuid, date, date) to authenticated, service_role;

create function public.get_usage(license_id uuid default null, customer_id uuid default null,
  from_day text default null, to_day text default null) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select private.get_usage($1, $2, private.require_day($3, 'from_day'), private.require_day($4, 'to_day'))
$$;
comment on function public.get_usage(uuid, uuid, text, text) is
  'Use of one licence, or of all those of one customer. from_day and to_day are the last 90 days unless given, 401 '
  'apart at most. → {today, from_day, to_day, first_reported_on, last_reported_on, days: [{day, licenses, '
  'messages_sent, ai_queries, campaigns_launched, errors_count, uptime}] (reported ones only), month and month_before '
  '({from_day, to_day, reported_days, the same figures or null}: this month so far, and as many days of the one '
  'before), features: [{feature, activity, days_used, uses, last_used_on}]}. uptime is a share of 1 over the days '
  'reported; activity is very_active (15 of the last 30 days or more), active or never_used. Needs licenses.read. '
  'Errors: permission_denied, invalid_argument, license_not_found (404), customer_not_found (404).';
revoke execute on function public.get_usage(uuid, uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function public.get_usage(uuid, uuid, text, text) to authenticated, service_role;
