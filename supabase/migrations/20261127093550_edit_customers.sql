-- What staff correct of a customer. Whoever saves says what he saw: what changed meanwhile is refused by name, so that
-- nobody writes over what he has not read. An address is one customer's; two are never made one.

insert into private.error_codes (code, status) values
  ('customer_changed', 409), ('customer_email_taken', 409), ('invalid_customer_name', 400);

insert into private.role_permissions (role, permission) values
  ('admin', 'customers.update'), ('support', 'customers.update');

create function private.short_text(value text) returns text
language plpgsql volatile set search_path = ''
as $$
declare
  clean text := nullif(btrim(value), '');
begin
  if length(clean) > 200 or clean ~ '[\u0001-\u001f\u007f]' then
    perform private.fail('invalid_customer_name', 'A name holds 200 characters at most, on one line');
  end if;
  return clean;
end
$$;
comment on function private.short_text(text) is
  'A name as it is kept: trimmed, null when empty. Errors: invalid_customer_name.';

create function private.update_customer(customer_id uuid, seen jsonb, email text, name text, company text,
  locale text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  customer public.customers;
  clean_email text := lower(btrim(update_customer.email));
  changed text[];
  owner uuid;
begin
  perform private.require_permission('customers.update');
  if clean_email is null or not private.is_email(clean_email) then
    perform private.fail('invalid_email', format('"%s" is not an e-mail address', left(clean_email, 100)));
  elsif locale is null or locale not in ('fr', 'en') then
    perform private.fail('invalid_argument', 'locale is fr or en');
  elsif jsonb_typeof(seen) is distinct from 'object' then
    perform private.fail('invalid_argument', 'seen is {email, name, company, locale} as they were read');
  end if;
  name := private.short_text(name);
  company := private.short_text(company);
  select * into customer from public.customers where customers.id = $1 for update;
  if customer.id is null then
    perform private.fail('customer_not_found', 'No such customer');
  elsif customer.anonymized_at is not null then
    perform private.fail('customer_forgotten', 'The customer was forgotten: nothing of him changes any more');
  end if;
  changed := array(select key from unnest(array['email', 'name', 'company', 'locale']) as key
    where to_jsonb(customer) -> key is distinct from coalesce(seen -> key, 'null'));
  if changed <> '{}' then
    perform private.fail('customer_changed', 'Somebody changed the customer meanwhile', to_jsonb(changed)::text);
  end if;
  begin
    update public.customers set email = clean_email, name = update_customer.name, company = update_customer.company,
      locale = update_customer.locale
    where customers.id = $1
      and (customers.email, customers.name, customers.company, customers.locale) is distinct from
        (clean_email, update_customer.name, update_customer.company, update_customer.locale)
    returning * into customer;
  exception when unique_violation then
    select customers.id into owner from public.customers where customers.email = clean_email;
    perform private.fail('customer_email_taken', 'Another customer has that address', owner::text);
  end;
  select * into customer from public.customers where customers.id = $1;
  return private.customer_row(customer);
end
$$;
comment on function private.update_customer(uuid, jsonb, text, text, text, text) is
  'Does the work of public.update_customer. Definer: callers may not write customers.';
grant execute on function private.update_customer(uuid, jsonb, text, text, text, text) to authenticated, service_role;

create function public.update_customer(customer_id uuid, seen jsonb, email text, name text, company text, locale text)
  returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.update_customer($1, $2, $3, $4, $5, $6)
$$;
comment on function public.update_customer(uuid, jsonb, text, text, text, text) is
  'Corrects a customer; seen is {email, name, company, locale} as the caller read them. Licences and waiting mails '
  'follow a new address, former ones go on finding the customer; Stripe is told nothing. → the customer as in lists. '
  'Needs customers.update. Errors: invalid_email, invalid_customer_name, invalid_argument, customer_not_found (404), '
  'customer_forgotten, customer_changed (details: the columns that differ), customer_email_taken (details: whose it '
  'is) (409).';
revoke execute on function public.update_customer(uuid, jsonb, text, text, text, text)
  from public, anon, authenticated, service_role;
grant execute on function public.update_customer(uuid, jsonb, text, text, text, text) to authenticated, service_role;
