-- Stripe's objects become rows. Each function takes the object as Stripe's API gives it
-- (version 2026-10-28) and the moment it was true, changes what differs and tells the
-- timeline, the alerts and the licence. Applying an object twice changes nothing.

create function private.stripe_id(value jsonb) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  return case jsonb_typeof(value) when 'string' then value #>> '{}' when 'object' then value ->> 'id' end;
end
$$;
comment on function private.stripe_id(jsonb) is 'The id of an object that may be expanded or not, or null.';

create function private.stripe_time(value jsonb) returns timestamptz
language plpgsql immutable set search_path = ''
as $$
begin
  return case when jsonb_typeof(value) = 'number' then to_timestamp((value #>> '{}')::double precision) end;
end
$$;
comment on function private.stripe_time(jsonb) is 'A moment from Stripe''s seconds since 1970.';

create function private.stripe_version(object_id text) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((select version from private.stripe_objects where id = $1), 0);
end
$$;
comment on function private.stripe_version(text) is 'Version of what we hold of a Stripe object, 0 if nothing. Definer: reads private tables.';

create function private.note_stripe_version(object_id text, as_of timestamptz) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.stripe_objects as held (id, as_of) values ($1, $2)
  on conflict (id) do update set as_of = greatest(held.as_of, excluded.as_of), version = held.version + 1, applied_at = clock_timestamp()
$$;
comment on function private.note_stripe_version(text, timestamptz) is 'Notes that a Stripe object was applied as of a moment. Definer: writes private tables.';

create function private.stripe_plan(item jsonb) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  named text := coalesce(item #>> '{price,metadata,plan}', split_part(item #>> '{price,lookup_key}', '_', 1));
begin
  return (select code from public.plans where code = named);
end
$$;
comment on function private.stripe_plan(jsonb) is
  'Plan of a subscription item: its price''s metadata.plan, else the lookup key up to the first underscore; null if that is no plan of ours. Definer: reads plans.';

create function private.stripe_discount(discount jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  coupon jsonb := discount #> '{source,coupon}';
begin
  if jsonb_typeof(coupon) is distinct from 'object' then
    return null;
  end if;
  return jsonb_build_object('id', discount -> 'id', 'coupon_id', coupon -> 'id', 'name', coupon -> 'name', 'percent_off', coupon -> 'percent_off',
    'amount_off_cents', coupon -> 'amount_off', 'duration', coupon -> 'duration', 'ends_at', private.stripe_time(discount -> 'end'),
    'promotion_code', private.stripe_id(discount -> 'promotion_code'));
end
$$;
comment on function private.stripe_discount(jsonb) is 'A discount as subscriptions keep it; null while its coupon is not expanded.';

create function private.stripe_discounts(subscription jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  known jsonb := coalesce((select discounts from public.subscriptions where stripe_subscription_id = subscription ->> 'id'), '[]');
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
    one := coalesce(private.stripe_discount(element), (select value from jsonb_array_elements(known) where value ->> 'id' = private.stripe_id(element)));
    if one is null then
      return null;
    end if;
    given := given || jsonb_build_array(one);
  end loop;
  return given;
end
$$;
comment on function private.stripe_discounts(jsonb) is
  'Discounts of a Stripe subscription, its own or else its customer''s; null when one is neither expanded nor known. Definer: reads the mirror.';

create function private.stripe_mrr(items jsonb, discounts jsonb) returns int
language plpgsql immutable set search_path = ''
as $$
declare
  item jsonb;
  discount jsonb;
  intervals_a_month numeric;
  amount numeric := 0;
begin
  for item in select value from jsonb_array_elements(items) loop
    intervals_a_month := case item #>> '{price,recurring,interval}' when 'month' then 1.0 when 'year' then 1.0 / 12 when 'week' then 52.0 / 12 when 'day' then 365.0 / 12 end
      / (item #>> '{price,recurring,interval_count}')::int;
    amount := amount + coalesce((item #>> '{price,unit_amount_decimal}')::numeric, (item #>> '{price,unit_amount}')::numeric, 0)
      * coalesce((item ->> 'quantity')::int, 0) * intervals_a_month;
  end loop;
  for discount in select value from jsonb_array_elements(discounts) where value ->> 'duration' = 'forever' loop
    amount := amount * (1 - coalesce((discount ->> 'percent_off')::numeric, 0) / 100)
      - coalesce((discount ->> 'amount_off_cents')::numeric, 0) * coalesce(intervals_a_month, 0);
  end loop;
  return greatest(round(amount), 0);
end
$$;
comment on function private.stripe_mrr(jsonb, jsonb) is
  'Cents a month of subscription items after the discounts that last for ever; a discount with an end does not lower it.';

create function private.apply_stripe_customer(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  clean_email text := lower(btrim(object ->> 'email'));
  known private.stripe_customers;
  new_customer uuid;
begin
  select * into known from private.stripe_customers where stripe_customer_id = object ->> 'id' for update;
  perform private.note_stripe_version(object ->> 'id', as_of);
  if coalesce((object ->> 'deleted')::boolean, false) then
    update private.stripe_customers set deleted_at = coalesce(deleted_at, as_of) where stripe_customer_id = object ->> 'id';
    return;
  end if;
  if known.stripe_customer_id is null then
    if clean_email is null or not private.is_email(clean_email) then
      perform private.fail('stripe_customer_without_email', format('Stripe customer "%s" has no usable e-mail', object ->> 'id'));
    end if;
    new_customer := private.ensure_customer(clean_email);
    insert into private.stripe_customers (stripe_customer_id, customer_id) values (object ->> 'id', new_customer)
    on conflict (stripe_customer_id) do nothing;
    update public.customers set stripe_customer_id = coalesce(stripe_customer_id, object ->> 'id'),
      name = coalesce(name, left(nullif(btrim(object ->> 'name'), ''), 200)),
      locale = case when stripe_customer_id is null and object #>> '{preferred_locales,0}' like 'en%' then 'en' else locale end
    where id = new_customer;
  else
    -- The e-mail follows unless somebody else has it already: then the two stay two.
    update public.customers set email = clean_email
    where id = known.customer_id and stripe_customer_id = object ->> 'id' and email <> clean_email and private.is_email(clean_email)
      and not exists (select from public.customers as other where other.email = clean_email);
    update public.customers set name = left(btrim(object ->> 'name'), 200)
    where id = known.customer_id and stripe_customer_id = object ->> 'id' and nullif(btrim(object ->> 'name'), '') is not null
      and name is distinct from left(btrim(object ->> 'name'), 200);
  end if;
  -- An event may carry the discount unexpanded: then it is unknown rather than gone, and fetched by its own event.
  if object -> 'discount' is null or object -> 'discount' = 'null' or private.stripe_discount(object -> 'discount') is not null then
    update private.stripe_customers set discount = private.stripe_discount(object -> 'discount')
    where stripe_customer_id = object ->> 'id' and discount is distinct from private.stripe_discount(object -> 'discount');
  end if;
end
$$;
comment on function private.apply_stripe_customer(jsonb, timestamptz) is
  'Applies a Stripe customer: finds or makes ours by e-mail. Errors: stripe_customer_without_email. Definer: callers may not write customers.';

create function private.audit_subscription(before public.subscriptions, after public.subscriptions) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  base jsonb := jsonb_build_object('source', 'stripe', 'subscription_id', after.id, 'email', after.email);
begin
  if private.is_backfill() then
    return;
  end if;
  if before.id is null then
    perform private.record_event('subscription_created', after.license_id, base || jsonb_build_object('after',
      jsonb_build_object('plan', after.plan, 'status', after.status), 'amount_cents', after.amount_cents, 'currency', after.currency));
    return;
  end if;
  if before.plan is distinct from after.plan then
    perform private.record_event('subscription_plan_changed', after.license_id, base || jsonb_build_object(
      'before', jsonb_build_object('plan', before.plan, 'amount_cents', before.amount_cents), 'after', jsonb_build_object('plan', after.plan, 'amount_cents', after.amount_cents)));
  end if;
  if before.discounts <> after.discounts then
    perform private.record_event('subscription_discount_changed', after.license_id, base || jsonb_build_object(
      'before', jsonb_build_object('discounts', before.discounts), 'after', jsonb_build_object('discounts', after.discounts)));
  end if;
  if after.status = 'canceled' and before.status <> 'canceled' then
    perform private.record_event('subscription_canceled', after.license_id, base || jsonb_build_object('ended_at', after.ended_at, 'before', jsonb_build_object('status', before.status)));
    perform private.raise_alert('subscription_canceled', 'info', 'subscription_canceled:' || after.id,
      jsonb_build_object('email', after.email, 'plan', after.plan, 'amount_cents', after.amount_cents, 'currency', after.currency), after.license_id, after.id);
  elsif (before.cancel_at_period_end or before.cancel_at is not null) <> (after.cancel_at_period_end or after.cancel_at is not null) then
    perform private.record_event(case when after.cancel_at_period_end or after.cancel_at is not null then 'subscription_cancel_scheduled' else 'subscription_cancel_undone' end,
      after.license_id, base || jsonb_build_object('ends_at', coalesce(after.cancel_at, after.current_period_end)));
  elsif (before.status = 'paused' or before.collection_paused) <> (after.status = 'paused' or after.collection_paused) then
    perform private.record_event(case when after.status = 'paused' or after.collection_paused then 'subscription_paused' else 'subscription_resumed' end, after.license_id, base);
  end if;
end
$$;
comment on function private.audit_subscription(public.subscriptions, public.subscriptions) is
  'Tells the timeline what changed about a subscription. Definer: nobody inserts into events directly.';

create function private.stripe_subscription_columns(object jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  item jsonb := object #> '{items,data,0}';
  given_discounts jsonb := private.stripe_discounts(object);
  card jsonb := object #> '{default_payment_method,card}';
begin
  return jsonb_build_object(
    'plan', private.stripe_plan(item), 'status', object ->> 'status',
    'amount_cents', round((select coalesce(sum(coalesce((value #>> '{price,unit_amount_decimal}')::numeric, (value #>> '{price,unit_amount}')::numeric, 0)
      * coalesce((value ->> 'quantity')::int, 0)), 0) from jsonb_array_elements(object #> '{items,data}')))::int,
    'currency', upper(object ->> 'currency'), 'quantity', coalesce((item ->> 'quantity')::int, 1),
    'billing_interval', item #>> '{price,recurring,interval}', 'interval_count', (item #>> '{price,recurring,interval_count}')::int,
    'mrr_cents', private.stripe_mrr(object #> '{items,data}', given_discounts),
    'current_period_start', private.stripe_time(item -> 'current_period_start'), 'current_period_end', private.stripe_time(item -> 'current_period_end'),
    'cancel_at_period_end', (object ->> 'cancel_at_period_end')::boolean, 'cancel_at', private.stripe_time(object -> 'cancel_at'),
    'canceled_at', private.stripe_time(object -> 'canceled_at'), 'ended_at', private.stripe_time(object -> 'ended_at'),
    'trial_end', private.stripe_time(object -> 'trial_end'), 'collection_paused', coalesce(jsonb_typeof(object -> 'pause_collection') = 'object', false),
    'discounts', given_discounts, 'livemode', (object ->> 'livemode')::boolean, 'started_at', private.stripe_time(object -> 'start_date'))
    -- Known only when expanded; the card of the last payment stands in otherwise.
    || case when card is null then '{}' else jsonb_build_object('card_brand', card ->> 'brand', 'card_last4', card ->> 'last4') end;
end
$$;
comment on function private.stripe_subscription_columns(jsonb) is
  'The mirror''s columns as a Stripe subscription gives them: what is written and what the synchronisation compares. Definer: reads plans and known coupons.';

create function private.apply_stripe_subscription(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given public.subscriptions;
  before public.subscriptions;
  after public.subscriptions;
  wanted_license uuid;
begin
  select * into before from public.subscriptions where stripe_subscription_id = object ->> 'id' for update;
  perform private.note_stripe_version(object ->> 'id', as_of);
  perform set_config('private.movement_time', as_of::text, true);
  given := jsonb_populate_record(null::public.subscriptions, private.stripe_subscription_columns(object));
  insert into public.subscriptions as held (stripe_subscription_id, stripe_customer_id, customer_id, email, plan, status, amount_cents, currency, quantity,
    billing_interval, interval_count, mrr_cents, current_period_start, current_period_end, cancel_at_period_end, cancel_at, canceled_at, ended_at,
    trial_end, collection_paused, discounts, card_brand, card_last4, livemode, started_at)
  select object ->> 'id', stripe_customers.stripe_customer_id, customers.id, customers.email, given.plan, given.status, given.amount_cents, given.currency, given.quantity,
    given.billing_interval, given.interval_count, given.mrr_cents, given.current_period_start, given.current_period_end, given.cancel_at_period_end, given.cancel_at,
    given.canceled_at, given.ended_at, given.trial_end, given.collection_paused, given.discounts, given.card_brand, given.card_last4, given.livemode, given.started_at
  from private.stripe_customers join public.customers on customers.id = stripe_customers.customer_id
  where stripe_customers.stripe_customer_id = private.stripe_id(object -> 'customer')
  on conflict (stripe_subscription_id) do update set plan = excluded.plan, status = excluded.status, amount_cents = excluded.amount_cents,
    currency = excluded.currency, quantity = excluded.quantity, billing_interval = excluded.billing_interval, interval_count = excluded.interval_count,
    mrr_cents = excluded.mrr_cents, current_period_start = excluded.current_period_start, current_period_end = excluded.current_period_end,
    cancel_at_period_end = excluded.cancel_at_period_end, cancel_at = excluded.cancel_at, canceled_at = excluded.canceled_at, ended_at = excluded.ended_at,
    trial_end = excluded.trial_end, collection_paused = excluded.collection_paused, discounts = excluded.discounts,
    card_brand = coalesce(excluded.card_brand, held.card_brand), card_last4 = coalesce(excluded.card_last4, held.card_last4)
  returning * into after;
  if after.id is null then
    perform private.fail('stripe_customer_unknown', format('Stripe customer "%s" is not mirrored', private.stripe_id(object -> 'customer')));
  end if;
  if before.id is null then
    update public.invoices set subscription_id = after.id where invoices.stripe_subscription_id = after.stripe_subscription_id and subscription_id is null;
    perform private.link_payment(invoices.stripe_invoice_id) from public.invoices where subscription_id = after.id;
  end if;
  if after.license_id is null then
    -- Whoever sells outside the console names the licence in the subscription's metadata.
    select licenses.id into wanted_license from public.licenses
    where licenses.id::text = object #>> '{metadata,license_id}' and licenses.customer_id = after.customer_id
      and licenses.stripe_subscription_id is null and licenses.deleted_at is null;
    if wanted_license is not null then
      perform private.link_subscription(after.id, wanted_license);
      after.license_id := wanted_license;
    end if;
  end if;
  perform private.audit_subscription(before, after);
  perform private.refresh_payment_failure(after.id);
  perform private.follow_subscription(after.id);
  perform set_config('private.movement_time', '', true);
end
$$;
comment on function private.apply_stripe_subscription(jsonb, timestamptz) is
  'Applies a Stripe subscription; its customer and the coupons of its discounts must be known. Definer: nobody writes the mirror directly.';

create function private.refresh_payment_failure(subscription_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  is_failing boolean := exists (select from public.invoices where invoices.subscription_id = $1 and status in ('open', 'uncollectible') and attempt_count > 0);
begin
  update public.subscriptions set
    payment_failed_at = case when is_failing and status not in ('canceled', 'incomplete_expired') then
      coalesce(payment_failed_at, nullif(current_setting('private.movement_time', true), '')::timestamptz, now()) end,
    failure_code = case when is_failing then (select payments.failure_code from public.payments
      where payments.subscription_id = $1 order by payment_date desc, (status = 'succeeded') desc limit 1) end
  where id = $1 and (is_failing or payment_failed_at is not null or failure_code is not null);
end
$$;
comment on function private.refresh_payment_failure(uuid) is
  'Since when an invoice of the subscription fails, and why; nothing once all are paid or the subscription has ended. Definer: nobody writes the mirror directly.';

create function private.link_payment(stripe_invoice_id text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  invoice public.invoices;
  linked_license uuid;
  payment public.payments;
  was_linked boolean;
begin
  select * into invoice from public.invoices where invoices.stripe_invoice_id = $1;
  if invoice.id is null then
    return;
  end if;
  select license_id into linked_license from public.subscriptions where id = invoice.subscription_id;
  for payment in
    select payments.* from public.payments
    join private.stripe_invoice_payments as link on link.stripe_payment_intent_id = payments.stripe_payment_intent_id
    where link.stripe_invoice_id = $1
      and (payments.stripe_invoice_id, payments.subscription_id, payments.license_id, payments.invoice_number, payments.invoice_url, payments.invoice_pdf_url)
        is distinct from ($1, invoice.subscription_id, linked_license, invoice.number, invoice.hosted_invoice_url, invoice.invoice_pdf_url)
    for update of payments
  loop
    was_linked := payment.subscription_id is not null;
    update public.payments set stripe_invoice_id = $1, subscription_id = invoice.subscription_id, license_id = linked_license,
      invoice_number = invoice.number, invoice_url = invoice.hosted_invoice_url, invoice_pdf_url = invoice.invoice_pdf_url
    where id = payment.id returning * into payment;
    if not was_linked and payment.subscription_id is not null then
      perform private.tell_payment(payment);
    end if;
  end loop;
end
$$;
comment on function private.link_payment(text) is
  'Gives the payments of an invoice its number, documents, subscription and licence, whichever became known first. Definer: nobody writes the mirror directly.';

create function private.tell_payment(payment public.payments) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  data jsonb := jsonb_build_object('source', 'stripe', 'payment_id', payment.id, 'subscription_id', payment.subscription_id, 'email', payment.email,
    'amount_cents', payment.amount, 'currency', payment.currency, 'invoice_number', payment.invoice_number);
  license public.licenses;
begin
  if payment.card_last4 is not null then
    update public.subscriptions set card_brand = payment.card_brand, card_last4 = payment.card_last4
    where id = payment.subscription_id and (card_brand, card_last4) is distinct from (payment.card_brand, payment.card_last4);
  end if;
  if private.is_backfill() then
    return;
  end if;
  if payment.status = 'succeeded' then
    perform private.record_event('payment_succeeded', payment.license_id, data);
  elsif payment.status = 'failed' then
    data := data || jsonb_build_object('failure_code', payment.failure_code);
    perform private.record_event('payment_failed', payment.license_id, data);
    perform private.raise_alert('payment_failed', 'error', 'payment_failed:' || payment.stripe_payment_id, data, payment.license_id, payment.subscription_id, payment.id);
    select * into license from public.licenses where id = payment.license_id and revoked_at is null and deleted_at is null;
    -- One mail an invoice, however often Stripe tries.
    if license.id is not null and not exists (select from public.email_outbox
        where template = 'payment_failed' and license_id = license.id and email_outbox.data ->> 'stripe_invoice_id' = payment.stripe_invoice_id) then
      perform private.queue_email('payment_failed', license, jsonb_build_object('stripe_invoice_id', payment.stripe_invoice_id,
        'amount_cents', payment.amount, 'currency', payment.currency, 'invoice_url', payment.invoice_url));
    end if;
  end if;
end
$$;
comment on function private.tell_payment(public.payments) is
  'Tells timeline, staff and customer of a payment, once it is known whose it is. Definer: nobody writes those directly.';

create function private.stripe_invoice_columns(object jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_build_object('stripe_subscription_id', private.stripe_id(object #> '{parent,subscription_details,subscription}'),
    'number', object ->> 'number', 'status', object ->> 'status', 'billing_reason', object ->> 'billing_reason', 'total', (object ->> 'total')::int,
    'amount_due', (object ->> 'amount_due')::int, 'amount_paid', (object ->> 'amount_paid')::int, 'amount_remaining', (object ->> 'amount_remaining')::int,
    'currency', upper(object ->> 'currency'),
    'covers_until', (select max(private.stripe_time(value #> '{period,end}')) from jsonb_array_elements(object #> '{lines,data}')),
    'attempt_count', (object ->> 'attempt_count')::int, 'next_payment_attempt', private.stripe_time(object -> 'next_payment_attempt'),
    'hosted_invoice_url', object ->> 'hosted_invoice_url', 'invoice_pdf_url', object ->> 'invoice_pdf', 'issued_at', private.stripe_time(object -> 'created'),
    'paid_at', private.stripe_time(object #> '{status_transitions,paid_at}'));
end
$$;
comment on function private.stripe_invoice_columns(jsonb) is 'The mirror''s columns as a Stripe invoice gives them.';

create function private.apply_stripe_invoice(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given public.invoices;
  after public.invoices;
  link jsonb;
begin
  perform private.note_stripe_version(object ->> 'id', as_of);
  if coalesce((object ->> 'deleted')::boolean, false) then
    update public.invoices set status = 'void' where stripe_invoice_id = object ->> 'id';
    return;
  end if;
  perform set_config('private.movement_time', as_of::text, true);
  given := jsonb_populate_record(null::public.invoices, private.stripe_invoice_columns(object));
  insert into public.invoices as held (stripe_invoice_id, stripe_subscription_id, subscription_id, customer_id, email, number, status, billing_reason, total, amount_due,
    amount_paid, amount_remaining, currency, covers_until, attempt_count, next_payment_attempt, hosted_invoice_url, invoice_pdf_url, issued_at, paid_at)
  select object ->> 'id', given.stripe_subscription_id, (select id from public.subscriptions where subscriptions.stripe_subscription_id = given.stripe_subscription_id),
    customers.id, customers.email, given.number, given.status, given.billing_reason, given.total, given.amount_due, given.amount_paid, given.amount_remaining,
    given.currency, given.covers_until, given.attempt_count, given.next_payment_attempt, given.hosted_invoice_url, given.invoice_pdf_url, given.issued_at, given.paid_at
  from private.stripe_customers join public.customers on customers.id = stripe_customers.customer_id
  where stripe_customers.stripe_customer_id = private.stripe_id(object -> 'customer')
  on conflict (stripe_invoice_id) do update set number = excluded.number, status = excluded.status, billing_reason = excluded.billing_reason, total = excluded.total,
    amount_due = excluded.amount_due, amount_paid = excluded.amount_paid, amount_remaining = excluded.amount_remaining, covers_until = excluded.covers_until,
    attempt_count = excluded.attempt_count, next_payment_attempt = excluded.next_payment_attempt, hosted_invoice_url = excluded.hosted_invoice_url,
    invoice_pdf_url = excluded.invoice_pdf_url, issued_at = excluded.issued_at, paid_at = excluded.paid_at,
    stripe_subscription_id = excluded.stripe_subscription_id, subscription_id = excluded.subscription_id
  returning * into after;
  if after.id is null then
    perform private.fail('stripe_customer_unknown', format('Stripe customer "%s" is not mirrored', private.stripe_id(object -> 'customer')));
  end if;
  for link in select value from jsonb_array_elements(coalesce(object #> '{payments,data}', '[]')) loop
    perform private.apply_stripe_invoice_payment(link);
  end loop;
  perform private.link_payment(after.stripe_invoice_id);
  if after.subscription_id is not null then
    perform private.refresh_payment_failure(after.subscription_id);
    perform private.follow_subscription(after.subscription_id);
  end if;
  perform set_config('private.movement_time', '', true);
end
$$;
comment on function private.apply_stripe_invoice(jsonb, timestamptz) is
  'Applies a Stripe invoice, with its payments when expanded. Definer: nobody writes the mirror directly.';

create function private.apply_stripe_invoice_payment(object jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  intent text := private.stripe_id(object #> '{payment,payment_intent}');
  invoice text := private.stripe_id(object -> 'invoice');
begin
  if intent is null or invoice is null then
    return;
  end if;
  insert into private.stripe_invoice_payments (stripe_payment_intent_id, stripe_invoice_id) values (intent, invoice)
  on conflict (stripe_payment_intent_id) do nothing;
  perform private.link_payment(invoice);
end
$$;
comment on function private.apply_stripe_invoice_payment(jsonb) is 'Learns which invoice a payment intent pays. Definer: nobody writes the mirror directly.';

create function private.stripe_charge_columns(object jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  details jsonb := object -> 'payment_method_details';
begin
  return jsonb_build_object('stripe_payment_intent_id', private.stripe_id(object -> 'payment_intent'), 'amount', (object ->> 'amount')::int,
    'amount_refunded', (object ->> 'amount_refunded')::int, 'currency', upper(object ->> 'currency'), 'status', object ->> 'status',
    'payment_date', private.stripe_time(object -> 'created'), 'payment_method', details ->> 'type', 'card_brand', details #>> '{card,brand}',
    'card_last4', details #>> '{card,last4}',
    -- A bank's reason says more than "card_declined".
    'failure_code', case when object ->> 'status' = 'failed' then coalesce(object #>> '{outcome,reason}', object ->> 'failure_code') end,
    'failure_message', object ->> 'failure_message', 'metadata', coalesce(object -> 'metadata', '{}'));
end
$$;
comment on function private.stripe_charge_columns(jsonb) is 'The mirror''s columns as a Stripe charge gives them.';

create function private.apply_stripe_charge(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given public.payments;
  invoice text := (select stripe_invoice_id from private.stripe_invoice_payments where stripe_payment_intent_id = private.stripe_id(object -> 'payment_intent'));
  before public.payments;
  after public.payments;
begin
  select * into before from public.payments where stripe_payment_id = object ->> 'id' for update;
  perform private.note_stripe_version(object ->> 'id', as_of);
  perform set_config('private.movement_time', as_of::text, true);
  given := jsonb_populate_record(null::public.payments, private.stripe_charge_columns(object));
  insert into public.payments as held (customer_id, email, stripe_payment_id, stripe_payment_intent_id, amount, amount_refunded, currency, status, payment_date,
    payment_method, card_brand, card_last4, failure_code, failure_message, metadata)
  select customers.id, customers.email, object ->> 'id', given.stripe_payment_intent_id, given.amount, given.amount_refunded, given.currency, given.status,
    given.payment_date, given.payment_method, given.card_brand, given.card_last4, given.failure_code, given.failure_message, given.metadata
  from private.stripe_customers join public.customers on customers.id = stripe_customers.customer_id
  where stripe_customers.stripe_customer_id = private.stripe_id(object -> 'customer')
  on conflict (stripe_payment_id) do update set amount = excluded.amount, amount_refunded = excluded.amount_refunded, status = excluded.status,
    failure_code = excluded.failure_code, failure_message = excluded.failure_message, metadata = excluded.metadata,
    payment_method = excluded.payment_method, card_brand = excluded.card_brand, card_last4 = excluded.card_last4
  returning * into after;
  if after.id is null then
    perform private.fail('stripe_customer_unknown', format('Stripe customer "%s" is not mirrored', private.stripe_id(object -> 'customer')));
  end if;
  if invoice is not null and after.subscription_id is null then
    perform private.link_payment(invoice);
    select * into after from public.payments where id = after.id;
  elsif before.id is not null and before.status <> after.status and after.subscription_id is not null then
    perform private.tell_payment(after);
  end if;
  if after.amount_refunded > coalesce(before.amount_refunded, 0) and not private.is_backfill() then
    perform private.record_event('payment_refunded', after.license_id, jsonb_build_object('source', 'stripe', 'payment_id', after.id, 'subscription_id', after.subscription_id,
      'email', after.email, 'amount_cents', after.amount_refunded - coalesce(before.amount_refunded, 0), 'currency', after.currency, 'invoice_number', after.invoice_number));
    perform private.raise_alert('payment_refunded', 'warning', 'payment_refunded:' || after.stripe_payment_id || ':' || after.amount_refunded,
      jsonb_build_object('email', after.email, 'amount_cents', after.amount_refunded - coalesce(before.amount_refunded, 0), 'currency', after.currency),
      after.license_id, after.subscription_id, after.id);
  end if;
  if after.subscription_id is not null then
    perform private.refresh_payment_failure(after.subscription_id);
  end if;
  perform set_config('private.movement_time', '', true);
end
$$;
comment on function private.apply_stripe_charge(jsonb, timestamptz) is
  'Applies a Stripe charge: one row a charge, refunds included. Definer: nobody writes the mirror directly.';

create function private.apply_stripe_dispute(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  payment public.payments;
  status_before text;
  is_over boolean := object ->> 'status' in ('won', 'lost', 'warning_closed', 'prevented');
begin
  perform private.note_stripe_version(object ->> 'id', as_of);
  select dispute_status into status_before from public.payments where stripe_payment_id = private.stripe_id(object -> 'charge') for update;
  update public.payments set dispute_status = object ->> 'status'
  where stripe_payment_id = private.stripe_id(object -> 'charge') and dispute_status is distinct from object ->> 'status'
  returning * into payment;
  if payment.id is null or private.is_backfill() then
    return;
  end if;
  if status_before is null or is_over then
    perform private.record_event(case when is_over then 'dispute_closed' else 'payment_disputed' end, payment.license_id,
      jsonb_build_object('source', 'stripe', 'payment_id', payment.id, 'subscription_id', payment.subscription_id, 'email', payment.email,
        'amount_cents', (object ->> 'amount')::int, 'currency', upper(object ->> 'currency'), 'reason', object ->> 'reason', 'status', object ->> 'status'));
  end if;
  perform private.raise_alert('payment_disputed', case when is_over then 'info' else 'error' end, 'payment_disputed:' || (object ->> 'id') || ':' || is_over,
    jsonb_build_object('email', payment.email, 'amount_cents', (object ->> 'amount')::int, 'currency', upper(object ->> 'currency'), 'reason', object ->> 'reason', 'status', object ->> 'status'),
    payment.license_id, payment.subscription_id, payment.id);
end
$$;
comment on function private.apply_stripe_dispute(jsonb, timestamptz) is 'Applies a Stripe dispute to its payment. Definer: nobody writes the mirror directly.';

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
    else perform private.fail('stripe_object_unknown', format('"%s" is not an object the mirror holds', left(object ->> 'object', 50)));
  end case;
end
$$;
comment on function private.apply_stripe_object(jsonb, timestamptz) is
  'Applies a Stripe object as it was at a moment (by Stripe''s clock) to the mirror, with its effects on licences, revenue, timeline and alerts. Definer: nobody writes the mirror directly.';

alter table public.email_outbox drop constraint template_is_known;
alter table public.email_outbox add constraint template_is_known
  check (template in ('license_created', 'license_revoked', 'payment_failed', 'subscription_ending'));
create index email_outbox_payment_failed_idx on public.email_outbox (license_id, (data ->> 'stripe_invoice_id')) where template = 'payment_failed';
create index events_subscription_id_idx on public.events ((event_data ->> 'subscription_id'), sequence desc) where event_data ? 'subscription_id';

revoke execute on function private.stripe_version(text), private.note_stripe_version(text, timestamptz), private.stripe_plan(jsonb), private.stripe_discounts(jsonb), private.stripe_subscription_columns(jsonb),
  private.apply_stripe_customer(jsonb, timestamptz), private.audit_subscription(public.subscriptions, public.subscriptions),
  private.apply_stripe_subscription(jsonb, timestamptz), private.refresh_payment_failure(uuid), private.link_payment(text), private.tell_payment(public.payments),
  private.apply_stripe_invoice(jsonb, timestamptz), private.apply_stripe_invoice_payment(jsonb), private.apply_stripe_charge(jsonb, timestamptz),
  private.apply_stripe_dispute(jsonb, timestamptz), private.apply_stripe_object(jsonb, timestamptz) from public;
