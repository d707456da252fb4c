-- Until when a ticket wants an answer and an end. One function reckons it from the ticket's history alone (what was
-- said, its states, its priorities), so that other hours or promises move what is open; what is over keeps its times.
-- Clocks stand while a ticket is resolved or closed and, unless its policy says otherwise, waits for the customer.

create type private.ticket_moment as (at timestamptz, what text, value text);
comment on type private.ticket_moment is
  'Something a clock heeds: what is status or priority (value: the new one), customer or staff (a public message).';

create type private.ticket_clock as (clock text, started_at timestamptz, stopped_at timestamptz, due_at timestamptz,
  warn_at timestamptz, is_running boolean, is_late boolean, seconds numeric);
comment on type private.ticket_clock is
  'A promise of a ticket: clock is first_response, next_response or resolution; stopped_at is when it was kept, null '
  'before; due_at null while it stands or nothing is promised; seconds worked until it stopped.';

create function private.ticket_clock(clock text, started_at timestamptz, stopped_at timestamptz)
  returns private.ticket_clock
language sql immutable set search_path = ''
as $$ select row($1, $2, $3, null, null, null, null, null)::private.ticket_clock $$;
comment on function private.ticket_clock(text, timestamptz, timestamptz) is
  'A clock whose deadline is not reckoned yet.';

create function private.ticket_history(ticket public.support_tickets) returns private.ticket_moment[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select array_agg(row(moment.at, moment.what, moment.value)::private.ticket_moment
      order by moment.at, moment.place, moment.sequence)
    from (
      select ticket.created_at as at, 0 as place, 0::bigint as sequence, 'status' as what,
        coalesce((select data ->> 'before' from public.ticket_events where ticket_id = ticket.id
          and kind = 'status_changed' order by id limit 1), ticket.status) as value
      union all
      select ticket.created_at, 0, 1, 'priority',
        coalesce((select data ->> 'before' from public.ticket_events where ticket_id = ticket.id
          and kind = 'priority_changed' order by id limit 1), ticket.priority)
      union all
      -- An answer that is held counts for nothing yet; once it has left it was given when it was written.
      select said.created_at, 1, said.sequence, said.author_kind, null from public.ticket_messages as said
      where said.ticket_id = ticket.id and said.kind = 'message' and said.is_verified
        and said.withdrawn_at is null and said.held_until is null and said.created_at >= ticket.created_at
      union all
      -- A raise at a broken promise calls for attention and promises nothing new.
      select greatest(happened.created_at, ticket.created_at), 2, happened.id,
        replace(happened.kind, '_changed', ''), happened.data ->> 'after'
      from public.ticket_events as happened
      where happened.ticket_id = ticket.id and happened.kind in ('status_changed', 'priority_changed')
        and happened.data ->> 'reason' is distinct from 'breached') as moment);
end
$$;
comment on function private.ticket_history(public.support_tickets) is
  'What the clocks of a ticket heed, in order. Definer: reads behind the policies.';

create function private.clock_seconds(calendar_id uuid, running tstzmultirange, started_at timestamptz,
  stopped_at timestamptz) returns numeric
language plpgsql stable set search_path = ''
as $$
begin
  return (select coalesce(sum(private.working_seconds($1, lower(span), upper(span))), 0)
    from unnest(running * tstzmultirange(tstzrange(started_at, stopped_at))) as span);
end
$$;
comment on function private.clock_seconds(uuid, tstzmultirange, timestamptz, timestamptz) is
  'Working seconds of a calendar between two moments, of those in which the clocks run.';

create function private.clock_due(calendar_id uuid, running tstzmultirange, started_at timestamptz,
  stopped_at timestamptz, minutes int) returns timestamptz
language plpgsql stable set search_path = ''
as $$
declare
  remaining numeric := greatest(minutes, 0) * 60;
  span tstzrange;
  worked numeric;
