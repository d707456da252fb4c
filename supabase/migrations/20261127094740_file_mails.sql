-- What becomes of a mail, and of one that could not be read at first.

create function private.file_mail(mail jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  kind text := mail ->> 'kind';
  sender text := private.mail_sender(mail);
  ticket public.support_tickets;
  said public.ticket_messages;
  bounce jsonb := mail -> 'bounce';
  outcome text := 'added';
begin
  if kind = 'own' or private.ticket_of_token(split_part(lower(mail ->> 'message_id'), '@', 1)) is not null then
    return '{"outcome": "own"}';
  end if;
  ticket := private.thread_of_mail(mail);
  if kind = 'bounce' then
    if ticket.id is not null then
      perform private.note_bounce(ticket, bounce ->> 'failed_id', left(bounce ->> 'recipient', 254),
        left(bounce ->> 'code', 20), mail ->> 'body');
    end if;
    return jsonb_build_object('outcome', case when ticket.id is null then 'ignored' else 'bounce' end,
      'ticket_number', ticket.number);
  elsif kind = 'auto_reply' and ticket.id is null and coalesce((mail ->> 'is_answer')::boolean, false) then
    return '{"outcome": "ignored"}';
  end if;
  said := private.mail_message(mail);
  perform private.set_ticket_actor('customer');
  if kind = 'auto_reply' and ticket.id is not null then
    outcome := 'auto_reply';
  else
    said.kind := case when kind = 'unreadable' then 'unreadable' else 'message' end;
    if ticket.id is not null and ticket.status = 'closed' then
      ticket := private.newest_follower(ticket);
    end if;
    if ticket.id is null or ticket.status = 'closed' then
      ticket := private.open_mail_ticket(mail, ticket);
      outcome := 'opened';
    end if;
  end if;
  said.is_verified := outcome = 'opened' or private.is_participant(ticket, sender);
  said.subject := case when lower(mail ->> 'subject') <> lower(ticket.subject) and kind <> 'unreadable'
    then nullif(left(btrim(regexp_replace(mail ->> 'subject', '[\s\u0001-\u001f\u007f]+', ' ', 'g')), 255), '') end;
  if exists (select from public.ticket_messages where message_id = said.message_id) then
    said.message_id := null;
  end if;
  said := private.add_ticket_message(ticket, said);
  perform private.set_ticket_actor(null);
  if mail -> 'notices' ? 'winmail' then
    perform private.note_ticket_event(ticket.id, 'winmail_kept', '{}', 'system');
  end if;
  return jsonb_build_object('outcome', case when kind = 'unreadable' then kind else outcome end,
    'ticket_number', ticket.number, 'message_id', said.id,
    'files', private.attach_mail_files(said, mail -> 'files'));
end
$$;
comment on function private.file_mail(jsonb) is
  'Puts a mail where it belongs, see private.receive_ticket_mail. Definer: writes tickets.';

create function private.receive_ticket_mail(mail jsonb, raw bytea default null) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  kept private.inbound_mails;
  filed jsonb;
begin
  insert into private.inbound_mails (fingerprint) values (mail ->> 'fingerprint')
  on conflict on constraint inbound_mails_fingerprint_key do nothing returning * into kept;
  if kept.id is null then
    return (select jsonb_build_object('outcome', 'duplicate', 'ticket_number', tickets.number,
        'message_id', said.id)
      from private.inbound_mails as known
      left join public.ticket_messages as said on said.id = known.ticket_message_id
      left join public.support_tickets as tickets on tickets.id = said.ticket_id
      where known.fingerprint = mail ->> 'fingerprint');
  end if;
  filed := private.file_mail(mail);
  update private.inbound_mails set outcome = filed ->> 'outcome', ticket_message_id = (filed ->> 'message_id')::uuid,
    raw = case when filed ->> 'message_id' is not null and coalesce((mail ->> 'has_original')::boolean, false)
      then receive_ticket_mail.raw end
  where id = kept.id;
  return filed;
end
$$;
comment on function private.receive_ticket_mail(jsonb, bytea) is
  'One mail that came in. mail is {fingerprint, kind (human, auto_reply, bounce, list, own or unreadable), is_answer '
  '(of a machine: whether it answers something), message_id, from_address, from_name, subject (without Re: and '
  'number), raw_subject, to (addresses), answers (Message-IDs, the nearest first), body, quoted, has_original, bounce: '
  '{failed_id, recipient, code}, files: [{name, size}], notices}; raw is kept when has_original. → {outcome, '
  'ticket_number, message_id, files: [{id, index}] to be stored}, outcome as private.inbound_mails or '
  'duplicate. Definer: called by mail-inbound only.';

create function private.claim_mail_retries(batch int default 5) returns table (id uuid, raw bytea)
language sql volatile security definer set search_path = ''
as $$
  update private.inbound_mails as mails set retry_at = null
  from (select inbound_mails.id from private.inbound_mails where retry_at <= now()
    order by retry_at limit least(greatest(batch, 1), 20) for update skip locked) as due
  where mails.id = due.id returning mails.id, mails.raw
$$;
comment on function private.claim_mail_retries(int) is
  'Takes mails that somebody asked to read again. Definer: called by mail-inbound only.';

create function private.settle_mail_retry(mail_id uuid, mail jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  kept private.inbound_mails;
  said public.ticket_messages;
  ticket public.support_tickets;
  read public.ticket_messages := private.mail_message(mail);
begin
  select * into kept from private.inbound_mails where id = $1 for update;
  select * into said from public.ticket_messages where id = kept.ticket_message_id;
  select * into ticket from public.support_tickets where id = said.ticket_id for update;
  if said.kind is distinct from 'unreadable' or ticket.id is null then
    return '{}';
  elsif mail ->> 'kind' = 'unreadable' then
    perform private.note_ticket_event(ticket.id, 'mail_still_unreadable', '{}', 'system');
    return '{}';
  end if;
  update public.ticket_messages set kind = read.kind, body = read.body, quoted = read.quoted,
    from_address = read.from_address, from_name = read.from_name, has_original = read.has_original,
    subject = case when lower(mail ->> 'subject') <> lower(ticket.subject) then left(mail ->> 'subject', 255) end
  where id = said.id;
  if ticket.customer_id is null and private.known_sender(ticket.from_address) is null
    and read.from_address is not null then
    update public.support_tickets set from_address = read.from_address, from_name = read.from_name
    where id = ticket.id;
  end if;
  update private.inbound_mails set outcome = 'added', raw = case when read.has_original then raw end
  where id = kept.id;
  perform private.note_ticket_event(ticket.id, 'mail_read', '{}', 'system');
  return jsonb_build_object('files', private.attach_mail_files(said, mail -> 'files'));
end
$$;
comment on function private.settle_mail_retry(uuid, jsonb) is
  'What a mail says that could not be read before, in its place; or on the timeline that it still cannot. → {files: '
  '[{id, index}] to be stored}. Definer: called by mail-inbound only.';

create function private.forget_inbound_mails() returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  gone int;
begin
  update public.ticket_messages set has_original = false
  where id in (select ticket_message_id from private.inbound_mails
    where received_at < now() - interval '90 days' and raw is not null);
  delete from private.inbound_mails where received_at < now() - interval '90 days';
  get diagnostics gone = row_count;
  return gone;
end
$$;
comment on function private.forget_inbound_mails() is
  'Lets go of mails as they came after 90 days; their messages stay. Definer: the table is private.';

select private.schedule_job('forget-inbound-mails', '20 3 * * *', 'select private.forget_inbound_mails()');
select private.schedule_job('mail-inbound', '* * * * *',
  $job$ select private.call_edge_function('mail-inbound')
        where exists (select from private.inbound_mails where retry_at <= now()) $job$);
