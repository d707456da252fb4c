-- Support's settings, as administrators change them. Whoever saves says what he saw: what changed meanwhile is refused
-- by name, so that nobody writes over what he has not read. What moves deadlines says of how many open tickets.

insert into private.error_codes (code, status) values
  ('support_setting_changed', 409), ('calendar_name_taken', 409), ('calendar_in_use', 409),
  ('invalid_sla_policy', 400), ('invalid_skills', 400);

create function private.require_seen(current jsonb, seen jsonb, keys text[]) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  changed text[];
begin
  if jsonb_typeof(seen) is distinct from 'object' then
    perform private.fail('invalid_argument', 'seen is an object of what was read: ' || array_to_string(keys, ', '));
  end if;
  changed := array(select key from unnest(keys) as key
    where current -> key is distinct from coalesce(seen -> key, 'null'));
  if changed <> '{}' then
    perform private.fail('support_setting_changed', 'Somebody changed it meanwhile', to_jsonb(changed)::text);
  end if;
end
$$;
comment on function private.require_seen(jsonb, jsonb, text[]) is
  'Raises support_setting_changed (details: the keys) when what a caller read of a row is not what it holds now.';

create function private.open_deadlines() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select coalesce(jsonb_object_agg(id, due_at), '{}') from public.support_tickets
    where status in ('open', 'in_progress', 'waiting') and merged_into is null);
end
$$;
comment on function private.open_deadlines() is
  'The next deadline of each ticket that is not over: {id: instant or null}. Definer: reads behind the policy.';

create function private.count_moved(was jsonb) returns int
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select count(*) from jsonb_each(private.open_deadlines()) as now_is
    where was ? now_is.key and was -> now_is.key is distinct from now_is.value);
end
$$;
comment on function private.count_moved(jsonb) is
  'How many tickets have another next deadline than private.open_deadlines said before. Definer: reads behind the '
  'policy.';

