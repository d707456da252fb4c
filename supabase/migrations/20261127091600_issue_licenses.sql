-- Creating a licence and reading one. Public functions are thin and run as the caller; the private ones behind them
-- check the permission and do the work as the owner.

create function private.refusal(held text[], permission text, reason text) returns text
language sql immutable set search_path = ''
as $$ select case when not $2 = any ($1) then 'permission_denied' else $3 end $$;
comment on function private.refusal(text[], text, text) is
  'Why somebody who holds these permissions (null: the system, which may all) may not do what needs one of them: '
  'permission_denied, else the reason given, null when nothing stands against it.';

create function private.license_actions(license public.licenses, customer public.customers) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  held text[] := case when not private.is_system_caller() then private.held_permissions() end;
  gone text := case when license.deleted_at is not null then 'license_not_found'
    when customer.anonymized_at is not null then 'customer_forgotten' end;
  ended text := coalesce(gone, case when license.revoked_at is not null then 'license_revoked' end);
  out_of_force text := coalesce(ended, case when license.suspended_at is not null then 'license_suspended'
    when license.grace_until <= now() then 'license_expired' end);
begin
  return jsonb_build_object(
    'extend', private.refusal(held, 'licenses.update', coalesce(ended, case
      when greatest(license.expires_at, now()) + interval '1 day' > now() + interval '20 years'
        then 'expiry_too_far' end)),
    'change_plan', private.refusal(held, 'licenses.change_plan', coalesce(ended, case
      when license.stripe_subscription_id is not null and private.is_governed(license)
        then 'subscription_governs' end)),
    'transfer', private.refusal(held, 'licenses.transfer', ended),
    'send_key', private.refusal(held, 'licenses.send_key', coalesce(out_of_force, case
      when customer.mail_refused is not null then 'address_refused' end)),
    'renew_key', private.refusal(held, 'licenses.renew_key', out_of_force),
    'download_file', private.refusal(held, 'licenses.update', out_of_force),
    'login_as', private.refusal(held, 'licenses.login_as', coalesce(ended, case
      when 'licenses.login_as' = any (held) and private.is_staff_address(customer.email)
        then 'customer_is_staff' end)),
    'suspend', private.refusal(held, 'licenses.suspend', coalesce(ended, case
      when license.suspended_at is not null then 'license_suspended' end)),
    'reinstate', private.refusal(held, 'licenses.suspend', coalesce(ended, case
      when license.suspended_at is null then 'license_not_suspended' end)),
    'revoke', private.refusal(held, 'licenses.revoke', coalesce(ended, case
      when private.open_act(null, null, license.id) is not null then 'act_under_way' end)),
    'delete', private.refusal(held, 'licenses.delete', coalesce(gone, case
      when license.last_check_in is not null or private.license_was_paid(license) then 'license_in_use'
      when private.is_awaited(license.id) then 'subscription_running' end)));
end
$$;
comment on function private.license_actions(public.licenses, public.customers) is
  'What the caller may do to a licence: each action with null, or the code with which it would be refused now. '
  'Definer: reads payments and subscriptions for whoever reads licences.';

create function private.license_row(license public.licenses) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'id', license.id, 'customer_id', license.customer_id, 'email', license.email, 'customer_name', customers.name,
    'plan', license.plan, 'status', private.license_state(license), 'expires_at', license.expires_at,
    'grace_until', license.grace_until, 'auto_renew', license.auto_renew, 'payment_method', license.payment_method,
    'mrr_cents', case when license.stripe_subscription_id is not null then license.mrr_cents
      when license.payment_method <> 'manual' and license.deleted_at is null
        and license.revoked_at is null and now() < license.grace_until then plans.monthly_price_cents else 0 end,
    'currency', license.currency, 'last_check_in', license.last_check_in, 'client_version', license.client_version,
      'client_os', license.client_os,
    'license_key_hint', license.license_key_hint, 'hwid_hint', license.hwid_hint, 'notes', license.notes,
    'paid_until', license.paid_until,
    'subscription_id', case when license.stripe_subscription_id is not null then
      (select subscriptions.id from public.subscriptions
        where subscriptions.stripe_subscription_id = license.stripe_subscription_id) end,
    'created_at', license.created_at, 'actions', private.license_actions(license, customers))
  from public.customers, public.plans
  where customers.id = license.customer_id and plans.code = license.plan
$$;
comment on function private.license_row(public.licenses) is
  'A licence as lists show it: state, MRR (cents a month) and what may be done to it (actions) computed now. Definer: '
  'callers hold licences.read already.';
grant execute on function private.license_row(public.licenses) to authenticated, service_role;

