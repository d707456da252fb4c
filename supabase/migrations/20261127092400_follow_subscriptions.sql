-- A licence with a Stripe subscription follows it: paid → renewed to the end of what is paid, plan and entitlements
-- along, no renewal once cancelled. What staff give by hand is never taken back.

insert into public.settings (key, value, minimum, maximum, description) values
  ('revoke_unpaid_after_days', '30', 0, 366,
    'Days after which a licence whose payment keeps failing is revoked; 0 never'),
  ('processing_payment_days', '14', 0, 366,
    'Days a licence is carried while a payment is under way at the bank, by methods without a setting of their own; 0 '
    'not at all'),
  ('processing_days_sepa_debit', '14', 0, 366, 'The same for SEPA debits'),
  ('processing_days_bacs_debit', '8', 0, 366, 'The same for Bacs debits'),
  ('processing_days_us_bank_account', '6', 0, 366, 'The same for ACH debits'),
  ('processing_days_acss_debit', '8', 0, 366, 'The same for pre-authorised debits in Canada'),
  ('processing_days_au_becs_debit', '5', 0, 366, 'The same for BECS debits'),
  ('processing_days_customer_balance', '10', 0, 366, 'The same for bank transfers');
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

create function private.paid_until(subscription public.subscriptions) returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    -- A period begins before it is paid, and a change of interval may end sooner than what was paid.
    select max(least(paid.ends, subscription.current_period_end))
    from (select case when covers = '{}' then covers_until
        else to_timestamp((covers ->> subscription.stripe_item_id)::bigint) end as ends
      from public.invoices where subscription_id = subscription.id and private.is_settled(invoices)) as paid
    where paid.ends is not null
  );
end
$$;
comment on function private.paid_until(public.subscriptions) is
  'To where a subscription''s plan is paid, at most the end of its period; null before the first payment. Definer: '
  'reads the invoices for whoever follows.';

create function private.follow_subscription(subscription_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  followed public.subscriptions;
  license public.licenses;
  covered timestamptz;
  own_expiry timestamptz;
  new_expiry timestamptz;
  carried timestamptz;
  new_plan text;
  renews boolean;
begin
  select * into followed from public.subscriptions where id = $1;
  if followed.license_id is null then
    perform private.link_named_license(followed);
    return;
  end if;
  select * into license from public.licenses
  where id = followed.license_id and stripe_subscription_id = followed.stripe_subscription_id
    and deleted_at is null for update;
  if license.id is null then
    return;
  end if;
  covered := private.paid_until(followed);
  if followed.status = 'trialing' then
    covered := greatest(covered, followed.trial_end);
  end if;
  covered := coalesce(covered, license.paid_until);
  if license.revoked_at is not null then
    if covered > coalesce(license.paid_until, '-infinity') then
      perform private.raise_alert('payment_for_revoked_license',
        'payment_for_revoked_license:' || license.id || ':' || extract(epoch from covered)::bigint,
        jsonb_build_object('amount_cents', followed.amount_cents, 'currency', followed.currency),
        'license', license.id::text, license.customer_id);
      update public.licenses set paid_until = covered where id = license.id;
    end if;
    return;
  end if;
  -- What a payment under way has carried ends with it: paid, the period is given; failed, the days are those before.
  own_expiry := case when license.expires_at = followed.carried_until then followed.carried_from
    else license.expires_at end;
  new_expiry := case
    when covered is null then own_expiry
    when own_expiry <= license.paid_until then greatest(license.issued_at + interval '1 second', covered)
    else greatest(own_expiry, covered) end;
  carried := private.carried_until(followed);
  if carried > new_expiry then
    if (followed.carried_from, followed.carried_until) is distinct from (new_expiry, carried) then
      update public.subscriptions set carried_from = new_expiry, carried_until = carried where id = $1;
    end if;
    new_expiry := carried;
  elsif followed.carried_until is not null then
    update public.subscriptions set carried_from = null, carried_until = null where id = $1;
  end if;
  -- Nothing but that follows before the first payment, and no plan while the period stands unpaid for good.
  new_plan := case when covered is null or followed.status in ('incomplete', 'incomplete_expired', 'unpaid')
    then license.plan else coalesce(private.paid_plan(followed), license.plan) end;
  renews := case when covered is null then license.auto_renew
    else followed.status in ('active', 'trialing', 'past_due', 'incomplete', 'paused')
      and not followed.cancel_at_period_end and followed.cancel_at is null end;
  if (license.plan, license.expires_at, license.auto_renew, license.payment_method, license.mrr_cents)
      is not distinct from (new_plan, new_expiry, renews, 'stripe', followed.paying_mrr_cents)
    and license.paid_until is not distinct from covered then
    return;
  end if;
  perform private.set_audit_context(case
      when private.is_backfill() then 'audited_in_bulk'
      when new_expiry > license.expires_at then 'license_renewed'
      when new_plan <> license.plan then 'license_plan_changed'
      when license.auto_renew <> renews then 'license_auto_renew_changed' end,
    jsonb_build_object('source', 'stripe', 'subscription_id', $1));
  update public.licenses set plan = new_plan, expires_at = new_expiry, paid_until = covered, auto_renew = renews,
    payment_method = 'stripe'
  where id = license.id;
  perform private.set_audit_context(null);
end
$$;
comment on function private.follow_subscription(uuid) is
  'Brings the licence of a subscription to what Stripe says: plan, expiry (end of what is paid), renewal. Touches '
  'nothing before the first payment nor when nothing differs, and no revoked licence; a subscription without one is '
  'linked to the licence its metadata names. Definer: callers may not update licences.';

create function private.carried_until(subscription public.subscriptions) returns timestamptz
language plpgsql stable set search_path = ''
as $$
declare
  days int;
begin
  if subscription.processing_since is null or subscription.status not in ('active', 'past_due') then
    return null;
  end if;
  days := coalesce(private.setting_int('processing_days_' || subscription.processing_method),
    private.setting_int('processing_payment_days'));
  return case when days > 0 then least(subscription.current_period_end,
    private.add_days(subscription.processing_since, days)) end;
end
$$;
comment on function private.carried_until(public.subscriptions) is
  'To where a payment under way carries the licence: the days its method takes (processing_days_<method>, else '
  'processing_payment_days), at most to the end of the period; null when none is under way.';

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
