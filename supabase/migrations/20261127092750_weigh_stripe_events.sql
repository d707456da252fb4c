-- Whether an event can be believed, and what must be fetched from Stripe first. Stripe renders events in the version
-- of the API an endpoint was made with, and lists them for ever in that of the day: of another version than ours only
-- the identifiers are taken. So of thin events, which hold nothing else.

create function private.stripe_api_version() returns text
language sql immutable set search_path = '' as $$ select '2026-10-28.endive' $$;
comment on function private.stripe_api_version() is
  'Version of Stripe''s API whose shapes the mirror reads: the one of the SDK the functions carry.';

create function private.plan_needs(subscription jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  latest constant text := private.stripe_id(subscription -> 'latest_invoice');
begin
  return case when latest is not null and exists (select from public.subscriptions
      where stripe_subscription_id = subscription ->> 'id'
        and plan <> private.stripe_plan(private.stripe_item(subscription)))
    and not exists (select from private.stripe_objects where id = latest)
    then jsonb_build_array(jsonb_build_object('kind', 'latest_invoice', 'id', latest)) else '[]' end;
end
$$;
comment on function private.plan_needs(jsonb) is
  'Whether a change of plan is paid says its invoice, which may not be known yet: [{kind, id}]. Definer: reads the '
  'mirror.';

create function private.stripe_needs(object jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  customer text := private.stripe_id(object -> 'customer');
  kind text := object ->> 'object';
begin
  return case when customer is not null and kind in ('subscription', 'invoice', 'charge') and not exists (
      select from private.stripe_customers where stripe_customer_id = customer)
    then jsonb_build_array(jsonb_build_object('kind', 'customer', 'id', customer)) else '[]' end
  || case when kind = 'subscription' and private.stripe_discounts(object) is null
    then jsonb_build_array(jsonb_build_object('kind', 'subscription', 'id', object ->> 'id')) else '[]' end
  || case when kind = 'subscription' then private.weight_needs(object) || private.plan_needs(object) else '[]' end
  || case when kind = 'invoice' then (select coalesce(jsonb_agg(jsonb_build_object('kind', 'price', 'id', value)), '[]')
      from jsonb_each_text(private.stripe_invoice_prices(object)) where not exists (
        select from private.stripe_prices where stripe_price_id = value)) else '[]' end
  || case when kind = 'customer' and object #>> '{discount,source,coupon,duration}' = 'forever' and not exists (
      select from private.stripe_coupons where stripe_coupon_id = object #>> '{discount,source,coupon,id}')
    then jsonb_build_array(private.fetch_of(object)) else '[]' end
  || case when kind = 'subscription' and coalesce((object #>> '{items,has_more}')::boolean, false)
    then jsonb_build_array(jsonb_build_object('kind', 'subscription', 'id', object ->> 'id')) else '[]' end
  || case when kind = 'charge' and object ->> 'status' in ('failed', 'pending')
    and object -> 'payment_intent' <> 'null'
    and not exists (
      select from private.stripe_invoice_payments
        where stripe_payment_intent_id = private.stripe_id(object -> 'payment_intent'))
    then jsonb_build_array(jsonb_build_object('kind', 'invoice_payments', 'id',
      private.stripe_id(object -> 'payment_intent'))) else '[]' end
  || case when kind = 'credit_note' and not exists (select from public.invoices
      where stripe_invoice_id = private.stripe_id(object -> 'invoice'))
    then jsonb_build_array(jsonb_build_object('kind', 'invoice', 'id', private.stripe_id(object -> 'invoice')))
    else '[]' end
  || case when kind in ('dispute', 'radar.early_fraud_warning') and not exists (select from public.payments
      where stripe_payment_id = private.stripe_id(object -> 'charge'))
    then jsonb_build_array(jsonb_build_object('kind', 'charge', 'id', private.stripe_id(object -> 'charge')))
    else '[]' end;
end
$$;
comment on function private.stripe_needs(jsonb) is
  'What must be fetched before an object can be applied: [{kind, id}]. Definer: reads the mirror.';

create function private.compare_stripe_object(object jsonb, created timestamptz) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  held_as_of timestamptz := (select as_of from private.stripe_objects where id = object ->> 'id');
  rank bigint[];
  held_rank bigint[];
begin
  if held_as_of is null then
    return 'newer';
  end if;
  case object ->> 'object'
    when 'invoice' then
      -- A paid or void invoice never opens again, and attempts only grow: no need to ask Stripe.
      rank := array[array_position(array['draft', 'open', 'uncollectible', 'paid', 'void'], object ->> 'status'),
        (object ->> 'attempt_count')::bigint];
      select array[array_position(array['draft', 'open', 'uncollectible', 'paid', 'void'], status), attempt_count]
        into held_rank
      from public.invoices where stripe_invoice_id = object ->> 'id';
    when 'charge' then
      rank := array[array_position(array['pending', 'failed', 'succeeded'], object ->> 'status'),
        (object ->> 'amount_refunded')::bigint];
      select array[array_position(array['pending', 'failed', 'succeeded'], status), amount_refunded] into held_rank
      from public.payments where stripe_payment_id = object ->> 'id';
    when 'subscription' then
      if exists (select from public.subscriptions where stripe_subscription_id = object ->> 'id'
        and status in ('canceled', 'incomplete_expired')) then
        return case when object ->> 'status' in ('canceled', 'incomplete_expired') and created > held_as_of
          then 'newer' else 'older' end;
      end if;
      return case when created > held_as_of then 'newer' else 'unsure' end;
    else
      return case when created > held_as_of then 'newer' else 'unsure' end;
  end case;
  if held_rank is null then
    return 'newer';
  elsif created > held_as_of then
    return case when rank >= held_rank then 'newer' else 'unsure' end;
  elsif created = held_as_of then
    return case when rank > held_rank then 'newer' else 'older' end;
  end if;
  return case when rank > held_rank then 'unsure' else 'older' end;
end
$$;
comment on function private.compare_stripe_object(jsonb, timestamptz) is
  'Whether an event''s object is newer than ours, older, or unsure. Stripe stamps events by the second and delivers '
  'them in any order. Definer: reads the mirror.';

create function private.running_subscriptions(stripe_customer_id text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('kind', 'subscription', 'id', stripe_subscription_id)), '[]')
    from public.subscriptions where subscriptions.stripe_customer_id = $1
      and status not in ('canceled', 'incomplete_expired'));
end
$$;
comment on function private.running_subscriptions(text) is
  'A Stripe customer''s running subscriptions, to be fetched: [{kind, id}]. Definer: reads the mirror.';

create function private.fetch_of(object jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_build_object('kind', case object ->> 'object' when 'radar.early_fraud_warning' then 'early_fraud_warning'
    else object ->> 'object' end, 'id', object ->> 'id');
end
$$;
comment on function private.fetch_of(jsonb) is 'What fetches an object anew: {kind, id}.';

create function private.history_fetches(customer jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('kind', 'customer_history', 'id', stripe_customer_id)), '[]')
    from private.stripe_customers
    where customer ->> 'object' = 'customer' and stripe_customer_id = customer ->> 'id' and customer_id is null
      and deleted_at is null and private.is_email(private.spell_email(customer ->> 'email'))
  );
end
$$;
comment on function private.history_fetches(jsonb) is
  'Who has got his address only now brings all that was billed to him and could not be mirrored: [{kind, id}]. '
  'Definer: reads the mirror.';

create function private.foreign_event_fetches(event jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  object jsonb := event #> '{data,object}';
  kind text := object ->> 'object';
  type text := event ->> 'type';
begin
  return case
    when object ->> 'id' is null then null
    when kind in ('customer', 'subscription', 'charge', 'dispute', 'radar.early_fraud_warning', 'credit_note')
        or (kind = 'invoice' and object ->> 'id' ~ '^in_')
      then jsonb_build_array(private.fetch_of(object)) || case when private.stripe_id(object -> 'invoice') is not null
        and kind = 'credit_note' then jsonb_build_array(jsonb_build_object('kind', 'invoice', 'id',
          private.stripe_id(object -> 'invoice'))) else '[]' end
    when kind in ('coupon', 'refund', 'payment_method', 'invoice_payment') or (kind = 'checkout.session'
        and type in ('checkout.session.completed', 'checkout.session.async_payment_succeeded',
          'checkout.session.async_payment_failed'))
      then jsonb_build_array(jsonb_build_object('kind', replace(kind, '.', '_'), 'id', object ->> 'id')) end;
end
$$;
comment on function private.foreign_event_fetches(jsonb) is
  'What an event of another version of the API is about, by its identifiers alone: [{kind, id}]; null when nothing of '
  'it is read but identifiers anyway.';

create function private.with_fetched_object(event jsonb, fetched jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce((select event || jsonb_build_object('api_version', private.stripe_api_version(), 'data',
      (event -> 'data') || jsonb_build_object('object', one -> 'object'))
    from jsonb_array_elements(fetched) as one
    where one #>> '{object,id}' = event #>> '{data,object,id}'
      and one #>> '{object,object}' in ('checkout.session', 'coupon', 'refund', 'payment_method', 'invoice_payment')),
    event)
$$;
comment on function private.with_fetched_object(jsonb, jsonb) is
  'An event with its object as fetched, of the kinds the mirror does not hold by themselves.';

create function private.stripe_event_fetches(event jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  object jsonb := event #> '{data,object}';
  kind text := object ->> 'object';
  type text := event ->> 'type';
  created timestamptz := private.stripe_time(event -> 'created');
  customer text := private.stripe_id(object -> 'customer');
  fetches jsonb;
begin
  if event ->> 'api_version' is distinct from private.stripe_api_version() then
    fetches := private.foreign_event_fetches(event);
    if fetches is not null then
      return fetches;
    end if;
  end if;
  if type like 'invoice.%' and kind = 'invoice' and (object ->> 'id') ~ '^in_' then
    if private.compare_stripe_object(object, created) = 'unsure' or coalesce((object #>> '{lines,has_more}')::boolean,
      false) then
      return private.stripe_needs(object) || jsonb_build_array(jsonb_build_object('kind', 'invoice', 'id',
        object ->> 'id'));
    end if;
    return private.stripe_needs(object);
  elsif kind in ('subscription', 'customer', 'charge', 'dispute', 'radar.early_fraud_warning', 'credit_note') then
    return case when private.compare_stripe_object(object, created) = 'unsure'
        then jsonb_build_array(private.fetch_of(object)) else '[]' end
      || private.stripe_needs(object)
      -- What is credited changes what is due.
      || case when kind = 'credit_note' then jsonb_build_array(jsonb_build_object('kind', 'invoice', 'id',
        private.stripe_id(object -> 'invoice'))) else '[]' end
      -- Fetched, he brings along what is billed to him.
      || case when private.history_fetches(object) <> '[]'
        then jsonb_build_array(jsonb_build_object('kind', kind, 'id', object ->> 'id')) else '[]' end;
  elsif kind = 'discount' then
    return case when object ->> 'subscription' is not null
      then jsonb_build_array(jsonb_build_object('kind', 'subscription', 'id', object ->> 'subscription'))
      when customer is not null then jsonb_build_array(jsonb_build_object('kind', 'customer', 'id', customer))
        || private.running_subscriptions(customer)
      else '[]' end;
  elsif kind = 'refund' and object -> 'charge' <> 'null' then
    return jsonb_build_array(jsonb_build_object('kind', 'charge', 'id', private.stripe_id(object -> 'charge')));
  elsif kind = 'payment_method' then
    return private.running_subscriptions(coalesce(customer, event #>> '{data,previous_attributes,customer}'));
  elsif type in ('checkout.session.completed', 'checkout.session.async_payment_succeeded',
      'checkout.session.async_payment_failed')
    and object ->> 'subscription' is not null then
    return case when exists (select from public.subscriptions
      where stripe_subscription_id = private.stripe_id(object -> 'subscription')) then '[]'
        else jsonb_build_array(jsonb_build_object('kind', 'subscription', 'id',
          private.stripe_id(object -> 'subscription'))) end
      || case when customer is null or exists (select from private.stripe_customers
        where stripe_customer_id = customer) then '[]'
        else jsonb_build_array(jsonb_build_object('kind', 'customer', 'id', customer)) end;
  end if;
  return '[]';
end
$$;
comment on function private.stripe_event_fetches(jsonb) is
  'What must be fetched from Stripe before the event can be applied: [{kind, id}], the kinds of '
  'private.with_versions. Definer: reads the mirror.';

create function private.with_versions(fetches jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(wanted || jsonb_build_object('version', private.stripe_version(wanted ->> 'id'))
      order by array_position(array['customer', 'price', 'item_coupons', 'subscription_coupons', 'customer_history',
        'latest_invoice', 'subscription', 'invoice', 'invoice_payments', 'charge', 'dispute', 'early_fraud_warning',
        'credit_note'],
        wanted ->> 'kind')), '[]')
    from (select distinct value as wanted from jsonb_array_elements($1)) as fetches
  );
end
$$;
comment on function private.with_versions(jsonb) is
  'What to fetch, each once, in the order to apply it, with the version now held. Kinds: customer, customer_history '
  '(all that is billed to him), price (with its tiers and currencies), item_coupons (of a subscription item), '
  'subscription_coupons, latest_invoice (of a subscription, before it), subscription, invoice, '
  'invoice_payments (of a payment intent), charge, dispute, '
  'early_fraud_warning, credit_note, and of what the mirror does not hold checkout_session, coupon, refund, '
  'payment_method, invoice_payment. Definer: reads '
  'private tables.';
