-- One ticket whole, as the desk shows it.

create function private.get_ticket(ticket_number bigint) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  staff_id uuid := (select auth.uid());
begin
  perform private.require_permission('tickets.read');
  select * into ticket from public.support_tickets where number = $1;
  if ticket.id is null then
    perform private.fail('ticket_not_found', format('There is no ticket #%s', $1));
  end if;
  return private.ticket_row(ticket) || jsonb_build_object(
    'messages', (select coalesce(jsonb_agg(to_jsonb(said)
        - array['ticket_id', 'idempotency_key', 'message_id', 'undo']
        || jsonb_build_object('author_name', coalesce(staff.display_name, said.from_name), 'written_by_name',
          (select writer.display_name from public.staff as writer where writer.user_id = said.written_by))
        order by said.sequence),
        '[]')
      from public.ticket_messages as said left join public.staff on staff.user_id = said.author_id
      where said.ticket_id = ticket.id),
    'notes', (select coalesce(jsonb_agg(to_jsonb(noted) - array['ticket_id', 'idempotency_key']
        || jsonb_build_object('author_name', staff.display_name) order by noted.created_at, noted.id), '[]')
      from public.ticket_notes as noted left join public.staff on staff.user_id = noted.author_id
      where noted.ticket_id = ticket.id),
    'drafts', (select coalesce(jsonb_agg(to_jsonb(draft) - array['ticket_id', 'user_id']), '[]')
      from public.ticket_drafts as draft where draft.ticket_id = ticket.id and draft.user_id = staff_id),
    'attachments', (select coalesce(jsonb_agg(private.ticket_file(files) order by files.created_at, files.id), '[]')
      from public.ticket_attachments as files where files.ticket_id = ticket.id
        and (files.draft_kind is null or files.uploaded_by = staff_id)),
    'timeline', (select coalesce(jsonb_agg(to_jsonb(happened) - 'ticket_id'
        || jsonb_build_object('actor_name', staff.display_name) order by happened.id), '[]')
      from public.ticket_events as happened left join public.staff
        on staff.user_id = coalesce(happened.actor_id, (happened.data ->> 'written_by')::uuid)
      where happened.ticket_id = ticket.id),
    'sla', private.ticket_sla(ticket),
    'read_at', (select read_at from public.ticket_reads where ticket_id = ticket.id and user_id = staff_id),
    'customer', (select to_jsonb(shown) from (select customers.id, customers.email, customers.name, customers.company,
        customers.locale, customers.anonymized_at from public.customers where customers.id = ticket.customer_id)
      as shown),
    'license', (select jsonb_build_object('id', licenses.id, 'license_key_hint', licenses.license_key_hint,
        'plan', licenses.plan, 'status', private.license_state(licenses), 'expires_at', licenses.expires_at,
        'last_check_in', licenses.last_check_in, 'client_version', licenses.client_version,
        'client_os', licenses.client_os, 'is_of_ticket', licenses.id is not distinct from ticket.license_id)
      from public.licenses where licenses.deleted_at is null and (licenses.id = ticket.license_id
        or ticket.license_id is null and licenses.customer_id = ticket.customer_id)
      order by licenses.created_at desc limit 1),
    'last_payment', (select jsonb_build_object('id', payments.id, 'amount', payments.amount,
        'currency', payments.currency, 'status', payments.status, 'payment_date', payments.payment_date)
      from public.payments where payments.customer_id = ticket.customer_id
      order by payments.payment_date desc limit 1),
    'last_refusal', (select to_jsonb(checks) from (select license_checks.code, license_checks.checked_at,
        license_checks.times from private.license_checks
        join public.licenses on licenses.id = license_checks.license_id
        where licenses.customer_id = ticket.customer_id and license_checks.code not in ('VALID', 'GRACE_PERIOD')
        order by license_checks.checked_at desc limit 1) as checks),
    'related', (select coalesce(jsonb_agg(jsonb_build_object('number', other.number, 'subject', other.subject,
        'status', other.status, 'created_at', other.created_at) order by other.created_at desc), '[]')
      from (select * from public.support_tickets as others where others.id <> ticket.id
        and (others.customer_id = ticket.customer_id
          or others.from_address = private.known_sender(ticket.from_address))
        and others.merged_into is null order by others.created_at desc limit 10) as other));
end
$$;
comment on function private.get_ticket(bigint) is
  'Does the work of public.get_ticket. Definer: reads behind the policies.';
grant execute on function private.get_ticket(bigint) to authenticated, service_role;

create function public.get_ticket(ticket_number bigint) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_ticket($1) $$;
comment on function public.get_ticket(bigint) is
  'One ticket whole: → private.ticket_row with messages, notes, drafts and attachments (of drafts the caller''s own), '
  'timeline, sla '
  '(private.ticket_sla), read_at, '
  'customer, license (its own, else the customer''s newest: is_of_ticket), last_payment, last_refusal of a licence '
  'check, related (ten newest of the same customer). Needs tickets.read. Errors: ticket_not_found (404).';
revoke execute on function public.get_ticket(bigint) from public, anon, authenticated, service_role;
grant execute on function public.get_ticket(bigint) to authenticated, service_role;
