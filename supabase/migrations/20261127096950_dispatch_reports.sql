-- Between report-dispatch and the runs: it claims one, draws its files from the snapshot and hands them back. Whoever
-- claims later ends the claim before, so that no file and no mail is written twice.

create function private.claim_report(out run_id uuid, out attempt int, out snapshot jsonb, out formats text[])
language plpgsql volatile security definer set search_path = ''
as $$
declare
  work private.report_work;
  run public.report_runs;
  schedule public.report_schedules;
begin
  for work in select * from private.report_work
    where retry_at <= clock_timestamp() and (leased_until is null or leased_until < clock_timestamp())
    order by retry_at, report_work.run_id for update skip locked
  loop
    select * into run from public.report_runs where id = work.run_id for update;
    select * into schedule from public.report_schedules where id = run.schedule_id;
    -- Whoever held it ended without a word.
    if work.leased_until is not null then
      work.failures := work.failures + 1;
    end if;
    if work.failures >= 3 then
      perform private.end_report(run.id, 'interrupted');
      continue;
    end if;
    if run.snapshot is null then
      begin
        run.snapshot := private.report_snapshot(schedule, run.due_at);
      exception when others then
        perform private.end_report(run.id, format('%s (%s)', sqlerrm, sqlstate));
        continue;
      end;
    end if;
    update public.report_runs set status = 'running', snapshot = run.snapshot,
      as_of = (run.snapshot ->> 'as_of')::timestamptz, started_at = coalesce(started_at, clock_timestamp()),
      is_late = is_late or not is_manual and clock_timestamp() > due_at + interval '5 minutes'
    where id = run.id returning * into run;
    update private.report_work set attempt = work.attempt + 1, failures = work.failures,
      leased_until = clock_timestamp() + interval '1 minute'
    where report_work.run_id = run.id;
    run_id := run.id;
    attempt := work.attempt + 1;
    snapshot := run.snapshot || jsonb_build_object('is_late', run.is_late);
    formats := schedule.formats;
    return;
  end loop;
end
$$;
comment on function private.claim_report() is
  'Takes a run up for a minute: no other worker has it. Its snapshot is taken once. → run_id, attempt, snapshot, '
  'formats; all null when none waits. One whose workers ended three times fails. Definer: called by report-dispatch '
  'only.';

create function private.mail_report(run public.report_runs) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  recipient record;
  mail uuid;
  queued int := 0;
begin
  for recipient in select staff.user_id, staff.email from public.report_recipients as named
    join public.staff on staff.user_id = named.staff_id where named.schedule_id = run.schedule_id
    order by staff.user_id
  loop
    insert into public.report_deliveries (run_id, staff_id, status)
    values (run.id, recipient.user_id,
      case when private.staff_may(recipient.user_id, 'reports.read') then 'queued' else 'not_allowed' end)
    on conflict on constraint report_deliveries_pkey do nothing;
    continue when not found or not private.staff_may(recipient.user_id, 'reports.read');
    insert into public.email_outbox (template, locale, recipient, data)
    values ('report', run.snapshot ->> 'language', recipient.email, jsonb_build_object('report_run_id', run.id,
      'report', run.snapshot -> 'name', 'report_zone', run.snapshot -> 'time_zone', 'due_at', run.due_at,
      'from_day', run.snapshot -> 'from_day', 'to_day', run.snapshot -> 'to_day', 'as_of', run.as_of,
      'is_late', run.is_late, 'is_empty', run.snapshot -> 'is_empty', 'is_unchanged', run.snapshot -> 'is_unchanged'))
    returning id into mail;
    update public.report_deliveries set mail_id = mail where run_id = run.id and staff_id = recipient.user_id;
    queued := queued + 1;
  end loop;
  return queued;
end
$$;
comment on function private.mail_report(public.report_runs) is
  'Queues a run''s mail once for each recipient who may read it now. → how many. Definer: callers may not write the '
  'outbox.';

create function private.keep_report(run_id uuid, attempt int, files jsonb) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  run public.report_runs;
begin
  select * into run from public.report_runs where id = $1 and status = 'running' for update;
  if run.id is null or not exists (select from private.report_work as work
    where work.run_id = $1 and work.attempt = $2) then
    return 'over';
  end if;
  insert into private.report_files as kept (run_id, format, name, content_type, content)
  select $1, file ->> 'format', file ->> 'name', file ->> 'content_type', decode(file ->> 'content', 'base64')
  from jsonb_array_elements($3) as file;
  if private.mail_report(run) = 0 then
    perform private.end_report($1, 'no_recipient');
    return 'failed';
  end if;
  perform private.end_report($1, null);
  return 'done';
end
$$;
comment on function private.keep_report(uuid, int, jsonb) is
  'The files of a run, [{format, name, content_type, content (base64)}]: kept, and mailed. → done, failed when nobody '
  'it is for may read it, or over when a later worker has it. Definer: called by report-dispatch only.';

create function private.leave_report(run_id uuid, attempt int, error text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  work private.report_work;
begin
  update private.report_work set leased_until = null, failures = failures + 1,
    retry_at = clock_timestamp() + make_interval(secs => 30 * 2 ^ failures)
  where report_work.run_id = $1 and report_work.attempt = $2 returning * into work;
  if work.failures >= 3 then
    perform private.end_report($1, coalesce(nullif(left($3, 500), ''), 'interrupted'));
  end if;
end
$$;
comment on function private.leave_report(uuid, int, text) is
  'A worker could not draw a run: it is tried again after 30 s and after a minute, then it fails. Definer: called by '
  'report-dispatch only.';

create function private.report_mail_files(email_id uuid) returns table (name text, content_type text, content bytea)
language sql stable security definer set search_path = ''
as $$
  select files.name, files.content_type, files.content from public.email_outbox as mails
  join private.report_files as files on files.run_id = (mails.data ->> 'report_run_id')::uuid
  where mails.id = $1 and mails.template = 'report' order by files.format = 'pdf' desc, files.format
$$;
comment on function private.report_mail_files(uuid) is
  'Files that travel with a report. Definer: called by mail-dispatch only.';
