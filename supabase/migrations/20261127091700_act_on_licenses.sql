-- What staff do to a licence after its creation. Each locks the licence, checks the permission and the state, changes
-- it and leaves one event with the reason.
-- Revoking is for administrators, for it cannot be undone; suspending is for support too, who must be able to stop an
-- abuse at once.

insert into private.role_permissions (role, permission) values
  ('admin', 'licenses.suspend'), ('support', 'licenses.suspend');

create function private.lock_license(license_id uuid) returns public.licenses
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  select * into license from public.licenses where id = $1 and deleted_at is null
  -- Its key stays: what refers to it need not wait.
  for no key update;
  if license.id is null then
    perform private.fail('license_not_found', 'No such licence');
  elsif exists (select from public.customers
      where customers.id = license.customer_id and anonymized_at is not null) then
    perform private.fail('customer_forgotten', 'The customer was forgotten: nothing of the licence changes any more');
  end if;
  return license;
end
$$;
comment on function private.lock_license(uuid) is
  'The licence, locked until commit, or an error: license_not_found, customer_forgotten (409). Definer: callers may '
  'not update licences.';

create function private.refuse_revoked(license public.licenses) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if license.revoked_at is not null then
    perform private.fail('license_revoked', 'The licence is revoked');
  end if;
end
$$;
comment on function private.refuse_revoked(public.licenses) is 'Raises license_revoked (409) for a revoked licence.';

create function private.refuse_suspended(license public.licenses) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if license.suspended_at is not null then
    perform private.fail('license_suspended', 'The licence is suspended');
  end if;
end
$$;
comment on function private.refuse_suspended(public.licenses) is
  'Raises license_suspended (409) for a suspended licence.';