create function private.save_support_calendar(calendar_id uuid, seen jsonb, name text, time_zone text, hours jsonb,
  holiday_rule text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  calendar public.support_calendars;
  clean_name text;
  was jsonb;
begin
  perform private.require_permission('tickets.configure');
  clean_name := private.require_text($3, 'invalid_calendar', 1, 80);
  if $6 is null or $6 not in ('none', 'france') then
    perform private.fail('invalid_calendar', 'holiday_rule is none or france');
  end if;
  begin
    if $1 is null then
      insert into public.support_calendars (name, time_zone, hours, holiday_rule)
      values (clean_name, $4, coalesce($5, 'null'), $6) returning * into calendar;
      return jsonb_build_object('id', calendar.id, 'moved', 0);
    end if;
    select * into calendar from public.support_calendars where id = $1 for update;
    if calendar.id is null then
      perform private.fail('calendar_not_found', 'No such calendar');
    end if;
    perform private.require_seen(to_jsonb(calendar), $2, array['name', 'time_zone', 'hours', 'holiday_rule']);
    was := private.open_deadlines();
    update public.support_calendars as kept
    set name = clean_name, time_zone = $4, hours = coalesce($5, 'null'), holiday_rule = $6
    where kept.id = $1;
  exception when unique_violation then
    perform private.fail('calendar_name_taken', format('Another calendar is named "%s"', clean_name));
  end;
  return jsonb_build_object('id', $1, 'moved', private.count_moved(was));
end
$$;
comment on function private.save_support_calendar(uuid, jsonb, text, text, jsonb, text) is
  'Does the work of public.save_support_calendar. Definer: locks the row whatever its policies say.';
grant execute on function private.save_support_calendar(uuid, jsonb, text, text, jsonb, text)
  to authenticated, service_role;

create function public.save_support_calendar(calendar_id uuid, seen jsonb, name text, time_zone text, hours jsonb,
  holiday_rule text default 'france') returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.save_support_calendar($1, $2, $3, $4, $5, $6) $$;
comment on function public.save_support_calendar(uuid, jsonb, text, text, jsonb, text) is
  'Changes a calendar, or adds one (calendar_id and seen null). seen is {name, time_zone, hours, holiday_rule} as the '
  'caller read them; hours are [{weekday: 1 to 7, starts, ends}]. → {id, moved: tickets whose next deadline moved}. '
  'Needs tickets.configure. Errors: invalid_calendar, invalid_argument, calendar_not_found (404), calendar_name_taken, '
  'support_setting_changed (details: the keys that differ) (409).';
revoke execute on function public.save_support_calendar(uuid, jsonb, text, text, jsonb, text)
  from public, anon, authenticated, service_role;
grant execute on function public.save_support_calendar(uuid, jsonb, text, text, jsonb, text)
  to authenticated, service_role;

create function private.delete_support_calendar(calendar_id uuid, seen jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  calendar public.support_calendars;
  users text[];
begin
  perform private.require_permission('tickets.configure');
  select * into calendar from public.support_calendars where id = $1 for update;
  if calendar.id is null then
    perform private.fail('calendar_not_found', 'No such calendar');
  end if;
  perform private.require_seen(to_jsonb(calendar), $2, array['name', 'time_zone', 'hours', 'holiday_rule']);
  users := array(select priority from public.sla_policies as policies where policies.calendar_id = $1
    order by array_position(array['critical', 'high', 'medium', 'low'], priority));
  if users <> '{}' then
    perform private.fail('calendar_in_use', format('What is promised for %s is counted in it',
      array_to_string(users, ', ')), to_jsonb(users)::text);
  end if;
  delete from public.support_holidays as days where days.calendar_id = $1;
  delete from public.support_calendars where id = $1;
  perform private.record_event('support_calendar_deleted', 'support_calendar', $1::text, jsonb_build_object('before',
    to_jsonb(calendar) - array['id', 'created_at', 'updated_at'], 'after', '{}'::jsonb));
end
$$;
comment on function private.delete_support_calendar(uuid, jsonb) is
  'Does the work of public.delete_support_calendar. Definer: nobody else deletes calendars.';
grant execute on function private.delete_support_calendar(uuid, jsonb) to authenticated, service_role;

create function public.delete_support_calendar(calendar_id uuid, seen jsonb) returns void
language sql volatile security invoker set search_path = '' as $$ select private.delete_support_calendar($1, $2) $$;
comment on function public.delete_support_calendar(uuid, jsonb) is
  'Deletes a calendar, with what was decided about its days, once nothing is promised by it; seen is {name, time_zone, '
  'hours, holiday_rule} as the caller read them. Needs tickets.configure. Errors: invalid_argument, calendar_not_found '
  '(404), calendar_in_use (details: the priorities whose promises use it), support_setting_changed (details: the keys '
  'that differ) (409).';
revoke execute on function public.delete_support_calendar(uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.delete_support_calendar(uuid, jsonb) to authenticated, service_role;

create function private.save_support_holiday(calendar_id uuid, day date, seen jsonb, is_closed boolean, name text)
  returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  holiday public.support_holidays;
  clean_name text;
  was jsonb;
begin
  perform private.require_permission('tickets.configure');
  clean_name := private.require_text(coalesce($5, ''), 'invalid_argument', 0, 80);
  if $2 is null then
    perform private.fail('invalid_argument', 'day is the day that is decided about');
  end if;
  -- Two decisions about one calendar follow each other: of a day without a row there is none to lock.
  perform from public.support_calendars where id = $1 for update;
  if not found then
    perform private.fail('calendar_not_found', 'No such calendar');
  end if;
  select * into holiday from public.support_holidays as kept where kept.calendar_id = $1 and kept.day = $2;
  if nullif($3, 'null') is distinct from (case when holiday.id is not null
    then jsonb_build_object('name', holiday.name, 'is_closed', holiday.is_closed) end) then
    perform private.fail('support_setting_changed', 'Somebody decided about that day meanwhile', '["day"]');
  end if;
  was := private.open_deadlines();
  if $4 is not null then
    insert into public.support_holidays as kept (calendar_id, day, name, is_closed) values ($1, $2, clean_name, $4)
    on conflict on constraint support_holidays_calendar_id_day_key do update
    set name = excluded.name, is_closed = excluded.is_closed;
  elsif holiday.id is not null then
    delete from public.support_holidays where id = holiday.id;
    perform private.record_event('support_holiday_changed', 'support_holiday', holiday.id::text,
      jsonb_build_object('before', jsonb_build_object('day', holiday.day, 'name', holiday.name,
        'is_closed', holiday.is_closed), 'after', '{}'::jsonb));
  end if;
  return jsonb_build_object('moved', private.count_moved(was));
end
$$;
comment on function private.save_support_holiday(uuid, date, jsonb, boolean, text) is
  'Does the work of public.save_support_holiday. Definer: nobody else may take a decision back.';
grant execute on function private.save_support_holiday(uuid, date, jsonb, boolean, text)
  to authenticated, service_role;

create function public.save_support_holiday(calendar_id uuid, day text, seen jsonb default null,
  is_closed boolean default null, name text default '') returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.save_support_holiday($1, private.require_day($2, 'day'), $3, $4, $5) $$;
comment on function public.save_support_holiday(uuid, text, jsonb, boolean, text) is
  'Decides about one day of a calendar: closed, worked although it is a holiday (is_closed false), or as the rule has '
  'it (null). seen is {name, is_closed} of the decision the caller read, null when there was none. → {moved: tickets '
  'whose next deadline moved}. Needs tickets.configure. Errors: invalid_argument, calendar_not_found (404), '
  'support_setting_changed (409).';
revoke execute on function public.save_support_holiday(uuid, text, jsonb, boolean, text)
  from public, anon, authenticated, service_role;
grant execute on function public.save_support_holiday(uuid, text, jsonb, boolean, text)
  to authenticated, service_role;

create function private.save_sla_policy(priority text, seen jsonb, calendar_id uuid, first_response_minutes int,
  next_response_minutes int, resolution_minutes int, warn_minutes int, raise_to text, is_reassigned boolean,
  is_paused_while_waiting boolean)
  returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  policy public.sla_policies;
  ranks text[] := array['low', 'medium', 'high', 'critical'];
  was jsonb;
begin
  perform private.require_permission('tickets.configure');
  if $1 is null or $1 <> all (ranks) then
    perform private.fail('invalid_argument', 'priority is low, medium, high or critical');
  elsif exists (select from unnest(array[$4, $5, $6]) as minutes where minutes not between 1 and 100000) then
    perform private.fail('invalid_sla_policy', 'What is promised is 1 to 100000 minutes, or null for nothing');
  elsif $7 is null or $7 not between 0 and 10000 or $9 is null or $10 is null then
    perform private.fail('invalid_sla_policy',
      'warn_minutes is 0 to 10000, is_reassigned and is_paused_while_waiting are true or false');
  elsif $8 is not null and coalesce(array_position(ranks, $8) <= array_position(ranks, $1), true) then
    perform private.fail('invalid_sla_policy', 'raise_to is a higher priority, or null');
  end if;
  -- Locked, so that nobody deletes it meanwhile.
  perform from public.support_calendars where id = $3 for key share;
  if not found then
    perform private.fail('calendar_not_found', 'No such calendar');
  end if;
  select * into policy from public.sla_policies as kept where kept.priority = $1 for update;
  perform private.require_seen(to_jsonb(policy), $2, array['calendar_id', 'first_response_minutes',
    'next_response_minutes', 'resolution_minutes', 'warn_minutes', 'raise_to', 'is_reassigned',
    'is_paused_while_waiting']);
  was := private.open_deadlines();
  update public.sla_policies as kept set calendar_id = $3, first_response_minutes = $4, next_response_minutes = $5,
    resolution_minutes = $6, warn_minutes = $7, raise_to = $8, is_reassigned = $9,
    is_paused_while_waiting = $10
  where kept.priority = $1;
  return jsonb_build_object('moved', private.count_moved(was));
end
$$;
comment on function private.save_sla_policy(text, jsonb, uuid, int, int, int, int, text, boolean, boolean) is
  'Does the work of public.save_sla_policy. Definer: locks the row whatever its policies say.';
grant execute on function private.save_sla_policy(text, jsonb, uuid, int, int, int, int, text, boolean, boolean)
  to authenticated, service_role;

create function public.save_sla_policy(priority text, seen jsonb, calendar_id uuid, first_response_minutes int,
  next_response_minutes int, resolution_minutes int, warn_minutes int, raise_to text, is_reassigned boolean,
  is_paused_while_waiting boolean)
  returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.save_sla_policy($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) $$;
comment on function public.save_sla_policy(text, jsonb, uuid, int, int, int, int, text, boolean, boolean) is
  'Changes what is promised for a priority, in working minutes of a calendar (null promises nothing), and whether its '
  'clocks stand while a ticket waits for the customer; seen is all but priority, as the caller read it. → '
  '{moved: tickets whose next deadline moved}. Needs tickets.configure. Errors: '
  'invalid_argument, invalid_sla_policy, calendar_not_found (404), support_setting_changed (details: the keys that '
  'differ) (409).';
revoke execute on function public.save_sla_policy(text, jsonb, uuid, int, int, int, int, text, boolean, boolean)
  from public, anon, authenticated, service_role;
grant execute on function public.save_sla_policy(text, jsonb, uuid, int, int, int, int, text, boolean, boolean)
  to authenticated, service_role;
