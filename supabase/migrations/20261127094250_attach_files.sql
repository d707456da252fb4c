-- Files beside messages, notes and drafts. Their bytes lie in a private bucket of Storage that nobody but the functions
-- reads or writes; what arrives is pending, and offered to nobody, until a function has read its first bytes.

insert into private.error_codes (code, status) values
  ('invalid_ticket_attachment', 400), ('too_many_ticket_attachments', 400), ('ticket_attachment_too_large', 413),
  ('ticket_attachments_too_large', 413), ('ticket_attachment_pending', 409), ('ticket_attachment_not_found', 404);

-- One type for all: what a browser would run never leaves under a type that runs.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('ticket-attachments', 'ticket-attachments', false, 20971520, array['application/octet-stream'])
on conflict (id) do update set public = false, file_size_limit = excluded.file_size_limit,
  allowed_mime_types = excluded.allowed_mime_types;

create policy ticket_attachments_nobody on storage.objects as restrictive for all to anon, authenticated
  using (bucket_id <> 'ticket-attachments') with check (bucket_id <> 'ticket-attachments');

create table public.ticket_attachments (
  id uuid primary key default gen_random_uuid(),
  ticket_id uuid not null references public.support_tickets (id) on delete restrict,
  message_id uuid references public.ticket_messages (id) on delete restrict,
  note_id uuid references public.ticket_notes (id) on delete restrict,
  draft_kind text,
  uploaded_by uuid references public.staff (user_id) on delete restrict,
  name text not null,
  size bigint not null,
  status text not null default 'pending',
  content_type text,
  refusal text,
  next_check_at timestamptz not null default now(),
  created_at timestamptz not null default clock_timestamp(),
  constraint belongs_to_one check (num_nonnulls(message_id, note_id, draft_kind) = 1),
  constraint draft_kind_is_known check (draft_kind in ('public', 'note')),
  constraint drafts_are_somebodys check (draft_kind is null or uploaded_by is not null),
  constraint name_is_short check (length(name) between 1 and 255 and name !~ '[\u0001-\u001f\u007f/\\]'),
  constraint size_is_bounded check (size between 0 and 20971520),
  constraint status_is_known check (status in ('pending', 'ready', 'refused')),
  constraint content_type_is_known check (content_type in ('image/png', 'image/jpeg', 'image/gif', 'image/webp',
    'image/avif', 'application/octet-stream')),
  constraint content_type_comes_with_ready check ((content_type is not null) = (status = 'ready')),
  constraint refusal_is_known check (refusal in ('empty', 'too_large', 'missing')),
  constraint refusal_comes_with_refused check ((refusal is not null) = (status = 'refused'))
);
comment on table public.ticket_attachments is
  'Files of tickets; the bytes of each are the object of Storage that is named by its id, in ticket-attachments.';
comment on column public.ticket_attachments.message_id is 'The message it came with';
comment on column public.ticket_attachments.note_id is 'The note it was kept with';
comment on column public.ticket_attachments.draft_kind is
  'public or note: it goes with the next answer or note of who uploaded it; his alone until then';
comment on column public.ticket_attachments.uploaded_by is 'Who of us uploaded it; null: it came from the customer';
comment on column public.ticket_attachments.name is 'File name, 255 characters at most; never part of a path';
comment on column public.ticket_attachments.size is 'Bytes, 20 MiB at most; as announced until it was checked';
comment on column public.ticket_attachments.status is
  'pending (announced or unread), ready (its first bytes were read) or refused';
comment on column public.ticket_attachments.content_type is
  'By its first bytes: an image that is shown, or application/octet-stream, which is only downloaded';
comment on column public.ticket_attachments.refusal is
  'empty, too_large or missing (announced and never uploaded)';
comment on column public.ticket_attachments.next_check_at is 'Not read again before';

create index ticket_attachments_ticket_id_idx on public.ticket_attachments (ticket_id, created_at, id);
create index ticket_attachments_message_id_idx on public.ticket_attachments (message_id);
create index ticket_attachments_note_id_idx on public.ticket_attachments (note_id);
create index ticket_attachments_uploaded_by_idx on public.ticket_attachments (uploaded_by, ticket_id);
create index ticket_attachments_pending_idx on public.ticket_attachments (next_check_at) where status = 'pending';

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('ticket_attachments', 'name', 'free_text', 'contract', 'clear', null);

alter table public.ticket_attachments enable row level security;
revoke all on public.ticket_attachments from anon, authenticated, service_role;
grant select on public.ticket_attachments to authenticated, service_role;

create policy ticket_attachments_select_staff on public.ticket_attachments for select to authenticated
  using ((draft_kind is null or uploaded_by = (select private.current_staff_id()))
    and (select private.has_permission('tickets.read')));
comment on policy ticket_attachments_select_staff on public.ticket_attachments is
  'Whoever reads tickets knows their files, but those of other people''s drafts.';

alter publication supabase_realtime add table public.ticket_attachments;

create table private.removed_ticket_files (
  id uuid primary key,
  removed_at timestamptz not null default now()
);
comment on table private.removed_ticket_files is
  'Objects of Storage nothing names any more; the function attachment-check removes them, and then the row.';

create index removed_ticket_files_removed_at_idx on private.removed_ticket_files (removed_at);

alter table private.removed_ticket_files enable row level security;

create function private.ticket_attachments_after_remove() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.removed_ticket_files (id) values (old.id) on conflict do nothing;
  return null;
end
$$;
comment on function private.ticket_attachments_after_remove() is
  'Trigger: the bytes of a file that was removed or refused go too. Definer: the table is private.';