create function private.extend_license(license_id uuid, days int, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.update');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  if days is null or days not between 1 and 3660 then
    perform private.fail('invalid_days', format('"%s" is not a number of days from 1 to 3660', days));
  end if;
  license := private.lock_license(license_id);
  perform private.refuse_revoked(license);
  if private.add_days(greatest(license.expires_at, now()), days) > now() + interval '20 years' then
    perform private.fail('expiry_too_far', 'A licence ends within 20 years');
  end if;
  perform private.set_audit_context('license_extended', jsonb_build_object('reason', reason, 'days', days));
  -- Days given to a licence long expired count from today, or they would buy nothing.
  update public.licenses set expires_at = private.add_days(greatest(licenses.expires_at, now()), extend_license.days)
  where id = license.id returning * into license;
  perform private.set_audit_context(null);
  return private.license_row(license);
end
$$;
comment on function private.extend_license(uuid, int, text) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.extend_license(uuid, int, text) to authenticated, service_role;

create function public.extend_license(license_id uuid, days int, reason text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.extend_license($1, $2, $3) $$;
comment on function public.extend_license(uuid, int, text) is
  'Moves the expiry by 1 to 3660 days, from today if already past, to 20 years from now at most. Needs '
  'licenses.update. Errors: invalid_days, expiry_too_far (409), reason_required, license_not_found, '
  'license_revoked. → the licence as in lists.';
revoke execute on function public.extend_license(uuid, int, text) from public, anon, authenticated, service_role;
grant execute on function public.extend_license(uuid, int, text) to authenticated, service_role;

create function private.change_license_plan(license_id uuid, plan text, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.change_plan');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  if not exists (select from public.plans where code = $2 and is_active) then
    perform private.fail('invalid_plan', format('"%s" is not a plan on sale', left($2, 50)));
  end if;
  license := private.lock_license(license_id);
  perform private.refuse_revoked(license);
  if license.plan = $2 then
    perform private.fail('already_on_plan', format('The licence is on plan "%s" already', $2));
  end if;
  perform private.refuse_governed(license);
  perform private.set_audit_context('license_plan_changed', jsonb_build_object('reason', reason));
  update public.licenses set plan = $2 where id = license.id returning * into license;
  perform private.set_audit_context(null);
  return private.license_row(license);
end
$$;
comment on function private.change_license_plan(uuid, text, text) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.change_license_plan(uuid, text, text) to authenticated, service_role;

create function public.change_license_plan(license_id uuid, plan text, reason text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.change_license_plan($1, $2, $3) $$;
comment on function public.change_license_plan(uuid, text, text) is
  'Puts the licence on another plan. Needs licenses.change_plan. Errors: invalid_plan, already_on_plan, '
  'reason_required, license_not_found, license_revoked, subscription_governs. → the licence as in lists.';
revoke execute on function public.change_license_plan(uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function public.change_license_plan(uuid, text, text) to authenticated, service_role;

create function private.revoke_license(license_id uuid, reason text, send_email boolean, billed_on boolean)
  returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
  runs boolean;
begin
  perform private.require_permission('licenses.revoke');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  license := private.lock_license(license_id);
  perform private.refuse_revoked(license);
  perform private.refuse_under_way(null, null, license.id);
  runs := private.billing_subscription(license) is not null;
  if runs and not coalesce(billed_on, false) then
    perform private.fail('subscription_running', 'The subscription would bill on for a licence that is cut off');
  end if;
  license := private.end_license(license, reason, jsonb_build_object('email_sent', coalesce(send_email, false),
    'billing', case when runs then 'keep' end));
  if send_email then
    perform private.queue_email('license_revoked', license, case when runs
      then '{"billing": "keep"}'::jsonb else '{}' end);
  end if;
  return private.license_row(license);
end
$$;
comment on function private.revoke_license(uuid, text, boolean, boolean) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.revoke_license(uuid, text, boolean, boolean) to authenticated, service_role;

create function public.revoke_license(license_id uuid, reason text, send_email boolean default false,
  billed_on boolean default false) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.revoke_license($1, $2, $3, $4) $$;
comment on function public.revoke_license(uuid, text, boolean, boolean) is
  'Ends the licence at once, for good. One whose subscription goes on billing is refused unless billed_on says that it '
  'shall; with what becomes of the subscription it is done by the function stripe-action. Needs licenses.revoke. '
  'Errors: reason_required, license_not_found, license_revoked, subscription_running, act_under_way. → the licence as '
  'in lists.';
revoke execute on function public.revoke_license(uuid, text, boolean, boolean)
  from public, anon, authenticated, service_role;
grant execute on function public.revoke_license(uuid, text, boolean, boolean) to authenticated, service_role;

create function private.suspend_license(license_id uuid, reason text, send_email boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.suspend');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  license := private.lock_license(license_id);
  perform private.refuse_revoked(license);
  perform private.refuse_suspended(license);
  perform private.set_audit_context('license_suspended', jsonb_build_object('reason', reason,
    'email_sent', coalesce(send_email, false)));
  update public.licenses set suspended_at = now(), suspended_reason = suspend_license.reason
  where id = license.id returning * into license;
  perform private.set_audit_context(null);
  if send_email then
    perform private.queue_email('license_suspended', license);
  end if;
  return private.license_row(license);
end
$$;
comment on function private.suspend_license(uuid, text, boolean) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.suspend_license(uuid, text, boolean) to authenticated, service_role;

create function public.suspend_license(license_id uuid, reason text, send_email boolean default false) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.suspend_license($1, $2, $3) $$;
comment on function public.suspend_license(uuid, text, boolean) is
  'Halts the licence at once, until it is reinstated: checks answer SUSPENDED, its time and its subscription go on, a '
  'payment does not lift it. Needs licenses.suspend. Errors: reason_required, license_not_found, license_revoked, '
  'license_suspended. → the licence as in lists.';
revoke execute on function public.suspend_license(uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function public.suspend_license(uuid, text, boolean) to authenticated, service_role;

create function private.reinstate_license(license_id uuid, reason text, send_email boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.suspend');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  license := private.lock_license(license_id);
  perform private.refuse_revoked(license);
  if license.suspended_at is null then
    perform private.fail('license_not_suspended', 'The licence is not suspended');
  end if;
  perform private.set_audit_context('license_reinstated', jsonb_build_object('reason', reason,
    'email_sent', coalesce(send_email, false)));
  update public.licenses set suspended_at = null, suspended_reason = null where id = license.id
  returning * into license;
  perform private.set_audit_context(null);
  if send_email then
    perform private.queue_email('license_reinstated', license);
  end if;
  return private.license_row(license);
end
$$;
comment on function private.reinstate_license(uuid, text, boolean) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.reinstate_license(uuid, text, boolean) to authenticated, service_role;

create function public.reinstate_license(license_id uuid, reason text, send_email boolean default false) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.reinstate_license($1, $2, $3) $$;
comment on function public.reinstate_license(uuid, text, boolean) is
  'Ends a suspension: the licence is what its dates say, the suspended time is not given back. Needs licenses.suspend. '
  'Errors: reason_required, license_not_found, license_revoked, license_not_suspended. → the licence as in lists.';
revoke execute on function public.reinstate_license(uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function public.reinstate_license(uuid, text, boolean) to authenticated, service_role;

create function private.transfer_license(license_id uuid, new_hwid text, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
  new_hash bytea;
begin
  perform private.require_permission('licenses.transfer');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  if new_hwid is null or not private.is_hwid(new_hwid) then
    perform private.fail('invalid_hwid', 'A hardware identifier of 4 to 200 printable characters is required');
  end if;
  license := private.lock_license(license_id);
  perform private.refuse_revoked(license);
  new_hash := private.hwid_hash(new_hwid, private.secret('hwid_pepper'));
  update private.license_secrets
  set hwid_hash = new_hash, hwid_encrypted =
    private.encrypt_secret(private.normalize_hwid(new_hwid), private.secret('hwid_key'))
  where license_secrets.license_id = license.id and license_secrets.hwid_hash <> new_hash;
  if not found then
    perform private.fail('same_hwid', 'The licence is on this machine already');
  end if;
  -- Two machines may mask alike; the transfer is audited all the same.
  perform private.set_audit_context('license_transferred', jsonb_build_object('reason', reason));
  if license.hwid_hint = private.hwid_hint(new_hwid) then
    perform private.record_license_event('license_transferred', license, jsonb_build_object('reason', reason),
      jsonb_build_object('hwid_hint', license.hwid_hint), jsonb_build_object('hwid_hint', license.hwid_hint));
  end if;
  update public.licenses set hwid_hint = private.hwid_hint(new_hwid)
  where id = license.id returning * into license;
  perform private.set_audit_context(null);
  return private.license_row(license);
end
$$;
comment on function private.transfer_license(uuid, text, text) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.transfer_license(uuid, text, text) to authenticated, service_role;

create function public.transfer_license(license_id uuid, new_hwid text, reason text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.transfer_license($1, $2, $3) $$;
comment on function public.transfer_license(uuid, text, text) is
  'Moves the licence to another machine. Needs licenses.transfer. Errors: invalid_hwid, same_hwid, reason_required, '
  'license_not_found, license_revoked. → the licence as in lists.';
revoke execute on function public.transfer_license(uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function public.transfer_license(uuid, text, text) to authenticated, service_role;

create function private.delete_license(license_id uuid, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.delete');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  license := private.lock_license(license_id);
  if license.last_check_in is not null or private.license_was_paid(license) then
    perform private.fail('license_in_use', 'The licence has been used or paid: revoke it instead');
  elsif private.is_awaited(license.id) then
    perform private.fail('subscription_running', 'A running subscription will pay for the licence: cancel it first');
  end if;
  perform private.set_audit_context('license_deleted', jsonb_build_object('reason', reason));
  update public.licenses set deleted_at = now() where id = license.id returning * into license;
  perform private.set_audit_context(null);
  return private.license_row(license);
end
$$;
comment on function private.delete_license(uuid, text) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.delete_license(uuid, text) to authenticated, service_role;

create function public.delete_license(license_id uuid, reason text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.delete_license($1, $2) $$;
comment on function public.delete_license(uuid, text) is
  'Deletes a licence never checked in, never paid and named by no running subscription. Needs licenses.delete. Errors: '
  'license_in_use, subscription_running, reason_required, license_not_found. → the licence as in lists.';
revoke execute on function public.delete_license(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.delete_license(uuid, text) to authenticated, service_role;
