-- Mails that come in. The Edge Function mail-inbound reads and classifies them; what becomes of each is decided here,
-- in one transaction: once for each Message-ID, sender and text, in the thread a token of ours names, or as a ticket.
-- Nothing is mailed back by itself.

create table private.inbound_mails (
  id uuid primary key default gen_random_uuid(),
  fingerprint text not null,
  outcome text not null default 'received',
  ticket_message_id uuid references public.ticket_messages (id) on delete set null,
  raw bytea,
  retry_at timestamptz,
  received_at timestamptz not null default now(),
  constraint inbound_mails_fingerprint_key unique (fingerprint),
  constraint fingerprint_is_sha256 check (fingerprint ~ '^[0-9a-f]{64}$'),
  constraint outcome_is_known check (outcome in ('received', 'opened', 'added', 'auto_reply', 'bounce', 'own',
    'ignored', 'unreadable')),
  constraint retry_needs_bytes check (retry_at is null or raw is not null)
);
comment on table private.inbound_mails is 'Mails that came in, so that each counts once, and what became of them.';
comment on column private.inbound_mails.fingerprint is
  'SHA-256 of Message-ID, sender, text and files, or of the bytes of a mail without Message-ID';
comment on column private.inbound_mails.outcome is
  'opened (a ticket), added (to one), auto_reply or bounce (on one), own (of ours, dropped), ignored (a machine''s '
  'answer to no ticket), unreadable (kept as it came)';
comment on column private.inbound_mails.raw is 'The mail as it came, of those that could not be shown whole';
comment on column private.inbound_mails.retry_at is 'When somebody asked to read it again; null once that was tried';

create index inbound_mails_ticket_message_id_idx on private.inbound_mails (ticket_message_id);
create index inbound_mails_received_at_idx on private.inbound_mails (received_at);
create index inbound_mails_retry_at_idx on private.inbound_mails (retry_at) where retry_at is not null;

alter table private.inbound_mails enable row level security;

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('inbound_mails', 'raw', 'free_text', 'contract', 'clear', null);

create function private.mail_sender(mail jsonb) returns text
language sql immutable set search_path = ''
as $$ select nullif(left(lower(btrim(mail ->> 'from_address')), 254), '') $$;
comment on function private.mail_sender(jsonb) is 'The address a mail comes from, null when it names none.';

create function private.mail_message(mail jsonb) returns public.ticket_messages
language plpgsql stable set search_path = ''
as $$
declare
  said public.ticket_messages;
  body text := private.ticket_text(coalesce(mail ->> 'body', ''));
begin
  said.kind := case mail ->> 'kind' when 'unreadable' then 'unreadable' when 'auto_reply' then 'auto_reply'
    else 'message' end;
  said.author_kind := 'customer';
  said.channel := 'mail';
  said.from_address := private.mail_sender(mail);
  said.from_name := left(nullif(btrim(mail ->> 'from_name'), ''), 200);
  said.body := left(body, 100000);
  said.quoted := nullif(left(mail ->> 'quoted', 500000), '');
  said.has_original := coalesce((mail ->> 'has_original')::boolean, false);
  said.message_id := nullif(left(mail ->> 'message_id', 998), '');
  return said;
end
$$;
comment on function private.mail_message(jsonb) is 'What a mail says, as a message of a ticket.';

create function private.thread_of_mail(mail jsonb) returns public.support_tickets
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket_number bigint;
  token text;
  ticket public.support_tickets;
