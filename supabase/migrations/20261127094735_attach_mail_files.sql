-- Files that come by mail, and those that leave with an answer.

create function private.attach_mail_files(message public.ticket_messages, files jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  file record;
  added public.ticket_attachments;
  attached jsonb := '[]';
  left_out int := 0;
begin
  for file in select given.value ->> 'name' as name, (given.value ->> 'size')::bigint as size, position - 1 as index
    from jsonb_array_elements(coalesce(files, '[]')) with ordinality as given (value, position) order by position
  loop
    if file.size between 1 and 20971520 and jsonb_array_length(attached) < 10 then
      added := private.add_ticket_attachment(message.ticket_id, file.name, file.size, message.id);
      attached := attached || jsonb_build_object('id', added.id, 'index', file.index);
    else
      left_out := left_out + 1;
    end if;
  end loop;
  if left_out > 0 then
    perform private.note_ticket_event(message.ticket_id, 'files_left_out', jsonb_build_object('count', left_out),
      'system');
  end if;
  return attached;
end
$$;
comment on function private.attach_mail_files(public.ticket_messages, jsonb) is
  'Announces the files of a mail ([{name, size}]) → [{id, index in files}]: ten of 20 MiB at most; what is beyond, or '
  'empty, is said on the timeline. Definer: writes files.';

create function private.mail_files(email_id uuid) returns table (id uuid, name text, content_type text)
language sql stable security definer set search_path = ''
as $$
  select files.id, files.name, files.content_type from public.email_outbox as mails
  join public.ticket_attachments as files on files.message_id = (mails.data ->> 'ticket_message_id')::uuid
  where mails.id = $1 and mails.template = 'ticket_message' and files.status = 'ready'
  order by files.created_at, files.id limit 10
$$;
comment on function private.mail_files(uuid) is
  'Files that travel with a mail: those of the answer it carries. Definer: called by mail-dispatch only.';
