-- Stripe's subscriptions become rows; see the customers for what holds for every object.

insert into private.alert_kinds (kind, severity, permission) values
  ('subscription_canceled', 'info', 'subscriptions.read');

create function private.stripe_plan(item jsonb) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select code from public.plans where code = private.stripe_plan_name(item -> 'price'));
end
$$;
comment on function private.stripe_plan(jsonb) is
  'Plan of a subscription item, as its price names it; null if that is no plan of ours. Definer: reads plans.';

create function private.stripe_item(subscription jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select value from jsonb_array_elements(subscription #> '{items,data}') with ordinality
    order by private.stripe_plan(value) is null, ordinality limit 1
  );
end
$$;
comment on function private.stripe_item(jsonb) is
  'The item of a Stripe subscription that stands for it: the first whose price names a plan, whatever add-ons stand '
  'before it, else the first. Definer: reads plans.';

create function private.stripe_discounts(subscription jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  known jsonb := coalesce((select discounts from public.subscriptions
    where stripe_subscription_id = subscription ->> 'id'), '[]');
  given jsonb := '[]';
  element jsonb;
  one jsonb;
begin
  if jsonb_array_length(coalesce(subscription -> 'discounts', '[]')) = 0 then
    select jsonb_build_array(stripe_customers.discount) into given from private.stripe_customers
    where stripe_customer_id = private.stripe_id(subscription -> 'customer') and stripe_customers.discount is not null;
    return coalesce(given, '[]');
  end if;
  for element in select value from jsonb_array_elements(subscription -> 'discounts') loop
    one := coalesce(private.stripe_discount(element), (select value from jsonb_array_elements(known)
      where value ->> 'id' = private.stripe_id(element)));
    if one is null then
      return null;
    end if;
    if upper(element #>> '{source,coupon,currency}') <> upper(subscription ->> 'currency') then
      one := one || jsonb_build_object('amount_off_cents', (select amounts -> upper(subscription ->> 'currency')
        from private.stripe_coupons where stripe_coupon_id = one ->> 'coupon_id'));
    end if;
    given := given || jsonb_build_array(one);
  end loop;
  return given;
end
$$;
comment on function private.stripe_discounts(jsonb) is
  'Discounts of a Stripe subscription, its own or else its customer''s; null when one is neither expanded nor known. '
  'Definer: reads the mirror.';

create function private.stripe_pending_update(subscription jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  pending jsonb := subscription -> 'pending_update';
  item jsonb;
begin
  if jsonb_typeof(pending) is distinct from 'object' then
    return null;
  end if;
  item := private.stripe_item(jsonb_build_object('items', jsonb_build_object('data',
    coalesce(nullif(pending -> 'subscription_items', 'null'), '[]'))));
  return jsonb_build_object('plan', private.stripe_plan(item), 'quantity', coalesce((item ->> 'quantity')::int, 1),
    'billing_interval', item #>> '{price,recurring,interval}',
    'interval_count', (item #>> '{price,recurring,interval_count}')::int,
    'expires_at', private.stripe_time(pending -> 'expires_at'),
    'invoice', private.stripe_id(subscription -> 'latest_invoice'));
end
$$;
comment on function private.stripe_pending_update(jsonb) is
  'The change of a Stripe subscription that waits for its payment, as the mirror keeps it; null without one. Definer: '
  'reads plans.';

create function private.record_subscription_event(event_type text, subscription public.subscriptions,
  event_data jsonb default '{}') returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.record_event($1, 'subscription', subscription.id::text,
    jsonb_build_object('source', 'stripe') || event_data, subscription.customer_id, subscription.license_id);
end
$$;
comment on function private.record_subscription_event(text, public.subscriptions, jsonb) is
  'One event about a subscription, on the timeline of its licence too. Definer: nobody inserts into events directly.';

create function private.audit_subscription(before public.subscriptions, after public.subscriptions) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ended_before boolean := before.cancel_at_period_end or before.cancel_at is not null;
  ends boolean := after.cancel_at_period_end or after.cancel_at is not null;
  paused_before boolean := before.status = 'paused' or before.collection_paused;
  is_paused boolean := after.status = 'paused' or after.collection_paused;
begin
  if private.is_backfill() then
    return;
  end if;
  if before.id is null then
    perform private.record_subscription_event('subscription_created', after, jsonb_build_object(
      'after', jsonb_build_object('plan', after.plan, 'status', after.status),
      'amount_cents', after.amount_cents, 'currency', after.currency));
    return;
  end if;
  if before.plan is distinct from after.plan then
    perform private.record_subscription_event('subscription_plan_changed', after, jsonb_build_object(
      'before', jsonb_build_object('plan', before.plan, 'amount_cents', before.amount_cents,
        'currency', before.currency),
      'after', jsonb_build_object('plan', after.plan, 'amount_cents', after.amount_cents,
        'currency', after.currency)));
  end if;
  if before.pending_update is null and after.pending_update is not null then
    perform private.record_subscription_event('subscription_change_waiting', after, jsonb_build_object(
      'after', after.pending_update - 'invoice'));
  elsif before.pending_update is not null and after.pending_update is null
    and before.stripe_item_id is not distinct from after.stripe_item_id
    and (before.plan, before.quantity, before.billing_interval, before.interval_count)
      is not distinct from (after.plan, after.quantity, after.billing_interval, after.interval_count) then
    perform private.record_subscription_event('subscription_change_dropped', after, jsonb_build_object(
      'after', before.pending_update - 'invoice'));
  end if;
  if before.discounts <> after.discounts then
    perform private.record_subscription_event('subscription_discount_changed', after, jsonb_build_object(
      'before', jsonb_build_object('discounts', before.discounts),
      'after', jsonb_build_object('discounts', after.discounts)));
  end if;
  if after.status = 'canceled' and before.status <> 'canceled' then
    perform private.record_subscription_event('subscription_canceled', after, jsonb_build_object(
      'ended_at', after.ended_at, 'before', jsonb_build_object('status', before.status)));
    perform private.raise_alert('subscription_canceled', 'subscription_canceled:' || after.id,
      jsonb_build_object('plan', after.plan, 'amount_cents', after.amount_cents, 'currency', after.currency),
      'subscription', after.id::text, after.customer_id);
  elsif ended_before <> ends then
    perform private.record_subscription_event(
      case when ends then 'subscription_cancel_scheduled' else 'subscription_cancel_undone' end, after,
      jsonb_build_object('ends_at', coalesce(after.cancel_at, after.current_period_end)));
  elsif paused_before <> is_paused then
    perform private.record_subscription_event(
      case when is_paused then 'subscription_paused' else 'subscription_resumed' end, after);
  end if;
end
$$;
comment on function private.audit_subscription(public.subscriptions, public.subscriptions) is
  'Tells the timeline what changed about a subscription. Definer: nobody inserts into events directly.';

create function private.stripe_subscription_columns(object jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  item jsonb := private.stripe_item(object);
  given_discounts jsonb := private.stripe_discounts(object);
  card jsonb := object #> '{default_payment_method,card}';
begin
  return jsonb_build_object(
    'plan', private.stripe_plan(item), 'status', object ->> 'status', 'stripe_item_id', item ->> 'id',
    'named_license_id', private.read_uuid(object #>> '{metadata,license_id}'),
    -- Items billed at another rhythm come on invoices of their own.
    'amount_cents', round((select coalesce(sum(private.stripe_item_amount(value, upper(object ->> 'currency'))), 0)
      from jsonb_array_elements(object #> '{items,data}')
      where (value #>> '{price,recurring,interval}', value #>> '{price,recurring,interval_count}')
        = (item #>> '{price,recurring,interval}', item #>> '{price,recurring,interval_count}')))::bigint,
    'currency', upper(object ->> 'currency'), 'quantity', coalesce((item ->> 'quantity')::int, 1),
    'billing_interval', item #>> '{price,recurring,interval}', 'interval_count',
      (item #>> '{price,recurring,interval_count}')::int,
    'weights', private.stripe_weights(object, given_discounts),
    'current_period_start', private.stripe_time(item -> 'current_period_start'), 'current_period_end',
      private.stripe_time(item -> 'current_period_end'),
    'cancel_at_period_end', (object ->> 'cancel_at_period_end')::boolean, 'cancel_at',
      private.stripe_time(object -> 'cancel_at'),
    'canceled_at', private.stripe_time(object -> 'canceled_at'), 'ended_at', private.stripe_time(object -> 'ended_at'),
    'trial_end', private.stripe_time(object -> 'trial_end'), 'collection_paused',
      coalesce(jsonb_typeof(object -> 'pause_collection') = 'object', false),
    'pause_behavior', object #>> '{pause_collection,behavior}',
    'pending_update', private.stripe_pending_update(object),
    'discounts', given_discounts, 'livemode', (object ->> 'livemode')::boolean, 'started_at',
      private.stripe_time(object -> 'start_date'))
    -- Known only when expanded; the card of the last payment stands in otherwise.
    || case when card is null then '{}' else jsonb_build_object('card_brand', card ->> 'brand', 'card_last4',
      card ->> 'last4') end;
end
$$;
comment on function private.stripe_subscription_columns(jsonb) is
  'The mirror''s columns as a Stripe subscription gives them: what is written and what the synchronisation compares. '
  'Definer: reads plans and known coupons.';

create function private.apply_stripe_subscription(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given public.subscriptions;
  before public.subscriptions;
  after public.subscriptions;
begin
  select * into before from public.subscriptions where stripe_subscription_id = object ->> 'id' for update;
  perform private.note_stripe_version(object ->> 'id', as_of);
  perform private.note_stripe_prices(object);
  perform set_config('private.movement_time', as_of::text, true);
  given := jsonb_populate_record(null::public.subscriptions, private.stripe_subscription_columns(object));
  insert into public.subscriptions as held (stripe_subscription_id, stripe_customer_id, customer_id, email, plan,
    stripe_item_id, named_license_id, status, amount_cents, currency, quantity,
    billing_interval, interval_count, weights, mrr_cents, first_paid_at, current_period_start, current_period_end,
      cancel_at_period_end, cancel_at, canceled_at, ended_at,
    trial_end, collection_paused, pause_behavior, pending_update, discounts, card_brand, card_last4, livemode,
      started_at)
  select object ->> 'id', stripe_customers.stripe_customer_id, customers.id, customers.email, given.plan,
    given.stripe_item_id, given.named_license_id, given.status, given.amount_cents, given.currency, given.quantity,
    given.billing_interval, given.interval_count, given.weights,
    private.net_cents(given.weights, case when given.weights @> '[{"automatic": true}]'
      then private.inclusive_taxes(before.id, object ->> 'id') end),
    (select min(coalesce(paid_at, issued_at)) from public.invoices
      -- Bills that came before it.
      where before.id is null and invoices.stripe_subscription_id = object ->> 'id' and subscription_id is null
        and private.is_settled(invoices) and total > 0), given.current_period_start,
      given.current_period_end, given.cancel_at_period_end, given.cancel_at,
    given.canceled_at, given.ended_at, given.trial_end, given.collection_paused, given.pause_behavior,
    given.pending_update,
      given.discounts, given.card_brand, given.card_last4, given.livemode, given.started_at
  from private.stripe_customers join public.customers on customers.id = stripe_customers.customer_id
  where stripe_customers.stripe_customer_id = private.stripe_id(object -> 'customer')
  on conflict (stripe_subscription_id) do update set plan = excluded.plan, status = excluded.status,
    stripe_item_id = excluded.stripe_item_id, named_license_id = excluded.named_license_id,
    amount_cents = excluded.amount_cents,
    currency = excluded.currency, quantity = excluded.quantity, billing_interval = excluded.billing_interval,
      interval_count = excluded.interval_count,
    weights = excluded.weights, mrr_cents = excluded.mrr_cents, current_period_start = excluded.current_period_start,
      current_period_end = excluded.current_period_end,
    cancel_at_period_end = excluded.cancel_at_period_end, cancel_at = excluded.cancel_at,
      canceled_at = excluded.canceled_at, ended_at = excluded.ended_at,
    trial_end = excluded.trial_end, collection_paused = excluded.collection_paused,
    pause_behavior = excluded.pause_behavior, pending_update = excluded.pending_update,
      discounts = excluded.discounts,
    card_brand = coalesce(excluded.card_brand, held.card_brand), card_last4 = coalesce(excluded.card_last4,
      held.card_last4)
  returning * into after;
  if after.id is null then
    perform private.name_stripe_customer(object);
    perform private.apply_stripe_subscription(object, as_of);
    return;
  end if;
  if before.id is null then
    update public.invoices set subscription_id = after.id
      where invoices.stripe_subscription_id = after.stripe_subscription_id and subscription_id is null;
    perform private.link_payment(invoices.stripe_invoice_id) from public.invoices where subscription_id = after.id;
  end if;
  perform private.audit_subscription(before, after);
  perform private.refresh_payment_failure(after.id);
  perform private.follow_subscription(after.id);
  if after.license_id is not null and after.status in ('canceled', 'incomplete_expired')
    and after.status is distinct from before.status then
    perform private.link_waiting_subscriptions(after.license_id);
  end if;
  perform set_config('private.movement_time', '', true);
end
$$;
comment on function private.apply_stripe_subscription(jsonb, timestamptz) is
  'Applies a Stripe subscription; its customer and the coupons of its discounts must be known. Definer: nobody writes '
  'the mirror directly.';
