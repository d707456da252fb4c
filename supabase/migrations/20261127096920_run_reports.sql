-- Each time a report is due is a row, so that it goes out once: claimed for a lease, drawn from the snapshot that the
-- first claim took, and mailed once to each recipient. What was missed, late or failed is said.

insert into private.alert_kinds (kind, severity, permission) values ('report_failed', 'error', 'reports.read');
insert into private.email_templates (template, description) values
  ('report', 'A report with its files, to a colleague');

create table public.report_runs (
  id uuid primary key default gen_random_uuid(),
  schedule_id uuid not null references public.report_schedules (id) on delete restrict,
  due_at timestamptz not null,
  is_manual boolean not null default false,
  requested_by uuid references public.staff (user_id) on delete set null,
  status text not null default 'waiting',
  error text,
  is_late boolean not null default false,
  skipped int not null default 0,
  snapshot jsonb,
  as_of timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  constraint report_runs_schedule_id_due_at_key unique (schedule_id, due_at),
  constraint status_is_known check (status in ('waiting', 'running', 'done', 'failed', 'missed')),
  constraint error_comes_with_failed check ((error is not null) = (status = 'failed')),
  constraint error_is_short check (length(error) <= 500),
  constraint finished_at_comes_with_an_end check ((finished_at is not null) = (status in ('done', 'failed', 'missed'))),
  constraint snapshot_has_its_moment check ((snapshot is null) = (as_of is null)),
  constraint done_ones_have_a_snapshot check (status <> 'done' or snapshot is not null),
  constraint skipped_is_not_negative check (skipped >= 0)
);
comment on table public.report_runs is 'Each time a report was due, or was sent by hand, and what became of it.';
comment on column public.report_runs.due_at is 'When it was due; its period ends the day before';
comment on column public.report_runs.is_manual is 'Sent by hand, at once';
comment on column public.report_runs.status is
  'waiting, running, done, failed, or missed: nothing ran within the tolerance (report_tolerance_hours)';
comment on column public.report_runs.error is
  'no_recipient (nobody it is for may read it any more), interrupted (its worker ended again and again), or what the '
  'server said, 500 characters at most';
comment on column public.report_runs.is_late is 'It began more than five minutes after it was due';
comment on column public.report_runs.skipped is 'Earlier times that passed while nothing ran: this run stands for them';
comment on column public.report_runs.snapshot is
  'All its figures, of one moment (private.report_snapshot): every file is drawn from it alone';
comment on column public.report_runs.as_of is 'The moment of its figures';

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('report_runs', 'snapshot', 'free_text', 'legitimate_interest', 'keep', 'sums, and ends of licence keys');

create index report_runs_created_at_idx on public.report_runs (created_at desc, id desc);
create index report_runs_requested_by_idx on public.report_runs (requested_by);
create index report_runs_unfinished_idx on public.report_runs (due_at) where finished_at is null;

create table public.report_deliveries (
  run_id uuid not null references public.report_runs (id) on delete cascade,
  staff_id uuid not null references public.staff (user_id) on delete cascade,
  mail_id uuid references public.email_outbox (id) on delete set null,
  status text not null,
  created_at timestamptz not null default now(),
  primary key (run_id, staff_id),
  constraint status_is_known check (status in ('queued', 'not_allowed'))
);
comment on table public.report_deliveries is 'Whom a run was mailed to: once each, whatever is tried again.';
comment on column public.report_deliveries.mail_id is 'Its mail, which says what became of it';
comment on column public.report_deliveries.status is
  'queued (a mail of the outbox), or not_allowed: off the staff, or without the permission, when it ran';

create index report_deliveries_staff_id_idx on public.report_deliveries (staff_id);
create index report_deliveries_mail_id_idx on public.report_deliveries (mail_id);

alter table public.report_runs enable row level security;
alter table public.report_deliveries enable row level security;
revoke all on public.report_runs, public.report_deliveries from anon, authenticated, service_role;
grant select on public.report_runs, public.report_deliveries to authenticated, service_role;

create policy report_runs_select_staff on public.report_runs for select to authenticated
  using ((select private.has_permission('reports.read')));
comment on policy report_runs_select_staff on public.report_runs is 'Who reads reports sees what was sent.';
create policy report_deliveries_select_staff on public.report_deliveries for select to authenticated
  using ((select private.has_permission('reports.read')));
comment on policy report_deliveries_select_staff on public.report_deliveries is
  'Who reads reports sees to whom they went.';

create table private.report_work (
  run_id uuid primary key references public.report_runs (id) on delete cascade,
  attempt int not null default 0,
  failures int not null default 0,
  leased_until timestamptz,
  retry_at timestamptz not null default now()
);
comment on table private.report_work is 'How runs that are not over are made.';
comment on column private.report_work.attempt is 'How often a worker took it up: an earlier one keeps nothing any more';
comment on column private.report_work.failures is 'Tries that failed or ended without a word; the third ends the run';
comment on column private.report_work.leased_until is 'No other worker takes it up before';
comment on column private.report_work.retry_at is 'Not taken up before';

