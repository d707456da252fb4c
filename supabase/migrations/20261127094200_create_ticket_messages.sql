-- What was said. Public messages, notes and drafts are tables of their own: functions bypass policies, so what the
-- customer must never read is nowhere near what he does. An answer may be held for some seconds, in which it is said
-- for colleagues and for nobody else.

create table public.ticket_messages (
  id uuid primary key default gen_random_uuid(),
  sequence bigint generated always as identity,
  ticket_id uuid not null references public.support_tickets (id) on delete restrict,
  kind text not null default 'message',
  author_kind text not null,
  author_id uuid references public.staff (user_id) on delete restrict,
  written_by uuid references public.staff (user_id) on delete restrict,
  from_address text,
  from_name text,
  is_verified boolean not null default true,
  channel text not null,
  subject text,
  body text not null,
  quoted text,
  has_original boolean not null default false,
  held_until timestamptz,
  withdrawn_at timestamptz,
  undo jsonb,
  idempotency_key text,
  message_id text,
  created_at timestamptz not null default now(),
  constraint ticket_messages_sequence_key unique (sequence),
  constraint kind_is_known check (kind in ('message', 'auto_reply', 'bounce', 'unreadable')),
  constraint author_kind_is_known check (author_kind in ('customer', 'staff')),
  constraint staff_has_a_name check ((author_kind = 'staff') = (author_id is not null)),
  constraint only_customers_words_are_written_by_others check (written_by is null or author_kind = 'customer'),
  constraint channel_is_known check (channel in ('client', 'mail', 'console')),
  constraint from_address_is_short check (length(from_address) between 1 and 254),
  constraint from_name_is_short check (length(from_name) <= 200),
  constraint subject_is_short check (length(subject) <= 255),
  constraint body_is_bounded check (length(body) <= 100000),
  constraint quoted_is_bounded check (length(quoted) <= 500000),
  constraint only_staff_hold check (held_until is null or author_kind = 'staff'),
  constraint only_held_are_undone check (undo is null or held_until is not null),
  constraint only_staff_withdraw check (withdrawn_at is null or author_kind = 'staff'),
  constraint idempotency_key_is_short check (length(idempotency_key) between 1 and 200),
  constraint message_id_is_short check (length(message_id) <= 998)
);
comment on table public.ticket_messages is 'What customer and staff said to each other; never a note.';
comment on column public.ticket_messages.sequence is 'Order';
comment on column public.ticket_messages.kind is
  'message, auto_reply (a machine answered for the customer), bounce (what we sent did not arrive: body is the address '
  'and its code) or unreadable (a mail that was kept as it came)';
comment on column public.ticket_messages.author_kind is 'customer or staff';
comment on column public.ticket_messages.written_by is
  'Member of staff who wrote it as the customer, logged in as him';
comment on column public.ticket_messages.from_address is 'Address of the sender, of mails that name one';
comment on column public.ticket_messages.from_name is 'Name the sender gives';
comment on column public.ticket_messages.is_verified is
  'Whether its sender takes part in the ticket; a stranger''s words are shown to staff only until accepted';
comment on column public.ticket_messages.channel is 'How it came: client, mail or console';
comment on column public.ticket_messages.subject is
  'Subject of a mail that came under another than its ticket''s; the next answer goes under it';
comment on column public.ticket_messages.has_original is
  'Whether the mail is kept as it came: it could not be read, or not be shown whole';
comment on column public.ticket_messages.body is 'Text of the customer, Markdown of staff; 100,000 characters at most';
comment on column public.ticket_messages.quoted is 'What a mail quotes of earlier ones, folded when shown';
comment on column public.ticket_messages.held_until is
  'Said for colleagues, not yet for the customer: until the job of each ten seconds lets it go; then null';
comment on column public.ticket_messages.withdrawn_at is 'Taken back while it was held: its text is empty';
comment on column public.ticket_messages.undo is
  'While it is held, what taking it back restores: before and after, each {status, assigned_to} of the ticket';
comment on column public.ticket_messages.idempotency_key is
  'Given by whoever sends: the same one is one message; a client''s begins with its licence';
comment on column public.ticket_messages.message_id is
  'Message-ID of the mail that brought it; of one that carries an answer of ours without its domain';

