-- Which plan of a subscription is paid. Stripe puts it on a dearer one before the change is paid, when a debit takes
-- days or whoever changed it lets the card refuse: what the licence gives comes with the money.

create function private.charged_plan(invoice public.invoices, stripe_item_id text) returns text
language sql stable security definer set search_path = ''
as $$
  -- An item may have taken the place of another.
  select plans.code from jsonb_each_text(invoice.prices) as charged
  join private.stripe_prices on stripe_price_id = charged.value
  join public.plans on plans.code = plan_code
  order by charged.key = $2 desc, charged.key limit 1
$$;
comment on function private.charged_plan(public.invoices, text) is
  'The plan an invoice charges, for that item or else for another; null when it charges none. Definer: reads known '
  'prices.';

create function private.paid_plan(subscription public.subscriptions) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  invoice public.invoices;
  charged text;
  -- What was charged last, and what of it was paid; a change that is not paid has its place here until it is.
  paid text;
  owed text;
  forgiven boolean;
begin
  if not exists (select from public.invoices where subscription_id = subscription.id
      and billing_reason = 'subscription_update' and not private.is_settled(invoices)) then
    return subscription.plan;
  end if;
  -- Invoices of one second are numbered in their order; a draft has no number yet.
  for invoice in select * from public.invoices where subscription_id = subscription.id
      order by issued_at, length(number) nulls last, number loop
    charged := private.charged_plan(invoice, subscription.stripe_item_id);
    continue when charged is null;
    if private.is_settled(invoice) then
      -- A period of its own pays for the plan it is of, and money for what was forgiven; a change paid for beside one
      -- that is owed waits with that.
      if owed is null or invoice.billing_reason <> 'subscription_update' or (forgiven and invoice.amount_paid > 0) then
        paid := charged;
        owed := null;
      end if;
    elsif invoice.billing_reason = 'subscription_update' and (owed is null or forgiven)
        and charged is distinct from paid then
      owed := charged;
      forgiven := invoice.status in ('void', 'paid');
    end if;
  end loop;
  if owed is null or paid is null then
    return subscription.plan;
  end if;
  -- Cheaper than what is paid needs no payment.
  return coalesce((select code from public.plans where code = subscription.plan and monthly_price_cents
    <= (select monthly_price_cents from public.plans where code = paid)), paid);
end
$$;
comment on function private.paid_plan(public.subscriptions) is
  'The plan of a subscription that is paid: its own, unless the invoice of a change to a dearer one is not paid: then '
  'the one before, until that invoice or a later period is paid. A change that charges nothing, or to a cheaper plan, '
  'is taken at once. Definer: reads the invoices for whoever follows.';