begin
  if minutes is null then
    return null;
  end if;
  for span in select unnest(running * tstzmultirange(tstzrange(started_at, stopped_at))) loop
    if upper(span) is null then
      return private.add_working_seconds($1, lower(span), remaining);
    end if;
    worked := private.working_seconds($1, lower(span), upper(span));
    if worked >= remaining then
      return private.add_working_seconds($1, lower(span), remaining);
    end if;
    remaining := remaining - worked;
  end loop;
  return case when stopped_at is not null then private.add_working_seconds($1, stopped_at, remaining) end;
end
$$;
comment on function private.clock_due(uuid, tstzmultirange, timestamptz, timestamptz, int) is
  'When so many working minutes of running have passed since a moment: of a clock that stopped early, when they would '
  'have; null while it stands.';

create function private.ticket_clocks(history private.ticket_moment[], moment timestamptz)
  returns setof private.ticket_clock
language plpgsql stable security definer set search_path = ''
as $$
declare
  created_at timestamptz := history[1].at;
  now_is private.ticket_moment;
  status text;
  priority text;
  running_since timestamptz;
  running tstzmultirange := '{}';
  open_since timestamptz;
  unpaused tstzmultirange := '{}';
  counted tstzmultirange;
  is_begun_by_us boolean;
  answered private.ticket_moment;
  asked_at timestamptz;
  ended private.ticket_moment;
  clocks private.ticket_clock[] := '{}';
  clock private.ticket_clock;
  priorities text[] := '{}';
  policy public.sla_policies;
  minutes int;
begin
  foreach now_is in array history loop
    case now_is.what
      when 'priority' then
        priority := now_is.value;
      when 'customer' then
        is_begun_by_us := coalesce(is_begun_by_us, false);
        if is_begun_by_us or answered.at is not null then
          asked_at := coalesce(asked_at, now_is.at);
        end if;
      when 'staff' then
        is_begun_by_us := coalesce(is_begun_by_us, now_is.at = created_at);
        if not is_begun_by_us and answered.at is null then
          answered := row(now_is.at, 'staff', priority);
        elsif asked_at is not null then
          clocks := clocks || private.ticket_clock('next_response', asked_at, now_is.at);
          priorities := priorities || priority;
          asked_at := null;
        end if;
      when 'status' then
        status := now_is.value;
        if status in ('open', 'in_progress') then
          running_since := coalesce(running_since, now_is.at);
          ended := null;
        else
          if running_since < now_is.at then
            running := running + tstzmultirange(tstzrange(running_since, now_is.at));
          end if;
          running_since := null;
        end if;
        if status not in ('resolved', 'closed') then
          open_since := coalesce(open_since, now_is.at);
        else
          if open_since < now_is.at then
            unpaused := unpaused + tstzmultirange(tstzrange(open_since, now_is.at));
          end if;
          open_since := null;
        end if;
        if status in ('resolved', 'closed') then
          ended := coalesce(ended, row(now_is.at, 'status', priority)::private.ticket_moment);
          if asked_at is not null then
            clocks := clocks || private.ticket_clock('next_response', asked_at, now_is.at);
            priorities := priorities || priority;
            asked_at := null;
          end if;
        end if;
    end case;
  end loop;
  if running_since is not null then
    running := running + tstzmultirange(tstzrange(running_since, null));
  end if;
  if open_since is not null then
    unpaused := unpaused + tstzmultirange(tstzrange(open_since, null));
  end if;
  if asked_at is not null then
    clocks := clocks || private.ticket_clock('next_response', asked_at, null);
    priorities := priorities || priority;
  end if;
  clocks := clocks || private.ticket_clock('resolution', created_at, ended.at);
  priorities := priorities || coalesce(ended.value, priority);
  if not coalesce(is_begun_by_us, false) then
    clocks := clocks || private.ticket_clock('first_response', created_at, coalesce(answered.at, ended.at));
    priorities := priorities || coalesce(answered.value, ended.value, priority);
  end if;
  for place in 1..cardinality(clocks) loop
    clock := clocks[place];
    -- Of the priority that held when it stopped: a promise that was kept is not broken by a later one.
    select * into policy from public.sla_policies where sla_policies.priority = priorities[place];
    counted := case when policy.is_paused_while_waiting then running else unpaused end;
    minutes := case clock.clock when 'first_response' then policy.first_response_minutes
      when 'next_response' then policy.next_response_minutes else policy.resolution_minutes end;
    clock.due_at := private.clock_due(policy.calendar_id, counted, clock.started_at, clock.stopped_at, minutes);
    clock.warn_at := case when clock.stopped_at is null then private.clock_due(policy.calendar_id, counted,
      clock.started_at, null, minutes - policy.warn_minutes) end;
    clock.is_running := clock.stopped_at is null
      and case when policy.is_paused_while_waiting then running_since else open_since end is not null;
    clock.is_late := coalesce(case when clock.stopped_at is null then moment >= clock.due_at
      else clock.stopped_at > clock.due_at end, false);
    clock.seconds := case when clock.stopped_at is not null then private.clock_seconds(policy.calendar_id, counted,
      clock.started_at, clock.stopped_at) end;
    return next clock;
  end loop;