create function private.create_license(email text, hwid text, plan text, expires_at timestamptz,
  payment_method text, notes text, send_email boolean, locale text) returns jsonb
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
  expires_at := coalesce(expires_at, private.add_days(now(), private.setting_int('default_license_days')));
  if not (expires_at > now() and expires_at <= now() + interval '20 years') then
    perform private.fail('invalid_expiry', 'The expiry must be in the future, within 20 years');
  end if;
  if payment_method is null or payment_method not in ('stripe', 'paypal', 'bank_transfer', 'manual') then
    perform private.fail('invalid_payment_method', format('"%s" is not a payment method', left(payment_method, 50)));
  end if;
  if length(notes) > 5000 then
    perform private.fail('notes_too_long', 'Notes hold 5000 characters at most');
  end if;
  if locale not in ('fr', 'en') then
    perform private.fail('invalid_argument', 'locale is fr or en');
  end if;
  customer := private.ensure_customer(clean_email, locale);
  perform private.set_audit_context(null);
  insert into public.licenses (customer_id, email, plan, expires_at, grace_until, payment_method, notes,
    created_by, license_key_hint, hwid_hint)
  select customers.id, customers.email, $3, create_license.expires_at, create_license.expires_at,
    $5, nullif(btrim($6), ''), (select user_id from public.staff where user_id = (select auth.uid())),
    right(license_key, 5), private.hwid_hint(create_license.hwid)
  from public.customers where customers.id = customer
  returning * into license;
  insert into private.license_secrets (license_id, license_key_hash, license_key_encrypted, hwid_hash, hwid_encrypted)
  values (license.id, private.license_key_hash(license_key),
    private.encrypt_secret(license_key, private.secret('license_key_key')),
    private.hwid_hash(create_license.hwid, private.secret('hwid_pepper')),
    private.encrypt_secret(private.normalize_hwid(create_license.hwid), private.secret('hwid_key')));
  if coalesce(send_email, true) then
    perform private.queue_email('license_created', license);
  end if;
  return private.license_row(license) || jsonb_build_object('license_key', license_key,
    'mail', (select jsonb_build_object('locale', customers.locale, 'refused', customers.mail_refused)
      from public.customers where customers.id = customer));
end
$$;
comment on function private.create_license(text, text, text, timestamptz, text, text, boolean, text) is
  'Does the work of public.create_license. Definer: writes tables callers may not.';
grant execute on function private.create_license(text, text, text, timestamptz, text, text, boolean, text)
  to authenticated, service_role;