create index ticket_messages_ticket_id_idx on public.ticket_messages (ticket_id, sequence);
create index ticket_messages_author_id_idx on public.ticket_messages (author_id);
create index ticket_messages_written_by_idx on public.ticket_messages (written_by);
create index ticket_messages_held_until_idx on public.ticket_messages (held_until) where held_until is not null;
create unique index ticket_messages_message_id_idx on public.ticket_messages (message_id)
  where message_id is not null;
create unique index ticket_messages_idempotency_key_idx on public.ticket_messages
  (author_kind, author_id, idempotency_key) nulls not distinct where idempotency_key is not null;

create table public.ticket_notes (
  id uuid primary key default gen_random_uuid(),
  ticket_id uuid not null references public.support_tickets (id) on delete restrict,
  author_id uuid references public.staff (user_id) on delete restrict,
  body text not null,
  idempotency_key text,
  created_at timestamptz not null default now(),
  constraint body_is_bounded check (length(body) between 1 and 100000),
  constraint idempotency_key_is_short check (length(idempotency_key) between 1 and 200)
);
comment on table public.ticket_notes is 'What staff say to each other about a ticket; the customer never reads it.';
comment on column public.ticket_notes.body is 'Markdown, 100,000 characters at most';
comment on column public.ticket_notes.idempotency_key is 'Given by whoever writes: the same one is one note';

create index ticket_notes_ticket_id_idx on public.ticket_notes (ticket_id, created_at);
create index ticket_notes_author_id_idx on public.ticket_notes (author_id);
create unique index ticket_notes_idempotency_key_idx on public.ticket_notes (author_id, idempotency_key)
  nulls not distinct where idempotency_key is not null;

create table public.ticket_drafts (
  ticket_id uuid not null references public.support_tickets (id) on delete cascade,
  user_id uuid not null default auth.uid() references public.staff (user_id) on delete cascade,
  kind text not null,
  body text not null default '',
  seen_message_id uuid references public.ticket_messages (id) on delete set null,
  updated_at timestamptz not null default now(),
  primary key (ticket_id, user_id, kind),
  constraint kind_is_known check (kind in ('public', 'note')),
  constraint body_is_bounded check (length(body) <= 500000)
);
comment on table public.ticket_drafts is
  'What somebody is writing, his alone; never published. One answer and one note a ticket and person.';
comment on column public.ticket_drafts.kind is 'public: an answer; note: a note';
comment on column public.ticket_drafts.body is
  'Markdown; two that became one by a merge may be longer than a message, and are shortened by their author';
comment on column public.ticket_drafts.seen_message_id is 'The last message its author had seen when beginning';

create index ticket_drafts_user_id_idx on public.ticket_drafts (user_id);
create index ticket_drafts_seen_message_id_idx on public.ticket_drafts (seen_message_id);

create table public.ticket_reads (
  ticket_id uuid not null references public.support_tickets (id) on delete cascade,
  user_id uuid not null default auth.uid() references public.staff (user_id) on delete cascade,
  read_at timestamptz not null default now(),
  primary key (ticket_id, user_id)
);
comment on table public.ticket_reads is 'Until when somebody has read a ticket; what came later is unread.';

create index ticket_reads_user_id_idx on public.ticket_reads (user_id);

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('ticket_messages', 'body', 'free_text', 'contract', 'clear', null),
  ('ticket_messages', 'subject', 'free_text', 'contract', 'clear', null),
  ('ticket_messages', 'quoted', 'free_text', 'contract', 'clear', null),
  ('ticket_messages', 'from_address', 'email', 'contract', 'clear', null),
  ('ticket_messages', 'from_name', 'name', 'contract', 'clear', null),
  ('ticket_messages', 'message_id', 'network', 'contract', 'clear', null),
  ('ticket_notes', 'body', 'free_text', 'contract', 'replace', 'a dash'),
  ('ticket_drafts', 'body', 'free_text', 'contract', 'clear', null);

create function private.ticket_drafts_before_keep() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  target uuid := (select merged_into from public.support_tickets where id = new.ticket_id);
  there text;
