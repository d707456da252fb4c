-- What time alone does to tickets: deadlines are missed and told, sleepers wake.

insert into private.alert_kinds (kind, severity, permission) values
  ('ticket_due_soon', 'warning', 'tickets.read'), ('ticket_breached', 'error', 'tickets.read');

create function private.wake_tickets(moment timestamptz) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  sleeper uuid;
  woken int := 0;
begin
  for sleeper in select id from public.support_tickets where snoozed_until <= moment
    order by id for no key update skip locked
  loop
    update public.support_tickets set snoozed_until = null where id = sleeper;
    perform private.note_ticket_event(sleeper, 'woke', '{}', 'system');
    woken := woken + 1;
  end loop;
  return woken;
end
$$;
comment on function private.wake_tickets(timestamptz) is
  'Wakes tickets whose time has come. → how many. Definer: run by its job.';

create function private.tell_deadlines(moment timestamptz) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  late record;
  told int := 0;
begin
  for late in
    with hours as materialized (
      select priority, raise_to, private.is_working(calendar_id, moment) as is_working from public.sla_policies)
    select tickets.id, tickets.number, tickets.priority, hours.raise_to, clock, clock_due_at, told_as, told_key
    from public.support_tickets as tickets
    join hours on hours.priority = tickets.priority and hours.is_working
    cross join lateral (values ('first_response', tickets.first_response_due_at, tickets.created_at),
      ('next_response', tickets.next_response_due_at, tickets.asked_at),
      ('resolution', tickets.resolution_due_at, tickets.created_at)) as running (clock, clock_due_at, started_at)
    cross join lateral (select case when clock_due_at <= moment then 'ticket_breached'
      when clock_due_at = tickets.due_at then 'ticket_due_soon' end as told_as) as said
    cross join lateral (select format('%s:%s:%s:%s', told_as, tickets.number, clock, extract(epoch from started_at))
      as told_key) as keys
    where tickets.warn_at <= moment and tickets.status in ('open', 'in_progress', 'waiting') and told_as is not null
      and (clock <> 'first_response' or tickets.first_responded_at is null)
      and not exists (select from public.alerts where alerts.dedupe_key = told_key)
      -- An answer that is about to leave is given: nobody is alarmed for it.
      and not exists (select from public.ticket_messages as said
        where said.ticket_id = tickets.id and said.held_until is not null)
    order by tickets.id for no key update of tickets skip locked
  loop
    perform private.raise_alert(late.told_as, late.told_key, jsonb_build_object('number', late.number,
      'clock', late.clock, 'due_at', late.clock_due_at), 'ticket', late.number::text);
    if late.told_as = 'ticket_breached' then
      perform private.note_ticket_event(late.id, 'breached', jsonb_build_object('clock', late.clock,
        'due_at', late.clock_due_at), 'system');
      if late.raise_to is not null then
        perform private.set_ticket_actor('system', jsonb_build_object('reason', 'breached', 'clock', late.clock));
        update public.support_tickets set priority = late.raise_to where id = late.id and priority = late.priority;
        perform private.set_ticket_actor(null);
      end if;
    end if;
    told := told + 1;
  end loop;
  return told;
end
$$;
comment on function private.tell_deadlines(timestamptz) is
  'Warns before a deadline and alerts at a missed one, each once for what was asked, while the calendar of its promise '
  'works: what is missed on a Sunday is told on Monday. A missed one raises the priority where its policy says so. → '
  'how many were told. Definer: run by its job.';

create function private.watch_tickets(moment timestamptz default clock_timestamp()) returns int
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- What is due next may be another promise than the one that was missed before.
  perform private.count_ticket_deadlines(array(select id from public.support_tickets
    where due_at <= moment and (first_response_due_at <= moment and first_responded_at is null
        and not 'first_response' = any (missed_clocks)
      or next_response_due_at <= moment and not 'next_response' = any (missed_clocks)
      or resolution_due_at <= moment and not 'resolution' = any (missed_clocks))
    order by id for no key update skip locked), moment);
  return private.wake_tickets(moment) + private.tell_deadlines(moment);
end
$$;
comment on function private.watch_tickets(timestamptz) is
  'What time does to tickets: deadlines are missed and told, sleepers wake. → how many were told or woken. Definer: '
  'run by its job.';

select private.schedule_job('watch-tickets', '* * * * *', 'select private.watch_tickets()');
