-- Support from the product. Whoever has a key writes, whatever became of his licence: that is why people write. Only
-- the licence's own machine reads; another's words open a ticket that says so.

insert into public.settings (key, value, minimum, maximum, is_public, description) values
  ('client_ticket_per_minute', '100', 1, 1000000, false,
    'Messages of desktop clients a minute allowed from one address or licence, and as many polls');

create function private.admit_client_ticket(ip text, license_key text, is_write boolean, out allowed boolean,
  out retry_after_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  per_minute int := private.setting_int('client_ticket_per_minute');
  what text := case when is_write then 'client_ticket:write' else 'client_ticket:read' end;
  by_license record;
begin
  select * into allowed, retry_after_seconds from private.hit_rate_limit(
    what || ':ip:' || private.rate_limit_address(left(ip, 64)), per_minute, 60);
  if allowed and license_key is not null then
    select * into by_license from private.hit_rate_limit(
      what || ':key:' || encode(private.license_key_hash(license_key), 'base64'), per_minute, 60);
    allowed := by_license.allowed;
    retry_after_seconds := by_license.retry_after_seconds;
  end if;
end
$$;
comment on function private.admit_client_ticket(text, text, boolean) is
  'Counts a message or a poll, apart, against its address (IPv6: its /64) and, if given, its licence or session: '
  'client_ticket_per_minute each. Definer: called by client-ticket only.';

create function private.client_license(license_key text, hwid text, session text default null,
  out license public.licenses, out is_other_machine boolean, out session_id uuid, out written_by uuid)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  candidate record;
  -- Computed for unknown keys as well: an answer must not tell by its time what exists.
  asked_hwid_hash bytea := private.hwid_hash($2, private.secret('hwid_pepper'));
begin
  if session is not null then
    select * into candidate from private.session_license(session);
    license := candidate.license;
    session_id := candidate.session_id;
    written_by := candidate.written_by;
    is_other_machine := false;
    return;
  end if;
  select licenses as license, license_secrets.hwid_hash into candidate
  from private.license_secrets join public.licenses on licenses.id = license_secrets.license_id
  join public.customers on customers.id = licenses.customer_id
  where license_secrets.license_key_hash = private.license_key_hash($1) and licenses.deleted_at is null
    and customers.anonymized_at is null;
  license := candidate.license;
  is_other_machine := candidate.hwid_hash is distinct from asked_hwid_hash;
  if license.id is null then
    perform private.fail('license_not_found', 'No such licence');
  end if;
end
$$;
comment on function private.client_license(text, text, text) is
  'The licence of a key, and whether another machine than its own asks; or that of a session, with whoever is logged '
  'in as its customer. Errors: license_not_found (404), also when its customer was forgotten, session_ended (401). '
  'Definer: reads behind the policies.';

create function private.is_ticket_of_license(ticket public.support_tickets, license_id uuid) returns boolean
language sql stable security definer set search_path = ''
as $$
  select ticket.license_id = $2 or exists (select from public.support_tickets as merged
    where merged.merged_into = ticket.id and merged.license_id = $2)
$$;
comment on function private.is_ticket_of_license(public.support_tickets, uuid) is
  'Whether a ticket is the licence''s, or goes on for one that is. Definer: reads behind the policy.';

create function private.client_ticket(ticket_number bigint, license_id uuid) returns public.support_tickets
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  target uuid;
begin
  select coalesce(merged_into, id) into target from public.support_tickets as asked
  where number = $1 and private.is_ticket_of_license(asked, $2);
  if target is null then
    perform private.fail('ticket_not_found', format('There is no ticket #%s', $1));
  end if;
  loop
    select * into ticket from public.support_tickets where id = target for update;
    exit when ticket.merged_into is null;
    target := ticket.merged_into;
  end loop;
  return ticket;
end
$$;
comment on function private.client_ticket(bigint, uuid) is
  'A ticket of the licence, or the one it goes on in, locked. Errors: ticket_not_found (404). Definer: callers may not '
  'lock.';

create function private.new_client_ticket(license public.licenses, request jsonb, is_other_machine boolean,
  follows public.support_tickets) returns public.support_tickets
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  given text := private.clean_text(request ->> 'subject');
begin
  -- Who gave no subject is known by the first words of his message.
  given := coalesce(nullif(given, ''), follows.subject, nullif(rtrim(left(btrim(private.clean_text(
    substring(private.ticket_text(request ->> 'message') from '[^\s][^\n]*'))), 100)), ''), '…');
  insert into public.support_tickets (subject, channel, customer_id, license_id, is_other_machine, follows_id)
  values (private.ticket_subject(given), 'client', license.customer_id, license.id, $3, follows.id)
  returning * into ticket;
  return ticket;
end
$$;
comment on function private.new_client_ticket(public.licenses, jsonb, boolean, public.support_tickets) is
  'Opens a ticket of the product, after a closed one if given. Errors: invalid_ticket_subject. Definer: nobody writes '
  'tickets directly.';

create function private.require_same_request(said public.ticket_messages, request jsonb, license_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  asked public.support_tickets;
  is_first boolean;
  subject text := nullif(private.clean_text(request ->> 'subject'), '');
begin
  select * into ticket from public.support_tickets where id = said.ticket_id;
  select * into asked from public.support_tickets as named
  where number = (request ->> 'ticket_number')::bigint and private.is_ticket_of_license(named, $3);
  is_first := not exists (select from public.ticket_messages as earlier
    where earlier.ticket_id = ticket.id and earlier.sequence < said.sequence);
  if said.body <> private.ticket_text(request ->> 'message')
    or asked.id is not null and ticket.id not in (asked.id, coalesce(asked.merged_into, asked.id))
      and ticket.follows_id is distinct from asked.id
      and ticket.follows_id is distinct from coalesce(asked.merged_into, asked.id)
    -- Staff may have put another subject since: that is no other request.
    or subject is not null and is_first and ticket.channel = 'client'
      and ticket.subject <> private.ticket_subject(subject)
      and not exists (select from public.ticket_events where ticket_id = ticket.id and kind = 'subject_changed')
    or array(select private.ticket_file_name(file ->> 'name') as name
        from jsonb_array_elements(request -> 'attachments') as file order by name)
      <> array(select name from public.ticket_attachments where message_id = said.id order by name) then
    perform private.fail('idempotency_conflict', 'That key has sent another message');
  end if;
end
$$;
comment on function private.require_same_request(public.ticket_messages, jsonb, uuid) is
  'Refuses a key that has sent something else before. Errors: idempotency_conflict (409). Definer: reads behind the '
  'policies.';

create function private.receive_client_ticket(license_key text, hwid text, request jsonb,
  session text default null) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known record;
  license public.licenses;
  ticket public.support_tickets;
  before public.support_tickets;
  said public.ticket_messages;
  body text;
  key text;
  names text[];
  file record;
  acting text := coalesce(current_setting('private.acting_staff', true), '');
begin
  select * into known from private.client_license($1, $2, $4);
  license := known.license;
  body := private.require_ticket_body(request ->> 'message');
  if jsonb_array_length(request -> 'attachments') > 10 then
    perform private.fail('too_many_ticket_attachments', 'attachments[10]: a message takes 10 files at most');
  end if;
  for file in select place - 1 as index, value from jsonb_array_elements(request -> 'attachments')
      with ordinality as files (value, place) where (value ->> 'size')::numeric > 20971520 limit 1
  loop
    perform private.fail('ticket_attachment_too_large', format('attachments[%s]: a file is 20 MiB at most',
      file.index));
  end loop;
  -- What staff write in the customer's name is never taken for what he sent himself.
  key := license.id || case when known.session_id is null then ':' else '~' end || (request ->> 'idempotency_key');
  -- Two sends of one message queue here; the second finds what the first has made.
  perform pg_advisory_xact_lock(hashtextextended('client_ticket:' || key, 0));
  select * into said from public.ticket_messages as sent
  where sent.author_kind = 'customer' and sent.author_id is null and sent.idempotency_key = key;
  if said.id is not null then
    perform private.require_same_request(said, request, license.id);
  else
    perform private.set_ticket_actor('customer', jsonb_strip_nulls(jsonb_build_object('written_by',
      known.written_by)));
    perform set_config('private.acting_staff', coalesce(known.written_by::text, acting), true);
    -- Another machine is not told which numbers there are.
    if jsonb_typeof(request -> 'ticket_number') = 'number' and (not known.is_other_machine
        or exists (select from public.support_tickets as named where number = (request ->> 'ticket_number')::bigint
          and private.is_ticket_of_license(named, license.id))) then
      ticket := private.client_ticket((request ->> 'ticket_number')::bigint, license.id);
    end if;
    if ticket.id is null or ticket.status = 'closed' or known.is_other_machine and not ticket.is_other_machine then
      before := ticket;
      ticket := private.new_client_ticket(license, request, known.is_other_machine, before);
    end if;
    said.kind := 'message';
    said.author_kind := 'customer';
    said.channel := 'client';
    said.body := body;
    said.idempotency_key := key;
    said.written_by := known.written_by;
    said := private.add_ticket_message(ticket, said);
    perform private.add_ticket_attachment(ticket.id, value ->> 'name', (value ->> 'size')::bigint, said.id)
    from jsonb_array_elements(request -> 'attachments');
    if known.session_id is not null then
      perform private.record_event('login_as_message_written', 'ticket', tickets.number::text, jsonb_build_object(
        'session_id', known.session_id, 'staff_id', known.written_by), license.customer_id, license.id)
      from public.support_tickets as tickets where tickets.id = said.ticket_id;
    end if;
    perform private.set_ticket_actor(null);
    perform set_config('private.acting_staff', acting, true);
  end if;
  names := array(select private.ticket_file_name(value ->> 'name')
    from jsonb_array_elements(request -> 'attachments') with ordinality as files (value, place) order by place);
  return (select jsonb_build_object('ticket_number', tickets.number, 'status', tickets.status,
      'uploads', (select coalesce(jsonb_agg(jsonb_build_object('id', pending.id, 'name', pending.name)
          order by array_position(names, pending.name), pending.size, pending.id), '[]')
        from public.ticket_attachments as pending where pending.message_id = said.id and pending.status = 'pending'
          and not private.has_ticket_file(pending.id)))
    from public.support_tickets as tickets where tickets.id = said.ticket_id);
end
$$;
comment on function private.receive_client_ticket(text, text, jsonb, text) is
  'A message of the product: request is {subject, message, ticket_number, idempotency_key, attachments: [{name, '
  'size}]}, of which all but message, idempotency_key and attachments may be null. → {ticket_number, status, uploads: '
  '[{id, name}]}: files not there yet. The same key of a licence is the same message. A merged ticket goes on in '
  'the other, a closed one in a new one that follows it; another machine writes into tickets of other machines only. '
  'In a session it is said in both names. '
  'Errors: license_not_found, ticket_not_found (404), invalid_ticket_subject, invalid_ticket_body, '
  'invalid_ticket_attachment, too_many_ticket_attachments (400), ticket_attachment_too_large (413), '
  'idempotency_conflict (409). Definer: called by client-ticket only.';

create function private.serve_client_ticket(ip text, license_key text, hwid text, request jsonb,
  session text default null, out allowed boolean, out retry_after_seconds int, out code text, out message text,
  out answer jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  select admitted.allowed, admitted.retry_after_seconds into allowed, retry_after_seconds
  from private.admit_client_ticket($1, coalesce($5, $2), true) as admitted;
  if not allowed then
    return;
  end if;
  if session is not null then
    -- The PC is that of staff: the audit names its address as it does in the console.
    perform set_config('request.headers', jsonb_build_object('x-forwarded-for', $1)::text, true);
  end if;
  -- A refusal undoes what it refuses, not the count.
  begin
    answer := private.receive_client_ticket($2, $3, $4, $5);
  exception when others then
    get stacked diagnostics code = pg_exception_hint, message = message_text;
    if not exists (select from private.error_codes where error_codes.code = serve_client_ticket.code) then
      raise;
    end if;
  end;
end
$$;
comment on function private.serve_client_ticket(text, text, text, jsonb, text) is
  'A message of the product in one round trip: admission, then the answer of private.receive_client_ticket, or the '
  'code of its refusal. Definer: called by client-ticket only.';