begin
  new.updated_at := clock_timestamp();
  if target is not null then
    new.ticket_id := target;
    select body into there from public.ticket_drafts
    where ticket_id = target and user_id = new.user_id and kind = new.kind;
    new.body := case when position(new.body in there) > 0 then there
      when there is null or position(there in new.body) > 0 then new.body
      else there || e'\n\n' || new.body end;
  end if;
  return new;
end
$$;
comment on function private.ticket_drafts_before_keep() is
  'Trigger: stamps a draft each time it is kept; one that comes after its ticket was merged goes on where the ticket '
  'does, behind what is written there. Definer: reads behind the policies.';

create trigger ticket_drafts_before_keep before insert or update on public.ticket_drafts
  for each row execute function private.ticket_drafts_before_keep();

alter table public.ticket_messages enable row level security;
alter table public.ticket_notes enable row level security;
alter table public.ticket_drafts enable row level security;
alter table public.ticket_reads enable row level security;
revoke all on public.ticket_messages from anon, authenticated, service_role;
revoke all on public.ticket_notes from anon, authenticated, service_role;
revoke all on public.ticket_drafts from anon, authenticated, service_role;
revoke all on public.ticket_reads from anon, authenticated, service_role;
grant select on public.ticket_messages, public.ticket_notes, public.ticket_drafts, public.ticket_reads
  to authenticated;
grant select on public.ticket_messages, public.ticket_notes to service_role;
grant insert (ticket_id, kind, body, seen_message_id), update (ticket_id, kind, body, seen_message_id), delete
  on public.ticket_drafts to authenticated;
grant insert (ticket_id, read_at), update (ticket_id, read_at) on public.ticket_reads to authenticated;

create policy ticket_messages_select_staff on public.ticket_messages for select to authenticated
  using ((select private.has_permission('tickets.read')));
comment on policy ticket_messages_select_staff on public.ticket_messages is
  'Whoever reads tickets reads what was said, what is held included.';
create policy ticket_notes_select_staff on public.ticket_notes for select to authenticated
  using ((select private.has_permission('tickets.read')));
comment on policy ticket_notes_select_staff on public.ticket_notes is 'Whoever reads tickets reads the notes.';
create policy ticket_drafts_select_own on public.ticket_drafts for select to authenticated
  using (user_id = (select private.current_staff_id()));
comment on policy ticket_drafts_select_own on public.ticket_drafts is 'A draft is its author''s alone.';
create policy ticket_drafts_insert_own on public.ticket_drafts for insert to authenticated
  with check (user_id = (select private.current_staff_id()) and (select private.has_permission('tickets.reply')));
comment on policy ticket_drafts_insert_own on public.ticket_drafts is 'Whoever may answer keeps drafts.';
create policy ticket_drafts_update_own on public.ticket_drafts for update to authenticated
  using (user_id = (select private.current_staff_id()))
  with check (user_id = (select private.current_staff_id()) and (select private.has_permission('tickets.reply')));
comment on policy ticket_drafts_update_own on public.ticket_drafts is 'One goes on with one''s own draft.';
create policy ticket_drafts_delete_own on public.ticket_drafts for delete to authenticated
  using (user_id = (select private.current_staff_id()));
comment on policy ticket_drafts_delete_own on public.ticket_drafts is 'One throws away one''s own draft.';
create policy ticket_reads_select_own on public.ticket_reads for select to authenticated
  using (user_id = (select private.current_staff_id()));
comment on policy ticket_reads_select_own on public.ticket_reads is 'Everybody knows what he has read himself.';
create policy ticket_reads_insert_own on public.ticket_reads for insert to authenticated
  with check (user_id = (select private.current_staff_id()) and (select private.has_permission('tickets.read')));
comment on policy ticket_reads_insert_own on public.ticket_reads is 'Everybody marks what he has read himself.';
create policy ticket_reads_update_own on public.ticket_reads for update to authenticated
  using (user_id = (select private.current_staff_id())) with check (user_id = (select private.current_staff_id()));
comment on policy ticket_reads_update_own on public.ticket_reads is 'Everybody marks what he has read himself.';

alter publication supabase_realtime add table public.ticket_messages;
alter publication supabase_realtime add table public.ticket_notes;
