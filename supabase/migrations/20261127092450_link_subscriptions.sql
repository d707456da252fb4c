-- Which licence a subscription pays for: the one its metadata names, from the first payment on, or the one a person
-- chose. A licence whose subscription has ended takes the next one.

insert into private.error_codes (code, status) values
  ('subscription_linked', 409), ('license_has_subscription', 409), ('license_of_other_customer', 409);

create function private.read_uuid(value text) returns uuid
language plpgsql immutable set search_path = ''
as $$
begin
  -- Two statements: within one the cast may be planned, and fail, before the question is asked.
  if not pg_input_is_valid($1, 'uuid') then
    return null;
  end if;
  return $1::uuid;
end
$$;
comment on function private.read_uuid(text) is 'What others wrote as an identifier of ours; null when it is none.';

create function private.is_free_for(license public.licenses, subscription public.subscriptions) returns boolean
language sql stable security definer set search_path = ''
as $$
  select license.deleted_at is null and license.revoked_at is null and license.customer_id = subscription.customer_id
    and not exists (select from public.subscriptions as other
      where other.stripe_subscription_id = license.stripe_subscription_id
        and (other.status not in ('canceled', 'incomplete_expired') or other.started_at > subscription.started_at))
$$;
comment on function private.is_free_for(public.licenses, public.subscriptions) is
  'Whether a licence of the same customer, not revoked, can follow a subscription: it follows none, or one that has '
  'ended and began before. Definer: reads the mirror for any caller.';

create function private.link_subscription(subscription_id uuid, license_id uuid, source text default 'stripe')
  returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  linked public.subscriptions;
  time_before text := coalesce(current_setting('private.movement_time', true), '');
begin
  update public.subscriptions set license_id = $2 where id = $1 returning * into linked;
  perform private.set_audit_context(case when private.is_backfill() then 'audited_in_bulk' else 'license_updated' end,
    jsonb_build_object('source', $3, 'subscription_id', $1));
  -- What the licence weighed by itself passes to the subscription on the day it began.
  perform set_config('private.movement_time', greatest(coalesce(linked.first_paid_at, linked.started_at),
    (select issued_at from public.licenses where id = $2))::text, true);
  -- Nothing of an earlier subscription's paid days is taken back.
  update public.licenses set payment_method = 'stripe', stripe_subscription_id = linked.stripe_subscription_id,
    paid_until = null where id = $2;
  perform set_config('private.movement_time', time_before, true);
  perform private.set_audit_context(null);
  perform private.follow_subscription($1);
end
$$;
comment on function private.link_subscription(uuid, uuid, text) is
  'Makes a licence follow a subscription from now on. Definer: callers may not update licences.';

create function private.is_awaited(license_id uuid) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select from public.subscriptions where (named_license_id = $1 or subscriptions.license_id = $1)
    and status not in ('canceled', 'incomplete_expired'))
$$;
comment on function private.is_awaited(uuid) is
  'Whether a running subscription follows a licence, or will once it is paid: it cannot be deleted. Definer: reads the '
  'mirror for whoever deletes licences.';

create function private.link_named_license(subscription public.subscriptions) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  wanted public.licenses;
begin
  if subscription.named_license_id is null then
    perform private.complete_waiting_checkout(subscription);
    return;
  end if;
  -- Who has not paid changes no licence.
  if private.paid_until(subscription) is null and private.carried_until(subscription) is null
    and subscription.status <> 'trialing' then
    return;
  end if;
  select * into wanted from public.licenses where id = subscription.named_license_id for update;
  if wanted.id is not null and private.is_free_for(wanted, subscription) then
    perform private.link_subscription(subscription.id, wanted.id);
  elsif wanted.revoked_at is not null and wanted.customer_id = subscription.customer_id
    and not private.is_backfill() then
    -- He pays for what he does not get.
    perform private.raise_alert('payment_for_revoked_license',
      'payment_for_revoked_license:' || wanted.id || ':' || subscription.stripe_subscription_id,
      jsonb_build_object('amount_cents', subscription.amount_cents, 'currency', subscription.currency),
      'license', wanted.id::text, wanted.customer_id);
  end if;
end
$$;
comment on function private.link_named_license(public.subscriptions) is
  'Whoever sells outside the console names the licence in the subscription''s metadata: it is linked once something is '
  'paid and the licence is free. Definer: callers may not update licences.';

create function private.link_waiting_subscriptions(license_id uuid) returns void
language sql volatile security definer set search_path = ''
as $$
  select private.follow_subscription(id) from public.subscriptions
  where named_license_id = $1 and subscriptions.license_id is null
  order by status in ('canceled', 'incomplete_expired'), started_at desc limit 1
$$;
comment on function private.link_waiting_subscriptions(uuid) is
  'A licence whose subscription has just ended takes the one that waited for it. Definer: callers may not update '
  'licences.';

create function private.link_subscription_license(subscription_id uuid, license_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  linked public.subscriptions;
  chosen public.licenses;
begin
  perform private.require_permission('subscriptions.manage');
  select * into linked from public.subscriptions where id = $1 for update;
  select * into chosen from public.licenses where id = $2 and deleted_at is null for update;
  if linked.id is null then
    perform private.fail('subscription_not_found', 'No such subscription');
  elsif chosen.id is null then
    perform private.fail('license_not_found', 'No such licence');
  elsif linked.license_id is not null then
    perform private.fail('subscription_linked', 'The subscription pays for a licence already');
  elsif linked.status in ('canceled', 'incomplete_expired') then
    perform private.fail('already_canceled', 'The subscription has ended');
  elsif chosen.revoked_at is not null then
    perform private.fail('license_revoked', 'The licence is revoked');
  elsif chosen.customer_id <> linked.customer_id then
    perform private.fail('license_of_other_customer', 'The licence belongs to another customer');
  elsif not private.is_free_for(chosen, linked) then
    perform private.fail('license_has_subscription', 'The licence follows another subscription');
  end if;
  perform private.record_event('subscription_linked', 'subscription', linked.id::text, '{}', linked.customer_id,
    chosen.id);
  perform private.link_subscription(linked.id, chosen.id, 'staff');
  return (select private.subscription_row(subscriptions) from public.subscriptions where id = $1);
end
$$;
comment on function private.link_subscription_license(uuid, uuid) is
  'Does the work of public.link_subscription_license. Definer: callers may not update licences.';
grant execute on function private.link_subscription_license(uuid, uuid) to authenticated, service_role;

create function public.link_subscription_license(subscription_id uuid, license_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.link_subscription_license($1, $2) $$;
comment on function public.link_subscription_license(uuid, uuid) is
  'Makes a licence of the same customer follow a running subscription that pays for none, from now on; what was given '
  'by hand stays. → the subscription as in lists. Needs subscriptions.manage. Errors: subscription_not_found (404), '
  'license_not_found (404), subscription_linked, already_canceled, license_revoked, license_of_other_customer, '
  'license_has_subscription (409).';
revoke execute on function public.link_subscription_license(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.link_subscription_license(uuid, uuid) to authenticated, service_role;
