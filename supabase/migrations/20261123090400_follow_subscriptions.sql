-- A licence with a Stripe subscription follows it: paid → renewed to the end of what is paid,
-- plan and entitlements along, no renewal once cancelled. What staff give by hand is never taken back.

alter table public.licenses add column paid_until timestamptz;
comment on column public.licenses.paid_until is 'End of what its subscription has paid for; expires_at follows it, staff may give more';
create unique index licenses_stripe_subscription_id_idx on public.licenses (stripe_subscription_id) where stripe_subscription_id is not null;

alter table public.settings drop constraint known_numbers_are_whole_and_in_range;
alter table public.settings add constraint known_values_are_in_range check (case key
  when 'idle_lock_minutes' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 480 and value::numeric % 1 = 0
  when 'license_check_per_minute' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 1000000 and value::numeric % 1 = 0
  when 'next_check_in_seconds' then jsonb_typeof(value) = 'number' and value::numeric between 60 and 604800 and value::numeric % 1 = 0
  when 'default_license_days' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 3660 and value::numeric % 1 = 0
  when 'license_file_days' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 366 and value::numeric % 1 = 0
  when 'revoke_unpaid_after_days' then jsonb_typeof(value) = 'number' and value::numeric between 0 and 366 and value::numeric % 1 = 0
  when 'stripe_dashboard_url' then jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^https?://[^\s/]+(/[^\s]*[^\s/])?$'
  else true end);
insert into public.settings (key, value, description) values
  ('revoke_unpaid_after_days', '30', 'Days after which a licence whose payment keeps failing is revoked; 0 never'),
  ('stripe_dashboard_url', '"https://dashboard.stripe.com"', 'Where "View in Stripe" leads, without a slash at the end');

create or replace function private.licenses_before_derive() returns trigger
language plpgsql set search_path = ''
as $$
declare
  sold public.plans;
begin
  select * into sold from public.plans where code = new.plan;
  new.grace_until := new.expires_at + make_interval(days => sold.grace_days);
  new.status := private.license_state(new);
  new.mrr_cents := case
    when new.stripe_subscription_id is not null then coalesce(private.subscription_mrr(new.stripe_subscription_id), 0)
    when new.payment_method <> 'manual' and new.deleted_at is null and new.status in ('active', 'grace_period') then sold.monthly_price_cents
    else 0 end;
  return new;
end
$$;
create function private.subscription_mrr(stripe_subscription_id text) returns int
language sql stable security definer set search_path = ''
as $$ select paying_mrr_cents from public.subscriptions where subscriptions.stripe_subscription_id = $1 $$;
comment on function private.subscription_mrr(text) is 'Cents a month the subscription pays now. Definer: also serves whoever edits a licence''s notes.';
grant execute on function private.subscription_mrr(text) to authenticated, service_role;
drop trigger licenses_before_derive on public.licenses;
create trigger licenses_before_derive before insert or update of plan, expires_at, grace_until, status, payment_method, revoked_at, deleted_at,
  stripe_subscription_id, paid_until on public.licenses
  for each row execute function private.licenses_before_derive();

create function private.licenses_after_move_mrr() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  -- What a subscription pays is its own movement.
  before int := case when tg_op = 'UPDATE' and old.stripe_subscription_id is null then old.mrr_cents else 0 end;
  after int := case when new.stripe_subscription_id is null then new.mrr_cents else 0 end;
begin
  perform private.record_mrr_change(new.customer_id, new.id, null, after - before,
    case when new.status = 'expired' and new.stripe_subscription_id is null then least(new.grace_until, now()) else private.movement_time() end);
  return null;
end
$$;
comment on function private.licenses_after_move_mrr() is
  'Trigger: a licence paid otherwise than by subscription moves revenue when it begins, changes plan or ends. Definer: nobody writes the ledger directly.';
create trigger licenses_after_move_mrr_insert after insert on public.licenses
  for each row when (new.mrr_cents <> 0) execute function private.licenses_after_move_mrr();
create trigger licenses_after_move_mrr_update after update of plan, expires_at, grace_until, status, payment_method, revoked_at, deleted_at,
  stripe_subscription_id, paid_until on public.licenses
  for each row when (old.mrr_cents <> new.mrr_cents or old.stripe_subscription_id is distinct from new.stripe_subscription_id)
  execute function private.licenses_after_move_mrr();
-- Paid licences that were here before the ledger.
select private.record_mrr_change(customer_id, id, null, mrr_cents, issued_at) from public.licenses where mrr_cents <> 0;

create or replace function private.license_was_paid(license public.licenses) returns boolean
language sql stable set search_path = ''
as $$
  select license.stripe_subscription_id is not null
    or exists (select from public.payments where license_id = license.id and status = 'succeeded')
