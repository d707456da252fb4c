-- What staff do with files of tickets, and what time does to them. The function ticket-attachments stands before them,
-- attachment-check reads what arrives.

create function private.prepare_ticket_attachments(ticket_number bigint, kind text, files jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  staff_id uuid := (select staff.user_id from public.staff where staff.user_id = (select auth.uid()));
begin
  perform private.require_permission('tickets.reply');
  if kind is null or kind not in ('public', 'note') then
    perform private.fail('invalid_argument', 'kind is public or note');
  elsif jsonb_typeof(files) is distinct from 'array' or jsonb_array_length(files) not between 1 and 10 then
    perform private.fail('too_many_ticket_attachments', 'A message takes 1 to 10 files');
  end if;
  ticket := private.locked_ticket($1);
  return (select jsonb_agg(private.ticket_file(private.add_ticket_attachment(ticket.id, file ->> 'name',
      (file ->> 'size')::bigint, draft_kind => $2, uploaded_by => staff_id)) order by position)
    from jsonb_array_elements($3) with ordinality as given (file, position));
end
$$;
comment on function private.prepare_ticket_attachments(bigint, text, jsonb) is
  'Announces files ([{name, size in bytes}], 10 at most) for the draft of the caller, in the order given → '
  '[private.ticket_file]. Needs tickets.reply. '
  'Errors: invalid_argument, invalid_ticket_attachment, too_many_ticket_attachments, '
  'ticket_attachment_too_large (413), '
  'ticket_not_found (404), ticket_merged (409). Definer: callers may not write files.';

create function private.remove_ticket_attachment(attachment_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_permission('tickets.reply');
  delete from public.ticket_attachments where id = $1 and draft_kind is not null
    and uploaded_by = (select auth.uid());
  if found then
    return true;
  elsif exists (select from public.ticket_attachments where id = $1) then
    perform private.fail('ticket_attachment_not_found', 'No such file of a draft of yours');
  end if;
  return false;
end
$$;
comment on function private.remove_ticket_attachment(uuid) is
  'Does the work of public.remove_ticket_attachment. Definer: callers may not write files.';
grant execute on function private.remove_ticket_attachment(uuid) to authenticated, service_role;

create function public.remove_ticket_attachment(attachment_id uuid) returns boolean
language sql volatile security invoker set search_path = '' as $$ select private.remove_ticket_attachment($1) $$;
comment on function public.remove_ticket_attachment(uuid) is
  'Takes a file out of a draft of one''s own; its bytes go too. → whether it was there: twice is once. Needs '
  'tickets.reply. Errors: ticket_attachment_not_found (404) when it is said already or somebody else''s.';
revoke execute on function public.remove_ticket_attachment(uuid) from public, anon, authenticated, service_role;
grant execute on function public.remove_ticket_attachment(uuid) to authenticated, service_role;

create function private.readable_ticket_attachments(ids uuid[]) returns setof public.ticket_attachments
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('tickets.read');
  return query select attachments.* from public.ticket_attachments as attachments
    where attachments.id = any (ids)
      and (attachments.draft_kind is null or attachments.uploaded_by = (select auth.uid()));
end
$$;
comment on function private.readable_ticket_attachments(uuid[]) is
  'Those of the files the caller may have, pending and refused ones too. Needs tickets.read. Definer: reads behind the '
  'policy.';

create function private.claim_ticket_attachments(batch int default 20) returns table (id uuid)
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query update public.ticket_attachments set next_check_at = now() + interval '1 minute'
    where id in (select waiting.id from public.ticket_attachments as waiting
      join storage.objects on objects.bucket_id = 'ticket-attachments' and objects.name = waiting.id::text
      where waiting.status = 'pending' and waiting.next_check_at <= now()
      order by waiting.next_check_at limit batch for update of waiting skip locked)
    returning ticket_attachments.id;
end
$$;
comment on function private.claim_ticket_attachments(int) is
  'Files that have arrived and nobody has read; each is given once a minute. Definer: called by functions only.';

create function private.sweep_ticket_attachments() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Addresses to upload to hold for two hours.
  delete from public.ticket_attachments as late where late.status = 'pending' and late.draft_kind is not null
    and late.created_at < now() - interval '3 hours' and not private.has_ticket_file(late.id);
  update public.ticket_attachments as late set status = 'refused', refusal = 'missing'
  where late.status = 'pending' and late.draft_kind is null and late.created_at < now() - interval '3 hours'
    and not private.has_ticket_file(late.id);
  if exists (select from private.removed_ticket_files)
    or exists (select from public.ticket_attachments as waiting where waiting.status = 'pending'
      and waiting.next_check_at <= now() and private.has_ticket_file(waiting.id)) then
    perform private.call_edge_function('attachment-check');
  end if;
end
$$;
comment on function private.sweep_ticket_attachments() is
  'What was announced and never came within three hours is missing; what came is read, what was removed goes. Definer: '
  'run by its job.';

create function private.has_ticket_file(attachment_id uuid) returns boolean
language sql stable security definer set search_path = ''
as $$ select exists (select from storage.objects where bucket_id = 'ticket-attachments' and name = $1::text) $$;
comment on function private.has_ticket_file(uuid) is
  'Whether the bytes of a file have arrived. Definer: reads behind the policies of Storage.';

create function private.forget_removed_ticket_files(ids uuid[]) returns void
language sql volatile security definer set search_path = ''
as $$ delete from private.removed_ticket_files where id = any (ids) $$;
comment on function private.forget_removed_ticket_files(uuid[]) is
  'Those objects are gone from Storage. Definer: called by functions only.';

select private.schedule_job('sweep-ticket-attachments', '10 seconds', 'select private.sweep_ticket_attachments()');
