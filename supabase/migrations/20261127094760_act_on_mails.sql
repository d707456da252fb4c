-- What staff do to mails that came in: accept a stranger, read again what could not be read, fetch it as it came.

create function private.accept_ticket_sender(message_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  said public.ticket_messages;
  ticket public.support_tickets;
  staff_id uuid := (select staff.user_id from public.staff where staff.user_id = (select auth.uid()));
  latest record;
begin
  perform private.require_permission('tickets.update');
  select * into said from public.ticket_messages where id = $1;
  if said.id is null or said.from_address is null then
    perform private.fail('not_found', 'No such mail');
  end if;
  select * into ticket from public.support_tickets where id = said.ticket_id for update;
  if ticket.merged_into is not null then
    ticket := private.locked_ticket(ticket.number);
  end if;
  insert into private.ticket_participants (ticket_id, address, accepted_by)
  values (ticket.id, said.from_address, staff_id) on conflict on constraint ticket_participants_pkey do nothing;
  update public.ticket_messages set is_verified = true
  where ticket_id = ticket.id and from_address = said.from_address and not is_verified;
  if found then
    select author_kind, created_at into latest from public.ticket_messages
    where ticket_id = ticket.id and kind in ('message', 'unreadable') and withdrawn_at is null and is_verified
    order by sequence desc limit 1;
    update public.support_tickets set last_author = latest.author_kind, last_message_at = latest.created_at,
      status = case when latest.author_kind = 'customer' and private.may_follow(status, 'open', 'customer') then 'open'
        else status end
    where id = ticket.id;
    perform private.note_ticket_event(ticket.id, 'sender_accepted');
  end if;
  return private.answered_ticket(ticket.id);
end
$$;
comment on function private.accept_ticket_sender(uuid) is
  'Does the work of public.accept_ticket_sender. Definer: callers may not write messages.';
grant execute on function private.accept_ticket_sender(uuid) to authenticated, service_role;

create function public.accept_ticket_sender(message_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.accept_ticket_sender($1) $$;
comment on function public.accept_ticket_sender(uuid) is
  'Makes the sender of a mail take part in its ticket: what he wrote and writes is the customer''s word, and reopens. '
  'Twice is once. → the ticket. Needs tickets.update. Errors: not_found (404).';
revoke execute on function public.accept_ticket_sender(uuid) from public, anon, authenticated, service_role;
grant execute on function public.accept_ticket_sender(uuid) to authenticated, service_role;

create function private.retry_ticket_mail(message_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_permission('tickets.update');
  update private.inbound_mails set retry_at = now()
  where ticket_message_id = $1 and raw is not null and outcome = 'unreadable';
  if not found then
    perform private.fail('not_found', 'No such mail is kept to be read again');
  end if;
  perform private.call_edge_function('mail-inbound');
end
$$;
comment on function private.retry_ticket_mail(uuid) is
  'Does the work of public.retry_ticket_mail. Definer: the table is private.';
grant execute on function private.retry_ticket_mail(uuid) to authenticated, service_role;

create function public.retry_ticket_mail(message_id uuid) returns void
language sql volatile security invoker set search_path = '' as $$ select private.retry_ticket_mail($1) $$;
comment on function public.retry_ticket_mail(uuid) is
  'Has a mail read again that could not be read; the ticket says how that ended. Needs tickets.update. Errors: '
  'not_found (404) once it is not kept any more.';
revoke execute on function public.retry_ticket_mail(uuid) from public, anon, authenticated, service_role;
grant execute on function public.retry_ticket_mail(uuid) to authenticated, service_role;

create function private.get_original_mail(message_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  kept bytea := (select raw from private.inbound_mails where ticket_message_id = $1);
begin
  perform private.require_permission('tickets.read');
  if kept is null then
    perform private.fail('not_found', 'The mail is not kept as it came');
  end if;
  return jsonb_build_object('content', replace(encode(kept, 'base64'), e'\n', ''));
end
$$;
comment on function private.get_original_mail(uuid) is
  'Does the work of public.get_original_mail. Definer: the table is private.';
grant execute on function private.get_original_mail(uuid) to authenticated, service_role;

create function public.get_original_mail(message_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_original_mail($1) $$;
comment on function public.get_original_mail(uuid) is
  'A mail as it came, of those that could not be shown whole: → {content: Base64}. Needs tickets.read. Errors: '
  'not_found (404) once it is not kept any more.';
revoke execute on function public.get_original_mail(uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_original_mail(uuid) to authenticated, service_role;