create function public.create_license(email text, hwid text, plan text, expires_at timestamptz default null,
  payment_method text default 'manual', notes text default null, send_email boolean default true,
  locale text default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.create_license($1, $2, $3, $4, $5, $6, $7, $8) $$;
comment on function public.create_license(text, text, text, timestamptz, text, text, boolean, text) is
  'Creates a licence (and its customer if new), audits it and queues the customer''s mail, all or nothing. Needs '
  'licenses.create. → the licence as in lists, with license_key whole, this once, and mail {locale, refused}: the '
  'language the customer is written to, and why not, if so. locale (fr or en) is that of a new customer; one who is '
  'known keeps his. expires_at defaults to the default_license_days setting; nothing renews a licence without a '
  'subscription. Errors (hint): permission_denied, invalid_email, invalid_hwid, invalid_plan, invalid_expiry, '
  'invalid_payment_method, notes_too_long, invalid_argument.';
revoke execute on function public.create_license(text, text, text, timestamptz, text, text, boolean, text)
  from public, anon, authenticated, service_role;
grant execute on function public.create_license(text, text, text, timestamptz, text, text, boolean, text)
  to authenticated, service_role;

create function private.get_license(license_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.read');
  select * into license from public.licenses where id = $1;
  if license.id is null then
    perform private.fail('license_not_found', 'No such licence');
  end if;
  return private.license_row(license) || jsonb_build_object(
    'customer', (select jsonb_build_object('id', id, 'email', email, 'name', name, 'company', company,
      'locale', locale, 'created_at', created_at)
      from public.customers where id = license.customer_id),
    'plan_details', (select to_jsonb(plans) - array['is_active', 'position', 'created_at', 'updated_at']
      from public.plans where code = license.plan),
    -- Emptied when its customer was forgotten.
    'hwid', case when private.is_system_caller() or private.has_permission('licenses.read_hwid') then
      (select private.decrypt_secret(hwid_encrypted, private.secret('hwid_key')) from private.license_secrets
        where license_secrets.license_id = $1 and hwid_encrypted <> '') end,
    'issued_at', license.issued_at, 'revoked_at', license.revoked_at, 'revoked_reason', license.revoked_reason,
    'suspended_at', license.suspended_at, 'suspended_reason', license.suspended_reason,
    'stripe_subscription_id', license.stripe_subscription_id, 'governed', private.is_governed(license), 'import_id',
      license.import_id,
    'created_by_name', (select display_name from public.staff where user_id = license.created_by),
    'mail_refused', (select customers.mail_refused from public.customers where customers.id = license.customer_id),
    'deleted_at', license.deleted_at, 'updated_at', license.updated_at,
    'open_act', private.open_act(null, null, license.id),
    'versions', private.license_versions(license), 'revenue', private.revenue_to_date(null, $1));
end
$$;
comment on function private.get_license(uuid) is
  'Does the work of public.get_license. Definer: decrypts the hardware identifier.';
grant execute on function private.get_license(uuid) to authenticated, service_role;

create function public.get_license(license_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.get_license($1) $$;
comment on function public.get_license(uuid) is
  'One licence whole: list columns, customer, plan_details, hwid in clear (null once forgotten, and without '
  'licenses.read_hwid), dates, mail_refused (why its customer is not written to), '
  'governed (a running subscription decides plan and renewal), versions (the product''s, as private.license_versions), '
  'revenue to date (as private.revenue_to_date). '
  'Needs licenses.read. Errors: permission_denied, license_not_found (404).';
revoke execute on function public.get_license(uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_license(uuid) to authenticated, service_role;

create function private.license_was_paid(license public.licenses) returns boolean
language sql stable set search_path = ''
as $$
  select license.stripe_subscription_id is not null
    or exists (select from public.payments where license_id = license.id and status = 'succeeded')
$$;
comment on function private.license_was_paid(public.licenses) is
  'Whether money was ever taken for the licence; such a licence is never deleted.';

create function private.license_file_contents(license_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
  contents jsonb;
begin
  perform private.require_permission('licenses.read');
  perform private.require_permission('licenses.update');
  license := private.lock_license(license_id);
  -- The file proves a licence without asking: nobody could take it back.
  perform private.refuse_out_of_force(license);
  select jsonb_build_object(
    'license_key', private.decrypt_secret(license_secrets.license_key_encrypted, private.secret('license_key_key')),
    'hwid', private.decrypt_secret(license_secrets.hwid_encrypted, private.secret('hwid_key')),
    'license', jsonb_build_object('id', license.id, 'email', license.email, 'plan', license.plan,
      'status', private.license_state(license),
      'issued_at', license.issued_at, 'expires_at', license.expires_at, 'grace_until', license.grace_until),
    'entitlements', plans.entitlements,
    -- The file must not prove a licence for longer than a check would.
    'ttl_seconds', least(private.setting_int('license_file_days') * 86400,
      floor(extract(epoch from license.grace_until - now()))::bigint))
  into contents
  from private.license_secrets, public.plans
  where license_secrets.license_id = license.id and plans.code = license.plan;
  perform private.record_license_event('license_file_downloaded', license);
  return contents;
end
$$;
comment on function private.license_file_contents(uuid) is
  'What license.key is made of: {license_key, hwid, license, entitlements, ttl_seconds}; audited. Needs licenses.read '
  'and licenses.update. Definer: decrypts. Never granted to API roles.';

create function private.refuse_governed(license public.licenses) returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if private.is_governed(license) then
    perform private.fail('subscription_governs', 'A running subscription decides this: change the subscription');
  end if;
end
$$;
comment on function private.refuse_governed(public.licenses) is
  'Raises subscription_governs (409) while a running subscription decides the licence''s plan and renewal. Definer: '
  'reads subscriptions.';

create function private.insert_license(customer_id uuid, plan text, expires_at timestamptz, paid_until timestamptz,
  hwid text) returns public.licenses
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license_key text := private.generate_license_key();
  license public.licenses;
begin
  if exists (select from public.customers where customers.id = $1 and anonymized_at is not null) then
    perform private.fail('customer_forgotten', 'The customer was forgotten: he needs a new one to buy again');
  end if;
  insert into public.licenses (customer_id, email, plan, expires_at, grace_until, paid_until, payment_method,
    license_key_hint, hwid_hint)
  select customers.id, customers.email, $2, $3, $3, $4, 'stripe', right(license_key, 5), private.hwid_hint(hwid)
  from public.customers where customers.id = $1
  returning * into license;
  insert into private.license_secrets (license_id, license_key_hash, license_key_encrypted, hwid_hash, hwid_encrypted)
  values (license.id, private.license_key_hash(license_key), private.encrypt_secret(license_key,
    private.secret('license_key_key')),
    private.hwid_hash(hwid, private.secret('hwid_pepper')), private.encrypt_secret(private.normalize_hwid(hwid),
      private.secret('hwid_key')));
  return license;
end
$$;
comment on function private.insert_license(uuid, text, timestamptz, timestamptz, text) is
  'A new licence with its key, for a customer who paid. Errors: customer_forgotten (409). Definer: writes tables '
  'callers may not.';

create function private.is_governed(license public.licenses) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select from public.subscriptions
    where subscriptions.stripe_subscription_id = license.stripe_subscription_id
      and status not in ('canceled', 'incomplete_expired'))
$$;
comment on function private.is_governed(public.licenses) is
  'Whether a running subscription decides the licence''s plan and renewal. Definer: reads subscriptions.';
