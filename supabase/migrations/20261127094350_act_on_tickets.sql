-- What staff do to tickets. Each is a public function in front of a private one, in one transaction with its timeline.

create function private.answered_ticket(ticket_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$ select private.ticket_row(support_tickets) from public.support_tickets where id = $1 $$;
comment on function private.answered_ticket(uuid) is
  'A ticket as lists show it, after a change. Never granted. Definer: reads behind the policies.';

create function private.create_ticket(license_id uuid, customer_id uuid, subject text, body text, priority text,
  idempotency_key text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  owner uuid := $2;
  ticket public.support_tickets;
  said public.ticket_messages;
  staff_id uuid := (select staff.user_id from public.staff where staff.user_id = (select auth.uid()));
begin
  perform private.require_permission('tickets.reply');
  subject := private.ticket_subject(subject);
  body := case when btrim(coalesce(body, '')) <> '' then private.require_ticket_body(body) end;
  if priority is null or priority not in ('low', 'medium', 'high', 'critical') then
    perform private.fail('invalid_argument', 'priority is low, medium, high or critical');
  elsif length(idempotency_key) not between 1 and 200 then
    perform private.fail('invalid_argument', 'idempotency_key holds 1 to 200 characters');
  elsif license_id is null and customer_id is null then
    perform private.fail('invalid_argument', 'A ticket concerns a licence or a customer');
  end if;
  if license_id is not null then
    select licenses.customer_id into owner from public.licenses where licenses.id = $1 and deleted_at is null;
    if owner is null then
      perform private.fail('license_not_found', 'No such licence');
    elsif customer_id is not null and customer_id <> owner then
      perform private.fail('invalid_argument', 'The licence is another customer''s');
    end if;
  end if;
  if not exists (select from public.customers where customers.id = owner) then
    perform private.fail('customer_not_found', 'No such customer');
  elsif exists (select from public.customers where customers.id = owner and anonymized_at is not null) then
    perform private.fail('customer_forgotten', 'The customer was forgotten: nobody is there to answer');
  end if;
  if idempotency_key is not null then
    -- Two sends of one dialog queue here; the second finds what the first has made.
    perform pg_advisory_xact_lock(hashtextextended('create_ticket:' || staff_id || ':' || idempotency_key, 0));
    select support_tickets.* into ticket from public.support_tickets
    where created_by = staff_id and creation_key = $6;
    if ticket.id is not null then
      if (ticket.subject, ticket.customer_id, coalesce((select first.body from public.ticket_messages as first
          where first.ticket_id = ticket.id and first.author_id = staff_id order by first.sequence limit 1), ''))
        is distinct from (create_ticket.subject, owner, coalesce(create_ticket.body, '')) then
        perform private.fail('idempotency_conflict', 'That key has opened another ticket', ticket.number::text);
      end if;
      return private.ticket_row(ticket);
    end if;
  end if;
  insert into public.support_tickets (subject, priority, channel, customer_id, license_id, created_by, creation_key,
    status)
  values (create_ticket.subject, create_ticket.priority, 'console', owner, $1, staff_id, $6,
    case when body is null then 'open' else 'waiting' end)
  returning * into ticket;
  if body is not null and staff_id is not null then
    said.kind := 'message';
    said.author_kind := 'staff';
    said.author_id := staff_id;
    said.channel := 'console';
    said.body := body;
    perform private.add_ticket_message(ticket, said);
  end if;
  return private.answered_ticket(ticket.id);
end
$$;
comment on function private.create_ticket(uuid, uuid, text, text, text, text) is
  'Does the work of public.create_ticket. Definer: callers may not write tickets.';
grant execute on function private.create_ticket(uuid, uuid, text, text, text, text) to authenticated, service_role;

create function public.create_ticket(license_id uuid default null, customer_id uuid default null,
  subject text default null, body text default null, priority text default 'medium',
  idempotency_key text default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.create_ticket($1, $2, $3, $4, $5, $6) $$;
comment on function public.create_ticket(uuid, uuid, text, text, text, text) is
  'Opens a ticket for a customer, or for the customer of a licence; body is a first message to him, sent by mail, '
  'after which the ticket waits for him; without one it is open. The same idempotency_key is the same ticket. → the '
  'ticket as private.ticket_row. Needs tickets.reply. Errors: invalid_argument, invalid_ticket_subject, '
  'invalid_ticket_body, '
  'license_not_found, customer_not_found (404), customer_forgotten, idempotency_conflict (409).';
revoke execute on function public.create_ticket(uuid, uuid, text, text, text, text)
  from public, anon, authenticated, service_role;
grant execute on function public.create_ticket(uuid, uuid, text, text, text, text) to authenticated, service_role;

create function private.reply_ticket(ticket_number bigint, kind text, body text, last_message_id uuid,
  idempotency_key text, next_status text, hold_seconds int) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  staff_id uuid := (select staff.user_id from public.staff where staff.user_id = (select auth.uid()));
  said public.ticket_messages;
  noted public.ticket_notes;
  since jsonb;
begin
  perform private.require_permission('tickets.reply');
  body := private.require_ticket_body(body);
  if kind is null or kind not in ('public', 'note') then
    perform private.fail('invalid_argument', 'kind is public or note');
  elsif hold_seconds is null or hold_seconds not between 0 and 60 then
    perform private.fail('invalid_argument', 'hold_seconds is between 0 and 60');
  elsif idempotency_key is not null and length(idempotency_key) not between 1 and 200 then
    perform private.fail('invalid_argument', 'idempotency_key holds 1 to 200 characters');
  elsif staff_id is null then
    perform private.fail('permission_denied', 'Only a person answers');
  end if;
  ticket := private.locked_ticket($1);
  -- What was said already is said once, whatever has happened since.
  if kind = 'public' and idempotency_key is not null then
    select * into said from public.ticket_messages as sent
    where sent.author_id = staff_id and sent.author_kind = 'staff' and sent.idempotency_key = $5;
    if said.id is not null and (said.ticket_id <> ticket.id
        or said.body <> reply_ticket.body and said.withdrawn_at is null) then
      perform private.fail('idempotency_conflict', 'That key has sent another message', said.id::text);
    end if;
  elsif kind = 'note' and idempotency_key is not null then
    select * into noted from public.ticket_notes as kept
    where kept.author_id = staff_id and kept.idempotency_key = $5;
    if noted.id is not null and (noted.ticket_id, noted.body) is distinct from (ticket.id, reply_ticket.body) then
      perform private.fail('idempotency_conflict', 'That key has kept another note', noted.id::text);
    end if;
  end if;
  if said.id is null and noted.id is null then
    if next_status is not null then
      perform private.require_transition(ticket, next_status, 'staff');
    end if;
    perform private.require_draft_files(ticket.id, staff_id, kind);
    if kind = 'public' then
      since := private.ticket_messages_since(ticket.id, last_message_id, staff_id);
      if since is not null then
        perform private.fail('ticket_changed', 'Somebody has written since you began', since::text);
      elsif private.ticket_address(ticket) is null then
        perform private.fail('ticket_without_address',
          'Nobody is there to answer: the customer was forgotten, or the mail named no sender');
      end if;
      said.kind := 'message';
      said.author_kind := 'staff';
      said.author_id := staff_id;
      said.channel := 'console';
      said.body := body;
      said.held_until := case when hold_seconds > 0 then clock_timestamp() + make_interval(secs => hold_seconds) end;
      said.idempotency_key := $5;
      said := private.add_ticket_message(ticket, said);
    else
      insert into public.ticket_notes (ticket_id, author_id, body, idempotency_key)
      values (ticket.id, staff_id, reply_ticket.body, $5) returning * into noted;
      update public.support_tickets set updated_at = now() where id = ticket.id;
    end if;
    perform private.send_draft_files(ticket.id, staff_id, kind, said.id, noted.id);
    delete from public.ticket_drafts where ticket_drafts.ticket_id = ticket.id and ticket_drafts.user_id = staff_id
      and ticket_drafts.kind = $2;
    insert into public.ticket_reads as read (ticket_id, user_id, read_at)
    values (ticket.id, staff_id, clock_timestamp())
    on conflict on constraint ticket_reads_pkey do update set read_at = excluded.read_at;
    next_status := coalesce(next_status, case when kind = 'public' and ticket.status = 'open' then 'in_progress' end);
    update public.support_tickets set status = coalesce(next_status, status),
      assigned_to = case when kind = 'public' then coalesce(assigned_to, staff_id) else assigned_to end
    where id = ticket.id;
    update public.ticket_messages set undo = (select jsonb_build_object(
        'before', jsonb_build_object('status', ticket.status, 'assigned_to', ticket.assigned_to),
        'after', jsonb_build_object('status', tickets.status, 'assigned_to', tickets.assigned_to))
      from public.support_tickets as tickets where tickets.id = ticket.id)
    where id = said.id and held_until is not null;
  end if;
  return jsonb_build_object('ticket', private.answered_ticket(ticket.id),
    'message', case when said.id is not null then to_jsonb(said) - array['idempotency_key', 'message_id', 'undo'] end,
    'note', case when noted.id is not null then to_jsonb(noted) - 'idempotency_key' end);
end
$$;
comment on function private.reply_ticket(bigint, text, text, uuid, text, text, int) is
  'Does the work of public.reply_ticket. Definer: callers may not write tickets.';
grant execute on function private.reply_ticket(bigint, text, text, uuid, text, text, int)
  to authenticated, service_role;

create function public.reply_ticket(ticket_number bigint, kind text default 'public', body text default null,
  last_message_id uuid default null, idempotency_key text default null, next_status text default null,
  hold_seconds int default 0) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.reply_ticket($1, $2, $3, $4, $5, $6, $7) $$;
comment on function public.reply_ticket(bigint, text, text, uuid, text, text, int) is
  'Answers (public) or notes (note). last_message_id is the last public message its author saw: one of the customer or '
  'of a colleague since then refuses an answer, never a note. The same idempotency_key is the same message. '
  'next_status is the ticket''s afterwards; without one an answer makes an open ticket in_progress. hold_seconds (0 to '
  '60) keeps an answer from the customer that long, so that it can be taken back. An answer takes a ticket nobody has. '
  'The files of the caller''s draft go with it. → {ticket, message, note}. Needs tickets.reply. Errors: '
  'invalid_argument, invalid_ticket_body, '
  'ticket_not_found (404), ticket_attachments_too_large (413: 15 MiB together at most, for an answer is mailed), '
  'ticket_attachment_pending, '
  'ticket_merged, ticket_changed (details: [{id, author_kind, author_name, body, created_at}]), '
  'ticket_transition_refused, ticket_without_address, idempotency_conflict (409).';
revoke execute on function public.reply_ticket(bigint, text, text, uuid, text, text, int)
  from public, anon, authenticated, service_role;
grant execute on function public.reply_ticket(bigint, text, text, uuid, text, text, int)
  to authenticated, service_role;

create function private.undo_ticket_reply(message_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  said public.ticket_messages;
  staff_id uuid := (select staff.user_id from public.staff where staff.user_id = (select auth.uid()));
  before record;
begin
  perform private.require_permission('tickets.reply');
  perform from public.support_tickets where id = (select ticket_id from public.ticket_messages where id = $1)
    for update;
  select * into said from public.ticket_messages where id = $1 and author_id = staff_id for update;
  if said.id is null then
    perform private.fail('not_found', 'No such answer of yours');
  elsif said.withdrawn_at is null and said.held_until is null then
    perform private.fail('ticket_message_sent', 'The answer has left: it cannot be taken back any more');
  end if;
  if said.withdrawn_at is null then
    insert into public.ticket_drafts as draft (ticket_id, user_id, kind, body)
    values (said.ticket_id, staff_id, 'public', said.body)
    on conflict on constraint ticket_drafts_pkey do update
      set body = excluded.body || case when draft.body = '' then '' else e'\n\n' || draft.body end;
    update public.ticket_attachments as files set message_id = null, draft_kind = 'public'
    where files.message_id = said.id;
    update public.ticket_messages set withdrawn_at = now(), held_until = null, undo = null, body = ''
    where id = said.id;
    select author_kind, created_at into before from public.ticket_messages
    where ticket_id = said.ticket_id and kind = 'message' and withdrawn_at is null and is_verified
    order by sequence desc limit 1;
    update public.support_tickets set last_author = before.author_kind, last_message_at = before.created_at,
      status = case when status = said.undo #>> '{after,status}' then said.undo #>> '{before,status}'
        else status end,
      assigned_to = case when assigned_to = (said.undo #>> '{after,assigned_to}')::uuid
        then (said.undo #>> '{before,assigned_to}')::uuid else assigned_to end
    where id = said.ticket_id;
  end if;
  return (select private.ticket_row(support_tickets) from public.support_tickets where id = said.ticket_id);
end
$$;
comment on function private.undo_ticket_reply(uuid) is
  'Does the work of public.undo_ticket_reply. Definer: callers may not write messages.';
grant execute on function private.undo_ticket_reply(uuid) to authenticated, service_role;

create function public.undo_ticket_reply(message_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.undo_ticket_reply($1) $$;
comment on function public.undo_ticket_reply(uuid) is
  'Takes back an answer of one''s own that is still held: it is a draft again, and state and assignee of the ticket '
  'are as before unless somebody has changed them since. Twice is once. → the ticket. Needs tickets.reply. Errors: '
  'not_found (404), '
  'ticket_message_sent (409).';
revoke execute on function public.undo_ticket_reply(uuid) from public, anon, authenticated, service_role;
grant execute on function public.undo_ticket_reply(uuid) to authenticated, service_role;

create function private.release_ticket_replies() returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  released int;
begin
  update public.ticket_messages set held_until = null, undo = null
  where id in (select id from public.ticket_messages where held_until <= clock_timestamp() for update skip locked);
  get diagnostics released = row_count;
  return released;
end
$$;
comment on function private.release_ticket_replies() is
  'Lets answers go whose time of holding is over. → how many. Definer: run by its job.';

select private.schedule_job('release-ticket-replies', '10 seconds', 'select private.release_ticket_replies()');
