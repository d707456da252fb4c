-- Who takes a ticket: skill, then load against capacity, among those who are there. Whoever assigns holds one lock, so
-- that two tickets at once do not fill one place twice; the timeline says why.

insert into public.settings (key, value, kind, is_public, description) values
  ('ticket_assignment_enabled', 'true', 'boolean', true, 'Whether tickets are given to those who are there');
insert into public.settings (key, value, minimum, maximum, description) values
  ('ticket_away_hours', '4', 1, 200,
    'Working hours of absence after which a ticket that comes back is given to somebody else');

create table public.staff_presence (
  user_id uuid primary key references public.staff (user_id) on delete cascade,
  is_available boolean not null default false,
  heartbeat_at timestamptz,
  capacity int not null default 5,
  constraint capacity_is_sane check (capacity between 0 and 1000)
);
comment on table public.staff_presence is
  'Who is there for tickets: a switch of one''s own and a sign of life each minute. Not published: signs of life would '
  'fill the stream.';
comment on column public.staff_presence.heartbeat_at is 'Last sign of life while the switch was on';
comment on column public.staff_presence.capacity is
  'Tickets, open or in progress, a person is given at most; 0 gives none';

create function private.staff_after_presence() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.staff_presence (user_id) values (new.user_id) on conflict do nothing;
  return null;
end
$$;
comment on function private.staff_after_presence() is
  'Trigger: whoever works here has a capacity. Definer: callers may not add rows.';

create trigger staff_after_presence after insert on public.staff
  for each row execute function private.staff_after_presence();
create trigger staff_presence_after_audit after update of capacity on public.staff_presence
  for each row execute function private.audit_after_row('staff', 'user_id', '', 'staff_capacity_changed');

alter table public.staff_presence enable row level security;
revoke all on public.staff_presence from anon, authenticated, service_role;
grant select on public.staff_presence to authenticated, service_role;

create policy staff_presence_select_staff on public.staff_presence for select to authenticated
  using ((select private.has_permission('tickets.read')));
comment on policy staff_presence_select_staff on public.staff_presence is 'Whoever reads tickets sees who is there.';

create function private.lock_assignment() returns void
language plpgsql volatile set search_path = ''
as $$
begin
  -- The end of the audit first: whoever has changed a ticket holds it already.
  perform pg_advisory_xact_lock(hashtextextended('private.audit_head', 0));
  perform pg_advisory_xact_lock(hashtextextended('private.assign_tickets', 0));
end
$$;
comment on function private.lock_assignment() is 'Lets one transaction at a time give tickets away, until it ends.';

create function private.is_assignment_on(moment timestamptz) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return private.setting_text('ticket_assignment_enabled') = 'true' and exists (select from public.staff_presence
    where is_available and heartbeat_at > moment - interval '3 minutes');
end
$$;
comment on function private.is_assignment_on(timestamptz) is
  'Whether tickets are given away, and anybody may be there. Definer: reads behind the policies.';

create function private.next_assignee(ticket public.support_tickets, moment timestamptz)
  returns table (user_id uuid, skills text[], load int, capacity int)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  words text := ' ' || private.word_parts(private.search_form(
    concat_ws(' ', ticket.subject, array_to_string(ticket.tags, ' ')))) || ' ';
begin
  if not private.is_working((select calendar_id from public.sla_policies where priority = ticket.priority), moment) then
    return;
  end if;
  return query
  select presence.user_id, matched.skills, loaded.load, presence.capacity
  from public.staff_presence as presence
  join public.staff on staff.user_id = presence.user_id and staff.is_active
  join private.role_permissions as may on may.role = staff.role and may.permission = 'tickets.reply'
  cross join lateral (select array(select skill from unnest(staff.skills) as skill
    where private.word_parts(private.search_form(skill)) <> ''
      and position(' ' || private.word_parts(private.search_form(skill)) || ' ' in words) > 0) as skills) as matched
  cross join lateral (select count(*)::int as load from public.support_tickets as held
    where held.assigned_to = presence.user_id and held.status in ('open', 'in_progress')) as loaded
  where presence.is_available and presence.heartbeat_at > moment - interval '3 minutes'
    and presence.user_id is distinct from ticket.assigned_to and loaded.load < presence.capacity
    -- Whoever put a ticket away is not given it again.
    and not exists (select from public.ticket_events as away where away.ticket_id = ticket.id
      and away.kind = 'assigned' and away.actor_id = presence.user_id and not away.data ? 'after')
  order by cardinality(matched.skills) desc, loaded.load::numeric / presence.capacity, loaded.load, presence.user_id
  limit 1;
