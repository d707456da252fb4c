-- Creating a licence and reading one. Public functions are thin and run as the caller;
-- the private ones behind them check the permission and do the work as the owner.

create function private.require_text(value text, code text, min_length int, max_length int) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  -- Control characters would break mails, CSV files and logs.
  if value is null or length(btrim(value)) not between min_length and max_length or value ~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]' then
    perform private.fail(code, format('A text of %s to %s characters is required', min_length, max_length));
  end if;
  return btrim(value);
end
$$;
comment on function private.require_text(text, text, int, int) is 'The text trimmed, or 22023 with the given code.';

create function private.is_email(value text) returns boolean
language sql immutable set search_path = ''
as $$
  select length($1) <= 254 and $1 ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$'
    and $1 !~ '\.\.' and $1 !~ '^\.|\.@'
$$;
comment on function private.is_email(text) is 'Whether the text is an e-mail address as HTML forms accept it, with a dot in the domain.';

create function private.is_hwid(value text) returns boolean
language sql immutable set search_path = ''
as $$ select length(btrim($1)) between 4 and 200 and btrim($1) ~ '^[[:graph:]]+( [[:graph:]]+)*$' $$;
comment on function private.is_hwid(text) is 'Whether the text can be a hardware identifier: 4 to 200 printable characters.';

create function private.ensure_customer(email text) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  customer_id uuid;
begin
  insert into public.customers (email) values ($1)
  on conflict on constraint customers_email_key do nothing returning id into customer_id;
  if customer_id is null then
    select id into customer_id from public.customers where customers.email = $1;
  end if;
  return customer_id;
end
$$;
comment on function private.ensure_customer(text) is 'The customer of that e-mail, made if new. Definer: callers may not insert customers.';
revoke execute on function private.ensure_customer(text) from public;

create function private.license_row(license public.licenses) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'id', license.id, 'customer_id', license.customer_id, 'email', license.email, 'customer_name', customers.name,
    'plan', license.plan, 'status', private.license_state(license), 'expires_at', license.expires_at,
    'grace_until', license.grace_until, 'auto_renew', license.auto_renew, 'payment_method', license.payment_method,
    'mrr_cents', case when license.payment_method <> 'manual' and license.deleted_at is null
      and private.license_state(license) in ('active', 'grace_period') then plans.monthly_price_cents else 0 end,
    'last_check_in', license.last_check_in, 'client_version', license.client_version, 'client_os', license.client_os,
    'license_key_hint', license.license_key_hint, 'hwid_hint', license.hwid_hint, 'notes', license.notes,
    'created_at', license.created_at)
  from public.customers, public.plans
  where customers.id = license.customer_id and plans.code = license.plan
$$;
comment on function private.license_row(public.licenses) is
  'A licence as lists show it, state and MRR (cents a month) computed now. Definer: callers hold licences.read already.';

create function private.queue_email(template text, license public.licenses, data jsonb default '{}') returns void
language sql volatile security definer set search_path = ''
as $$
  insert into public.email_outbox (template, locale, recipient, license_id, data)
  select $1, customers.locale, license.email, license.id, $3
  from public.customers where customers.id = license.customer_id
$$;
comment on function private.queue_email(text, public.licenses, jsonb) is
  'Queues a mail about a licence to its customer, in his language. Definer: callers may not write the outbox.';
revoke execute on function private.queue_email(text, public.licenses, jsonb), private.license_row(public.licenses) from public;