create table private.report_files (
  run_id uuid not null references public.report_runs (id) on delete cascade,
  format text not null,
  name text not null,
  content_type text not null,
  content bytea not null,
  primary key (run_id, format),
  constraint format_is_known check (format in ('pdf', 'csv', 'xlsx')),
  constraint content_is_small check (octet_length(content) between 1 and 1048576)
);
comment on table private.report_files is 'Files as they were sent.';
comment on column private.report_files.format is 'pdf, csv or xlsx';
comment on column private.report_files.content_type is 'As it is mailed and downloaded';
comment on column private.report_files.name is 'Of the file: report, last day and zone';
comment on column private.report_files.content is 'Its bytes, some tens of kB';

alter table private.report_work enable row level security;
alter table private.report_files enable row level security;

create function private.end_report(run_id uuid, error text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  run public.report_runs;
begin
  update public.report_runs set status = case when $2 is null then 'done' else 'failed' end, error = left($2, 500),
    finished_at = clock_timestamp()
  where id = $1 and finished_at is null returning * into run;
  if run.id is null then
    return;
  end if;
  delete from private.report_work where report_work.run_id = run.id;
  if run.status = 'failed' then
    perform private.raise_alert('report_failed', 'report_failed:' || run.id, jsonb_build_object('report',
      (select name from public.report_schedules where id = run.schedule_id), 'error', left(run.error, 300)),
      'report', run.schedule_id::text);
  end if;
  perform private.record_event(case run.status when 'done' then 'report_sent' else 'report_failed' end, 'report',
    run.schedule_id::text, jsonb_strip_nulls(jsonb_build_object('run_id', run.id, 'due_at', run.due_at, 'error',
      run.error, 'recipients', (select count(*) from public.report_deliveries as sent
        where sent.run_id = run.id and sent.status = 'queued'))));
end
$$;
comment on function private.end_report(uuid, text) is
  'Ends a run: done without an error, failed and alerted with one. Definer: nobody writes runs directly.';

create function private.begin_due_reports(moment timestamptz default now()) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  schedule public.report_schedules;
  times timestamptz[];
  run public.report_runs;
  tolerance constant interval := make_interval(hours => private.setting_int('report_tolerance_hours'));
  begun int := 0;
begin
  for schedule in select * from public.report_schedules where is_active and next_run_at <= moment
    order by next_run_at for no key update skip locked
  loop
    times := array(select private.report_occurrences(schedule, schedule.next_run_at, moment));
    if times = '{}' then
      times := array[schedule.next_run_at];
    end if;
    insert into public.report_runs (schedule_id, due_at, skipped, is_late, status, finished_at)
    select schedule.id, due, cardinality(times) - 1, moment > due + interval '5 minutes',
      case when moment > due + tolerance then 'missed' else 'waiting' end,
      case when moment > due + tolerance then moment end
    from (select times[cardinality(times)] as due) as last
    on conflict on constraint report_runs_schedule_id_due_at_key do nothing returning * into run;
    update public.report_schedules set next_run_at =
      (select next from private.next_report_runs(schedule, moment) as next) where id = schedule.id;
    if run.status = 'waiting' then
      insert into private.report_work (run_id) values (run.id);
      begun := begun + 1;
    elsif run.status = 'missed' then
      perform private.raise_alert('report_failed', 'report_failed:' || run.id,
        jsonb_build_object('report', schedule.name, 'error', 'missed'), 'report', schedule.id::text);
      perform private.record_event('report_missed', 'report', schedule.id::text, jsonb_build_object('run_id', run.id,
        'due_at', run.due_at));
    end if;
  end loop;
  return begun;
end
$$;
comment on function private.begin_due_reports(timestamptz) is
  'Makes one run of each schedule that is due, however many times it was: of the last of them, marked late after five '
  'minutes, missed and alerted beyond report_tolerance_hours. → runs that wait. Definer: run by its job.';

create function private.has_due_reports() returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select from private.report_work
    where retry_at <= now() and (leased_until is null or leased_until < now()))
$$;
comment on function private.has_due_reports() is 'Whether a run waits for a worker. Definer: private table.';

create function private.sweep_reports() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.begin_due_reports();
  if private.has_due_reports() then
    perform private.call_edge_function('report-dispatch');
  end if;
end
$$;
comment on function private.sweep_reports() is
  'Begins what is due and calls report-dispatch. Definer: run by its job.';

create function private.staff_after_stop_reports() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not private.staff_may(new.user_id, 'reports.read') then
    update public.email_outbox set status = 'failed', last_error = 'the recipient left the staff before sending'
    where status = 'pending' and template = 'report'
      and id in (select mail_id from public.report_deliveries where staff_id = new.user_id);
  end if;
  return null;
end
$$;
comment on function private.staff_after_stop_reports() is
  'Trigger: what waits for somebody who may not read reports any more does not leave. Definer: callers may not write '
  'the outbox.';

create trigger staff_after_stop_reports after update of is_active, role on public.staff
  for each row execute function private.staff_after_stop_reports();

select private.schedule_job('reports', '* * * * *', 'select private.sweep_reports()');