end
$$;
comment on function private.next_assignee(public.support_tickets, timestamptz) is
  'Who of those there takes a ticket: most skills that its subject and tags name, then least load for the capacity; '
  'never the present assignee. Nothing when nobody has room. Definer: reads behind the policies.';

create function private.give_ticket(ticket public.support_tickets, moment timestamptz, reason text default null)
  returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  actor text := current_setting('private.ticket_actor', true);
  actor_reason text := current_setting('private.ticket_reason', true);
  chosen record;
begin
  perform private.lock_assignment();
  select * into chosen from private.next_assignee(ticket, moment);
  if chosen.user_id is null then
    return false;
  end if;
  perform private.set_ticket_actor('system', jsonb_build_object(
    'reason', coalesce($3, case when chosen.skills <> '{}' then 'skill' else 'load' end),
    'skills', nullif(chosen.skills, '{}'), 'load', chosen.load, 'capacity', chosen.capacity));
  update public.support_tickets set assigned_to = chosen.user_id where id = ticket.id;
  perform private.set_ticket_actor(nullif(actor, ''), nullif(actor_reason, '')::jsonb);
  return true;
end
$$;
comment on function private.give_ticket(public.support_tickets, timestamptz, text) is
  'Gives a ticket, locked by the caller, to whoever private.next_assignee names; the timeline says why: reason (skill '
  'or load unless given), skills, load before and capacity. → whether anybody took it. Definer: writes tickets.';

create function private.assign_waiting_tickets(moment timestamptz) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  given int := 0;
begin
  if not private.is_assignment_on(moment) then
    return 0;
  end if;
  perform private.lock_assignment();
  for ticket in select * from public.support_tickets
    where assigned_to is null and status in ('open', 'in_progress') and merged_into is null and snoozed_until is null
    order by coalesce(asked_at, created_at), number limit 200 for no key update skip locked
  loop
    given := given + private.give_ticket(ticket, moment)::int;
  end loop;
  return given;
end
$$;
comment on function private.assign_waiting_tickets(timestamptz) is
  'Gives tickets nobody has to those there, the one that has waited longest first. → how many. Definer: writes '
  'tickets.';

create function private.is_away(user_id uuid, calendar_id uuid, moment timestamptz) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  presence public.staff_presence;
begin
  select * into presence from public.staff_presence where staff_presence.user_id = $1;
  return presence.heartbeat_at is null or not exists (select from public.staff where staff.user_id = $1 and is_active)
    or private.working_seconds($2, presence.heartbeat_at, moment) > private.setting_int('ticket_away_hours') * 3600;
end
$$;
comment on function private.is_away(uuid, uuid, timestamptz) is
  'Whether somebody was not there for so many working hours that what comes back goes to another. Definer: reads '
  'behind the policies.';

create function private.reassign_tickets(moment timestamptz) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  late record;
  ticket public.support_tickets;
  given int := 0;
begin
  if not private.is_assignment_on(moment) then
    return 0;
  end if;
  perform private.lock_assignment();
  for late in
    select tickets.id, case when policy.is_reassigned and answer_due_at <= moment and assigned.since < answer_due_at
      then 'silent' else 'returned' end as reason
    from public.support_tickets as tickets
    join public.sla_policies as policy on policy.priority = tickets.priority
    cross join lateral (select case when tickets.first_responded_at is null then tickets.first_response_due_at
      else tickets.next_response_due_at end as answer_due_at) as due
    cross join lateral (select coalesce(max(created_at), tickets.created_at) as since from public.ticket_events
      where ticket_id = tickets.id and kind = 'assigned') as assigned
    where tickets.assigned_to is not null and tickets.asked_at is not null
      and tickets.status in ('open', 'in_progress')
      and (policy.is_reassigned and answer_due_at <= moment and assigned.since < answer_due_at
        or tickets.first_responded_at is not null and private.is_away(tickets.assigned_to, policy.calendar_id, moment))
    order by tickets.asked_at, tickets.number for no key update of tickets skip locked
  loop
    select * into ticket from public.support_tickets where id = late.id;
    given := given + private.give_ticket(ticket, moment, late.reason)::int;
  end loop;
  return given;
