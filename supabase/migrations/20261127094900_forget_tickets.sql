-- A customer who asks to be forgotten leaves tickets without words: their number, times and states stay for figures.

insert into private.erasures (room) values ('tickets');

create function private.erase_tickets(customer_id uuid, addresses text[], address text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ids uuid[] := array(select id from public.support_tickets as tickets where tickets.customer_id = $1
    or tickets.from_address = any (addresses));
begin
  update public.ticket_messages set body = '', quoted = null, from_address = null, from_name = null, message_id = null
  where ticket_id = any (ids) or from_address = any (addresses);
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
