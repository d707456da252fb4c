-- Working on groups: found by their state, resolved, ignored for a time or a number, opened again, assigned.

create function private.log_group_row(wanted public.log_groups) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('id', $1.id, 'source', sources.name, 'level', $1.level, 'title', $1.title,
    'status', $1.status, 'lines', coalesce(counts.lines, 0), 'first_seen_at', $1.first_seen_at,
    'last_seen_at', coalesce(counts.last_seen_at, $1.first_seen_at), 'first_version', $1.first_version,
    'last_version', counts.last_version,
    'licenses', (select count(*) from private.log_group_licenses where group_id = $1.id),
    'versions', (select coalesce(jsonb_agg(jsonb_build_object('version', seen.version, 'lines', seen.lines,
        'first_seen_at', seen.first_seen_at) order by seen.first_seen_at desc, seen.version), '[]')
      from (select * from private.log_group_versions where group_id = $1.id
        order by first_seen_at desc limit 20) as seen),
    'trend', (select coalesce(jsonb_agg(coalesce(hits.lines, 0) order by day), '[]')
      from generate_series(private.business_day(now()) - 13, private.business_day(now()), interval '1 day') as day
      left join lateral (select sum(hours.lines) as lines from private.log_group_hours as hours
        where hours.group_id = $1.id and hours.hour >= private.start_of_day(day::date)
          and hours.hour < private.start_of_day(day::date + 1)) as hits on true),
    'ignored_until', $1.ignored_until, 'ignored_until_lines', $1.ignored_until_lines, 'resolved_at', $1.resolved_at,
    'resolved_version', $1.resolved_version, 'reopened_at', $1.reopened_at, 'reopened_version', $1.reopened_version,
    'assigned_to', $1.assigned_to,
    'assigned_name', (select display_name from public.staff where user_id = $1.assigned_to))
  from public.log_sources as sources left join private.log_group_counts as counts on counts.group_id = $1.id
  where sources.id = $1.source_id
$$;
comment on function private.log_group_row(public.log_groups) is
  'A group as the API answers it. Definer: counts are private.';

