-- Opening, answering, changing and merging tickets. An answer names the last message its author saw: what a customer or
-- a colleague has said since then stops it, and the refusal says what that was.

create function private.ticket_row(ticket public.support_tickets) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select to_jsonb(ticket) - array['follows_id', 'created_by', 'creation_key', 'missed_clocks'] || jsonb_build_object(
    'from_address', private.known_sender(ticket.from_address),
    'customer_email', customers.email, 'customer_name', coalesce(customers.name, ticket.from_name),
    'assigned_name', staff.display_name,
    'merged_into', (select number from public.support_tickets where id = ticket.merged_into),
    'follows', (select number from public.support_tickets where id = ticket.follows_id))
  from (select ticket.customer_id as customer_id, ticket.assigned_to as assigned_to) as keys
  left join public.customers on customers.id = keys.customer_id
  left join public.staff on staff.user_id = keys.assigned_to
$$;
comment on function private.ticket_row(public.support_tickets) is
  'A ticket as lists show it: its columns, from_address (null when its mail named none), '
  'customer_email and customer_name (of the sender while he is nobody known), '
  'assigned_name, merged_into and follows as numbers. Never granted. Definer: reads behind the policies.';

create function private.ticket_address(ticket public.support_tickets) returns text
language sql stable security definer set search_path = ''
as $$
  select coalesce(private.known_sender(ticket.from_address), (select customers.email from public.customers
    where customers.id = ticket.customer_id and customers.anonymized_at is null))
$$;
comment on function private.ticket_address(public.support_tickets) is
  'Where answers go: the customer''s address, or the sender''s while he is nobody known; null once he was '
  'forgotten, or when a mail named no sender. '
  'Definer: reads behind the policy.';

create function private.locked_ticket(ticket_number bigint) returns public.support_tickets
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
begin
  select * into ticket from public.support_tickets where number = $1 for update;
  if ticket.id is null then
    perform private.fail('ticket_not_found', format('There is no ticket #%s', $1));
  elsif ticket.merged_into is not null then
    perform private.fail('ticket_merged', format('Ticket #%s goes on in another', $1),
      (select number::text from public.support_tickets where id = ticket.merged_into));
  end if;
  return ticket;
end
$$;
comment on function private.locked_ticket(bigint) is
  'The ticket, locked, for a change. Errors: ticket_not_found (404), ticket_merged (409, details: the number of the '
  'one that goes on). Definer: callers may not lock.';

