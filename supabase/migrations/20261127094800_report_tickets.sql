-- How fast support answers, and what it promised in vain: figures of the tickets of some days, each with the filter of
-- search_tickets that opens its tickets.

insert into private.export_subjects (subject, permission, filters) values
  ('ticket_report', 'tickets.export', '{from_day,to_day,group_by}');

create function private.report_tickets(from_day date, to_day date, group_by text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone text := private.business_time_zone();
begin
  perform private.require_permission('tickets.read');
  if from_day is null or to_day is null or from_day > to_day or to_day - from_day > 1100 then
    perform private.fail('invalid_argument', 'from_day and to_day are 1100 days apart at most, in their order');
  elsif group_by is null or group_by not in ('assignee', 'priority', 'tag', 'week') then
    perform private.fail('invalid_argument', 'group_by is assignee, priority, tag or week');
  end if;
  return (
    with asked as (
      select tickets.* from public.support_tickets as tickets
      where merged_into is null and created_at >= private.start_of_day(from_day)
        and created_at < private.start_of_day(to_day + 1)
    ), keyed as (
      select true as is_total, null::text as key, asked.* from asked
      union all
      select false, part.key, asked.* from asked
      cross join lateral (
        select case group_by when 'assignee' then asked.assigned_to::text when 'priority' then asked.priority
          else date_trunc('week', asked.created_at at time zone zone)::date::text end as key where group_by <> 'tag'
        union all
        select unnest(asked.tags) where group_by = 'tag') as part
    ), counted as (
      select is_total, key, count(*) as tickets, count(first_response_seconds) as answered,
        round(percentile_cont(0.5) within group (order by first_response_seconds)) as first_median,
        round(percentile_cont(0.9) within group (order by first_response_seconds)) as first_p90,
        count(resolution_seconds) filter (where resolved_at is not null) as resolved,
        round(percentile_cont(0.5) within group (order by resolution_seconds)
          filter (where resolved_at is not null)) as end_median,
        round(percentile_cont(0.9) within group (order by resolution_seconds)
          filter (where resolved_at is not null)) as end_p90,
        count(*) filter (where is_breached) as breaches,
        count(*) filter (where missed_clocks = '{first_response}') as first_breaches,
        count(*) filter (where missed_clocks = '{next_response}') as next_breaches,
        count(*) filter (where missed_clocks = '{resolution}') as end_breaches,
        count(*) filter (where cardinality(missed_clocks) > 1) as several_breaches
      from keyed group by is_total, key
    ), told as (
      select is_total, key, tickets, jsonb_build_object('key', key,
        'label', case when group_by = 'assignee' then staff.display_name else key end,
        'tickets', jsonb_build_object('count', tickets, 'filter', filter),
        'first_response', jsonb_build_object('count', answered, 'median_seconds', first_median,
          'p90_seconds', first_p90, 'filter', filter || '{"is_answered": true}'),
        'resolution', jsonb_build_object('count', resolved, 'median_seconds', end_median, 'p90_seconds', end_p90,
          'filter', filter || '{"statuses": ["resolved", "closed"]}'),
        'breaches', jsonb_build_object('count', breaches, 'filter', filter || '{"breached": "any"}'),
        'first_response_breaches', jsonb_build_object('count', first_breaches,
          'filter', filter || '{"breached": "first_response"}'),
        'next_response_breaches', jsonb_build_object('count', next_breaches,
          'filter', filter || '{"breached": "next_response"}'),
        'resolution_breaches', jsonb_build_object('count', end_breaches,
          'filter', filter || '{"breached": "resolution"}'),
        'several_breaches', jsonb_build_object('count', several_breaches,
          'filter', filter || '{"breached": "several"}')) as figures
      from counted
      left join public.staff on staff.user_id::text = counted.key
      cross join lateral (select jsonb_build_object('folder', 'all', 'created_from', from_day, 'created_to', to_day)
        || case when is_total then '{}'
          when group_by = 'assignee' and key is null then '{"is_assigned": false}'
          when group_by = 'assignee' then jsonb_build_object('assigned_to', key)
          when group_by = 'priority' then jsonb_build_object('priorities', jsonb_build_array(key))
          when group_by = 'tag' then jsonb_build_object('tags', jsonb_build_array(key))
          else jsonb_build_object('created_from', greatest(key::date, from_day),
            'created_to', least(key::date + 6, to_day)) end as filter) as filters
    )
    select jsonb_build_object('time_zone', zone, 'total', max(figures::text) filter (where is_total)::jsonb,
      'rows', coalesce(jsonb_agg(figures order by case when group_by = 'week' then key end,
        case when group_by = 'priority' then array_position(array['critical', 'high', 'medium', 'low'], key) end,
        tickets desc, key) filter (where not is_total), '[]'))
    from told);
end
$$;
comment on function private.report_tickets(date, date, text) is
  'Does the work of public.report_tickets. Definer: counts behind the policy.';
grant execute on function private.report_tickets(date, date, text) to authenticated, service_role;

create function public.report_tickets(from_day text, to_day text, group_by text default 'week') returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select private.report_tickets(private.require_day($1, 'from_day'), private.require_day($2, 'to_day'), $3)
$$;
comment on function public.report_tickets(text, text, text) is
  'Figures of the tickets opened from one day to another, both included, where the business is; merged ones are not '
  'counted twice. group_by is assignee, priority, tag (a ticket counts under each of its own) or week (key: its '
  'Monday). → {time_zone, total (null when there are none), rows: [{key, label, tickets, first_response, resolution, '
  'breaches (tickets that missed a deadline), and of those first_response_breaches, next_response_breaches and '
  'resolution_breaches (that one alone) and several_breaches, which together are all of them}]}; each figure is '
  '{count, filter (arguments of search_tickets)}, those of times with median_seconds and p90_seconds of working time. '
  'Needs tickets.read. Errors: invalid_argument.';
revoke execute on function public.report_tickets(text, text, text) from public, anon, authenticated, service_role;
grant execute on function public.report_tickets(text, text, text) to authenticated, service_role;
