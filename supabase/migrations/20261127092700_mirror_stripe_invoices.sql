-- Stripe's invoices become rows, and what pays them is tied to them; see the customers for what holds for every object.

create function private.link_payment(stripe_invoice_id text) returns void
-- By the indexes, however small the tables were when the plan was made: a first comparison fills them.
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off
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

create function private.stripe_inclusive_taxes(invoice jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  if coalesce(jsonb_array_length(nullif(invoice -> 'total_taxes', 'null')), 0) = 0 then
    return '{}';
  end if;
  return (select coalesce(jsonb_object_agg(item, jsonb_build_object('gross', gross, 'tax', tax)), '{}')
    from (select line #>> '{parent,subscription_item_details,subscription_item}' as item,
        sum((line ->> 'amount')::numeric - coalesce((select sum((value ->> 'amount')::numeric)
          from jsonb_array_elements(line -> 'discount_amounts')), 0)) as gross,
        sum((select sum((value ->> 'amount')::numeric) from jsonb_array_elements(line -> 'taxes')
          where value ->> 'tax_behavior' = 'inclusive')) as tax
      from jsonb_array_elements(invoice #> '{lines,data}') as line where (line ->> 'amount')::numeric > 0
      group by 1) as taxed
    where item is not null and tax > 0);
end
$$;
comment on function private.stripe_inclusive_taxes(jsonb) is
  'The taxes inside the prices of a Stripe invoice, by item: {si_…: {gross, tax}}.';

create function private.stripe_invoice_prices(invoice jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_object_agg(item, price), '{}') from (
    select distinct on (item) item, line #>> '{pricing,price_details,price}' as price
    from jsonb_array_elements(invoice #> '{lines,data}') with ordinality as lines (line, place)
    cross join lateral (select line #>> '{parent,subscription_item_details,subscription_item}' as item) as parent
    where item is not null and line #>> '{pricing,price_details,price}' is not null
      and coalesce((line ->> 'amount')::numeric, 0) >= 0
    order by item, (line #>> '{period,end}')::bigint desc, place desc) as charged
$$;
comment on function private.stripe_invoice_prices(jsonb) is
  'What a Stripe invoice charges of each item, as invoices.prices: of several the one that reaches furthest.';

create function private.gives_back(invoice jsonb) returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(invoice ->> 'billing_reason' = 'subscription_update' and (invoice ->> 'total')::bigint <= 0
    and jsonb_path_exists(invoice, '$.lines.data[*] ? (@.amount < 0)'), false)
$$;
comment on function private.gives_back(jsonb) is
  'Whether a Stripe invoice of a change gives back as much as it charges: of the period it is paid with, which may '
  'itself not be paid. It adds no day.';

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
    'credited_amount', coalesce((object ->> 'pre_payment_credit_notes_amount')::bigint, 0),
    'currency', upper(object ->> 'currency'),
    'covers_until', (select max(private.stripe_time(value #> '{period,end}'))
      from jsonb_array_elements(object #> '{lines,data}')
      where coalesce((value ->> 'amount')::numeric, 0) >= 0 and not private.gives_back(object)),
    -- What gives back pays for nothing.
    'covers', (select coalesce(jsonb_object_agg(item, ends), '{}')
      from (select value #>> '{parent,subscription_item_details,subscription_item}' as item,
          max((value #>> '{period,end}')::bigint) as ends
        from jsonb_array_elements(object #> '{lines,data}')
        where coalesce((value ->> 'amount')::numeric, 0) >= 0 and not private.gives_back(object)
        group by 1) as paid where item is not null),
    'prices', private.stripe_invoice_prices(object),
    'inclusive_taxes', private.stripe_inclusive_taxes(object),
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

create function private.is_stripe_action_required(invoice jsonb) returns boolean
language sql immutable set search_path = ''
as $$
  select bool_or(value #>> '{payment,payment_intent,status}' = 'requires_action')
  from jsonb_array_elements(coalesce(invoice #> '{payments,data}', '[]'))
  where jsonb_typeof(value #> '{payment,payment_intent}') = 'object'
$$;
comment on function private.is_stripe_action_required(jsonb) is
  'Whether a Stripe invoice waits for the customer to confirm its payment; null where its payments are not expanded.';

create function private.apply_stripe_invoice(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given public.invoices;
  after public.invoices;
  link jsonb;
  is_awaited boolean := private.is_stripe_action_required(object);
begin
  perform private.note_stripe_version(object ->> 'id', as_of);
  if coalesce((object ->> 'deleted')::boolean, false) then
    update public.invoices set status = 'void', action_required_at = null where stripe_invoice_id = object ->> 'id';
    return;
  end if;
  perform set_config('private.movement_time', as_of::text, true);
  given := jsonb_populate_record(null::public.invoices, private.stripe_invoice_columns(object));
  insert into public.invoices as held (stripe_invoice_id, stripe_subscription_id, subscription_id, customer_id, email,
    number, status, billing_reason, total, amount_due,
    amount_paid, amount_remaining, credited_amount, currency, covers_until, covers, prices, inclusive_taxes,
    attempt_count, next_payment_attempt, action_required_at, hosted_invoice_url, invoice_pdf_url, issued_at, paid_at,
    livemode)
  select object ->> 'id', given.stripe_subscription_id, (select id from public.subscriptions
    where subscriptions.stripe_subscription_id = given.stripe_subscription_id),
    customers.id, customers.email, given.number, given.status, given.billing_reason, given.total, given.amount_due,
      given.amount_paid, given.amount_remaining, given.credited_amount,
    given.currency, given.covers_until, given.covers, given.prices, given.inclusive_taxes, given.attempt_count,
    given.next_payment_attempt, case when is_awaited and given.status = 'open' then now() end,
    given.hosted_invoice_url, given.invoice_pdf_url, given.issued_at, given.paid_at, given.livemode
  from private.stripe_customers join public.customers on customers.id = stripe_customers.customer_id
  where stripe_customers.stripe_customer_id = private.stripe_id(object -> 'customer')
  on conflict (stripe_invoice_id) do update set number = excluded.number, status = excluded.status,
    billing_reason = excluded.billing_reason, total = excluded.total,
    amount_due = excluded.amount_due, amount_paid = excluded.amount_paid,
      amount_remaining = excluded.amount_remaining, credited_amount = excluded.credited_amount,
    covers_until = excluded.covers_until, covers = excluded.covers,
    prices = excluded.prices, inclusive_taxes = excluded.inclusive_taxes,
    attempt_count = excluded.attempt_count, next_payment_attempt = excluded.next_payment_attempt,
    action_required_at = case when excluded.status <> 'open' or not is_awaited then null
      when is_awaited then coalesce(held.action_required_at, now())
      when excluded.attempt_count <= held.attempt_count then held.action_required_at end,
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
    perform private.weigh_invoice(after);
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
