-- Working time of a calendar, to the second: over lunch, nights, holidays and the days on which clocks change.

create function private.easter_day(year int) returns date
language plpgsql immutable set search_path = ''
as $$
declare
  -- The anonymous Gregorian rule (Meeus, Astronomical Algorithms, chapter 8).
  a int := year % 19;
  b int := year / 100;
  c int := year % 100;
  h int := (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  l int := (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
  m int := (a + 11 * h + 22 * l) / 451;
  n int := h + l - 7 * m + 114;
begin
  return make_date(year, n / 31, n % 31 + 1);
end
$$;
comment on function private.easter_day(int) is 'Easter Sunday of a year of the Gregorian calendar.';

create function private.french_holidays(year int) returns table (day date, rule text)
language plpgsql immutable set search_path = ''
as $$
declare
  easter date := private.easter_day(year);
begin
  return query values (make_date(year, 1, 1), 'new_year'), (easter + 1, 'easter_monday'),
    (make_date(year, 5, 1), 'labour_day'), (make_date(year, 5, 8), 'victory_day'), (easter + 39, 'ascension'),
    (easter + 50, 'whit_monday'), (make_date(year, 7, 14), 'national_day'), (make_date(year, 8, 15), 'assumption'),
    (make_date(year, 11, 1), 'all_saints'), (make_date(year, 11, 11), 'armistice'),
    (make_date(year, 12, 25), 'christmas');
end
$$;
comment on function private.french_holidays(int) is 'The eleven public holidays of metropolitan France in a year.';

create function private.support_holidays_of(calendar_id uuid, from_day date, to_day date)
  returns table (day date, rule text, name text, is_closed boolean)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  select coalesce(kept.day, ruled.day), ruled.rule, kept.name, coalesce(kept.is_closed, true)
  from (select french.day, french.rule
    from public.support_calendars as calendar
    cross join generate_series(extract(year from $2)::int, extract(year from $3)::int) as year
    cross join private.french_holidays(year) as french
    where calendar.id = $1 and calendar.holiday_rule = 'france' and french.day between $2 and $3) as ruled
  full join (select days.day, days.name, days.is_closed from public.support_holidays as days
    where days.calendar_id = $1 and days.day between $2 and $3) as kept on kept.day = ruled.day;
end
$$;
comment on function private.support_holidays_of(uuid, date, date) is
  'Holidays of a calendar between two days: those of its rule (rule: its code) and those decided by hand (name); '
  'is_closed is false for one that is worked. Definer: reads behind the policies.';

-- A time the clocks skip is the moment they skip at; else two periods that meet there would overlap.
create function private.local_instant(local timestamp, time_zone text) returns timestamptz
language plpgsql stable set search_path = ''
as $$
declare
  moment timestamptz := local at time zone time_zone;
  shown timestamp := moment at time zone time_zone;
begin
  if shown > local then
    return (select min(minute) from generate_series(moment - (shown - local), moment, interval '1 minute') as minute
      where minute at time zone time_zone >= local);
  end if;
  return moment;
end
$$;
comment on function private.local_instant(timestamp, text) is
  'The moment at which the clocks of a zone show a time.';

create function private.working_periods(calendar_id uuid, from_day date, to_day date) returns setof tstzrange
language plpgsql stable security definer set search_path = ''
as $$
declare
  calendar public.support_calendars;
begin
  select * into calendar from public.support_calendars where id = $1;
  return query
  select tstzrange(begun, greatest(begun, ended)) from (
    select private.local_instant(worked::date + period.starts, calendar.time_zone) as begun,
      private.local_instant(worked::date + period.ends, calendar.time_zone) as ended
    from generate_series($2::timestamp, $3::timestamp, interval '1 day') as worked
    join jsonb_to_recordset(calendar.hours) as period (weekday int, starts time, ends time)
      on period.weekday = extract(isodow from worked)
    where worked::date not in (select holiday.day from private.support_holidays_of($1, $2, $3) as holiday
      where holiday.is_closed)) as periods
  order by begun;
end
$$;
comment on function private.working_periods(uuid, date, date) is
  'When a calendar works, from one of its days to another, both included, in order. Definer: reads behind the '
  'policies.';

create function private.working_seconds(calendar_id uuid, from_moment timestamptz, to_moment timestamptz)
  returns numeric
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone text := (select time_zone from public.support_calendars where id = $1);
begin
  if from_moment >= to_moment then
    return 0;
  end if;
  return (select coalesce(sum(extract(epoch from least(upper(period), to_moment) - greatest(lower(period),
      from_moment))), 0)
    from private.working_periods($1, (from_moment at time zone zone)::date, (to_moment at time zone zone)::date)
      as period
    where period && tstzrange(from_moment, to_moment));
end
$$;
comment on function private.working_seconds(uuid, timestamptz, timestamptz) is
  'Seconds that a calendar works between two moments; 0 when the second is not after the first. Definer: reads behind '
  'the policies.';

create function private.add_working_seconds(calendar_id uuid, from_moment timestamptz, seconds numeric)
  returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone text := (select time_zone from public.support_calendars where id = $1);
  first_day date := (from_moment at time zone zone)::date;
  remaining numeric := seconds;
  period tstzrange;
  begun timestamptz;
  worked numeric;
begin
  -- A week at a time; a calendar that works no second in ten years promises nothing.
  for week in 0..521 loop
    for period in select * from private.working_periods($1, first_day + week * 7, first_day + week * 7 + 6) loop
      begun := greatest(lower(period), from_moment);
      worked := extract(epoch from upper(period) - begun);
      if worked > 0 and worked >= remaining then
        return begun + remaining * interval '1 second';
      end if;
      remaining := remaining - greatest(worked, 0);
    end loop;
  end loop;
  return null;
end
$$;
comment on function private.add_working_seconds(uuid, timestamptz, numeric) is
  'The moment at which a calendar has worked so many seconds since another; what ends with a period ends then, not '
  'when the next begins. Null when it would take ten years. Definer: reads behind the policies.';

create function private.is_working(calendar_id uuid, moment timestamptz) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  today date := (moment at time zone (select time_zone from public.support_calendars where id = $1))::date;
begin
  return exists (select from private.working_periods($1, today, today) as period where period @> moment);
end
$$;
comment on function private.is_working(uuid, timestamptz) is
  'Whether a calendar works at a moment. Definer: reads behind the policies.';

create function private.list_support_holidays(calendar_id uuid, year int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('tickets.read');
  if year is null or year not between 1900 and 2200 then
    perform private.fail('invalid_argument', 'year is between 1900 and 2200');
  elsif not exists (select from public.support_calendars where id = $1) then
    perform private.fail('calendar_not_found', 'No such calendar');
  end if;
  return jsonb_build_object('rows', (select coalesce(jsonb_agg(to_jsonb(holiday) order by holiday.day), '[]')
    from private.support_holidays_of($1, make_date(year, 1, 1), make_date(year, 12, 31)) as holiday));
end
$$;
comment on function private.list_support_holidays(uuid, int) is
  'Does the work of public.list_support_holidays. Definer: reads behind the policies.';
grant execute on function private.list_support_holidays(uuid, int) to authenticated, service_role;

create function public.list_support_holidays(calendar_id uuid, year int) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_support_holidays($1, $2) $$;
comment on function public.list_support_holidays(uuid, int) is
  'Holidays of a calendar in a year, in order: → {rows: [{day, rule (its code: easter_monday …; null for a day added), '
  'name (given by hand, else null), is_closed (false: worked all the same)}]}. Needs tickets.read. Errors: '
  'invalid_argument, calendar_not_found (404).';
revoke execute on function public.list_support_holidays(uuid, int) from public, anon, authenticated, service_role;
grant execute on function public.list_support_holidays(uuid, int) to authenticated, service_role;
