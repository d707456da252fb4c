-- Whom tickets are given to, as administrators set it: on or off, and for each person topics and capacity. Whoever
-- saves says what he saw.

create function private.save_ticket_assignment(seen jsonb, is_enabled boolean, away_hours int) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known jsonb;
begin
  perform private.require_permission('tickets.configure');
  perform from public.settings where key in ('ticket_assignment_enabled', 'ticket_away_hours') order by key for update;
  known := jsonb_build_object(
    'is_enabled', (select value from public.settings where key = 'ticket_assignment_enabled'),
    'away_hours', (select value from public.settings where key = 'ticket_away_hours'));
  perform private.require_seen(known, $1, array['is_enabled', 'away_hours']);
  -- What does not suit a setting its trigger refuses.
  update public.settings set value = coalesce(to_jsonb($2), 'null') where key = 'ticket_assignment_enabled'
    and value is distinct from to_jsonb($2);
  update public.settings set value = coalesce(to_jsonb($3), 'null') where key = 'ticket_away_hours'
    and value is distinct from to_jsonb($3);
  return jsonb_build_object('is_enabled', $2, 'away_hours', $3);
end
$$;
comment on function private.save_ticket_assignment(jsonb, boolean, int) is
  'Does the work of public.save_ticket_assignment. Definer: settings of support take tickets.configure alone.';
grant execute on function private.save_ticket_assignment(jsonb, boolean, int) to authenticated, service_role;

create function public.save_ticket_assignment(seen jsonb, is_enabled boolean, away_hours int) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.save_ticket_assignment($1, $2, $3) $$;
comment on function public.save_ticket_assignment(jsonb, boolean, int) is
  'Whether tickets are given to those who are there, and after how many working hours of absence what comes back goes '
  'to another; seen is {is_enabled, away_hours} as the caller read them. → {is_enabled, away_hours}. Needs '
  'tickets.configure. Errors: invalid_argument, invalid_setting, support_setting_changed (409).';
revoke execute on function public.save_ticket_assignment(jsonb, boolean, int)
  from public, anon, authenticated, service_role;
grant execute on function public.save_ticket_assignment(jsonb, boolean, int) to authenticated, service_role;

create function private.save_staff_assignment(user_id uuid, seen jsonb, skills text[], capacity int) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  member public.staff;
  presence public.staff_presence;
  clean text[];
begin
  perform private.require_permission('tickets.configure');
  clean := array(select btrim(skill) from unnest(coalesce($3, '{}')) with ordinality as given (skill, place)
    where btrim(skill) <> '' group by btrim(skill) order by min(place));
  if cardinality(clean) > 30 or exists (select from unnest(clean) as skill
    where length(skill) > 60 or skill ~ '[\u0001-\u001f\u007f]') then
    perform private.fail('invalid_skills', 'Skills are 30 at most, of 60 characters on one line');
  elsif $4 is null or $4 not between 0 and 1000 then
    perform private.fail('invalid_argument', 'capacity is 0 to 1000');
  end if;
  select * into member from public.staff where staff.user_id = $1 for update;
  if member.user_id is null then
    perform private.fail('not_found', 'Nobody by that id works here');
  end if;
  select * into presence from public.staff_presence as known where known.user_id = $1 for update;
  perform private.require_seen(jsonb_build_object('skills', member.skills, 'capacity', presence.capacity), $2,
    array['skills', 'capacity']);
  update public.staff set skills = clean where staff.user_id = $1 and staff.skills is distinct from clean;
  update public.staff_presence as known set capacity = $4 where known.user_id = $1 and known.capacity <> $4;
  return jsonb_build_object('user_id', $1, 'skills', clean, 'capacity', $4);
end
$$;
comment on function private.save_staff_assignment(uuid, jsonb, text[], int) is
  'Does the work of public.save_staff_assignment. Definer: callers may not write staff.';
grant execute on function private.save_staff_assignment(uuid, jsonb, text[], int) to authenticated, service_role;

create function public.save_staff_assignment(user_id uuid, seen jsonb, skills text[], capacity int) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.save_staff_assignment($1, $2, $3, $4) $$;
comment on function public.save_staff_assignment(uuid, jsonb, text[], int) is
  'The topics a person knows (30 at most, of 60 characters; blanks and doubles are dropped) and how many tickets, open '
  'or in progress, he is given at most (0 gives none); seen is {skills, capacity} as the caller read them. → {user_id, '
  'skills, capacity}. Needs tickets.configure. Errors: invalid_skills, invalid_argument, not_found (404), '
  'support_setting_changed (409).';
revoke execute on function public.save_staff_assignment(uuid, jsonb, text[], int)
  from public, anon, authenticated, service_role;
grant execute on function public.save_staff_assignment(uuid, jsonb, text[], int) to authenticated, service_role;
