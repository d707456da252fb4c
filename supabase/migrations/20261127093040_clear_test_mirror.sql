-- Whoever has tried everything in test mode starts with live keys from an empty mirror: what the test left would
-- weigh in every figure, and name customers whom the live account does not know.

create function private.clear_stripe_test_mirror() returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  subscription_ids uuid[];
  stripe_ids text[];
  customer_ids text[];
  payment_count int;
begin
  perform private.require_permission('stripe.sync');
  subscription_ids := array(select id from public.subscriptions where not livemode);
  customer_ids := array(select stripe_customer_id from private.stripe_customers
    where livemode is distinct from true and not exists (select from public.subscriptions
      where subscriptions.stripe_customer_id = stripe_customers.stripe_customer_id and subscriptions.livemode));
  stripe_ids := customer_ids
    || array(select stripe_subscription_id from public.subscriptions where not livemode)
    || array(select stripe_invoice_id from public.invoices where not livemode)
    || array(select stripe_payment_id from public.payments where not livemode)
    || array(select stripe_dispute_id from private.stripe_disputes where not livemode)
    || array(select stripe_warning_id from private.stripe_fraud_warnings where not livemode)
    || array(select stripe_credit_note_id from public.credit_notes where not livemode);
  -- A licence bought in test stays for staff to judge; nothing pays for it.
  perform private.set_audit_context('license_updated', '{"source": "stripe_test_cleared"}');
  update public.licenses set stripe_subscription_id = null, auto_renew = false, payment_method = 'manual',
    paid_until = null
  where stripe_subscription_id in (select stripe_subscription_id from public.subscriptions where not livemode);
  perform private.set_audit_context(null);
  perform set_config('private.restatement_why', 'test_cleared', true);
  delete from public.mrr_movements where subscription_id = any (subscription_ids);
  perform set_config('private.restatement_why', '', true);
  delete from private.stripe_disputes where not livemode;
  delete from private.stripe_fraud_warnings where not livemode;
  delete from private.stripe_prices;
  delete from private.stripe_coupons;
  delete from public.payments where not livemode;
  get diagnostics payment_count = row_count;
  delete from private.stripe_invoice_payments where stripe_invoice_id = any (stripe_ids);
  delete from public.credit_notes where not livemode;
  delete from public.invoices where not livemode;
  delete from public.subscriptions where not livemode;
  perform private.set_audit_context('audited_in_bulk');
  update public.customers set stripe_customer_id = null where stripe_customer_id = any (customer_ids);
  perform private.set_audit_context(null);
  delete from private.stripe_customers where stripe_customer_id = any (customer_ids);
  delete from private.stripe_objects where id = any (stripe_ids);
  delete from public.stripe_events where not livemode;
  -- The baseline was that of the test account: the next full comparison is the first again.
  delete from public.stripe_drifts;
  delete from public.stripe_syncs;
  perform private.record_event('stripe_test_cleared', null, null, jsonb_build_object(
    'subscriptions', cardinality(subscription_ids), 'payments', payment_count, 'customers', cardinality(customer_ids)));
  return jsonb_build_object('subscriptions', cardinality(subscription_ids), 'payments', payment_count,
    'customers', cardinality(customer_ids));
end
$$;
comment on function private.clear_stripe_test_mirror() is
  'Empties the mirror of what test mode left: subscriptions with their movements, invoices, payments, customers at '
  'Stripe, events and runs. Customers and licences of ours stay; licences bought in test are paid by nobody from now '
  'on. → {subscriptions, payments, customers}. Run by npm run stripe:clear-test. Definer: nobody writes the mirror '
  'directly.';