end
$$;
comment on function private.ticket_clocks(private.ticket_moment[], timestamptz) is
  'The clocks of a ticket from its history (its first moments: status and priority when it was made), as they stand at '
  'a moment. The first answer is awaited from the beginning, unless we wrote first; each later one from the first '
  'message of the customer that is not answered; the end from the beginning. Definer: reads policies and calendars.';

create function private.count_ticket_deadlines(ticket_ids uuid[], moment timestamptz default clock_timestamp())
  returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Locked first: the histories are then read as they are once others have written theirs.
  perform from public.support_tickets where id = any ($1) order by id for no key update;
  update public.support_tickets as tickets set first_responded_at = counted.first_responded_at,
    first_response_due_at = counted.first_due, next_response_due_at = counted.next_due,
    resolution_due_at = counted.resolution_due, due_at = counted.due_at, warn_at = counted.warn_at,
    asked_at = counted.asked_at, missed_clocks = counted.missed_clocks, first_response_seconds = counted.first_seconds,
    resolution_seconds = counted.resolution_seconds
  from public.support_tickets as known
  cross join lateral (
    select
      max(clock.stopped_at) filter (where clock.clock = 'first_response' and is_answered) as first_responded_at,
      max(clock.due_at) filter (where clock.clock = 'first_response') as first_due,
      max(clock.due_at) filter (where clock.clock = 'next_response' and clock.stopped_at is null) as next_due,
      max(clock.due_at) filter (where clock.clock = 'resolution') as resolution_due,
      min(clock.due_at) filter (where clock.is_running) as due_at,
      (array_agg(clock.warn_at order by clock.due_at) filter (where clock.is_running and clock.due_at is not null))[1]
        as warn_at,
      min(clock.started_at) filter (where clock.is_running and clock.clock <> 'resolution') as asked_at,
      array(select kind from unnest(array['first_response', 'next_response', 'resolution']) as kind
        where kind = any (array_agg(clock.clock) filter (where clock.is_late))) as missed_clocks,
      max(floor(clock.seconds)) filter (where clock.clock = 'first_response' and is_answered)::int as first_seconds,
      max(floor(clock.seconds)) filter (where clock.clock = 'resolution')::int as resolution_seconds
    from private.ticket_history(known) as history
    cross join private.ticket_clocks(history, moment) as clock
    cross join lateral (select exists (select from unnest(history) as said
      where said.what = 'staff' and said.at = clock.stopped_at) as is_answered) as answers
  ) as counted
  where known.id = any ($1) and known.merged_into is null and tickets.id = known.id
    and (tickets.first_responded_at, tickets.first_response_due_at, tickets.next_response_due_at,
      tickets.resolution_due_at, tickets.due_at, tickets.warn_at, tickets.asked_at, tickets.missed_clocks,
      tickets.first_response_seconds, tickets.resolution_seconds)
    is distinct from (counted.first_responded_at, counted.first_due, counted.next_due, counted.resolution_due,
      counted.due_at, counted.warn_at, counted.asked_at, counted.missed_clocks, counted.first_seconds,
      counted.resolution_seconds);
  update public.support_tickets set due_at = null, warn_at = null, asked_at = null
  where id = any ($1) and merged_into is not null and coalesce(due_at, warn_at, asked_at) is not null;
