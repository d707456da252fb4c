-- Who takes part in a ticket besides its customer, and how a mail says to which ticket it belongs. A number is no
-- secret: a mail joins a ticket by a MAC that only an answer of ours carries.

select private.ensure_secret('mail_key', 'Signs the addresses and Message-IDs by which mails find their tickets');

create table private.ticket_participants (
  ticket_id uuid not null references public.support_tickets (id) on delete cascade,
  address text not null,
  accepted_by uuid references public.staff (user_id) on delete restrict,
  accepted_at timestamptz not null default now(),
  primary key (ticket_id, address),
  constraint address_is_short check (length(address) between 1 and 254 and address = lower(address))
);
comment on table private.ticket_participants is
  'Addresses whose mails are the customer''s words in a ticket, besides his own: those staff accepted, and the sender '
  'who was nobody known when he opened it.';
comment on column private.ticket_participants.address is 'Lower case, 254 characters at most';
comment on column private.ticket_participants.accepted_by is 'Null for the sender who opened it';

create index ticket_participants_accepted_by_idx on private.ticket_participants (accepted_by);
create index ticket_participants_address_idx on private.ticket_participants (address);

alter table private.ticket_participants enable row level security;

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('ticket_participants', 'address', 'email', 'contract', 'clear', null);

create function private.support_tickets_after_keep_sender() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.ticket_participants (ticket_id, address) values (new.id, old.from_address)
  on conflict on constraint ticket_participants_pkey do nothing;
  return null;
end
$$;
comment on function private.support_tickets_after_keep_sender() is
  'Trigger: who opened a ticket as nobody known takes part in it still once it is a customer''s. Definer: the table is '
  'private.';

create trigger support_tickets_after_keep_sender after update of from_address on public.support_tickets
  for each row when (old.from_address <> 'unknown@invalid' and new.from_address is null)
  execute function private.support_tickets_after_keep_sender();

create function private.is_participant(ticket public.support_tickets, address text) returns boolean
language sql stable security definer set search_path = ''
as $$
  select coalesce(private.known_sender(ticket.from_address) = lower(address), false)
    or exists (select from public.customers
      where customers.id = ticket.customer_id and customers.email = lower($2) and customers.anonymized_at is null)
    or exists (select from private.ticket_participants as part
      where part.ticket_id = ticket.id and part.address = lower($2))
$$;
comment on function private.is_participant(public.support_tickets, text) is
  'Whether what comes from that address is the customer''s word in the ticket. Definer: reads behind the policies.';

create function private.mail_mac(value text) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return left(encode(extensions.hmac($1, private.secret('mail_key'), 'sha256'), 'hex'), 16);
end
$$;
comment on function private.mail_mac(text) is
  '64 bits, in hexadecimal, that prove a value as ours: nobody guesses them by writing mails. Definer: reads the '
  'vault.';

create function private.reply_token(ticket_number bigint) returns text
language sql stable set search_path = ''
as $$ select format('t%s.%s', $1, private.mail_mac('reply:' || $1)) $$;
comment on function private.reply_token(bigint) is
  'What answers to a ticket are addressed to, behind the plus: support+<this>@….';

create function private.mail_token(ticket_number bigint, message_id uuid) returns text
language sql stable set search_path = ''
as $$
  select format('t%s.%s.%s', $1, replace($2::text, '-', ''), private.mail_mac(format('message:%s:%s', $1, $2)))
$$;
comment on function private.mail_token(bigint, uuid) is
  'Message-ID of an answer, without its domain, which the functions know.';

create function private.ticket_of_token(token text) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
declare
  parts text[] := regexp_match(lower(token), '^t([0-9]{1,15})\.(?:([0-9a-f]{32})\.)?([0-9a-f]{16})$');
begin
  if parts is null then
    return null;
  end if;
  return case when lower(token) = case when parts[2] is null then private.reply_token(parts[1]::bigint)
    else private.mail_token(parts[1]::bigint, parts[2]::uuid) end then parts[1]::bigint end;
end
$$;
comment on function private.ticket_of_token(text) is
  'The number of the ticket that a token of ours names, null for any other text. Definer: reads the vault.';

create function private.ticket_messages_before_name() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.message_id := private.mail_token((select number from public.support_tickets where id = new.ticket_id), new.id);
  return new;
end
$$;
comment on function private.ticket_messages_before_name() is
  'Trigger: an answer has its Message-ID from the beginning. Definer: reads the vault.';

create trigger ticket_messages_before_name before insert on public.ticket_messages for each row
  when (new.author_kind = 'staff' and new.kind = 'message' and new.message_id is null)
  execute function private.ticket_messages_before_name();
