-- Which reports leave when: a wall time where the schedule is, never a line of cron, which would be off by an hour for
-- half of the year. The next moment is computed here, from wall time and zone.

insert into private.role_permissions (role, permission) values
  ('admin', 'reports.read'), ('admin', 'reports.manage'), ('support', 'reports.read'), ('viewer', 'reports.read');
insert into private.error_codes (code, status) values
  ('invalid_report', 400), ('report_not_found', 404), ('report_changed', 409), ('report_needs_recipient', 409),
  ('report_is_running', 409), ('too_many_reports', 409);
insert into public.settings (key, value, minimum, maximum, description) values
  ('report_tolerance_hours', '24', 1, 168, 'Hours after its time in which a late report is still sent');

create table public.report_schedules (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  template text not null,
  language text not null default 'fr',
  frequency text not null,
  weekday int,
  month_day int,
  local_time time not null,
  time_zone text not null,
  plan text references public.plans (code) on update cascade,
  segment text,
  formats text[] not null default '{pdf,csv}',
  is_active boolean not null default false,
  next_run_at timestamptz,
  created_by uuid references public.staff (user_id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint name_is_short check (length(name) between 1 and 80 and name = btrim(name)),
  constraint template_is_known check (template in ('weekly', 'monthly', 'support', 'at_risk')),
  constraint language_is_known check (language in ('fr', 'en')),
  constraint frequency_is_known check (frequency in ('daily', 'weekly', 'monthly')),
  constraint weekday_comes_with_weekly check ((weekday is not null) = (frequency = 'weekly')),
  constraint weekday_is_iso check (weekday between 1 and 7),
  constraint month_day_comes_with_monthly check ((month_day is not null) = (frequency = 'monthly')),
  constraint month_day_is_a_day check (month_day between 1 and 31),
  constraint local_time_is_a_minute check (extract(second from local_time) = 0 and local_time < '24:00'),
  constraint formats_are_known check (formats <@ array['pdf', 'csv', 'xlsx'] and cardinality(formats) > 0),
  constraint deleted_ones_rest check (deleted_at is null or not is_active),
  constraint next_run_at_comes_with_active check ((next_run_at is not null) = is_active)
);
comment on table public.report_schedules is
  'Reports that leave by themselves. Written by save_report_schedule; deleted ones stay for their history.';
comment on column public.report_schedules.name is 'What mail and files are called, 80 characters at most';
comment on column public.report_schedules.template is
  'weekly, monthly (revenue, customers, licences, alerts), support (tickets) or at_risk (licences that may end)';
comment on column public.report_schedules.language is 'Of mail and files: fr or en';
comment on column public.report_schedules.time_zone is 'Where local_time is; said on mail and files';
comment on column public.report_schedules.frequency is
  'daily, weekly or monthly; it also says the period: the day, the seven days or the calendar month before';
comment on column public.report_schedules.weekday is '1 is Monday, 7 is Sunday';
comment on column public.report_schedules.month_day is '1 to 31; a shorter month sends on its last day';
comment on column public.report_schedules.local_time is
  'What a clock there shows; a time that a change of clocks leaves out is the first moment after it, one that comes '
  'twice is the first';
comment on column public.report_schedules.segment is 'Customers it is about, as private.segment_customers; null: all';
comment on column public.report_schedules.formats is 'Files that travel with it: pdf, csv, xlsx';
comment on column public.report_schedules.next_run_at is 'When it leaves next, computed when the schedule changes';

create index report_schedules_next_run_at_idx on public.report_schedules (next_run_at) where is_active;
create index report_schedules_created_by_idx on public.report_schedules (created_by);
create index report_schedules_plan_idx on public.report_schedules (plan);

create table public.report_recipients (
  schedule_id uuid not null references public.report_schedules (id) on delete cascade,
  staff_id uuid not null references public.staff (user_id) on delete cascade,
  primary key (schedule_id, staff_id)
);
comment on table public.report_recipients is
  'Colleagues a report is for; whether each may still read it is asked again at every run.';

create index report_recipients_staff_id_idx on public.report_recipients (staff_id);

alter table public.report_schedules enable row level security;
alter table public.report_recipients enable row level security;
revoke all on public.report_schedules, public.report_recipients from anon, authenticated, service_role;
grant select on public.report_schedules, public.report_recipients to authenticated, service_role;

create policy report_schedules_select_staff on public.report_schedules for select to authenticated
  using ((select private.has_permission('reports.read')));
comment on policy report_schedules_select_staff on public.report_schedules is
  'Who reads reports sees when they leave.';
create policy report_recipients_select_staff on public.report_recipients for select to authenticated
  using ((select private.has_permission('reports.read')));
comment on policy report_recipients_select_staff on public.report_recipients is
  'Who reads reports sees whom they are for.';

create function private.first_moment(wall_time timestamp, time_zone text) returns timestamptz
language plpgsql stable set search_path = ''
as $$
declare
  near constant timestamptz := wall_time at time zone time_zone;
begin
  return (select min(moment)
    from generate_series(near - interval '2 hours', near + interval '2 hours', interval '1 minute') as moment
    where moment at time zone $2 >= wall_time);
end
$$;
comment on function private.first_moment(timestamp, text) is
  'The first moment at which a clock in the zone shows this time or a later one: the one after a gap, the earlier of '
  'two alike.';

create function private.report_occurrences(schedule public.report_schedules, from_at timestamptz, to_at timestamptz)
  returns setof timestamptz
language sql stable set search_path = ''
as $$
  select moment from (
    select private.first_moment(days.day + schedule.local_time, schedule.time_zone) as moment
    from (select day::date as day from generate_series(
      (from_at at time zone schedule.time_zone)::date::timestamp - interval '1 day',
      (to_at at time zone schedule.time_zone)::date::timestamp + interval '1 day', interval '1 day') as day) as days
    where case schedule.frequency when 'daily' then true
      when 'weekly' then extract(isodow from days.day) = schedule.weekday
      else extract(day from days.day) = least(schedule.month_day, extract(day from
        date_trunc('month', days.day::timestamp) + interval '1 month' - interval '1 day')) end) as moments
  where moment >= from_at and moment <= to_at order by moment
$$;
comment on function private.report_occurrences(public.report_schedules, timestamptz, timestamptz) is
  'When a schedule is due between two moments, both included, in order.';

create function private.next_report_runs(schedule public.report_schedules, after timestamptz, most int default 1)
  returns setof timestamptz
language sql stable set search_path = ''
as $$
  select moment from private.report_occurrences(schedule, after, after
    + case schedule.frequency when 'daily' then interval '2 days' when 'weekly' then interval '8 days'
      else interval '32 days' end * (most + 1)) as moment
  where moment > after order by moment limit most
$$;
comment on function private.next_report_runs(public.report_schedules, timestamptz, int) is
  'The next moments at which a schedule is due, none of them the moment given.';

create function private.report_schedules_before_plan() returns trigger
language plpgsql volatile set search_path = ''
as $$
begin
  if not new.is_active then
    new.next_run_at := null;
  elsif tg_op = 'INSERT' or new.next_run_at is null
    or (old.is_active, old.frequency, old.weekday, old.month_day, old.local_time, old.time_zone)
      is distinct from (new.is_active, new.frequency, new.weekday, new.month_day, new.local_time, new.time_zone) then
    new.next_run_at := (select moment from private.next_report_runs(new, now()) as moment);
  end if;
  return new;
end
$$;
comment on function private.report_schedules_before_plan() is
  'Trigger: a schedule that changes is due at its next moment from now on; one that rests at none.';

create trigger report_schedules_before_plan before insert or update on public.report_schedules
  for each row execute function private.report_schedules_before_plan();

insert into public.report_schedules (name, template, language, frequency, weekday, local_time, time_zone, formats)
values ('Rapport hebdomadaire', 'weekly', 'fr', 'weekly', 1, '09:00', 'Europe/Paris', '{pdf,csv}');