create trigger ticket_attachments_after_delete_remove after delete on public.ticket_attachments
  for each row execute function private.ticket_attachments_after_remove();
create trigger ticket_attachments_after_refuse_remove after update of status on public.ticket_attachments
  for each row when (new.status = 'refused' and old.status <> 'refused')
  execute function private.ticket_attachments_after_remove();

create function private.ticket_file(attachment public.ticket_attachments) returns jsonb
language sql stable set search_path = ''
as $$ select to_jsonb($1) - array['ticket_id', 'next_check_at'] $$;
comment on function private.ticket_file(public.ticket_attachments) is
  'A file as it is answered: its columns but ticket_id and next_check_at.';

create function private.ticket_file_name(value text) returns text
language sql immutable set search_path = ''
as $$
  with cleaned as (select btrim(regexp_replace(regexp_replace(coalesce(private.clean_text($1), ''),
    '[/\\]', '_', 'g'), '[\u0001-\u001f\u007f-\u009f]', '', 'g')) as name)
  select case when name = '' then 'file' when length(name) <= 255 then name
    -- The end says what it is.
    else left(name, 255 - length(ending)) || ending end
  from cleaned, lateral (select coalesce(substring(name from '\.[^.]{1,20}$'), '') as ending) as split
$$;
comment on function private.ticket_file_name(text) is
  'A file name as it is kept: one line without marks of direction or slashes, 255 characters with its ending.';

create function private.add_ticket_attachment(ticket_id uuid, name text, size bigint, message_id uuid default null,
  note_id uuid default null, draft_kind text default null, uploaded_by uuid default null)
  returns public.ticket_attachments
language plpgsql volatile security definer set search_path = ''
as $$
declare
  added public.ticket_attachments;
begin
  if size is null or size < 1 then
    perform private.fail('invalid_ticket_attachment', format('"%s" is empty', private.ticket_file_name(name)));
  elsif size > 20971520 then
    perform private.fail('ticket_attachment_too_large', format('"%s" is larger than 20 MiB',
      private.ticket_file_name(name)));
  end if;
  insert into public.ticket_attachments (ticket_id, message_id, note_id, draft_kind, uploaded_by, name, size)
  values ($1, $4, $5, $6, $7, private.ticket_file_name($2), $3) returning * into added;
  if (select count(*) from public.ticket_attachments as beside where beside.ticket_id = $1
      and (beside.message_id, beside.note_id, beside.draft_kind) is not distinct from ($4, $5, $6)
      and (beside.draft_kind is null or beside.uploaded_by = $7) and beside.status <> 'refused') > 10 then
    perform private.fail('too_many_ticket_attachments', 'A message takes 10 files at most');
  end if;
  return added;
end
$$;
comment on function private.add_ticket_attachment(uuid, text, bigint, uuid, uuid, text, uuid) is
  'Announces a file of that many bytes for a message, a note or a draft: pending until '
  'private.settle_ticket_attachment. Callers lock the ticket. Errors: invalid_ticket_attachment, '
  'too_many_ticket_attachments (400), '
  'ticket_attachment_too_large (413). Definer: nobody writes files directly.';

create function private.settle_ticket_attachment(attachment_id uuid, size bigint, content_type text) returns void
language sql volatile security definer set search_path = ''
as $$
  update public.ticket_attachments set size = least($2, 20971520),
    status = case when $2 between 1 and 20971520 then 'ready' else 'refused' end,
    content_type = case when $2 between 1 and 20971520 then $3 end,
    refusal = case when $2 < 1 then 'empty' when $2 > 20971520 then 'too_large' end
  where id = $1 and status = 'pending'
$$;
comment on function private.settle_ticket_attachment(uuid, bigint, text) is
  'What was found when a file was read: its bytes, and an image type or application/octet-stream. Twice is once. '
  'Definer: called by functions only.';

create function private.require_draft_files(ticket_id uuid, staff_id uuid, kind text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  found record;
begin
  select count(*) filter (where status = 'ready') as ready, count(*) filter (where status = 'pending') as pending,
    coalesce(sum(size) filter (where status = 'ready'), 0) as bytes into found
  from public.ticket_attachments as files
  where files.ticket_id = $1 and files.uploaded_by = $2 and files.draft_kind = $3;
  if found.pending > 0 then
    perform private.fail('ticket_attachment_pending', 'A file is still on its way: wait for it, or take it out');
  elsif found.ready > 10 then
    perform private.fail('too_many_ticket_attachments', 'A message takes 10 files at most');
  elsif kind = 'public' and found.bytes > 15728640 then
    perform private.fail('ticket_attachments_too_large',
      'The files of an answer are 15 MiB together at most: it is mailed');
  end if;
end
$$;
comment on function private.require_draft_files(uuid, uuid, text) is
  'Refuses to send a draft whose files cannot go with it. Errors: ticket_attachment_pending (409), '
  'too_many_ticket_attachments (400), ticket_attachments_too_large (413). Definer: reads behind the policy.';

create function private.send_draft_files(ticket_id uuid, staff_id uuid, kind text, message_id uuid, note_id uuid)
  returns void
language sql volatile security definer set search_path = ''
as $$
  delete from public.ticket_attachments as files
  where files.ticket_id = $1 and files.uploaded_by = $2 and files.draft_kind = $3 and files.status = 'refused';
  update public.ticket_attachments as files set draft_kind = null, message_id = $4, note_id = $5
  where files.ticket_id = $1 and files.uploaded_by = $2 and files.draft_kind = $3
$$;
comment on function private.send_draft_files(uuid, uuid, text, uuid, uuid) is
  'The files of a draft go with the message, or the note, it has become; refused ones go. Definer: nobody writes files '
  'directly.';
