-- When support works, and what it promises for each priority. Hours are several periods a day in the zone of the
-- calendar; public holidays come from a rule, which a row for one day overrules either way.

insert into private.error_codes (code, status) values ('invalid_calendar', 400), ('calendar_not_found', 404);

create function private.are_support_hours(hours jsonb) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  if jsonb_typeof(hours) <> 'array' or jsonb_array_length(hours) not between 1 and 70
    or exists (select from jsonb_array_elements(hours) as period
      where jsonb_typeof(period) <> 'object' or not period ?& array['weekday', 'starts', 'ends']
        or period ->> 'weekday' !~ '^[1-7]$' or jsonb_typeof(period -> 'weekday') <> 'number'
        or period ->> 'starts' !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
        or period ->> 'ends' !~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'
        or period ->> 'starts' >= period ->> 'ends') then
    return false;
  end if;
  return not exists (select from jsonb_array_elements(hours) with ordinality as one (period, place)
    join jsonb_array_elements(hours) with ordinality as other (period, place) on other.place > one.place
    where one.period -> 'weekday' = other.period -> 'weekday'
      and one.period ->> 'starts' < other.period ->> 'ends' and other.period ->> 'starts' < one.period ->> 'ends');
end
$$;
comment on function private.are_support_hours(jsonb) is
  'Whether the value is hours of a week: [{weekday: 1 (Monday) to 7, starts: "09:00", ends: "24:00" at most}], at '
  'least one period, none over another.';

create table public.support_calendars (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  time_zone text not null default 'Europe/Paris',
  hours jsonb not null,
  holiday_rule text not null default 'france',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint support_calendars_name_key unique (name),
  constraint name_is_short check (length(btrim(name)) between 1 and 80),
  constraint hours_are_periods_of_a_week check (private.are_support_hours(hours)),
  constraint holiday_rule_is_known check (holiday_rule in ('none', 'france'))
);
comment on table public.support_calendars is 'When support works: hours of a week in a time zone, and its holidays.';
comment on column public.support_calendars.name is 'Name staff know it by, 80 characters at most';
comment on column public.support_calendars.time_zone is 'The place whose clocks its hours are read from';
comment on column public.support_calendars.hours is
  '[{weekday: 1 (Monday) to 7, starts: "09:00", ends: "12:30"}]; a day may hold several; 24:00 ends it without a gap';
comment on column public.support_calendars.holiday_rule is
  'none, or france: the eleven public holidays of every year';

create table public.support_holidays (
  id uuid primary key default gen_random_uuid(),
  calendar_id uuid not null references public.support_calendars (id) on delete restrict,
  day date not null,
  name text not null default '',
  is_closed boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint support_holidays_calendar_id_day_key unique (calendar_id, day),
  constraint name_is_short check (length(name) <= 80)
);
comment on table public.support_holidays is
  'Days that differ from what the rule of their calendar says: closed besides, or worked although it is a holiday.';
comment on column public.support_holidays.name is 'Why that day, 80 characters at most';

create table public.sla_policies (
  priority text primary key,
  calendar_id uuid not null references public.support_calendars (id) on delete restrict,
  first_response_minutes int,
  next_response_minutes int,
  resolution_minutes int,
  warn_minutes int not null default 30,
  raise_to text,
  is_reassigned boolean not null default true,
  is_paused_while_waiting boolean not null default true,
  updated_at timestamptz not null default now(),
  constraint priority_is_known check (priority in ('low', 'medium', 'high', 'critical')),
  constraint targets_are_positive check (first_response_minutes between 1 and 100000
    and next_response_minutes between 1 and 100000 and resolution_minutes between 1 and 100000),
  constraint warn_minutes_are_few check (warn_minutes between 0 and 10000),
  constraint raise_to_is_higher check (array_position(array['low', 'medium', 'high', 'critical'], raise_to)
    > array_position(array['low', 'medium', 'high', 'critical'], priority))
);
comment on table public.sla_policies is
  'What is promised for tickets of a priority, in working minutes of a calendar, and what follows a broken promise.';
comment on column public.sla_policies.priority is 'low, medium, high or critical';
comment on column public.sla_policies.first_response_minutes is
  'Working minutes until the first answer; null promises none';
