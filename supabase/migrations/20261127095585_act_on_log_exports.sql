-- What people do with exports of the log: ask for one, stop it, let it go on, fetch it, throw it away.

create function private.queue_log_export(staff_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('private.queue_log_export:' || staff_id, 0));
  if (select count(*) from public.log_exports where created_by = staff_id and state = 'queued') >= 5 then
    perform private.fail('too_many_log_exports', 'Five exports wait already: two of a person are made at a time');
  end if;
end
$$;
comment on function private.queue_log_export(uuid) is
  'Refuses a sixth export of somebody that would wait. Errors: too_many_log_exports (409). Definer: reads behind the '
  'policy.';

create function private.export_logs(query text, from_time timestamptz, to_time timestamptz, format text,
  time_zone text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  staff_id uuid := (select staff.user_id from public.staff where staff.user_id = (select auth.uid()));
  zone text := coalesce(time_zone, private.business_time_zone());
  condition private.log_condition;
  counted jsonb;
  export public.log_exports;
begin
  perform private.require_permission('logs.export');
  if staff_id is null then
    perform private.fail('permission_denied', 'An export is made for somebody');
  elsif format is null or format not in ('csv', 'ndjson') then
    perform private.fail('invalid_argument', 'format is csv or ndjson');
  end if;
  condition := private.read_log_query(query, from_time, to_time, now());
  if not private.is_time_zone(zone) then
    perform private.fail('invalid_argument', format('"%s" is not a time zone', left(zone, 50)));
  end if;
  perform private.queue_log_export(staff_id);
  counted := private.get_log_histogram(query, from_time, to_time, 1, null);
  insert into public.log_exports (created_by, query, from_time, to_time, time_zone, format, expected_lines)
  values (staff_id, coalesce(query, ''), $2, $3, zone, $4,
    case when (counted ->> 'counted_from')::timestamptz <= condition.from_time then (counted ->> 'total')::bigint end)
  returning * into export;
  -- All numbers given so far: what was acknowledged is in it, and who is just adding a batch is waited for.
  insert into private.log_export_work (export_id, condition, before_id)
  select export.id, condition, (last_value + is_called::int) * 1000 from private.log_batch_numbers;
  perform private.record_event('log_export_requested', 'log_export', export.id::text, jsonb_build_object(
    'format', export.format, 'is_search', export.query <> '', 'filters', jsonb_build_object('from_time', $2,
      'to_time', $3, 'time_zone', zone)));
  perform private.call_edge_function('log-export');
  return private.log_export_row(export);
end
$$;
comment on function private.export_logs(text, timestamptz, timestamptz, text, text) is
  'Does the work of public.export_logs. Definer: nobody writes exports directly.';
grant execute on function private.export_logs(text, timestamptz, timestamptz, text, text)
  to authenticated, service_role;

create function public.export_logs(query text default '', from_time timestamptz default null,
  to_time timestamptz default null, format text default 'csv', time_zone text default null) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.export_logs($1, $2, $3, $4, $5) $$;
comment on function public.export_logs(text, timestamptz, timestamptz, text, text) is
  'Asks for a file of all lines a query means (see search_logs), as received up to now, newest first; times in that '
  'zone, the business''s when null. Two of a person are made at a time, five may wait. Audited, without what was '
  'typed. → the export as list_log_exports. Needs logs.export and logs.read. Errors: permission_denied, query_invalid '
  '(details {position, length, reason}), invalid_argument, too_many_log_exports (409).';
revoke execute on function public.export_logs(text, timestamptz, timestamptz, text, text)
  from public, anon, authenticated, service_role;
grant execute on function public.export_logs(text, timestamptz, timestamptz, text, text)
  to authenticated, service_role;

create function private.list_log_exports() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('logs.export');
  return (select jsonb_build_object('rows', coalesce(jsonb_agg(private.log_export_row(export)
      order by export.created_at desc, export.id), '[]'))
    from (select * from public.log_exports
      where removed_at is null and (created_by = (select auth.uid()) or private.is_system_caller()
        or private.has_permission('logs.configure'))
      order by created_at desc, id limit 100) as export);
end
$$;
comment on function private.list_log_exports() is
  'Does the work of public.list_log_exports. Definer: reads behind the policies.';
grant execute on function private.list_log_exports() to authenticated, service_role;

create function public.list_log_exports() returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_log_exports() $$;
comment on function public.list_log_exports() is
  'The newest 100 exports of the caller, of everybody for administrators. → {rows: [{id, created_by, created_by_name, '
  'query, from_time, to_time, time_zone, format, state, line_count, byte_count, part_count, expected_lines, '
  'searched_to, failure, created_at, finished_at, expires_at}]}. Needs logs.export.';
revoke execute on function public.list_log_exports() from public, anon, authenticated, service_role;
grant execute on function public.list_log_exports() to authenticated, service_role;

create function private.require_log_export(export_id uuid) returns public.log_exports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.log_exports;
begin
  perform private.require_permission('logs.export');
  select * into export from public.log_exports
  where id = $1 and removed_at is null and (created_by = (select auth.uid()) or private.is_system_caller()
    or private.has_permission('logs.configure')) for update;
  if export.id is null then
    perform private.fail('log_export_not_found', 'No such export, or it was removed');
  end if;
  return export;
end
$$;
comment on function private.require_log_export(uuid) is
  'An export of the caller, of anybody for administrators, locked. Errors: permission_denied, log_export_not_found '
  '(404). Definer: nobody writes exports directly.';

create function private.cancel_log_export(export_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.log_exports := private.require_log_export(export_id);
begin
  update public.log_exports set state = 'cancelled', finished_at = now(),
    expires_at = now() + make_interval(days => private.setting_int('log_export_days'))
  where id = export.id and finished_at is null;
  return (select private.log_export_row(log_exports) from public.log_exports where id = export.id);
end
$$;
comment on function private.cancel_log_export(uuid) is
  'Does the work of public.cancel_log_export. Definer: nobody writes exports directly.';
grant execute on function private.cancel_log_export(uuid) to authenticated, service_role;

create function public.cancel_log_export(export_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.cancel_log_export($1) $$;
comment on function public.cancel_log_export(uuid) is
  'Stops an export; what is written stays until it expires, and resume_log_export goes on there. One that has ended is '
  'answered as it is. → the export as list_log_exports. Needs logs.export. Errors: permission_denied, '
  'log_export_not_found (404).';
revoke execute on function public.cancel_log_export(uuid) from public, anon, authenticated, service_role;
grant execute on function public.cancel_log_export(uuid) to authenticated, service_role;

create function private.resume_log_export(export_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.log_exports := private.require_log_export(export_id);
begin
  if export.state not in ('cancelled', 'failed') then
    return private.log_export_row(export);
  end if;
  perform private.queue_log_export(export.created_by);
  update public.log_exports set state = 'queued', failure = null, finished_at = null, expires_at = null
  where id = export.id returning * into export;
  update private.log_export_work set failures = 0, retry_at = now() where log_export_work.export_id = $1;
  perform private.call_edge_function('log-export');
  return private.log_export_row(export);
end
$$;
comment on function private.resume_log_export(uuid) is
  'Does the work of public.resume_log_export. Definer: nobody writes exports directly.';
grant execute on function private.resume_log_export(uuid) to authenticated, service_role;

create function public.resume_log_export(export_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.resume_log_export($1) $$;
comment on function public.resume_log_export(uuid) is
  'Lets an export that was cancelled or failed go on where it stopped; any other is answered as it is. → the export as '
  'list_log_exports. Needs logs.export. Errors: permission_denied, log_export_not_found (404), too_many_log_exports '
  '(409).';
revoke execute on function public.resume_log_export(uuid) from public, anon, authenticated, service_role;
grant execute on function public.resume_log_export(uuid) to authenticated, service_role;

create function private.remove_log_export(export_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.log_exports := private.require_log_export(export_id);
begin
  update public.log_exports set removed_at = now(), query = '',
    state = case when finished_at is null then 'cancelled' else state end,
    finished_at = coalesce(finished_at, now()), expires_at = coalesce(expires_at, now())
  where id = export.id;
end
$$;
comment on function private.remove_log_export(uuid) is
  'Does the work of public.remove_log_export; its job takes the parts. Definer: nobody writes exports directly.';
grant execute on function private.remove_log_export(uuid) to authenticated, service_role;

create function public.remove_log_export(export_id uuid) returns void
language sql volatile security invoker set search_path = '' as $$ select private.remove_log_export($1) $$;
comment on function public.remove_log_export(uuid) is
  'Throws an export and its file away, and stops it first. Needs logs.export. Errors: permission_denied, '
  'log_export_not_found (404).';
revoke execute on function public.remove_log_export(uuid) from public, anon, authenticated, service_role;
grant execute on function public.remove_log_export(uuid) to authenticated, service_role;

create function private.link_log_export(export_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.log_exports := private.require_log_export(export_id);
  token text := encode(extensions.gen_random_bytes(32), 'hex');
  link private.log_export_links;
begin
  if export.state <> 'done' then
    perform private.fail('log_export_not_done', 'The export is not finished');
  elsif auth.uid() is null then
    perform private.fail('permission_denied', 'A link is made for somebody');
  end if;
  insert into private.log_export_links (token_hash, export_id, created_by)
  values (sha256(convert_to(token, 'UTF8')), export.id, auth.uid()) returning * into link;
  perform private.record_event('log_export_linked', 'log_export', export.id::text, jsonb_build_object(
    'format', export.format, 'row_count', export.line_count));
  return jsonb_build_object('token', token, 'expires_at', link.expires_at);
end
$$;
comment on function private.link_log_export(uuid) is
  'Does the work of public.link_log_export. Definer: links are private.';
grant execute on function private.link_log_export(uuid) to authenticated, service_role;

create function public.link_log_export(export_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.link_log_export($1) $$;
comment on function public.link_log_export(uuid) is
  'A way to the file of a finished export: GET log-export?id=…&token=… without any key, for five minutes, and for an '
  'hour from the first one on to take a broken download up. Audited. → {token, expires_at}. Needs logs.export. Errors: '
  'permission_denied, log_export_not_found (404), log_export_not_done (409).';
revoke execute on function public.link_log_export(uuid) from public, anon, authenticated, service_role;
grant execute on function public.link_log_export(uuid) to authenticated, service_role;
