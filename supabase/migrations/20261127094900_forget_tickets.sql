-- A customer who asks to be forgotten leaves tickets without words: their number, times and states stay for figures.

insert into private.erasures (room) values ('tickets');

create function private.erase_tickets(customer_id uuid, addresses text[], address text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ids uuid[] := array(select id from public.support_tickets as tickets where tickets.customer_id = $1
    or tickets.from_address = any (addresses));
begin
  update private.inbound_mails set raw = null, retry_at = null
  where ticket_message_id in (select id from public.ticket_messages where ticket_id = any (ids)
    or ticket_messages.from_address = any (addresses));
  update public.ticket_messages set body = '', subject = null, quoted = null,
    has_original = false, from_address = null, from_name = null, message_id = null
  where ticket_id = any (ids) or from_address = any (addresses);
  delete from private.ticket_participants as part where part.ticket_id = any (ids) or part.address = any (addresses);
  update public.email_outbox set recipient = address, data = '{}', delivery_reason = null,
    status = case when status = 'pending' then 'failed' else status end, last_error = 'the customer was forgotten'
  where template = 'ticket_message' and (recipient = any (addresses) or data ->> 'ticket_message_id' in (
    select id::text from public.ticket_messages where ticket_id = any (ids)));
  update public.ticket_notes set body = '-' where ticket_id = any (ids);
  delete from public.ticket_drafts where ticket_id = any (ids);
  delete from public.ticket_attachments where ticket_id = any (ids);
  update public.support_tickets set subject = '-', from_name = null, tags = '{}',
    from_address = case when from_address is not null then address end
  where id = any (ids);
end
$$;
comment on function private.erase_tickets(uuid, text[], text) is
  'Empties the tickets of a customer, and those that came from an address of his; called by private.forget_customer. '
  'Definer: writes tables callers may not.';
