-- What a payment is said to be, to the timeline, staff and customer; and since when one fails.

insert into private.alert_kinds (kind, severity, permission) values
  ('payment_failed', 'error', 'payments.read'), ('payment_refunded', 'warning', 'payments.read'),
  ('payment_disputed', 'error', 'payments.read');

create function private.refresh_payment_failure(subscription_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  is_failing boolean;
  under_way timestamptz;
  method text;
  waiting timestamptz;
  change_invoice text := (select pending_update ->> 'invoice' from public.subscriptions where id = $1);
begin
  -- A debit under way at the bank is neither paid nor failed, however often it was tried before; nor is a change that
  -- waits for its payment, because without it all stays as it is.
  select coalesce(bool_or(due.attempt_count > 0 and due.pending is null and not due.is_change), false),
      min(due.pending), (array_agg(due.payment_method order by due.pending))[1],
      min(coalesce(due.action_required_at, case when due.is_change then due.issued_at end))
        filter (where due.pending is null and due.status = 'open')
    into is_failing, under_way, method, waiting
  from (select invoices.status, attempt_count, action_required_at, issued_at, debit.pending, debit.payment_method,
      coalesce(invoices.stripe_invoice_id = change_invoice, false) as is_change
    from public.invoices left join lateral (select payment_date as pending, payment_method from public.payments
      where payments.subscription_id = $1 and payments.stripe_invoice_id = invoices.stripe_invoice_id
        and payments.status = 'pending' order by payment_date limit 1) as debit on true
    where invoices.subscription_id = $1 and invoices.status in ('open', 'uncollectible')) as due;
  update public.subscriptions set
    payment_failed_at = case when is_failing and status not in ('canceled', 'incomplete_expired') then
      coalesce(payment_failed_at, nullif(current_setting('private.movement_time', true), '')::timestamptz, now()) end,
    failure_code = case when is_failing then (select payments.failure_code from public.payments
      join public.invoices on invoices.stripe_invoice_id = payments.stripe_invoice_id
        and invoices.status in ('open', 'uncollectible')
      where payments.subscription_id = $1 and payments.status = 'failed' order by payment_date desc limit 1) end,
    processing_since = under_way, processing_method = method,
    awaiting_customer_since = case when status not in ('canceled', 'incomplete_expired') then waiting end
  where id = $1 and (is_failing or payment_failed_at is not null or failure_code is not null
    or (processing_since, awaiting_customer_since) is distinct from (under_way, waiting));
end
$$;
comment on function private.refresh_payment_failure(uuid) is
  'Since when an invoice of the subscription fails, and why, since when its payment is under way, or waits for the '
  'customer; nothing once all are paid or the subscription has ended. Definer: nobody writes the mirror directly.';

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
  invoice public.invoices;
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
    select * into invoice from public.invoices where stripe_invoice_id = payment.stripe_invoice_id;
    if payment.failure_code = 'authentication_required' then
      -- The invoice says that he is asked, and mails him.
      return;
    elsif invoice.billing_reason = 'subscription_update' then
      -- Nothing of what he has is at stake: the change waits for him.
      if not exists (select from public.email_outbox where template = 'payment_action_required'
        and customer_id = invoice.customer_id and email_outbox.data ->> 'stripe_invoice_id' = invoice.stripe_invoice_id)
      then
        perform private.ask_customer(invoice);
      end if;
      return;
    end if;
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
