-- Stripe's charges and disputes become rows; see the customers for what holds for every object.

create function private.stripe_charge_columns(object jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  details jsonb := object -> 'payment_method_details';
begin
  return jsonb_build_object('stripe_payment_intent_id', private.stripe_id(object -> 'payment_intent'),
    'amount', (object ->> 'amount')::bigint,
    'amount_refunded', (object ->> 'amount_refunded')::bigint, 'currency', upper(object ->> 'currency'), 'status',
      object ->> 'status',
    'payment_date', private.stripe_time(object -> 'created'), 'payment_method', details ->> 'type', 'card_brand',
      details #>> '{card,brand}',
    'card_last4', details #>> '{card,last4}',
    -- A bank's reason says more than "card_declined".
    'failure_code', case when object ->> 'status' = 'failed'
      then coalesce(object #>> '{outcome,reason}', object ->> 'failure_code') end,
    'failure_message', object ->> 'failure_message', 'metadata', coalesce(object -> 'metadata', '{}'),
    'livemode', (object ->> 'livemode')::boolean);
end
$$;
comment on function private.stripe_charge_columns(jsonb) is 'The mirror''s columns as a Stripe charge gives them.';

create function private.apply_stripe_charge(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given public.payments;
  invoice text := (select stripe_invoice_id from private.stripe_invoice_payments
    where stripe_payment_intent_id = private.stripe_id(object -> 'payment_intent'));
  before public.payments;
  after public.payments;
begin
  select * into before from public.payments where stripe_payment_id = object ->> 'id' for update;
  perform private.note_stripe_version(object ->> 'id', as_of);
  perform set_config('private.movement_time', as_of::text, true);
  -- Read in long after: its refunds say when they were.
  if jsonb_typeof(object #> '{refunds,data,0}') = 'object' then
    perform set_config('private.cash_time', (select max(private.stripe_time(refund -> 'created'))
      from jsonb_array_elements(object #> '{refunds,data}') as refund)::text, true);
  end if;
  given := jsonb_populate_record(null::public.payments, private.stripe_charge_columns(object));
  insert into public.payments as held (customer_id, email, stripe_customer_id, stripe_payment_id,
    stripe_payment_intent_id, amount, amount_refunded, currency, status, payment_date,
    payment_method, card_brand, card_last4, failure_code, failure_message, metadata, livemode)
  select customers.id, customers.email, payer.id, object ->> 'id', given.stripe_payment_intent_id, given.amount,
    given.amount_refunded, given.currency, given.status,
    given.payment_date, given.payment_method, given.card_brand, given.card_last4, given.failure_code,
      given.failure_message, given.metadata, given.livemode
  -- A guest is no customer, and his money is money all the same.
  from (select private.stripe_id(object -> 'customer') as id) as payer
  left join private.stripe_customers on stripe_customers.stripe_customer_id = payer.id
  left join public.customers on customers.id = stripe_customers.customer_id
  on conflict (stripe_payment_id) do update set amount = excluded.amount, amount_refunded = excluded.amount_refunded,
    status = excluded.status,
    failure_code = excluded.failure_code, failure_message = excluded.failure_message, metadata = excluded.metadata,
    payment_method = excluded.payment_method, card_brand = excluded.card_brand, card_last4 = excluded.card_last4
  returning * into after;
  if jsonb_typeof(object #> '{refunds,data,0}') = 'object' then
    perform set_config('private.cash_time', '', true);
  end if;
  if invoice is not null and after.subscription_id is null then
    perform private.link_payment(invoice);
    select * into after from public.payments where id = after.id;
  elsif before.id is not null and before.status <> after.status and after.subscription_id is not null then
    perform private.tell_payment(after);
  end if;
  if after.amount_refunded > coalesce(before.amount_refunded, 0) and not private.is_backfill() then
    perform private.record_payment_event('payment_refunded', after,
      after.amount_refunded - coalesce(before.amount_refunded, 0));
    perform private.alert_payment('payment_refunded', after.stripe_payment_id || ':' || after.amount_refunded, after,
      after.amount_refunded - coalesce(before.amount_refunded, 0));
  end if;
  if after.subscription_id is not null then
    perform private.refresh_payment_failure(after.subscription_id);
    if 'pending' in (after.status, before.status) then
      perform private.follow_subscription(after.subscription_id);
    end if;
  end if;
  perform set_config('private.movement_time', '', true);
end
$$;
comment on function private.apply_stripe_charge(jsonb, timestamptz) is
  'Applies a Stripe charge: one row a charge, refunds included. Definer: nobody writes the mirror directly.';

create function private.apply_stripe_object(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  case object ->> 'object'
    when 'customer' then perform private.apply_stripe_customer(object, as_of);
    when 'subscription' then perform private.apply_stripe_subscription(object, as_of);
    when 'invoice' then perform private.apply_stripe_invoice(object, as_of);
    when 'invoice_payment' then perform private.apply_stripe_invoice_payment(object);
    when 'charge' then perform private.apply_stripe_charge(object, as_of);
    when 'dispute' then perform private.apply_stripe_dispute(object, as_of);
    when 'radar.early_fraud_warning' then perform private.apply_stripe_fraud_warning(object, as_of);
    when 'credit_note' then perform private.apply_stripe_credit_note(object, as_of);
    when 'price' then perform private.apply_stripe_price(object);
    when 'coupon' then perform private.apply_stripe_coupon(object);
    else perform private.fail('stripe_object_unknown', format('"%s" is not an object the mirror holds',
      left(object ->> 'object', 50)));
  end case;
end
$$;
comment on function private.apply_stripe_object(jsonb, timestamptz) is
  'Applies a Stripe object as it was at a moment (by Stripe''s clock) to the mirror, with its effects on licences, '
  'revenue, timeline and alerts. Definer: nobody writes the mirror directly.';
