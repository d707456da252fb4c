-- What a subscription weighs a month: its items at today's quantity, less what lasts for ever, less the taxes inside.

create function private.item_discounts(item jsonb, known jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', private.stripe_id(given), 'coupon', case
    when jsonb_typeof(given) = 'object' then private.stripe_id(given #> '{source,coupon}')
    else (select remembered ->> 'coupon' from jsonb_array_elements(known) as weight
      cross join jsonb_array_elements(coalesce(weight -> 'discounts', '[]')) as remembered
      where remembered ->> 'id' = given #>> '{}' limit 1) end) order by place), '[]')
  from jsonb_array_elements(coalesce(nullif(item -> 'discounts', 'null'), '[]')) with ordinality as given (given, place)
$$;
comment on function private.item_discounts(jsonb, jsonb) is
  'Discounts of one item, [{id, coupon}]; coupon is null when it is named by its id alone and none of those known '
  'from the weights held.';

create function private.weight_needs(subscription jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  own_id constant text := subscription ->> 'id';
  currency constant text := upper(subscription ->> 'currency');
  known jsonb;
  item jsonb;
  discount jsonb;
  coupon jsonb;
  needs jsonb := '[]';
begin
  if subscription ->> 'status' in ('canceled', 'incomplete_expired') then
    return needs;
  end if;
  for item in select value from jsonb_array_elements(subscription #> '{items,data}') loop
    if (item #>> '{price,billing_scheme}' = 'tiered' or upper(item #>> '{price,currency}') <> currency)
      and item #>> '{price,recurring,usage_type}' is distinct from 'metered'
      and not exists (select from private.stripe_prices where stripe_price_id = item #>> '{price,id}'
        and amounts ? currency) then
      needs := needs || jsonb_build_object('kind', 'price', 'id', item #>> '{price,id}');
    end if;
    continue when coalesce(jsonb_array_length(nullif(item -> 'discounts', 'null')), 0) = 0;
    known := coalesce(known, (select weights from public.subscriptions where stripe_subscription_id = own_id), '[]');
    for discount in select value from jsonb_array_elements(private.item_discounts(item, known)) loop
      if discount ->> 'coupon' is null then
        needs := needs || jsonb_build_object('kind', 'subscription', 'id', own_id);
      elsif not exists (select from private.stripe_coupons where stripe_coupon_id = discount ->> 'coupon') then
        needs := needs || jsonb_build_object('kind', 'item_coupons', 'id', item ->> 'id');
      end if;
    end loop;
  end loop;
  -- A coupon in several currencies says only its own, and none says which products it is for.
  for coupon in select value #> '{source,coupon}' from jsonb_array_elements(subscription -> 'discounts') loop
    if (coupon ->> 'duration' = 'forever' and not exists (
        select from private.stripe_coupons where stripe_coupon_id = coupon ->> 'id'))
      or (coupon ->> 'amount_off' is not null and upper(coupon ->> 'currency') <> currency and not exists (
        select from private.stripe_coupons where stripe_coupon_id = coupon ->> 'id' and amounts ? currency)) then
      needs := needs || jsonb_build_object('kind', 'subscription_coupons', 'id', own_id);
    end if;
  end loop;
  return needs;
end
$$;
comment on function private.weight_needs(jsonb) is
  'What must be fetched before a running Stripe subscription can be weighed, [{kind, id}]: prices with tiers or in '
  'another currency, coupons that are named only. Definer: reads the mirror.';

create function private.is_for_product(coupon private.stripe_coupons, stripe_product_id text) returns boolean
language sql immutable set search_path = ''
as $$ select coalesce($2 = any (coupon.products), true) $$;
comment on function private.is_for_product(private.stripe_coupons, text) is
  'Whether a coupon lowers what that product (prod_…) costs; one that names none lowers all.';

create function private.stripe_weights(subscription jsonb, discounts jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  currency constant text := upper(subscription ->> 'currency');
  known jsonb := '[]';
  rates jsonb;
  item jsonb;
  discount jsonb;
  coupon private.stripe_coupons;
  own jsonb;
  weight jsonb;
  weights jsonb := '[]';
  amount numeric;
  months numeric;
  main_months numeric;
  -- Of each item, in their order: its product, and what it costs a month.
  sold text[] := '{}';
  cents numeric[] := '{}';
  total numeric;
  left_over numeric;
  rate numeric;
begin
  if jsonb_path_exists(subscription, '$.items.data[*].discounts[*] ? (@.type() == "string")') then
    -- Events name the discounts of items by their ids: which they are was learned before.
    known := coalesce((select held.weights from public.subscriptions as held
      where stripe_subscription_id = subscription ->> 'id'), '[]');
  end if;
  for item in select value from jsonb_array_elements(subscription #> '{items,data}') with ordinality
      order by private.stripe_plan(value) is null, ordinality loop
    own := case when coalesce(nullif(item -> 'discounts', 'null'), '[]') = '[]' then '[]'
      else private.item_discounts(item, known) end;
    weight := jsonb_build_object('item', item -> 'id')
      || case when own = '[]' then '{}' else jsonb_build_object('discounts', own) end;
    amount := private.stripe_item_amount(item, currency);
    sold := sold || private.stripe_id(item #> '{price,product}');
    if amount is null then
      weights := weights || (weight || '{"left_out": "metered"}');
      cents := cents || 0::numeric;
      continue;
    end if;
    months := case item #>> '{price,recurring,interval}' when 'month' then 1.0 when 'year' then 1.0 / 12
      when 'week' then 52.0 / 12 when 'day' then 365.0 / 12 end
      / (item #>> '{price,recurring,interval_count}')::int;
    main_months := coalesce(main_months, months);
    for discount in select value from jsonb_array_elements(own) loop
      select * into coupon from private.stripe_coupons where stripe_coupon_id = discount ->> 'coupon'
        and duration = 'forever' and private.is_for_product(stripe_coupons, sold[cardinality(sold)]);
      amount := greatest(amount * (1 - coalesce(coupon.percent_off, 0) / 100)
        - coalesce((coupon.amounts ->> currency)::numeric, 0), 0);
    end loop;
    rate := null;
    rates := coalesce(nullif(nullif(item -> 'tax_rates', '[]'), 'null'),
      nullif(subscription -> 'default_tax_rates', 'null'), '[]');
    if rates <> '[]' then
      select sum(coalesce(value ->> 'effective_percentage', value ->> 'percentage')::numeric) into rate
      from jsonb_array_elements(rates) where (value ->> 'inclusive')::boolean;
    end if;
    weights := weights || (weight || jsonb_build_object('cents', trim_scale(round(amount * months, 6)))
      || case when rate > 0 then jsonb_build_object('rate', rate) else '{}' end
      || case when (subscription #>> '{automatic_tax,enabled}')::boolean
          and item #>> '{price,tax_behavior}' is distinct from 'exclusive' then '{"automatic": true}'::jsonb
        else '{}' end);
    cents := cents || amount * months;
  end loop;
  for discount in select value from jsonb_array_elements(discounts) where value ->> 'duration' = 'forever' loop
    select * into coupon from private.stripe_coupons where stripe_coupon_id = discount ->> 'coupon_id';
    select sum(costs) into total from unnest(sold, cents) as items (product, costs)
    where private.is_for_product(coupon, product);
    left_over := greatest(total * (1 - coalesce((discount ->> 'percent_off')::numeric, 0) / 100)
      - coalesce((discount ->> 'amount_off_cents')::numeric, 0) * coalesce(main_months, 0), 0);
    continue when total = 0 or left_over = total;
    -- Items share what is taken off them together.
    cents := (select array_agg(case when private.is_for_product(coupon, product) then costs * left_over / total
        else costs end order by place)
      from unnest(sold, cents) with ordinality as items (product, costs, place));
  end loop;
  return (select coalesce(jsonb_agg(value || case when value ? 'cents' then jsonb_build_object('cents',
      trim_scale(round(cents[place], 6))) else '{}' end
    order by place), '[]') from jsonb_array_elements(weights) with ordinality as weighed (value, place));
end
$$;
comment on function private.stripe_weights(jsonb, jsonb) is
  'What each item of a Stripe subscription weighs, as subscriptions.weights; discounts are those of the whole. One '
  'that ends lowers nothing. Definer: reads known prices and coupons.';

create function private.net_cents(weights jsonb, taxes jsonb) returns bigint
language plpgsql immutable set search_path = ''
as $$
begin
  return (
    -- Divided last: a numeric's third is a little less than a third, and half a cent would be lost.
    select coalesce(greatest(round(sum(case
        when value ? 'rate' then (value ->> 'cents')::numeric * 100 / (100 + (value ->> 'rate')::numeric)
        when value ? 'automatic' and (taxes #>> array[value ->> 'item', 'gross'])::numeric > 0
          then (value ->> 'cents')::numeric * ((taxes #>> array[value ->> 'item', 'gross'])::numeric
              - (taxes #>> array[value ->> 'item', 'tax'])::numeric)
            / (taxes #>> array[value ->> 'item', 'gross'])::numeric
        else (value ->> 'cents')::numeric end)), 0), 0)::bigint
    from jsonb_array_elements(weights) where value ? 'cents'
  );
end
$$;
comment on function private.net_cents(jsonb, jsonb) is
  'Minor units a month of what a subscription weighs, without the taxes inside: by the rates that are set, else as its '
  'latest invoice found them ({si_…: {gross, tax}}).';

create function private.inclusive_taxes(subscription_id uuid, stripe_subscription_id text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce((select inclusive_taxes from public.invoices
      where (invoices.subscription_id = $1
          or ($1 is null and invoices.stripe_subscription_id = $2 and invoices.subscription_id is null))
        and status in ('open', 'paid', 'uncollectible') and total > 0
      order by issued_at desc limit 1), '{}')
  );
end
$$;
comment on function private.inclusive_taxes(uuid, text) is
  'The taxes inside the prices of a subscription, as its latest invoice says; it may not be mirrored yet. Definer: '
  'reads the mirror.';

create function private.weigh_invoice(invoice public.invoices) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  paid constant timestamptz := case when private.is_settled(invoice) and invoice.total > 0
    then coalesce(invoice.paid_at, invoice.issued_at) end;
begin
  update public.subscriptions as held set first_paid_at = least(held.first_paid_at, paid),
    mrr_cents = coalesce(taxed.cents, held.mrr_cents)
  from (select id, case when weights @> '[{"automatic": true}]'
      then private.net_cents(weights, private.inclusive_taxes(id, null)) end as cents
    from public.subscriptions where id = invoice.subscription_id) as taxed
  where held.id = taxed.id and (paid < coalesce(held.first_paid_at, 'infinity') or taxed.cents <> held.mrr_cents);
end
$$;
comment on function private.weigh_invoice(public.invoices) is
  'What an invoice says of what its subscription weighs: the first one above zero that is paid makes it revenue, the '
  'latest one tells the taxes inside. Definer: nobody writes the mirror directly.';