end
$$;
comment on function private.count_ticket_deadlines(uuid[], timestamptz) is
  'Brings deadlines and times of tickets in line with their histories, as they stand at a moment; of a merged one no '
  'clock runs. Definer: called by triggers and jobs.';

create function private.count_changed_tickets() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.count_ticket_deadlines(array(select distinct ticket_id from changed));
  return null;
end
$$;
comment on function private.count_changed_tickets() is
  'Trigger: what was said, and what became of a ticket, sets its clocks. Definer: callers may not write tickets.';

create function private.count_told_tickets() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.count_ticket_deadlines(array(select distinct ticket_id from changed
    where kind in ('created', 'status_changed', 'priority_changed', 'merged')));
  return null;
end
$$;
comment on function private.count_told_tickets() is
  'Trigger: a state or a priority in the timeline sets the clocks. Definer: callers may not write tickets.';

create function private.count_moved_tickets() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.count_ticket_deadlines(array(select ticket_id from was union select ticket_id from changed));
  return null;
end
$$;
comment on function private.count_moved_tickets() is
  'Trigger: a message that left, was taken back or went to another ticket sets the clocks of both. Definer: callers '
  'may not write tickets.';

create trigger ticket_messages_after_insert_count after insert on public.ticket_messages
  referencing new table as changed for each statement execute function private.count_changed_tickets();
create trigger ticket_messages_after_update_count after update on public.ticket_messages
  referencing old table as was new table as changed for each statement
  execute function private.count_moved_tickets();
create trigger ticket_events_after_count after insert on public.ticket_events
  referencing new table as changed for each statement execute function private.count_told_tickets();

create function private.count_open_tickets() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.count_ticket_deadlines(array(select id from public.support_tickets
    where status in ('open', 'in_progress', 'waiting') and merged_into is null));
  return null;
end
$$;
comment on function private.count_open_tickets() is
  'Trigger: other hours, holidays or promises move what is open, and nothing that is over. Definer: callers may not '
  'write tickets.';

create trigger support_calendars_after_count after update of hours, time_zone, holiday_rule
  on public.support_calendars for each statement execute function private.count_open_tickets();
create trigger support_holidays_after_count after insert or delete or update of calendar_id, day, is_closed
  on public.support_holidays for each statement execute function private.count_open_tickets();
create trigger sla_policies_after_count after update of calendar_id, first_response_minutes, next_response_minutes,
  resolution_minutes, warn_minutes, is_paused_while_waiting on public.sla_policies
  for each statement execute function private.count_open_tickets();

create function private.ticket_sla(ticket public.support_tickets) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  history private.ticket_moment[] := private.ticket_history(ticket);
  promised text := (select value from unnest(history) with ordinality as moment (at, what, value, place)
    where what = 'priority' order by place desc limit 1);
begin
  return (select jsonb_build_object('priority', policy.priority, 'calendar_name', calendar.name,
      'time_zone', calendar.time_zone, 'is_working', private.is_working(calendar.id, clock_timestamp()),
      'first_response_minutes', policy.first_response_minutes,
      'next_response_minutes', policy.next_response_minutes, 'resolution_minutes', policy.resolution_minutes,
      'clocks', (select coalesce(jsonb_agg(to_jsonb(counted) || jsonb_build_object('seconds', floor(seconds))
        order by started_at, clock), '[]')
        from private.ticket_clocks(history, clock_timestamp()) as counted where ticket.merged_into is null))
    from public.sla_policies as policy join public.support_calendars as calendar on calendar.id = policy.calendar_id
    where policy.priority = promised);
end
$$;
comment on function private.ticket_sla(public.support_tickets) is
  'What a ticket is promised and how its clocks stand: {priority (the one that counts: not what a broken promise '
  'raised it to), calendar_name, time_zone, is_working, first_response_minutes, next_response_minutes, '
  'resolution_minutes, clocks: [private.ticket_clock]}. Never granted. Definer: reads behind the policies.';
