-- When the customer could first read what was said: the cursor of whoever polls. It is given at the end of each
-- transaction under a lock, so that what commits later also stands later, and nobody polls past what he has not seen.

create table private.ticket_publication_clock (
  is_only boolean primary key default true,
  last_at timestamptz not null default '2000-01-01Z',
  constraint is_only_one check (is_only)
);
comment on table private.ticket_publication_clock is
  'One row: the last time given out. Whoever publishes holds it until his commit.';

insert into private.ticket_publication_clock default values;

create table private.ticket_publications (
  message_id uuid primary key references public.ticket_messages (id) on delete cascade,
  published_at timestamptz not null,
  constraint ticket_publications_published_at_key unique (published_at)
);
comment on table private.ticket_publications is
  'When each message could first be read by the customer: as it was said, let go, or accepted, or when its ticket came '
  'to another licence. In the order of commits, whole milliseconds, each once.';

alter table private.ticket_publication_clock enable row level security;
alter table private.ticket_publications enable row level security;

create function private.is_public(message public.ticket_messages) returns boolean
language sql immutable set search_path = ''
as $$
  select message.kind = 'message' and message.is_verified and message.held_until is null
    and message.withdrawn_at is null
$$;
comment on function private.is_public(public.ticket_messages) is
  'Whether the customer reads the message: not what is held, taken back, automatic, or a stranger''s.';

create function private.publish_ticket_message(message_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  moment timestamptz;
begin
  update private.ticket_publication_clock
  set last_at = greatest(date_trunc('milliseconds', clock_timestamp()), last_at + interval '1 millisecond')
  returning last_at into moment;
  insert into private.ticket_publications as known (message_id, published_at) values ($1, moment)
  on conflict on constraint ticket_publications_pkey do update set published_at = excluded.published_at;
end
$$;
comment on function private.publish_ticket_message(uuid) is
  'Gives a message the next time of publication. Called at the end of transactions: others wait for the clock until '
  'the commit. Definer: the tables are private.';

create function private.ticket_messages_after_publish() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.publish_ticket_message(new.id);
  return null;
end
$$;
comment on function private.ticket_messages_after_publish() is
  'Trigger, at commit: what the customer may read from now on stands after all he may have read. Definer: the tables '
  'are private.';

create constraint trigger ticket_messages_after_insert_publish after insert on public.ticket_messages
  deferrable initially deferred for each row when (private.is_public(new))
  execute function private.ticket_messages_after_publish();
create constraint trigger ticket_messages_after_update_publish
  after update of held_until, withdrawn_at, is_verified on public.ticket_messages
  deferrable initially deferred for each row when (private.is_public(new) and not private.is_public(old))
  execute function private.ticket_messages_after_publish();

create function private.support_tickets_after_publish() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  said uuid;
begin
  for said in select ticket_messages.id from public.ticket_messages
    where ticket_id = coalesce(new.merged_into, new.id) and private.is_public(ticket_messages) order by sequence
  loop
    perform private.publish_ticket_message(said);
  end loop;
  return null;
end
$$;
comment on function private.support_tickets_after_publish() is
  'Trigger, at commit: a ticket that came to a licence, or goes on in another, is there whole for who polls. Definer: '
  'the tables are private.';

create constraint trigger support_tickets_after_publish after update of license_id, merged_into
  on public.support_tickets deferrable initially deferred for each row
  when (new.license_id is distinct from old.license_id or new.merged_into is distinct from old.merged_into)
  execute function private.support_tickets_after_publish();
