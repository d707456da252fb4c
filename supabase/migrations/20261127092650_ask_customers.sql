-- A payment that only the customer can finish: his bank wants his confirmation, or a change of plan is to be paid. He
-- is told where, once for each attempt; how long he is waited for stands at the subscription.

insert into private.email_templates (template, description, outlives_license) values
  ('payment_action_required', 'A payment to be confirmed with the bank, or a change of plan to be paid', true),
  ('checkout_payment_failed', 'An online purchase whose debit the bank has refused', true);

create index email_outbox_payment_action_idx on public.email_outbox (customer_id, (data ->> 'stripe_invoice_id'))
  where template = 'payment_action_required';

create function private.mail_customer(template text, customer_id uuid, license_id uuid, data jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into public.email_outbox (template, locale, recipient, customer_id, license_id, data)
  select $1, customers.locale, customers.email, customers.id, $3, jsonb_strip_nulls($4)
  from public.customers where customers.id = $2 and customers.anonymized_at is null
$$;
comment on function private.mail_customer(text, uuid, uuid, jsonb) is
  'Queues a mail to a customer in his language, with or without a licence. Definer: callers may not write the outbox.';

create function private.ask_customer(invoice public.invoices) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  payer public.subscriptions;
begin
  if private.is_backfill() or invoice.status is distinct from 'open' or invoice.hosted_invoice_url is null then
    return;
  end if;
  select * into payer from public.subscriptions where id = invoice.subscription_id;
  if exists (select from public.email_outbox where template = 'payment_action_required'
    and customer_id = invoice.customer_id and data ->> 'stripe_invoice_id' = invoice.stripe_invoice_id
    and (data ->> 'attempt')::int >= invoice.attempt_count) then
    return;
  end if;
  perform private.mail_customer('payment_action_required', invoice.customer_id, payer.license_id, jsonb_build_object(
    'stripe_invoice_id', invoice.stripe_invoice_id, 'attempt', invoice.attempt_count,
    'amount_cents', invoice.amount_remaining, 'currency', invoice.currency,
    'invoice_url', invoice.hosted_invoice_url, 'is_change', invoice.billing_reason = 'subscription_update',
    'plan_name', (select name from public.plans where code = payer.plan),
    'new_plan_name', (select name from public.plans where code = payer.pending_update ->> 'plan'),
    'ends_at', payer.pending_update -> 'expires_at'));
end
$$;
comment on function private.ask_customer(public.invoices) is
  'Mails the customer where to confirm or pay an open invoice, once for each attempt. Definer: callers may not write '
  'the outbox.';
