-- Reports and what was sent, for who may read them: next three times, last result, files as they left.

create function private.report_run_row(run public.report_runs) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select to_jsonb($1) - array['snapshot', 'requested_by'] || jsonb_build_object(
    'name', coalesce($1.snapshot ->> 'name', (select name from public.report_schedules where id = $1.schedule_id)),
    'from_day', $1.snapshot -> 'from_day', 'to_day', $1.snapshot -> 'to_day',
    'requested_by_name', (select display_name from public.staff where user_id = $1.requested_by),
    'files', (select coalesce(jsonb_agg(jsonb_build_object('format', format, 'name', files.name,
        'bytes', octet_length(content)) order by format = 'pdf' desc, format), '[]')
      from private.report_files as files where files.run_id = $1.id),
    'deliveries', (select coalesce(jsonb_agg(jsonb_build_object('staff_id', sent.staff_id,
        'display_name', staff.display_name, 'state', case when sent.status = 'not_allowed' then sent.status
          when mails.status in ('pending', 'sending') then 'queued'
          when mails.status = 'sent' then coalesce(mails.delivery, 'sent') else mails.status end)
        order by staff.display_name, sent.staff_id), '[]')
      from public.report_deliveries as sent join public.staff on staff.user_id = sent.staff_id
      left join public.email_outbox as mails on mails.id = sent.mail_id where sent.run_id = $1.id))
$$;
comment on function private.report_run_row(public.report_runs) is
  'A run as the API answers it. Never granted. Definer: reads behind the policies.';

create function private.report_schedule_row(schedule public.report_schedules) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select to_jsonb($1) - array['created_by', 'created_at', 'deleted_at'] || jsonb_build_object(
    'local_time', to_char($1.local_time, 'HH24:MI'),
    'recipients', (select coalesce(jsonb_agg(jsonb_build_object('staff_id', named.staff_id,
        'display_name', staff.display_name, 'may_receive', private.staff_may(named.staff_id, 'reports.read'))
        order by staff.display_name, named.staff_id), '[]')
      from public.report_recipients as named join public.staff on staff.user_id = named.staff_id
      where named.schedule_id = $1.id),
    'next_runs', (select coalesce(jsonb_agg(moment order by moment), '[]')
      from private.next_report_runs($1, greatest(now(), $1.next_run_at - interval '1 second'), 3) as moment
      where $1.is_active),
    'last_run', (select private.report_run_row(runs) from public.report_runs as runs
      where runs.schedule_id = $1.id order by runs.due_at desc limit 1))
$$;
comment on function private.report_schedule_row(public.report_schedules) is
  'A schedule as the API answers it. Never granted. Definer: reads behind the policies.';

create function private.list_report_schedules() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('reports.read');
  return jsonb_build_object(
    'rows', (select coalesce(jsonb_agg(private.report_schedule_row(schedules)
        order by schedules.is_active desc, lower(schedules.name), schedules.id), '[]')
      from public.report_schedules as schedules where schedules.deleted_at is null),
    'candidates', (select coalesce(jsonb_agg(jsonb_build_object('staff_id', user_id, 'display_name', display_name,
        'role', role) order by display_name, user_id), '[]')
      from public.staff where private.staff_may(user_id, 'reports.read')));
end
$$;
comment on function private.list_report_schedules() is
  'Does the work of public.list_report_schedules. Definer: reads behind the policies.';
grant execute on function private.list_report_schedules() to authenticated, service_role;

create function public.list_report_schedules() returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_report_schedules() $$;
comment on function public.list_report_schedules() is
  'Reports by name, resting ones last. → {rows: [{id, name, template, language, frequency, weekday, month_day, '
  'local_time, time_zone, plan, segment, formats, is_active, next_run_at, next_runs (three), updated_at, recipients: '
  '[{staff_id, display_name, may_receive}], last_run (as list_report_runs)}], candidates: [{staff_id, display_name, '
  'role}] (who may be a recipient)}. Needs reports.read. Errors: permission_denied.';
revoke execute on function public.list_report_schedules() from public, anon, authenticated, service_role;
grant execute on function public.list_report_schedules() to authenticated, service_role;

create function private.list_report_runs(schedule_id uuid, page int, page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('reports.read');
  perform private.require_page(page, page_size, null);
  return jsonb_build_object(
    'total', (select count(*) from public.report_runs as runs where $1 is null or runs.schedule_id = $1),
    'rows', (select coalesce(jsonb_agg(private.report_run_row(row(listed.*)::public.report_runs)
        order by listed.created_at desc, listed.id desc), '[]')
      from (select * from public.report_runs as runs where $1 is null or runs.schedule_id = $1
        order by runs.created_at desc, runs.id desc limit page_size offset (page - 1)::bigint * page_size) as listed));
end
$$;
comment on function private.list_report_runs(uuid, int, int) is
  'Does the work of public.list_report_runs. Definer: reads behind the policies.';
grant execute on function private.list_report_runs(uuid, int, int) to authenticated, service_role;

create function public.list_report_runs(schedule_id uuid default null, page int default 1, page_size int default 25)
  returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_report_runs($1, $2, $3) $$;
comment on function public.list_report_runs(uuid, int, int) is
  'What was sent, the newest first, of one report or of all. → {total, rows: [{id, schedule_id, name, due_at, '
  'is_manual, requested_by_name, status (waiting, running, done, failed, missed), error, is_late, skipped (earlier '
  'times it stands for), as_of, from_day, to_day, started_at, finished_at, created_at, files: [{format, name, bytes}], '
  'deliveries: [{staff_id, display_name, state (of its mail, or not_allowed)}]}]}. page_size 1 to 5000. Needs '
  'reports.read. Errors: permission_denied, invalid_argument (400).';
revoke execute on function public.list_report_runs(uuid, int, int) from public, anon, authenticated, service_role;
grant execute on function public.list_report_runs(uuid, int, int) to authenticated, service_role;

create function private.get_report_file(run_id uuid, format text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  file private.report_files;
begin
  perform private.require_permission('reports.read');
  select * into file from private.report_files as kept where kept.run_id = $1 and kept.format = $2;
  if file.run_id is null then
    perform private.fail('report_not_found', 'No such file of a report');
  end if;
  perform private.record_event('report_downloaded', 'report',
    (select schedule_id::text from public.report_runs where id = $1),
    jsonb_build_object('run_id', $1, 'format', $2));
  return jsonb_build_object('name', file.name, 'content_type', file.content_type,
    'content', replace(encode(file.content, 'base64'), E'\n', ''));
end
$$;
comment on function private.get_report_file(uuid, text) is
  'Does the work of public.get_report_file. Definer: private table.';
grant execute on function private.get_report_file(uuid, text) to authenticated, service_role;

create function public.get_report_file(run_id uuid, format text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.get_report_file($1, $2) $$;
comment on function public.get_report_file(uuid, text) is
  'A file as it was sent; format is pdf, csv or xlsx. → {name, content_type, content (base64)}. Needs reports.read. '
  'Errors: permission_denied, report_not_found (404).';
revoke execute on function public.get_report_file(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.get_report_file(uuid, text) to authenticated, service_role;
