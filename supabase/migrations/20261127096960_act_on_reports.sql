-- What people do with reports: write a schedule, end it, look at what it would say, send it now, by the same path.

create function private.read_report(given jsonb) returns public.report_schedules
language plpgsql stable security definer set search_path = ''
as $$
declare
  report public.report_schedules;
  wrong text;
begin
  select key into wrong from jsonb_each(case when jsonb_typeof(given) = 'object' then given else '{"report": 0}' end)
  where key not in ('name', 'template', 'language', 'frequency', 'weekday', 'month_day', 'local_time', 'time_zone',
    'plan', 'segment', 'formats', 'is_active', 'recipients') limit 1;
  if wrong is null then
    report.name := btrim(given ->> 'name');
    report.template := given ->> 'template';
    report.language := coalesce(given ->> 'language', 'fr');
    report.frequency := given ->> 'frequency';
    report.time_zone := coalesce(given ->> 'time_zone', private.business_time_zone());
    report.plan := given ->> 'plan';
    report.segment := given ->> 'segment';
    report.is_active := coalesce(given -> 'is_active', 'false') = 'true';
    wrong := case
      when coalesce(length(report.name) not between 1 and 80, true) then 'name'
      when coalesce(report.template not in ('weekly', 'monthly', 'support', 'at_risk'), true) then 'template'
      when report.language not in ('fr', 'en') then 'language'
      when coalesce(report.frequency not in ('daily', 'weekly', 'monthly'), true) then 'frequency'
      when report.frequency = 'weekly' and coalesce(given ->> 'weekday' !~ '^[1-7]$', true) then 'weekday'
      when report.frequency = 'monthly' and coalesce(given ->> 'month_day' !~ '^([1-9]|[12]\d|3[01])$', true)
        then 'month_day'
      when coalesce(given ->> 'local_time' !~ '^([01]\d|2[0-3]):[0-5]\d$', true) then 'local_time'
      when not private.is_time_zone(report.time_zone) then 'time_zone'
      when report.plan is not null and not exists (select from public.plans where code = report.plan) then 'plan'
      when jsonb_typeof(coalesce(given -> 'formats', '["pdf", "csv"]')) <> 'array' then 'formats' end;
  end if;
  if wrong is null then
    report.weekday := case report.frequency when 'weekly' then (given ->> 'weekday')::int end;
    report.month_day := case report.frequency when 'monthly' then (given ->> 'month_day')::int end;
    report.local_time := (given ->> 'local_time')::time;
    report.formats := array(select distinct format
      from jsonb_array_elements_text(coalesce(given -> 'formats', '["pdf", "csv"]')) as format order by format desc);
    if report.formats = '{}' or not report.formats <@ array['pdf', 'csv', 'xlsx'] then
      wrong := 'formats';
    end if;
  end if;
  if wrong is not null then
    perform private.fail('invalid_report', format('"%s" of the report is missing or not valid', left(wrong, 50)),
      jsonb_build_object('field', left(wrong, 50))::text);
  end if;
  if report.segment is not null then
    perform private.segment_customers(report.segment);
  end if;
  return report;
end
$$;
comment on function private.read_report(jsonb) is
  'A schedule as it was sent in, complete. Errors: invalid_report (details {field}), invalid_argument for a segment. '
  'Definer: reads plans behind the policies.';

create function private.read_recipients(given jsonb) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
declare
  known uuid[];
begin
  if jsonb_typeof(coalesce(given, '[]')) <> 'array' or jsonb_array_length(coalesce(given, '[]')) > 50 then
    perform private.fail('invalid_report', 'recipients are 50 colleagues at most', '{"field": "recipients"}');
  end if;
  known := array(select distinct staff.user_id from jsonb_array_elements_text(coalesce(given, '[]')) as named
    join public.staff on staff.user_id::text = named where private.staff_may(staff.user_id, 'reports.read'));
  if cardinality(known) <> (select count(distinct named) from jsonb_array_elements_text(coalesce(given, '[]')) as named)
  then
    perform private.fail('invalid_report', 'A recipient is not active staff who may read reports',
      '{"field": "recipients"}');
  end if;
  return known;