create function private.ticket_text(value text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
  clean text := regexp_replace(replace(replace($1, e'\r\n', e'\n'), e'\r', e'\n'),
    '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]', '', 'g');
begin
  return regexp_replace(clean, '^\n+|\s+$', '', 'g');
end
$$;
comment on function private.ticket_text(text) is
  'A message as it is kept: lines end in LF, no control characters but tabs, nothing blank around it.';

create function private.require_ticket_body(value text) returns text
language plpgsql volatile set search_path = ''
as $$
declare
  clean text := private.ticket_text($1);
begin
  -- Nor of what nobody sees, which is kept beside words: it joins emoji and turns scripts around.
  if coalesce(regexp_replace(private.clean_text(clean),
      '[\s\u17b4\u17b5\u2800\ufe00-\ufe0f\ufff0-\ufffb\U000e0000-\U000e0fff]+', '', 'g'), '') = '' then
    perform private.fail('invalid_ticket_body', 'A message cannot be empty');
  elsif length(clean) > 100000 then
    perform private.fail('invalid_ticket_body', 'A message holds 100000 characters at most');
  end if;
  return clean;
end
$$;
comment on function private.require_ticket_body(text) is
  'The text of a message, cleaned. Errors: invalid_ticket_body when nobody sees anything of it, and over 100,000 '
  'characters.';

create function private.ticket_subject(value text) returns text
language plpgsql volatile set search_path = ''
as $$
declare
  clean text := btrim(regexp_replace(coalesce(private.clean_text($1), ''), '[\s\u0001-\u001f\u007f]+', ' ', 'g'));
begin
  if clean = '' or length(clean) > 255 then
    perform private.fail('invalid_ticket_subject', 'A subject holds 1 to 255 characters');
  end if;
  return clean;
end
$$;
comment on function private.ticket_subject(text) is
  'A subject as it is kept: one line. Errors: invalid_ticket_subject.';

create function private.require_transition(ticket public.support_tickets, to_status text, actor text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if to_status is null or to_status not in ('open', 'in_progress', 'waiting', 'resolved', 'closed') then
    perform private.fail('invalid_argument', 'status is open, in_progress, waiting, resolved or closed');
  elsif ticket.status <> to_status and not private.may_follow(ticket.status, to_status, actor) then
    perform private.fail('ticket_transition_refused', format('A ticket that is %s does not become %s', ticket.status,
      to_status));
  end if;
end
$$;
comment on function private.require_transition(public.support_tickets, text, text) is
  'Refuses what private.ticket_transitions does not allow that actor. Errors: invalid_argument, '
  'ticket_transition_refused (409).';

create function private.may_follow(from_status text, to_status text, actor text) returns boolean
language sql stable security definer set search_path = ''
as $$ select exists (select from private.ticket_transitions as allowed
  where allowed.from_status = $1 and allowed.to_status = $2 and allowed.actor = $3) $$;
comment on function private.may_follow(text, text, text) is
  'Whether a ticket may go from one status to the other at that hand. Definer: the table is private.';

create function private.add_ticket_message(ticket public.support_tickets, message public.ticket_messages)
  returns public.ticket_messages
language plpgsql volatile security definer set search_path = ''
as $$
declare
  added public.ticket_messages;
  counts boolean := message.kind in ('message', 'unreadable') and coalesce(message.is_verified, true);
  reopens boolean := counts and message.author_kind = 'customer'
    and private.may_follow(ticket.status, 'open', 'customer');
begin
  if reopens and not (select allowed from private.hit_rate_limit('ticket_reopened:' || ticket.id, 10, 3600)) then
    -- Two machines that answer each other must end some day; what they say is kept.
    reopens := false;
    perform private.note_ticket_event(ticket.id, 'reopening_refused', '{}', 'system');
  end if;
  insert into public.ticket_messages (ticket_id, kind, author_kind, author_id, written_by, from_address, from_name,
    is_verified, channel, subject, body, quoted, has_original, held_until, idempotency_key, message_id)
  values (ticket.id, message.kind, message.author_kind, message.author_id, message.written_by, message.from_address,
    message.from_name, coalesce(message.is_verified, true), message.channel, message.subject, message.body,
    message.quoted, coalesce(message.has_original, false), message.held_until, message.idempotency_key,
    message.message_id)
  returning * into added;
  if counts then
    update public.support_tickets set last_message_at = added.created_at, last_author = added.author_kind,
      snoozed_until = case when added.author_kind = 'staff' then snoozed_until end,
      status = case when reopens then 'open' else status end
    where id = ticket.id;
  end if;
  return added;
end
$$;
comment on function private.add_ticket_message(public.support_tickets, public.ticket_messages) is
  'Adds a public message (of message: kind, author, sender, channel, texts, held_until, keys). A customer''s wakes the '
  'ticket and reopens what waited or was resolved, ten times an hour at most; automatic replies and failures change '
  'nothing. Definer: nobody writes messages directly.';

create function private.ticket_messages_since(ticket_id uuid, seen_id uuid, except_author uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_agg(jsonb_build_object('id', said.id, 'author_kind', said.author_kind, 'author_id', said.author_id,
    'author_name', coalesce(staff.display_name, said.from_name), 'body', left(said.body, 2000),
    'created_at', said.created_at) order by said.sequence)
  from public.ticket_messages as said left join public.staff on staff.user_id = said.author_id
  where said.ticket_id = $1 and said.kind = 'message' and said.is_verified and said.withdrawn_at is null
    and said.author_id is distinct from $3
    and said.sequence > coalesce((select seen.sequence from public.ticket_messages as seen
      where seen.id = $2 and seen.ticket_id = $1), 0)
$$;
comment on function private.ticket_messages_since(uuid, uuid, uuid) is
  'What customer and colleagues said after that message, null when nothing: [{id, author_kind, author_id, author_name, '
  'body (2,000 characters at most), created_at}]. Definer: reads behind the policies.';