create function private.create_license(email text, hwid text, plan text, expires_at timestamptz, auto_renew boolean,
  payment_method text, notes text, send_email boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  clean_email text := lower(btrim(create_license.email));
  license_key text := private.generate_license_key();
  customer uuid;
  license public.licenses;
begin
  perform private.require_permission('licenses.create');
  if clean_email is null or not private.is_email(clean_email) then
    perform private.fail('invalid_email', format('"%s" is not an e-mail address', left(clean_email, 100)));
  end if;
  if hwid is null or not private.is_hwid(hwid) then
    perform private.fail('invalid_hwid', 'A hardware identifier of 4 to 200 printable characters is required');
  end if;
  if not exists (select from public.plans where code = create_license.plan and is_active) then
    perform private.fail('invalid_plan', format('"%s" is not a plan on sale', left(create_license.plan, 50)));
  end if;
  expires_at := coalesce(expires_at, now() + make_interval(days => private.setting_int('default_license_days')));
  if not (expires_at > now() and expires_at <= now() + interval '20 years') then
    perform private.fail('invalid_expiry', 'The expiry must be in the future, within 20 years');
  end if;
  if payment_method is null or payment_method not in ('stripe', 'paypal', 'bank_transfer', 'manual') then
    perform private.fail('invalid_payment_method', format('"%s" is not a payment method', left(payment_method, 50)));
  end if;
  if length(notes) > 5000 then
    perform private.fail('notes_too_long', 'Notes hold 5000 characters at most');
  end if;
  customer := private.ensure_customer(clean_email);
  perform private.set_audit_context(null);
  insert into public.licenses (customer_id, email, plan, expires_at, grace_until, auto_renew, payment_method, notes,
    created_by, license_key_hint, hwid_hint)
  select customers.id, customers.email, $3, create_license.expires_at, create_license.expires_at, coalesce($5, true),
    $6, nullif(btrim($7), ''), (select user_id from public.staff where user_id = (select auth.uid())),
    right(license_key, 5), private.hwid_hint(create_license.hwid)
  from public.customers where customers.id = customer
  returning * into license;
  insert into private.license_secrets (license_id, license_key_hash, license_key_encrypted, hwid_hash, hwid_encrypted)
  values (license.id, private.license_key_hash(license_key),
    private.encrypt_secret(license_key, private.secret('license_key_key')),
    private.hwid_hash(create_license.hwid, private.secret('hwid_pepper')),
    private.encrypt_secret(btrim(create_license.hwid), private.secret('hwid_key')));
  if coalesce(send_email, true) then
    perform private.queue_email('license_created', license);
  end if;
  return private.license_row(license) || jsonb_build_object('license_key', license_key);
end
$$;
comment on function private.create_license(text, text, text, timestamptz, boolean, text, text, boolean) is
  'Does the work of public.create_license. Definer: writes tables callers may not.';

create function public.create_license(email text, hwid text, plan text, expires_at timestamptz default null,
  auto_renew boolean default true, payment_method text default 'manual', notes text default null,
  send_email boolean default true) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.create_license($1, $2, $3, $4, $5, $6, $7, $8) $$;
comment on function public.create_license(text, text, text, timestamptz, boolean, text, text, boolean) is
  'Creates a licence (and its customer if new), audits it and queues the customer''s mail, all or nothing. Needs licenses.create.
   → the licence as in lists, with license_key whole, this once. expires_at defaults to the default_license_days setting.
   Errors (hint): permission_denied, invalid_email, invalid_hwid, invalid_plan, invalid_expiry, invalid_payment_method, notes_too_long.';

create function private.get_license(license_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.read');
  select * into license from public.licenses where id = $1;
  if license.id is null then
    perform private.fail('license_not_found', 'No such licence', 'PT404');
  end if;
  return private.license_row(license) || jsonb_build_object(
    'customer', (select jsonb_build_object('id', id, 'email', email, 'name', name, 'company', company, 'locale', locale, 'created_at', created_at)
      from public.customers where id = license.customer_id),
    'plan_details', (select to_jsonb(plans) - array['is_active', 'position', 'created_at', 'updated_at'] from public.plans where code = license.plan),
    'hwid', (select private.decrypt_secret(hwid_encrypted, private.secret('hwid_key')) from private.license_secrets where license_secrets.license_id = $1),
    'issued_at', license.issued_at, 'revoked_at', license.revoked_at, 'revoked_reason', license.revoked_reason,
    'stripe_subscription_id', license.stripe_subscription_id, 'import_id', license.import_id,
    'created_by_name', (select display_name from public.staff where user_id = license.created_by),
    'deleted_at', license.deleted_at, 'updated_at', license.updated_at,
    'can_delete', license.deleted_at is null and license.last_check_in is null and private.license_was_paid(license) is false);
end
$$;
comment on function private.get_license(uuid) is 'Does the work of public.get_license. Definer: decrypts the hardware identifier.';

create function private.license_was_paid(license public.licenses) returns boolean
language sql stable set search_path = ''
as $$ select license.stripe_subscription_id is not null $$;
comment on function private.license_was_paid(public.licenses) is 'Whether money was ever taken for the licence; such a licence is never deleted.';

create function public.get_license(license_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.get_license($1) $$;
comment on function public.get_license(uuid) is
  'One licence whole: list columns, customer, plan_details, hwid in clear, dates, can_delete. Needs licenses.read. Errors: permission_denied, license_not_found (PT404).';

revoke execute on function public.create_license(text, text, text, timestamptz, boolean, text, text, boolean), public.get_license(uuid) from public;
grant execute on function
  public.create_license(text, text, text, timestamptz, boolean, text, text, boolean), public.get_license(uuid),
  private.create_license(text, text, text, timestamptz, boolean, text, text, boolean), private.get_license(uuid)
  to authenticated, service_role;