comment on column public.sla_policies.next_response_minutes is
  'Working minutes until each later answer to what the customer writes; null promises none';
comment on column public.sla_policies.resolution_minutes is
  'Working minutes until it is resolved; null promises none';
comment on column public.sla_policies.warn_minutes is 'Working minutes before a deadline at which it is warned of';
comment on column public.sla_policies.raise_to is
  'Priority a ticket is raised to when a deadline is missed; null leaves it';
comment on column public.sla_policies.is_reassigned is
  'Whether a missed deadline gives the ticket to somebody else who is there';
comment on column public.sla_policies.is_paused_while_waiting is
  'Whether its clocks stand while a ticket waits for the customer';

create index sla_policies_calendar_id_idx on public.sla_policies (calendar_id);

create function private.support_calendars_before_keep() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if not private.are_support_hours(new.hours) then
    perform private.fail('invalid_calendar', 'Hours are periods of a week of which none lies over another');
  elsif not private.is_time_zone(new.time_zone) then
    perform private.fail('invalid_calendar', format('"%s" is not a time zone', left(new.time_zone, 50)));
  end if;
  return new;
end
$$;
comment on function private.support_calendars_before_keep() is
  'Trigger: hours and zone of a calendar can be reckoned with (invalid_calendar).';

create trigger support_calendars_before_keep before insert or update on public.support_calendars
  for each row execute function private.support_calendars_before_keep();
create trigger support_calendars_before_touch before update on public.support_calendars
  for each row execute function private.touch_updated_at();
create trigger support_holidays_before_touch before update on public.support_holidays
  for each row execute function private.touch_updated_at();
create trigger sla_policies_before_touch before update on public.sla_policies
  for each row execute function private.touch_updated_at();

with office as (
  insert into public.support_calendars (name, hours)
  select 'Bureau', jsonb_agg(jsonb_build_object('weekday', weekday, 'starts', '09:00', 'ends', '18:00')
    order by weekday) from generate_series(1, 5) as weekday
  returning id
)
insert into public.sla_policies (priority, calendar_id, first_response_minutes, next_response_minutes,
  resolution_minutes, warn_minutes, raise_to)
select promise.priority, office.id, first_response, next_response, resolution, warn, raise_to
from office, (values
  ('critical', 60, 60, 480, 15, null), ('high', 120, 120, 960, 30, 'critical'),
  ('medium', 120, 240, 2700, 30, 'high'), ('low', 120, 480, 5400, 30, 'medium')
) as promise (priority, first_response, next_response, resolution, warn, raise_to);

create trigger support_calendars_after_audit after insert or update on public.support_calendars
  for each row execute function private.audit_after_row('support_calendar', 'id', '', 'support_calendar_changed');
create trigger support_holidays_after_audit after insert or update on public.support_holidays
  for each row execute function private.audit_after_row('support_holiday', 'id', '', 'support_holiday_changed');
create trigger sla_policies_after_audit after insert or update on public.sla_policies
  for each row execute function private.audit_after_row('sla_policy', 'priority', '', 'sla_policy_changed');

alter table public.support_calendars enable row level security;
alter table public.support_holidays enable row level security;
alter table public.sla_policies enable row level security;
revoke all on public.support_calendars from anon, authenticated, service_role;
revoke all on public.support_holidays from anon, authenticated, service_role;
revoke all on public.sla_policies from anon, authenticated, service_role;
grant select on public.support_calendars, public.support_holidays, public.sla_policies
  to authenticated, service_role;

create policy support_calendars_select_staff on public.support_calendars for select to authenticated
  using ((select private.has_permission('tickets.read')));
comment on policy support_calendars_select_staff on public.support_calendars is
  'Whoever reads tickets knows when support works.';
create policy support_holidays_select_staff on public.support_holidays for select to authenticated
  using ((select private.has_permission('tickets.read')));
comment on policy support_holidays_select_staff on public.support_holidays is
  'Whoever reads tickets knows when support works.';
create policy sla_policies_select_staff on public.sla_policies for select to authenticated
  using ((select private.has_permission('tickets.read')));
comment on policy sla_policies_select_staff on public.sla_policies is 'Whoever reads tickets knows what is promised.';
