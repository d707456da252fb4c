-- A licence with a Stripe subscription follows it: paid → renewed to the end of what is paid, plan and entitlements
-- along, no renewal once cancelled. What staff give by hand is never taken back.

insert into public.settings (key, value, minimum, maximum, description) values
  ('revoke_unpaid_after_days', '30', 0, 366,
    'Days after which a licence whose payment keeps failing is revoked; 0 never');
insert into public.settings (key, value, kind, is_public, description) values
  ('stripe_dashboard_url', '"https://dashboard.stripe.com"', 'url', true,
    'Where "View in Stripe" leads, without a slash at the end');

insert into private.alert_kinds (kind, severity, permission) values
  ('license_revoked_unpaid', 'warning', 'licenses.read'),
  ('payment_for_revoked_license', 'error', 'payments.read');

create trigger licenses_after_move_mrr_insert after insert on public.licenses
  for each row when (new.mrr_cents <> 0) execute function private.licenses_after_move_mrr();
create trigger licenses_after_move_mrr_update after update of plan, expires_at, grace_until, status, payment_method,
  revoked_at, suspended_at, deleted_at,
  stripe_subscription_id, paid_until on public.licenses
  for each row when ((old.mrr_cents, old.currency, old.stripe_subscription_id)
    is distinct from (new.mrr_cents, new.currency, new.stripe_subscription_id))
  execute function private.licenses_after_move_mrr();

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
  where id = followed.license_id and stripe_subscription_id = followed.stripe_subscription_id
    and deleted_at is null for update;
  if license.id is null then
    return;
  end if;
  -- A period begins before it is paid, and a change of interval may end sooner than what was paid.
  covered := least((select max(covers_until) from public.invoices where invoices.subscription_id = $1
    and status = 'paid'), followed.current_period_end);
  if followed.status = 'trialing' then
    covered := greatest(covered, followed.trial_end);
  end if;
  covered := coalesce(covered, license.paid_until);
  if license.revoked_at is not null then
    if covered > license.paid_until then
      perform private.raise_alert('payment_for_revoked_license',
        'payment_for_revoked_license:' || license.id || ':' || extract(epoch from covered)::bigint,
        jsonb_build_object('amount_cents', followed.amount_cents, 'currency', followed.currency),
        'license', license.id::text, license.customer_id);
      update public.licenses set paid_until = covered where id = license.id;
    end if;
    return;
  end if;
  new_expiry := greatest(license.issued_at + interval '1 second', case
    when covered is null then license.expires_at
    when license.expires_at <= license.paid_until then covered
    else greatest(license.expires_at, covered) end);
  renews := followed.status in ('active', 'trialing', 'past_due', 'incomplete', 'paused')
    and not followed.cancel_at_period_end and followed.cancel_at is null;
  if (license.plan, license.expires_at, license.auto_renew, license.payment_method, license.mrr_cents)
      is not distinct from (coalesce(followed.plan, license.plan), new_expiry, renews,
        'stripe', followed.paying_mrr_cents)
    and license.paid_until is not distinct from covered then
    return;
  end if;
  perform private.set_audit_context(case
      when private.is_backfill() then 'audited_in_bulk'
      when new_expiry > license.expires_at then 'license_renewed'
      when followed.plan <> license.plan then 'license_plan_changed'
      when license.auto_renew <> renews then 'license_auto_renew_changed' end,
    jsonb_build_object('source', 'stripe', 'subscription_id', $1));
  update public.licenses set plan = coalesce(followed.plan, license.plan), expires_at = new_expiry,
    paid_until = covered,
    auto_renew = renews, payment_method = 'stripe'
  where id = license.id;
  perform private.set_audit_context(null);
end
$$;
comment on function private.follow_subscription(uuid) is
  'Brings the licence of a subscription to what Stripe says: plan, expiry (end of what is paid), renewal. Touches '
  'nothing when nothing differs, and no revoked licence. Definer: callers may not update licences.';

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
  perform set_config('private.movement_time', greatest(linked.started_at, (select issued_at from public.licenses
    where id = $2))::text, true);
  -- Nothing of an earlier subscription's paid days is taken back.
  update public.licenses set payment_method = 'stripe', stripe_subscription_id = linked.stripe_subscription_id,
    paid_until = null where id = $2;
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
    join public.licenses on licenses.id = subscriptions.license_id
      and licenses.stripe_subscription_id = subscriptions.stripe_subscription_id
    where payment_failed_at < now() - make_interval(days => days) and subscriptions.status in ('past_due', 'unpaid')
      and licenses.revoked_at is null and licenses.deleted_at is null
    order by licenses.id for update of licenses skip locked
  loop
    perform private.set_audit_context('license_revoked', jsonb_build_object('source', 'rule', 'subscription_id',
      unpaid.id,
      'payment_failed_at', unpaid.payment_failed_at, 'days', days, 'email_sent', true));
    update public.licenses set revoked_at = now(), revoked_reason = format('Paiement rejeté (> %s jours)', days),
      auto_renew = false
    where id = unpaid.license_id returning * into license;
    perform private.set_audit_context(null);
    perform private.queue_email('license_revoked', license);
    perform private.raise_alert('license_revoked_unpaid', 'license_revoked_unpaid:' || license.id,
      jsonb_build_object('days', days), 'license', license.id::text, license.customer_id);
    revoked := revoked + 1;
  end loop;
  return revoked;
end
$$;
comment on function private.revoke_unpaid_licenses() is
  'Revokes licences whose payments have failed for longer than the revoke_unpaid_after_days setting; answers how '
  'many. Run by cron. Definer: updates licences.';

select private.schedule_job('revoke-unpaid-licenses', '25 * * * *', 'select private.revoke_unpaid_licenses()');