end
$$;
comment on function private.read_recipients(jsonb) is
  'Colleagues by their keys, each active and allowed to read reports. Errors: invalid_report. Definer: reads staff.';

create function private.require_report(schedule_id uuid) returns public.report_schedules
language plpgsql volatile security definer set search_path = ''
as $$
declare
  schedule public.report_schedules;
begin
  perform private.require_permission('reports.manage');
  select * into schedule from public.report_schedules where id = $1 and deleted_at is null for no key update;
  if schedule.id is null then
    perform private.fail('report_not_found', 'No such report');
  end if;
  return schedule;
end
$$;
comment on function private.require_report(uuid) is
  'A schedule to be changed. Errors: permission_denied, report_not_found. Definer: nobody writes schedules directly.';

create function private.save_report_schedule(given jsonb, schedule_id uuid, seen_at timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  report public.report_schedules;
  was public.report_schedules;
  recipients uuid[];
begin
  perform private.require_permission('reports.manage');
  report := private.read_report(given);
  recipients := private.read_recipients(given -> 'recipients');
  if report.is_active and recipients = '{}' then
    perform private.fail('report_needs_recipient', 'A report that leaves by itself needs somebody to go to');
  end if;
  if schedule_id is null then
    perform pg_advisory_xact_lock(hashtextextended('private.save_report_schedule', 0));
    if (select count(*) from public.report_schedules where deleted_at is null) >= 100 then
      perform private.fail('too_many_reports', 'There are 100 reports already');
    end if;
    insert into public.report_schedules as made (name, template, language, frequency, weekday, month_day, local_time,
      time_zone, plan, segment, formats, is_active, created_by)
    values (report.name, report.template, report.language, report.frequency, report.weekday, report.month_day,
      report.local_time, report.time_zone, report.plan, report.segment, report.formats, report.is_active,
      private.actor_id())
    returning * into report;
  else
    was := private.require_report(schedule_id);
    if was.updated_at is distinct from seen_at then
      perform private.fail('report_changed', 'Somebody changed it meanwhile');
    end if;
    update public.report_schedules set name = report.name, template = report.template, language = report.language,
      frequency = report.frequency, weekday = report.weekday, month_day = report.month_day,
      local_time = report.local_time, time_zone = report.time_zone, plan = report.plan, segment = report.segment,
      formats = report.formats, is_active = report.is_active, updated_at = clock_timestamp()
    where id = was.id returning * into report;
  end if;
  delete from public.report_recipients as named
  where named.schedule_id = report.id and named.staff_id <> all (recipients);
  insert into public.report_recipients (schedule_id, staff_id) select report.id, staff_id
  from unnest(recipients) as staff_id on conflict do nothing;
  perform private.record_event(case when was.id is null then 'report_schedule_created' else 'report_schedule_changed'
    end, 'report', report.id::text, jsonb_build_object('name', report.name, 'is_active', report.is_active,
      'recipients', cardinality(recipients)));
  return private.report_schedule_row(report);
end
$$;
comment on function private.save_report_schedule(jsonb, uuid, timestamptz) is
  'Does the work of public.save_report_schedule. Definer: nobody writes schedules directly.';
grant execute on function private.save_report_schedule(jsonb, uuid, timestamptz) to authenticated, service_role;

create function public.save_report_schedule(report jsonb, schedule_id uuid default null,
  seen_at timestamptz default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.save_report_schedule($1, $2, $3) $$;
comment on function public.save_report_schedule(jsonb, uuid, timestamptz) is
  'Adds a report, or changes one; seen_at is its updated_at as the caller read it. report: {name, template (weekly, '
  'monthly, support, at_risk), language (fr), frequency (daily, weekly, monthly), weekday (1 is Monday), month_day, '
  'local_time (HH:MM), time_zone, plan, segment, formats ([pdf, csv]; xlsx), is_active, recipients (keys of active '
  'staff who may read reports)}. → the row as list_report_schedules. Needs reports.manage. Errors: permission_denied, '
  'invalid_report (details {field}), report_needs_recipient, report_changed, too_many_reports (409), report_not_found '
  '(404), invalid_argument.';
revoke execute on function public.save_report_schedule(jsonb, uuid, timestamptz)
  from public, anon, authenticated, service_role;
grant execute on function public.save_report_schedule(jsonb, uuid, timestamptz) to authenticated, service_role;

create function private.delete_report_schedule(schedule_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  schedule constant public.report_schedules := private.require_report(schedule_id);
begin
  update public.report_schedules set is_active = false, deleted_at = now(), updated_at = clock_timestamp()
  where id = schedule.id;
  perform private.record_event('report_schedule_deleted', 'report', schedule.id::text,
    jsonb_build_object('name', schedule.name));
end
$$;
comment on function private.delete_report_schedule(uuid) is
  'Does the work of public.delete_report_schedule. Definer: nobody writes schedules directly.';
grant execute on function private.delete_report_schedule(uuid) to authenticated, service_role;

create function public.delete_report_schedule(schedule_id uuid) returns void
language sql volatile security invoker set search_path = '' as $$ select private.delete_report_schedule($1) $$;
comment on function public.delete_report_schedule(uuid) is
  'Ends a report for good; what it sent stays. Needs reports.manage. Errors: permission_denied, report_not_found '
  '(404).';
revoke execute on function public.delete_report_schedule(uuid) from public, anon, authenticated, service_role;
grant execute on function public.delete_report_schedule(uuid) to authenticated, service_role;

create function private.preview_report(given jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('reports.manage');
  return private.report_snapshot(private.read_report(given), now()) || jsonb_build_object('is_late', false);
end
$$;
comment on function private.preview_report(jsonb) is
  'Does the work of public.preview_report. Definer: reads behind the policies.';
grant execute on function private.preview_report(jsonb) to authenticated, service_role;

create function public.preview_report(report jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.preview_report($1) $$;
comment on function public.preview_report(jsonb) is
  'What a report would say if it were due now; takes what save_report_schedule takes. → {name, template, language, '
  'frequency, time_zone, due_at, filters, as_of, currency, zone, from_day, to_day, figures: [{metric, unit, total, '
  'before}], is_empty, is_unchanged, is_late, series: {metric, unit, granularity, buckets}, waterfall, alerts, risks, '
  'left_out}. Needs reports.manage. Errors: permission_denied, invalid_report (details {field}), invalid_argument.';
revoke execute on function public.preview_report(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.preview_report(jsonb) to authenticated, service_role;

create function private.send_report_now(schedule_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  schedule constant public.report_schedules := private.require_report(schedule_id);
  run public.report_runs;
begin
  if exists (select from public.report_runs as begun
    where begun.schedule_id = schedule.id and begun.finished_at is null) then
    perform private.fail('report_is_running', 'It is being sent already');
  elsif not exists (select from public.report_recipients as named
    where named.schedule_id = schedule.id and private.staff_may(named.staff_id, 'reports.read')) then
    perform private.fail('report_needs_recipient', 'A report needs somebody to go to');
  end if;
  insert into public.report_runs (schedule_id, due_at, is_manual, requested_by)
  values (schedule.id, clock_timestamp(), true, private.actor_id()) returning * into run;
  insert into private.report_work (run_id) values (run.id);
  perform private.record_event('report_sent_now', 'report', schedule.id::text, jsonb_build_object('name',
    schedule.name, 'run_id', run.id));
  perform private.call_edge_function('report-dispatch');
  return private.report_run_row(run);
end
$$;
comment on function private.send_report_now(uuid) is
  'Does the work of public.send_report_now. Definer: nobody writes runs directly.';
grant execute on function private.send_report_now(uuid) to authenticated, service_role;

create function public.send_report_now(schedule_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.send_report_now($1) $$;
comment on function public.send_report_now(uuid) is
  'Sends a report to its recipients at once, as its schedule would, whether it is active or not. → the run as '
  'list_report_runs. Needs reports.manage. Errors: permission_denied, report_not_found (404), report_is_running, '
  'report_needs_recipient (409).';
revoke execute on function public.send_report_now(uuid) from public, anon, authenticated, service_role;
grant execute on function public.send_report_now(uuid) to authenticated, service_role;
