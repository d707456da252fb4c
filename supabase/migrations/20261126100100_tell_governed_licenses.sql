-- Whether a subscription decides a licence's plan and renewal is said with the licence, not only on refusal.

create function private.is_governed(license public.licenses) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select from public.subscriptions
    where subscriptions.stripe_subscription_id = license.stripe_subscription_id and status not in ('canceled', 'incomplete_expired'))
$$;
comment on function private.is_governed(public.licenses) is
  'Whether a running subscription decides the licence''s plan and renewal. Definer: reads subscriptions.';
revoke execute on function private.is_governed(public.licenses) from public;

create or replace function private.refuse_governed(license public.licenses) returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if private.is_governed(license) then
    perform private.fail('subscription_governs', 'A running subscription decides this: change the subscription', 'PT409');
  end if;
end
$$;

create or replace function private.get_license(license_id uuid) returns jsonb
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
    'stripe_subscription_id', license.stripe_subscription_id, 'governed', private.is_governed(license), 'import_id', license.import_id,
    'created_by_name', (select display_name from public.staff where user_id = license.created_by),
    'deleted_at', license.deleted_at, 'updated_at', license.updated_at,
    'revenue_cents', (select sum(amount - amount_refunded) from public.payments where payments.license_id = $1 and payments.status = 'succeeded'),
    'can_delete', license.deleted_at is null and license.last_check_in is null and private.license_was_paid(license) is false);
end
$$;
comment on function public.get_license(uuid) is
  'One licence whole: list columns, customer, plan_details, hwid in clear, dates, can_delete, governed (a running subscription decides plan and renewal). Needs licenses.read. Errors: permission_denied, license_not_found (PT404).';