create function private.search_log_groups(query text, status text, page int, page_size int, source text,
  license_id uuid, assigned_to uuid, sort text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  words text := private.log_words(coalesce(btrim(query), ''), null, null);
  sources int[] := case when source is not null then private.log_source_ids(source) end;
  ids bigint[];
begin
  perform private.require_permission('logs.read');
  perform private.require_page(page, page_size, query);
  if status is null or status not in ('open', 'resolved', 'ignored', 'all') or sort is null
    or sort not in ('last_seen_at', 'first_seen_at', 'lines', 'licenses') then
    perform private.fail('invalid_argument', 'status is open, resolved, ignored or all; sort is last_seen_at, '
      'first_seen_at, lines or licenses');
  end if;
  ids := array(select groups.id from public.log_groups as groups
    left join private.log_group_counts as counts on counts.group_id = groups.id
    where ($2 = 'all' or groups.status = $2)
      and (words = '' or strpos(private.log_words(groups.title, null, null), words) > 0)
      and (sources is null or groups.source_id = any (sources))
      and ($6 is null or exists (select from private.log_group_licenses as hit
        where hit.group_id = groups.id and hit.license_id = $6))
      and ($7 is null or groups.assigned_to = $7)
    order by case sort when 'lines' then counts.lines when 'licenses' then (select count(*)
        from private.log_group_licenses where group_id = groups.id) end desc nulls last,
      case sort when 'first_seen_at' then groups.first_seen_at
        else coalesce(counts.last_seen_at, groups.first_seen_at) end desc, groups.id desc);
  return jsonb_build_object('total', cardinality(ids), 'rows', (
    select coalesce(jsonb_agg(private.log_group_row(groups) order by wanted.place), '[]')
    from unnest(ids[(page - 1) * page_size + 1:page * page_size]) with ordinality as wanted (id, place)
    join public.log_groups as groups on groups.id = wanted.id));
end
$$;
comment on function private.search_log_groups(text, text, int, int, text, uuid, uuid, text) is
  'Does the work of public.search_log_groups. Definer: counts are private.';
grant execute on function private.search_log_groups(text, text, int, int, text, uuid, uuid, text)
  to authenticated, service_role;

create function public.search_log_groups(query text default '', status text default 'open', page int default 1,
  page_size int default 50, source text default null, license_id uuid default null, assigned_to uuid default null,
  sort text default 'last_seen_at') returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.search_log_groups($1, $2, $3, $4, $5, $6, $7, $8) $$;
comment on function public.search_log_groups(text, text, int, int, text, uuid, uuid, text) is
  'Groups of warnings and errors whose title holds the text, by status (open, resolved, ignored, all), source, licence '
  'hit and assignee; sorted by last_seen_at, first_seen_at, lines or licenses, largest first. → {total, rows: [{id, '
  'source, level, title, status, lines, first_seen_at, last_seen_at, first_version, last_version, licenses (how many), '
  'versions: [{version, lines, first_seen_at}], trend (lines a day, 14 days to today), ignored_until, '
  'ignored_until_lines, resolved_at, resolved_version, reopened_at, reopened_version, assigned_to, assigned_name}]}. '
  'Needs logs.read. Errors: permission_denied, invalid_argument.';
revoke execute on function public.search_log_groups(text, text, int, int, text, uuid, uuid, text)
  from public, anon, authenticated, service_role;
grant execute on function public.search_log_groups(text, text, int, int, text, uuid, uuid, text)
  to authenticated, service_role;

create function private.update_log_group(group_id bigint, status text, ignored_until timestamptz,
  ignored_until_lines bigint) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed public.log_groups;
  counted private.log_group_counts;
begin
  perform private.require_permission('logs.triage');
  select * into changed from public.log_groups where id = $1 for update;
  select * into counted from private.log_group_counts where log_group_counts.group_id = $1;
  if changed.id is null then
    perform private.fail('log_group_not_found', 'No such group');
  elsif status is null or status not in ('open', 'resolved', 'ignored')
    or status <> 'ignored' and (ignored_until is not null or ignored_until_lines is not null)
    or ignored_until <= now() or not isfinite(ignored_until) or ignored_until_lines <= coalesce(counted.lines, 0) then
    perform private.fail('invalid_argument', 'status is open, resolved or ignored; a group is ignored until a time to '
      'come or a number of lines it has not reached');
  elsif changed.status = status and status <> 'ignored' then
    perform private.fail('log_group_status_unchanged', format('The group is %s already', status));
  end if;
  update public.log_groups as groups set status = $2, ignored_until = $3, ignored_until_lines = $4,
    resolved_at = case when $2 = 'resolved' then now() else groups.resolved_at end,
    resolved_version = case when $2 = 'resolved' then counted.last_version else groups.resolved_version end
  where id = $1 returning * into changed;
  perform private.record_event('log_group_' || case status when 'open' then 'reopened' else status end, 'log_group',
    $1::text, jsonb_strip_nulls(jsonb_build_object('title', changed.title, 'until', $3, 'until_lines', $4)));
  return private.log_group_row(changed);
end
$$;
comment on function private.update_log_group(bigint, text, timestamptz, bigint) is
  'Does the work of public.update_log_group. Definer: nobody writes groups directly.';
grant execute on function private.update_log_group(bigint, text, timestamptz, bigint) to authenticated, service_role;

create function public.update_log_group(group_id bigint, status text, ignored_until timestamptz default null,
  ignored_until_lines bigint default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.update_log_group($1, $2, $3, $4) $$;
comment on function public.update_log_group(bigint, text, timestamptz, bigint) is
  'Resolves a group, which opens again with its next line and says in which version; ignores it for good, until a time '
  'or a number of lines; or opens it. → the group as search_log_groups. Needs logs.triage. Errors: permission_denied, '
  'log_group_not_found (404), log_group_status_unchanged (409), invalid_argument.';
revoke execute on function public.update_log_group(bigint, text, timestamptz, bigint)
  from public, anon, authenticated, service_role;
grant execute on function public.update_log_group(bigint, text, timestamptz, bigint) to authenticated, service_role;

create function private.assign_log_group(group_id bigint, user_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed public.log_groups;
begin
  perform private.require_permission('logs.triage');
  if $2 is not null and not exists (select from public.staff where staff.user_id = $2 and is_active
    and private.staff_may(staff.user_id, 'logs.triage')) then
    perform private.fail('invalid_argument', 'Only active staff who may triage the log are assigned');
  end if;
  update public.log_groups set assigned_to = $2 where id = $1 returning * into changed;
  if changed.id is null then
    perform private.fail('log_group_not_found', 'No such group');
  end if;
  perform private.record_event('log_group_assigned', 'log_group', $1::text,
    jsonb_build_object('title', changed.title, 'assigned_to', $2));
  return private.log_group_row(changed);
end
$$;
comment on function private.assign_log_group(bigint, uuid) is
  'Does the work of public.assign_log_group. Definer: nobody writes groups directly.';
grant execute on function private.assign_log_group(bigint, uuid) to authenticated, service_role;

create function public.assign_log_group(group_id bigint, user_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.assign_log_group($1, $2) $$;
comment on function public.assign_log_group(bigint, uuid) is
  'Gives a group to somebody of the active staff who has logs.triage, or to nobody. → the group as '
  'search_log_groups. Needs logs.triage. '
  'Errors: permission_denied, log_group_not_found (404), invalid_argument.';
revoke execute on function public.assign_log_group(bigint, uuid) from public, anon, authenticated, service_role;
grant execute on function public.assign_log_group(bigint, uuid) to authenticated, service_role;

create function private.get_log_group(group_id bigint) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  wanted public.log_groups;
begin
  perform private.require_permission('logs.read');
  select * into wanted from public.log_groups where id = $1;
  if wanted.id is null then
    perform private.fail('log_group_not_found', 'No such group');
  end if;
  return private.log_group_row(wanted) || jsonb_build_object('hit', (
    select coalesce(jsonb_agg(jsonb_build_object('license_id', hit.license_id, 'customer_id', licenses.customer_id,
      'client', customers.email, 'license_key_hint', licenses.license_key_hint, 'lines', hit.lines,
      'last_seen_at', hit.last_seen_at) order by hit.lines desc, hit.license_id), '[]')
    from (select * from private.log_group_licenses where log_group_licenses.group_id = $1
      order by lines desc limit 50) as hit
    join public.licenses on licenses.id = hit.license_id
    join public.customers on customers.id = licenses.customer_id
    where private.is_system_caller() or private.has_permission('licenses.read')));
end
$$;
comment on function private.get_log_group(bigint) is
  'Does the work of public.get_log_group. Definer: counts are private.';
grant execute on function private.get_log_group(bigint) to authenticated, service_role;

create function public.get_log_group(group_id bigint) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_log_group($1) $$;
comment on function public.get_log_group(bigint) is
  'A group as search_log_groups, and hit: the 50 licences it hit most, [{license_id, customer_id, client, '
  'license_key_hint, lines, last_seen_at}]. Needs logs.read. Errors: permission_denied, log_group_not_found (404).';
revoke execute on function public.get_log_group(bigint) from public, anon, authenticated, service_role;
grant execute on function public.get_log_group(bigint) to authenticated, service_role;
