-- What staff answer is mailed once it has left: one mail for each public message, never for a note, a draft or what
-- was taken back.

insert into private.email_templates (template, description, outlives_license) values
  ('ticket_message', 'An answer of support', true);

create function private.ticket_messages_after_mail() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.email_outbox (template, locale, recipient, customer_id, license_id, data)
  select 'ticket_message', coalesce(customers.locale, 'fr'), private.ticket_address(tickets), tickets.customer_id,
    tickets.license_id, jsonb_build_object('ticket_number', tickets.number, 'ticket_subject', tickets.subject,
      'message', new.body, 'ticket_message_id', new.id)
  from public.support_tickets as tickets left join public.customers on customers.id = tickets.customer_id
  where tickets.id = new.ticket_id and private.ticket_address(tickets) is not null;
  return null;
end
$$;
comment on function private.ticket_messages_after_mail() is
  'Trigger: an answer that has left goes to the customer, or to the sender nobody knows, in his language. Definer: '
  'callers may not write the outbox.';

create trigger ticket_messages_after_insert_mail after insert on public.ticket_messages for each row
  when (new.author_kind = 'staff' and new.kind = 'message' and new.held_until is null and new.withdrawn_at is null)
  execute function private.ticket_messages_after_mail();
create trigger ticket_messages_after_release_mail after update of held_until on public.ticket_messages for each row
  when (old.held_until is not null and new.held_until is null and new.withdrawn_at is null)
  execute function private.ticket_messages_after_mail();
