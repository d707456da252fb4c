-- What staff answer is mailed once it has left: one mail for each public message, never for a note, a draft or what
-- was taken back. It says by what its answer will be known, and repeats what was said last.

insert into private.email_templates (template, description, outlives_license) values
  ('ticket_message', 'An answer of support', true);

create function private.mail_references(ticket_id uuid, before bigint) returns text[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(said.message_id order by said.sequence), '{}') from (
    select message_id, sequence, row_number() over (order by sequence) as first,
      row_number() over (order by sequence desc) as last
    from public.ticket_messages
    where ticket_messages.ticket_id = $1 and sequence < $2 and kind = 'message' and is_verified
      and held_until is null and withdrawn_at is null and message_id is not null) as said
  where said.first = 1 or said.last <= 9
$$;
comment on function private.mail_references(uuid, bigint) is
  'Message-IDs of what was said in a ticket before: the first and the last nine, ours without their domain. Definer: '
  'reads behind the policies.';

create function private.mail_history(ticket_id uuid, before bigint) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('by', said.author_kind, 'at', said.created_at,
    'text', left(said.body, 4000)) order by said.sequence desc), '[]')
  from (select * from public.ticket_messages
    where ticket_messages.ticket_id = $1 and sequence < $2 and kind = 'message' and is_verified
      and held_until is null and withdrawn_at is null
    order by sequence desc limit 3) as said
$$;
comment on function private.mail_history(uuid, bigint) is
  'What an answer repeats: the last three things said in public before it, the newest first, 4,000 characters each '
  '→ [{by: customer or staff, at, text}]. Never a note, a draft, what is held or a stranger''s words. Definer: reads '
  'behind the policies.';

create function private.ticket_messages_after_mail() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.email_outbox (template, locale, recipient, customer_id, license_id, data)
  select 'ticket_message', coalesce(customers.locale, 'fr'), private.ticket_address(tickets), tickets.customer_id,
    tickets.license_id, jsonb_build_object('ticket_number', tickets.number,
      'ticket_subject', coalesce((select coalesce(said.subject, tickets.subject) from public.ticket_messages as said
        where said.ticket_id = tickets.id and said.author_kind = 'customer' and said.channel = 'mail'
          and said.kind = 'message' and said.is_verified order by said.sequence desc limit 1), tickets.subject),
      'message', new.body, 'ticket_message_id', new.id, 'message_token', new.message_id,
      'reply_token', private.reply_token(tickets.number),
      'references', private.mail_references(tickets.id, new.sequence),
      'history', private.mail_history(tickets.id, new.sequence))
  from public.support_tickets as tickets left join public.customers on customers.id = tickets.customer_id
  where tickets.id = new.ticket_id and private.ticket_address(tickets) is not null;
  return null;
end
$$;
comment on function private.ticket_messages_after_mail() is
  'Trigger: an answer that has left goes to the customer, or to the sender nobody knows, in his language, under the '
  'subject he wrote under last. Definer: callers may not write the outbox.';

create trigger ticket_messages_after_insert_mail after insert on public.ticket_messages for each row
  when (new.author_kind = 'staff' and new.kind = 'message' and new.held_until is null and new.withdrawn_at is null)
  execute function private.ticket_messages_after_mail();
create trigger ticket_messages_after_release_mail after update of held_until on public.ticket_messages for each row
  when (old.held_until is not null and new.held_until is null and new.withdrawn_at is null)
  execute function private.ticket_messages_after_mail();

create function private.note_bounce(ticket public.support_tickets, failed_id text, recipient text, code text,
  said text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  failure public.ticket_messages;
begin
  failure.kind := 'bounce';
  failure.author_kind := 'customer';
  failure.channel := 'mail';
  failure.idempotency_key := 'bounce:' || encode(sha256(convert_to(
    coalesce(failed_id, ticket.id::text) || ' ' || lower(coalesce(recipient, '')), 'UTF8')), 'hex');
  if exists (select from public.ticket_messages as told
    where told.author_kind = 'customer' and told.idempotency_key = failure.idempotency_key) then
    return false;
  end if;
  failure.body := coalesce(recipient, private.ticket_address(ticket), '?') || coalesce(' (' || code || ')', '');
  failure.quoted := nullif(left(said, 500000), '');
  perform private.add_ticket_message(ticket, failure);
  return true;
end
$$;
comment on function private.note_bounce(public.support_tickets, text, text, text, text) is
  'Says on a ticket that an answer (failed_id: its Message-ID without the domain) did not reach somebody, once however '
  'often it is told. → whether it was news. Definer: writes messages.';

create function private.email_outbox_after_tell_ticket() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  failed public.ticket_messages;
begin
  select * into failed from public.ticket_messages where id = (new.data ->> 'ticket_message_id')::uuid;
  select * into ticket from public.support_tickets where id = failed.ticket_id for update;
  if ticket.id is not null then
    perform private.note_bounce(ticket, failed.message_id, new.recipient,
      (regexp_match(new.delivery_reason, '\m([245]\.[0-9]{1,3}\.[0-9]{1,3})\M'))[1],
      coalesce(new.delivery_reason, new.last_error));
  end if;
  return null;
end
$$;
comment on function private.email_outbox_after_tell_ticket() is
  'Trigger: an answer that bounced, was dropped or never left is said on its ticket. Definer: writes messages.';

create trigger email_outbox_after_tell_ticket after update of delivery, status on public.email_outbox for each row
  when (new.template = 'ticket_message' and new.data <> '{}' and (
    new.delivery in ('bounced', 'blocked', 'dropped') and old.delivery is distinct from new.delivery
    or new.status in ('failed', 'suppressed') and old.status <> new.status))
  execute function private.email_outbox_after_tell_ticket();