$$;

create or replace function private.license_row(license public.licenses) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'id', license.id, 'customer_id', license.customer_id, 'email', license.email, 'customer_name', customers.name,
    'plan', license.plan, 'status', private.license_state(license), 'expires_at', license.expires_at,
    'grace_until', license.grace_until, 'auto_renew', license.auto_renew, 'payment_method', license.payment_method,
    'mrr_cents', case when license.stripe_subscription_id is not null then license.mrr_cents
      when license.payment_method <> 'manual' and license.deleted_at is null
        and private.license_state(license) in ('active', 'grace_period') then plans.monthly_price_cents else 0 end,
    'last_check_in', license.last_check_in, 'client_version', license.client_version, 'client_os', license.client_os,
    'license_key_hint', license.license_key_hint, 'hwid_hint', license.hwid_hint, 'notes', license.notes,
    'paid_until', license.paid_until,
    'subscription_id', case when license.stripe_subscription_id is not null then
      (select subscriptions.id from public.subscriptions where subscriptions.stripe_subscription_id = license.stripe_subscription_id) end,
    'created_at', license.created_at)
  from public.customers, public.plans
  where customers.id = license.customer_id and plans.code = license.plan
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
    'stripe_subscription_id', license.stripe_subscription_id, 'import_id', license.import_id,
    'created_by_name', (select display_name from public.staff where user_id = license.created_by),
    'deleted_at', license.deleted_at, 'updated_at', license.updated_at,
    'revenue_cents', (select sum(amount - amount_refunded) from public.payments where payments.license_id = $1 and payments.status = 'succeeded'),
    'can_delete', license.deleted_at is null and license.last_check_in is null and private.license_was_paid(license) is false);
end
$$;

create function private.refuse_governed(license public.licenses) returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if exists (select from public.subscriptions where subscriptions.stripe_subscription_id = license.stripe_subscription_id
      and status not in ('canceled', 'incomplete_expired')) then
    perform private.fail('subscription_governs', 'A running subscription decides this: change the subscription', 'PT409');
  end if;
end
$$;
comment on function private.refuse_governed(public.licenses) is
  'Raises PT409 subscription_governs while a running subscription decides the licence''s plan and renewal. Definer: reads subscriptions.';
revoke execute on function private.refuse_governed(public.licenses) from public;

create or replace function private.change_license_plan(license_id uuid, plan text, reason text) returns jsonb
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
    perform private.fail('already_on_plan', format('The licence is on plan "%s" already', $2), 'PT409');
  end if;
  perform private.refuse_governed(license);
  perform private.set_audit_context('license_plan_changed', jsonb_build_object('reason', reason));
  update public.licenses set plan = $2 where id = license.id returning * into license;
  perform private.set_audit_context(null);
  return private.license_row(license);
end
$$;
comment on function public.change_license_plan(uuid, text, text) is
  'Puts the licence on another plan. Needs licenses.change_plan. Errors: invalid_plan, already_on_plan, reason_required, license_not_found, license_revoked, subscription_governs. → the licence as in lists.';

