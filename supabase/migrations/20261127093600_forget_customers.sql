-- A customer who asks to be forgotten: every column of private.personal_columns is emptied or given an address that
-- names nobody, and the key under which the audit sealed his values is destroyed. Accounts keep their amounts. An event
-- of Stripe that is still to be applied keeps what it needs for that, and no longer.

create table private.erasures (
  room text primary key,
  constraint room_is_snake_case check (room ~ '^[a-z][a-z_]{2,31}$')
);
comment on table private.erasures is
  'Rooms that hold something of customers besides: each is emptied by its own private.erase_<room>(customer_id, '
  'addresses, address), where addresses are all a customer had and address names nobody.';
comment on column private.erasures.room is 'Its function is private.erase_<room>';

alter table private.erasures enable row level security;

create function private.forget_customer(customer_id uuid, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  customer public.customers;
  address text := 'forgotten-' || $1 || '@anonymous.invalid';
  addresses text[];
  stripe_ids text[];
  charges text[];
  bills text[];
  room text;
begin
  perform private.require_permission('customers.forget');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  select * into customer from public.customers where id = $1 for update;
  if customer.id is null then
    perform private.fail('customer_not_found', 'No such customer');
  elsif private.is_in_use(customer) then
    perform private.fail('customer_in_use',
      'A licence is in force or a subscription is running: end them before forgetting the customer');
  end if;
  stripe_ids := array(select stripe_customer_id from private.stripe_customers
    where stripe_customers.customer_id = $1);
  addresses := array(select former_emails.email from private.former_emails where former_emails.customer_id = $1)
    || customer.email;
  charges := array(select stripe_payment_id from public.payments where payments.customer_id = $1);
  bills := array(select stripe_invoice_id from public.invoices where invoices.customer_id = $1);
  if customer.anonymized_at is null then
    perform private.record_event('customer_forgotten', 'customer', $1::text, jsonb_build_object('reason', reason), $1);
  end if;
  delete from private.subject_keys where subject_keys.customer_id = $1;
  delete from private.former_emails where former_emails.customer_id = $1;
  perform private.set_audit_context('audited_in_bulk');
  update public.customers set email = address, name = null, company = null,
    anonymized_at = coalesce(anonymized_at, now()) where id = $1;
  update public.licenses set notes = null, hwid_hint = '', client_os = null where licenses.customer_id = $1;
  perform private.set_audit_context(null);
  update private.license_secrets set hwid_hash = '', hwid_encrypted = ''
  where license_id in (select id from public.licenses where licenses.customer_id = $1);
  delete from private.license_checks
  where license_id in (select id from public.licenses where licenses.customer_id = $1);
  update private.stripe_customers set email = null, name = null where stripe_customers.customer_id = $1;
  update public.email_outbox set recipient = address, data = '{}', delivery_reason = null,
    status = case when status = 'pending' then 'failed' else status end, last_error = 'the customer was forgotten'
  where email_outbox.customer_id = $1;
  update private.checkouts set email = address, hwid_encrypted = null where email = any (addresses);
  update public.payments set metadata = '{}' where payments.customer_id = $1;
  update public.stripe_drifts set fields = '{}' where object_id = any (stripe_ids);
  update public.stripe_events set payload = jsonb_build_object('id', id, 'type', type)
  where status in ('processed', 'ignored') and (object_id = any (stripe_ids)
    or private.stripe_id(payload #> '{data,object,customer}') = any (stripe_ids)
    or private.stripe_id(payload #> '{data,object,charge}') = any (charges)
    or private.stripe_id(payload #> '{data,object,invoice}') = any (bills)
    or lower(payload #>> '{data,object,customer_details,email}') = any (addresses));
  for room in select erasures.room from private.erasures order by erasures.room loop
    -- The name is a row of ours.
    execute format('select private.%I($1, $2, $3)', 'erase_' || room) using $1, addresses, address;
  end loop;
  delete from public.saved_views where exists (select from unnest(addresses) as searched
    where position(searched in replace(replace(lower(query), '%40', '@'), '%2b', '+') || ' ' || lower(name)) > 0);
  select * into customer from public.customers where id = $1;
  return private.customer_row(customer);
end
$$;
comment on function private.forget_customer(uuid, text) is
  'Does the work of public.forget_customer. Definer: writes tables callers may not, and destroys the key.';
grant execute on function private.forget_customer(uuid, text) to authenticated, service_role;

create function public.forget_customer(customer_id uuid, reason text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.forget_customer($1, $2) $$;
comment on function public.forget_customer(uuid, text) is
  'Forgets a person for good: e-mail, names, notes, devices and mails are emptied, what the audit sealed can never be '
  'opened again; payments keep their amounts. Repeating it empties what came since. → the customer as in lists. Needs '
  'customers.forget. Errors: permission_denied, reason_required, customer_not_found (404), customer_in_use (409).';
revoke execute on function public.forget_customer(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.forget_customer(uuid, text) to authenticated, service_role;
