-- Stripe's invoices, charges and disputes become rows; see the customers for what holds for every object.

insert into private.alert_kinds (kind, severity, permission) values
  ('payment_failed', 'error', 'payments.read'), ('payment_refunded', 'warning', 'payments.read'),
  ('payment_disputed', 'error', 'payments.read');

create function private.refresh_payment_failure(subscription_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  is_failing boolean;
  under_way timestamptz;
begin
  -- A debit under way at the bank is neither paid nor failed, however often it was tried before.
  select coalesce(bool_or(due.attempt_count > 0 and due.pending is null), false), min(due.pending)
    into is_failing, under_way
  from (select attempt_count, (select min(payment_date) from public.payments
      where payments.subscription_id = $1 and payments.stripe_invoice_id = invoices.stripe_invoice_id
        and payments.status = 'pending') as pending
    from public.invoices where invoices.subscription_id = $1 and status in ('open', 'uncollectible')) as due;
  update public.subscriptions set
    payment_failed_at = case when is_failing and status not in ('canceled', 'incomplete_expired') then
      coalesce(payment_failed_at, nullif(current_setting('private.movement_time', true), '')::timestamptz, now()) end,
    failure_code = case when is_failing then (select payments.failure_code from public.payments
      where payments.subscription_id = $1 order by payment_date desc, (status = 'succeeded') desc limit 1) end,
    processing_since = under_way
  where id = $1 and (is_failing or payment_failed_at is not null or failure_code is not null
    or processing_since is distinct from under_way);
end
$$;
comment on function private.refresh_payment_failure(uuid) is
  'Since when an invoice of the subscription fails, and why, or since when its payment is under way; nothing once all '
  'are paid or the subscription has ended. Definer: nobody writes the mirror directly.';

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
      and (payments.stripe_invoice_id, payments.subscription_id, payments.license_id, payments.invoice_number,
        payments.invoice_url, payments.invoice_pdf_url)
        is distinct from ($1, invoice.subscription_id, linked_license, invoice.number, invoice.hosted_invoice_url,
          invoice.invoice_pdf_url)
    for update of payments
  loop
    was_linked := payment.subscription_id is not null;
    update public.payments set stripe_invoice_id = $1, subscription_id = invoice.subscription_id,
      license_id = linked_license,
      invoice_number = invoice.number, invoice_url = invoice.hosted_invoice_url,
        invoice_pdf_url = invoice.invoice_pdf_url
    where id = payment.id returning * into payment;
    if not was_linked and payment.subscription_id is not null then
      perform private.tell_payment(payment);
    end if;
  end loop;
end
$$;
comment on function private.link_payment(text) is
  'Gives the payments of an invoice its number, documents, subscription and licence, whichever became known first. '
  'Definer: nobody writes the mirror directly.';

create function private.record_payment_event(event_type text, payment public.payments, amount bigint,
  event_data jsonb default '{}') returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- A payment of a subscription belongs on its timeline.
  perform private.record_event($1, case when payment.subscription_id is not null then 'subscription' else 'payment' end,
    coalesce(payment.subscription_id, payment.id)::text,
    jsonb_strip_nulls(jsonb_build_object('source', 'stripe', 'payment_id', payment.id, 'amount_cents', amount,
      'currency', payment.currency, 'invoice_number', payment.invoice_number) || event_data),
    payment.customer_id, payment.license_id);
end
$$;
comment on function private.record_payment_event(text, public.payments, bigint, jsonb) is
  'One event about a payment, with an amount in minor units of its currency. Definer: nobody inserts into events '
  'directly.';

create function private.alert_payment(kind text, occasion text, payment public.payments, amount bigint,
  data jsonb default '{}', severity text default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.raise_alert($1, kind || ':' || occasion,
    jsonb_build_object('amount_cents', amount, 'currency', payment.currency, 'payment_id', payment.id) || $5,
    case when payment.subscription_id is not null then 'subscription' else 'payment' end,
    coalesce(payment.subscription_id, payment.id)::text, payment.customer_id, $6);
end
$$;
comment on function private.alert_payment(text, text, public.payments, bigint, jsonb, text) is
  'Alerts staff about a payment, once an occasion. Definer: nobody writes alerts directly.';

create function private.tell_payment(payment public.payments) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  data jsonb := '{}';
  license public.licenses;
begin
  if payment.card_last4 is not null then
    update public.subscriptions set card_brand = payment.card_brand, card_last4 = payment.card_last4
    where id = payment.subscription_id and (card_brand, card_last4) is distinct from (payment.card_brand,
      payment.card_last4);
  end if;
  if private.is_backfill() then
    return;
  end if;
  if payment.status = 'succeeded' then
    perform private.record_payment_event('payment_succeeded', payment, payment.amount);
  elsif payment.status = 'pending' then
    perform private.record_payment_event('payment_processing', payment, payment.amount,
      jsonb_build_object('payment_method', payment.payment_method));
  elsif payment.status = 'failed' then
    data := jsonb_build_object('failure_code', payment.failure_code);
    perform private.record_payment_event('payment_failed', payment, payment.amount, data);
    perform private.alert_payment('payment_failed', payment.stripe_payment_id, payment, payment.amount, data);
    select * into license from public.licenses where id = payment.license_id and revoked_at is null
      and deleted_at is null;
    -- One mail an invoice, however often Stripe tries.
    if license.id is not null and not exists (select from public.email_outbox
        where template = 'payment_failed' and license_id = license.id
          and email_outbox.data ->> 'stripe_invoice_id' = payment.stripe_invoice_id) then
      perform private.queue_email('payment_failed', license,
        jsonb_build_object('stripe_invoice_id', payment.stripe_invoice_id,
        'amount_cents', payment.amount, 'currency', payment.currency, 'invoice_url', payment.invoice_url));
    end if;
  end if;
end
$$;
comment on function private.tell_payment(public.payments) is
  'Tells timeline, staff and customer of a payment, once it is known whose it is. Definer: nobody writes those '
  'directly.';

create function private.stripe_invoice_columns(object jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_build_object('stripe_subscription_id',
    private.stripe_id(object #> '{parent,subscription_details,subscription}'),
    'number', object ->> 'number', 'status', object ->> 'status', 'billing_reason', object ->> 'billing_reason',
      'total', (object ->> 'total')::bigint,
    'amount_due', (object ->> 'amount_due')::bigint, 'amount_paid', (object ->> 'amount_paid')::bigint,
    'amount_remaining', (object ->> 'amount_remaining')::bigint,
    'currency', upper(object ->> 'currency'),
    'covers_until', (select max(private.stripe_time(value #> '{period,end}'))
      from jsonb_array_elements(object #> '{lines,data}') where coalesce((value ->> 'amount')::numeric, 0) >= 0),
    -- What gives back pays for nothing.
    'covers', (select coalesce(jsonb_object_agg(item, ends), '{}')
      from (select value #>> '{parent,subscription_item_details,subscription_item}' as item,
          max((value #>> '{period,end}')::bigint) as ends
        from jsonb_array_elements(object #> '{lines,data}') where coalesce((value ->> 'amount')::numeric, 0) >= 0
        group by 1) as paid where item is not null),
    'attempt_count', (object ->> 'attempt_count')::int, 'next_payment_attempt',
      private.stripe_time(object -> 'next_payment_attempt'),
    -- Somebody is sent there: what is no link is left out, and the invoice kept.
    'hosted_invoice_url', case when private.is_web_link(object ->> 'hosted_invoice_url')
      then object ->> 'hosted_invoice_url' end,
    'invoice_pdf_url', case when private.is_web_link(object ->> 'invoice_pdf') then object ->> 'invoice_pdf' end,
    'issued_at', private.stripe_time(object -> 'created'),
    'paid_at', private.stripe_time(object #> '{status_transitions,paid_at}'), 'livemode',
      (object ->> 'livemode')::boolean);
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
  insert into public.invoices as held (stripe_invoice_id, stripe_subscription_id, subscription_id, customer_id, email,
    number, status, billing_reason, total, amount_due,
    amount_paid, amount_remaining, currency, covers_until, covers, attempt_count, next_payment_attempt,
    hosted_invoice_url, invoice_pdf_url, issued_at, paid_at, livemode)
  select object ->> 'id', given.stripe_subscription_id, (select id from public.subscriptions
    where subscriptions.stripe_subscription_id = given.stripe_subscription_id),
    customers.id, customers.email, given.number, given.status, given.billing_reason, given.total, given.amount_due,
      given.amount_paid, given.amount_remaining,
    given.currency, given.covers_until, given.covers, given.attempt_count, given.next_payment_attempt,
    given.hosted_invoice_url, given.invoice_pdf_url, given.issued_at, given.paid_at, given.livemode
  from private.stripe_customers join public.customers on customers.id = stripe_customers.customer_id
  where stripe_customers.stripe_customer_id = private.stripe_id(object -> 'customer')
  on conflict (stripe_invoice_id) do update set number = excluded.number, status = excluded.status,
    billing_reason = excluded.billing_reason, total = excluded.total,
    amount_due = excluded.amount_due, amount_paid = excluded.amount_paid,
      amount_remaining = excluded.amount_remaining, covers_until = excluded.covers_until, covers = excluded.covers,
    attempt_count = excluded.attempt_count, next_payment_attempt = excluded.next_payment_attempt,
      hosted_invoice_url = excluded.hosted_invoice_url,
    invoice_pdf_url = excluded.invoice_pdf_url, issued_at = excluded.issued_at, paid_at = excluded.paid_at,
    stripe_subscription_id = excluded.stripe_subscription_id, subscription_id = excluded.subscription_id
  returning * into after;
  if after.id is null then
    perform private.name_stripe_customer(object);
    perform private.apply_stripe_invoice(object, as_of);
    return;
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
comment on function private.apply_stripe_invoice_payment(jsonb) is
  'Learns which invoice a payment intent pays. Definer: nobody writes the mirror directly.';

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

create function private.apply_stripe_dispute(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  payment public.payments;
  status_before text;
  is_over boolean := object ->> 'status' in ('won', 'lost', 'warning_closed', 'prevented');
  told jsonb := jsonb_build_object('currency', upper(object ->> 'currency'), 'reason', object ->> 'reason',
    'status', object ->> 'status');
begin
  perform private.note_stripe_version(object ->> 'id', as_of);
  select dispute_status into status_before from public.payments
    where stripe_payment_id = private.stripe_id(object -> 'charge') for update;
  update public.payments set dispute_status = object ->> 'status'
  where stripe_payment_id = private.stripe_id(object -> 'charge') and dispute_status
    is distinct from object ->> 'status'
  returning * into payment;
  if payment.id is null or private.is_backfill() then
    return;
  end if;
  if status_before is null or is_over then
    perform private.record_payment_event(case when is_over then 'dispute_closed' else 'payment_disputed' end, payment,
      (object ->> 'amount')::bigint, told);
  end if;
  perform private.alert_payment('payment_disputed', (object ->> 'id') || ':' || is_over, payment,
    (object ->> 'amount')::bigint, told, case when is_over then 'info' else 'error' end);
end
$$;
comment on function private.apply_stripe_dispute(jsonb, timestamptz) is
  'Applies a Stripe dispute to its payment. Definer: nobody writes the mirror directly.';

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
    else perform private.fail('stripe_object_unknown', format('"%s" is not an object the mirror holds',
      left(object ->> 'object', 50)));
  end case;
end
$$;
comment on function private.apply_stripe_object(jsonb, timestamptz) is
  'Applies a Stripe object as it was at a moment (by Stripe''s clock) to the mirror, with its effects on licences, '
  'revenue, timeline and alerts. Definer: nobody writes the mirror directly.';
