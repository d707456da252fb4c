-- An event whose needs are met is applied: by its object, or by what it says happened.

insert into private.alert_kinds (kind, severity, permission) values
  ('payment_action_required', 'warning', 'payments.read');

create function private.apply_stripe_event(event jsonb, fetched text[] default '{}') returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  object jsonb := event #> '{data,object}';
  kind text := object ->> 'object';
  type text := event ->> 'type';
  created timestamptz := private.stripe_time(event -> 'created');
begin
  if (type like 'invoice.%' and kind = 'invoice' and (object ->> 'id') ~ '^in_')
    or kind in ('subscription', 'customer', 'charge', 'dispute', 'radar.early_fraud_warning', 'credit_note') then
    -- Of another version only what was fetched is believed.
    if not (object ->> 'id') = any (fetched) and event ->> 'api_version' = private.stripe_api_version()
      and private.compare_stripe_object(object, created) = 'newer' then
      perform private.apply_stripe_object(object || case when type in ('customer.deleted', 'invoice.deleted')
        then '{"deleted": true}' else '{}'::jsonb end, created);
    end if;
    if type = 'invoice.payment_action_required' then
      perform private.alert_payment_action(object);
    end if;
  elsif kind = 'invoice_payment' then
    perform private.apply_stripe_invoice_payment(object);
  elsif type in ('checkout.session.completed', 'checkout.session.async_payment_succeeded')
    and object ->> 'subscription' is not null then
    perform private.complete_checkout(object, created);
  elsif type = 'checkout.session.async_payment_failed' and object ->> 'subscription' is not null then
    perform private.fail_checkout(object);
  elsif type in ('coupon.updated') then
    update public.subscriptions set discounts = (select jsonb_agg(case when value ->> 'coupon_id' = object ->> 'id'
      then value || jsonb_build_object('name', object -> 'name') else value end)
      from jsonb_array_elements(discounts))
    where discounts @> jsonb_build_array(jsonb_build_object('coupon_id', object ->> 'id'));
  elsif kind not in ('discount', 'refund', 'payment_method') then
    return 'ignored';
  end if;
  return 'processed';
end
$$;
comment on function private.apply_stripe_event(jsonb, text[]) is
  'Applies an event whose needs are met; objects in fetched were applied from Stripe itself a moment ago. → '
  'processed or ignored. Definer: nobody writes the mirror directly.';

create function private.alert_payment_action(invoice jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known public.invoices;
  linked_license uuid;
begin
  -- Of an attempt that was followed by another it says nothing any more.
  update public.invoices set action_required_at = coalesce(action_required_at, now())
  where stripe_invoice_id = invoice ->> 'id' and status = 'open'
    -- A thin event says nothing of the attempt: the invoice was fetched for it.
    and case when invoice ? 'attempt_count' then attempt_count <= (invoice ->> 'attempt_count')::int
      else action_required_at is not null end
  returning * into known;
  if known.id is null then
    return;
  end if;
  if known.subscription_id is not null then
    perform private.refresh_payment_failure(known.subscription_id);
  end if;
  perform private.ask_customer(known);
  if private.is_backfill() then
    return;
  end if;
  select license_id into linked_license from public.subscriptions where id = known.subscription_id;
  if not exists (select from public.alerts where dedupe_key = 'payment_action_required:'
    || known.stripe_invoice_id) then
    perform private.record_event('invoice_payment_action_required', 'subscription', known.subscription_id::text,
      jsonb_build_object('source', 'stripe', 'amount_cents', known.amount_due, 'currency', known.currency,
        'invoice_number', known.number), known.customer_id, linked_license);
    perform private.raise_alert('payment_action_required', 'payment_action_required:' || known.stripe_invoice_id,
      jsonb_build_object('amount_cents', known.amount_due, 'currency', known.currency),
      'subscription', known.subscription_id::text, known.customer_id);
  end if;
end
$$;
comment on function private.alert_payment_action(jsonb) is
  'A payment waits for the customer to confirm it with his bank: he is mailed where, staff are told. Definer: nobody '
  'writes the mirror, mails or alerts directly.';