begin
  -- The address first, for providers rewrite Message-IDs; then what the mail answers, the nearest first.
  for token in
    select named.token from (
      select substring(lower(address) from '\+(t[0-9]+\.[0-9a-f]{16})@') as token, 0 as place, ordinality
      from jsonb_array_elements_text(coalesce(mail -> 'to', '[]')) with ordinality as given (address, ordinality)
      union all
      select split_part(lower(id), '@', 1), 1, ordinality
      from jsonb_array_elements_text(coalesce(mail -> 'answers', '[]')) with ordinality as given (id, ordinality)
    ) as named where named.token like 't%.%' order by named.place, named.ordinality limit 200
  loop
    ticket_number := private.ticket_of_token(token);
    exit when ticket_number is not null;
  end loop;
  if ticket_number is null then
    -- A number alone is anybody's: it counts for who takes part already.
    select tickets.number into ticket_number
    from regexp_matches(left(mail ->> 'raw_subject', 1000), '#([0-9]{1,15})\M', 'g') with ordinality
      as named (number, ordinality)
    join public.support_tickets as tickets on tickets.number = named.number[1]::bigint
    where private.is_participant(tickets, mail ->> 'from_address') order by named.ordinality limit 1;
  end if;
  loop
    select * into ticket from public.support_tickets where number = ticket_number for update;
    exit when ticket.merged_into is null;
    ticket_number := (select number from public.support_tickets where id = ticket.merged_into);
  end loop;
  return ticket;
end
$$;
comment on function private.thread_of_mail(jsonb) is
  'The ticket a mail belongs to, locked, where merges have led; all null when none. Definer: locks tickets.';

create function private.newest_follower(ticket public.support_tickets) returns public.support_tickets
language plpgsql volatile security definer set search_path = ''
as $$
declare
  follower public.support_tickets := ticket;
  next_one public.support_tickets;
begin
  while follower.status = 'closed' loop
    select * into next_one from public.support_tickets
    where follows_id = follower.id and merged_into is null order by created_at desc, number desc limit 1 for update;
    exit when next_one.id is null;
    follower := next_one;
  end loop;
  return follower;
end
$$;
comment on function private.newest_follower(public.support_tickets) is
  'The ticket in which a closed one goes on, locked; itself when none does. Definer: locks tickets.';

create function private.open_mail_ticket(mail jsonb, follows public.support_tickets) returns public.support_tickets
language plpgsql volatile security definer set search_path = ''
as $$
declare
  sender text := private.mail_sender(mail);
  is_followed_by_part boolean := follows.id is not null and private.is_participant(follows, sender);
  owner uuid := case when is_followed_by_part then follows.customer_id
    else (select id from public.customers where email = sender and anonymized_at is null) end;
  license uuid;
  ticket public.support_tickets;
begin
  if follows.id is null and not (select allowed
      from private.hit_rate_limit('ticket_opened:' || coalesce(sender, ''), 20, 3600)) then
    -- Whoever writes that often is a machine: what it says goes where its last words went.
    select tickets.* into ticket from public.support_tickets as tickets
    where (tickets.customer_id = owner or owner is null and tickets.from_address = sender)
      and tickets.status <> 'closed' order by tickets.created_at desc limit 1 for update;
    if ticket.id is not null then
      return ticket;
    end if;
  end if;
  select case when count(*) = 1 then (array_agg(id))[1] end into license from public.licenses
  where licenses.customer_id = owner and deleted_at is null;
  insert into public.support_tickets (subject, priority, channel, customer_id, license_id, from_address, from_name,
    follows_id)
  values (coalesce(nullif(left(btrim(regexp_replace(coalesce(mail ->> 'subject', ''), '[\s\u0001-\u001f\u007f]+', ' ',
      'g')), 255), ''), '—'), case when mail ->> 'kind' in ('auto_reply', 'list') then 'low' else 'medium' end, 'mail',
    owner, case when is_followed_by_part then coalesce(follows.license_id, license) else license end,
    case when owner is null then coalesce(sender, 'unknown@invalid') end,
    case when owner is null then left(nullif(btrim(mail ->> 'from_name'), ''), 200) end, follows.id)
  returning * into ticket;
  return ticket;
end
$$;
comment on function private.open_mail_ticket(jsonb, public.support_tickets) is
  'A ticket for a mail: of the customer with that address and his licence when he has one only, else of a sender '
  'nobody knows; it follows a closed one. Beyond twenty an hour a sender''s mails go to his last. Definer: writes '
  'tickets.';