end
$$;
comment on function private.reassign_tickets(timestamptz) is
  'Gives to somebody who is there what its assignee left unanswered past the deadline he had it before (silent), where '
  'the policy says so, and what came back to somebody who is away (returned). → how many. Definer: writes tickets.';

create function private.support_tickets_after_seek() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  is_active boolean := new.status in ('open', 'in_progress') and new.merged_into is null;
  was_active boolean := tg_op = 'UPDATE' and old.status in ('open', 'in_progress');
  moment timestamptz := clock_timestamp();
begin
  if (tg_op = 'UPDATE' and (new.status, new.assigned_to) is not distinct from (old.status, old.assigned_to))
    or not private.is_assignment_on(moment) then
    return null;
  end if;
  if is_active and not was_active and new.assigned_to is null then
    perform private.give_ticket(new, moment);
  elsif is_active and not was_active and tg_op = 'UPDATE' and private.is_away(new.assigned_to,
      (select calendar_id from public.sla_policies where priority = new.priority), moment) then
    perform private.give_ticket(new, moment, 'returned');
  end if;
  if was_active and old.assigned_to is not null
    and (not is_active or new.assigned_to is distinct from old.assigned_to) then
    perform private.assign_waiting_tickets(moment);
  end if;
  return null;
end
$$;
comment on function private.support_tickets_after_seek() is
  'Trigger: a new or reopened ticket finds somebody who is there, and a place that is freed takes the ticket that has '
  'waited longest. Definer: writes tickets.';

create trigger support_tickets_after_seek after insert or update of status, assigned_to on public.support_tickets
  for each row execute function private.support_tickets_after_seek();

create function private.assign_tickets(moment timestamptz default clock_timestamp()) returns int
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return private.reassign_tickets(moment) + private.assign_waiting_tickets(moment);
end
$$;
comment on function private.assign_tickets(timestamptz) is
  'What time does to assignments. → how many tickets were given. Definer: run by its job.';

create function private.set_support_presence(is_available boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  staff_id uuid := (select staff.user_id from public.staff where staff.user_id = (select auth.uid()));
begin
  perform private.require_permission('tickets.reply');
  if staff_id is null then
    perform private.fail('permission_denied', 'Only a person is there');
  end if;
  insert into public.staff_presence as known (user_id, is_available, heartbeat_at)
  values (staff_id, coalesce($1, false), case when $1 then clock_timestamp() end)
  on conflict on constraint staff_presence_pkey do update set is_available = coalesce($1, known.is_available),
    heartbeat_at = case when coalesce($1, known.is_available) then clock_timestamp() else known.heartbeat_at end;
  perform private.assign_waiting_tickets(clock_timestamp());
  return (select to_jsonb(known) from public.staff_presence as known where known.user_id = staff_id);
end
$$;
comment on function private.set_support_presence(boolean) is
  'Does the work of public.set_support_presence. Definer: writes presence.';
grant execute on function private.set_support_presence(boolean) to authenticated, service_role;

create function public.set_support_presence(is_available boolean default null) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.set_support_presence($1) $$;
comment on function public.set_support_presence(boolean) is
  'Says that the caller is there for tickets (true), no longer (false), or still as before (null: the sign of life the '
  'console gives each minute); who gave none for three minutes is not there. Tickets that wait are given at once. → '
  '{user_id, is_available, heartbeat_at, capacity}. Needs tickets.reply.';
revoke execute on function public.set_support_presence(boolean) from public, anon, authenticated, service_role;
grant execute on function public.set_support_presence(boolean) to authenticated, service_role;

select private.schedule_job('assign-tickets', '* * * * *', 'select private.assign_tickets()');