create or replace function private.set_auto_renew(license_id uuid, auto_renew boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.update');
  if $2 is null then
    perform private.fail('invalid_argument', 'auto_renew must be true or false');
  end if;
  license := private.lock_license(license_id);
  perform private.refuse_revoked(license);
  perform private.refuse_governed(license);
  perform private.set_audit_context('license_auto_renew_changed');
  update public.licenses set auto_renew = $2 where id = license.id returning * into license;
  perform private.set_audit_context(null);
  return private.license_row(license);
end
$$;
comment on function public.set_auto_renew(uuid, boolean) is
  'Switches automatic renewal. Needs licenses.update. Errors: invalid_argument, license_not_found, license_revoked, subscription_governs. → the licence as in lists.';

create function private.follow_subscription(subscription_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  followed public.subscriptions;
  license public.licenses;
  covered timestamptz;
  new_expiry timestamptz;
  renews boolean;
begin
  select * into followed from public.subscriptions where id = $1;
  select * into license from public.licenses
  where id = followed.license_id and stripe_subscription_id = followed.stripe_subscription_id and deleted_at is null for update;
  if license.id is null then
    return;
  end if;
  -- A period begins before it is paid, and a change of interval may end sooner than what was paid.
  covered := least((select max(covers_until) from public.invoices where invoices.subscription_id = $1 and status = 'paid'), followed.current_period_end);
  if followed.status = 'trialing' then
    covered := greatest(covered, followed.trial_end);
  end if;
  covered := coalesce(covered, license.paid_until);
  if license.revoked_at is not null then
    if covered > license.paid_until then
      perform private.raise_alert('payment_for_revoked_license', 'error', 'payment_for_revoked_license:' || license.id || ':' || extract(epoch from covered)::bigint,
        jsonb_build_object('email', license.email, 'amount_cents', followed.amount_cents, 'currency', followed.currency), license.id, $1);
      update public.licenses set paid_until = covered where id = license.id;
    end if;
    return;
  end if;
  new_expiry := greatest(license.issued_at + interval '1 second', case
    when covered is null then license.expires_at
    when license.expires_at <= license.paid_until then covered
    else greatest(license.expires_at, covered) end);
  renews := followed.status in ('active', 'trialing', 'past_due', 'incomplete', 'paused') and not followed.cancel_at_period_end and followed.cancel_at is null;
  if (license.plan, license.expires_at, license.auto_renew, license.payment_method, license.mrr_cents)
      is not distinct from (coalesce(followed.plan, license.plan), new_expiry, renews, 'stripe', followed.paying_mrr_cents)
    and license.paid_until is not distinct from covered then
    return;
  end if;
  perform private.set_audit_context(case
      when private.is_backfill() then 'audited_in_bulk'
      when new_expiry > license.expires_at then 'license_renewed'
      when followed.plan <> license.plan then 'license_plan_changed' end,
    jsonb_build_object('source', 'stripe', 'subscription_id', $1));
  update public.licenses set plan = coalesce(followed.plan, license.plan), expires_at = new_expiry, paid_until = covered,
    auto_renew = renews, payment_method = 'stripe'
  where id = license.id;
  perform private.set_audit_context(null);
end
$$;
comment on function private.follow_subscription(uuid) is
  'Brings the licence of a subscription to what Stripe says: plan, expiry (end of what is paid), renewal. Touches nothing when nothing differs, and no revoked licence. Definer: callers may not update licences.';

create function private.link_subscription(subscription_id uuid, license_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  linked public.subscriptions;
  time_before text := coalesce(current_setting('private.movement_time', true), '');
begin
  update public.subscriptions set license_id = $2 where id = $1 returning * into linked;
  perform private.set_audit_context(case when private.is_backfill() then 'audited_in_bulk' else 'license_updated' end,
    jsonb_build_object('source', 'stripe', 'subscription_id', $1));
  -- What the licence weighed by itself passes to the subscription on the day it began.
  perform set_config('private.movement_time', greatest(linked.started_at, (select issued_at from public.licenses where id = $2))::text, true);
  -- Nothing of an earlier subscription's paid days is taken back.
  update public.licenses set payment_method = 'stripe', stripe_subscription_id = linked.stripe_subscription_id, paid_until = null where id = $2;
  perform set_config('private.movement_time', time_before, true);
  perform private.set_audit_context(null);
  perform private.follow_subscription($1);
end
$$;
comment on function private.link_subscription(uuid, uuid) is
  'Makes a licence follow a subscription from now on. Definer: callers may not update licences.';

create function private.revoke_unpaid_licenses() returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  days int := private.setting_int('revoke_unpaid_after_days');
  unpaid record;
  license public.licenses;
  revoked int := 0;
begin
  if coalesce(days, 0) = 0 then
    return 0;
  end if;
  for unpaid in
    select subscriptions.id, subscriptions.license_id, subscriptions.payment_failed_at from public.subscriptions
    join public.licenses on licenses.id = subscriptions.license_id and licenses.stripe_subscription_id = subscriptions.stripe_subscription_id
    where payment_failed_at < now() - make_interval(days => days) and subscriptions.status in ('past_due', 'unpaid')
      and licenses.revoked_at is null and licenses.deleted_at is null
    order by licenses.id for update of licenses skip locked
  loop
    perform private.set_audit_context('license_revoked', jsonb_build_object('source', 'rule', 'subscription_id', unpaid.id,
      'payment_failed_at', unpaid.payment_failed_at, 'days', days, 'email_sent', true));
    update public.licenses set revoked_at = now(), revoked_reason = format('Paiement rejeté (> %s jours)', days), auto_renew = false
    where id = unpaid.license_id returning * into license;
    perform private.set_audit_context(null);
    perform private.queue_email('license_revoked', license);
    perform private.raise_alert('license_revoked_unpaid', 'warning', 'license_revoked_unpaid:' || license.id,
      jsonb_build_object('email', license.email, 'days', days), license.id, unpaid.id);
    revoked := revoked + 1;
  end loop;
  return revoked;
end
$$;
comment on function private.revoke_unpaid_licenses() is
  'Revokes licences whose payments have failed for longer than the revoke_unpaid_after_days setting; answers how many. Run by cron. Definer: updates licences.';
revoke execute on function private.follow_subscription(uuid), private.link_subscription(uuid, uuid), private.revoke_unpaid_licenses() from public;
