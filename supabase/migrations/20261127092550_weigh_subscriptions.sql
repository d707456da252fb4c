-- What a subscription weighs a month: its items at today's quantity, less what lasts for ever, less the taxes inside.
-- Tiers, amounts in other currencies and the coupons of items are no part of a subscription as Stripe lists it; they
-- never change there, so each is asked for once.

create table private.stripe_prices (
  stripe_price_id text primary key,
  tiers_mode text,
  amounts jsonb not null,
  constraint tiers_mode_is_known check (tiers_mode in ('graduated', 'volume')),
  constraint amounts_is_an_object check (jsonb_typeof(amounts) = 'object')
);
comment on table private.stripe_prices is
  'Prices whose amounts subscriptions do not carry: with tiers, or in another currency than their own.';
comment on column private.stripe_prices.stripe_price_id is 'price_… at Stripe';
comment on column private.stripe_prices.tiers_mode is 'graduated or volume; null without tiers';
comment on column private.stripe_prices.amounts is
  '{EUR: {unit, tiers: [{up_to, unit, flat}]}}, in minor units that may have decimals; up_to is null for the last';

create table private.stripe_coupons (
  stripe_coupon_id text primary key,
  duration text not null,
  percent_off numeric,
  amounts jsonb not null,
  constraint amounts_is_an_object check (jsonb_typeof(amounts) = 'object')
);
comment on table private.stripe_coupons is
  'Coupons of subscription items, and those in several currencies, which subscriptions name only.';
comment on column private.stripe_coupons.stripe_coupon_id is 'Id at Stripe';
comment on column private.stripe_coupons.duration is 'once, repeating or forever';
comment on column private.stripe_coupons.percent_off is 'Percent, null for an amount';
comment on column private.stripe_coupons.amounts is '{EUR: minor units off}, empty for a percentage';

alter table private.stripe_prices enable row level security;
alter table private.stripe_coupons enable row level security;

create function private.price_amounts(priced jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select jsonb_build_object('unit', coalesce(priced ->> 'unit_amount_decimal', priced ->> 'unit_amount')::numeric,
    'tiers', (select jsonb_agg(jsonb_build_object('up_to', value -> 'up_to',
        'unit', coalesce(value ->> 'unit_amount_decimal', value ->> 'unit_amount', '0')::numeric,
        'flat', coalesce(value ->> 'flat_amount_decimal', value ->> 'flat_amount', '0')::numeric) order by place)
      from jsonb_array_elements(priced -> 'tiers') with ordinality as tiers (value, place)))
$$;
comment on function private.price_amounts(jsonb) is 'The amounts of a Stripe price, or of one of its currencies.';

create function private.apply_stripe_price(object jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.stripe_prices as held (stripe_price_id, tiers_mode, amounts)
  select object ->> 'id', object ->> 'tiers_mode', coalesce((select jsonb_object_agg(upper(key),
      private.price_amounts(value)) from jsonb_each(object -> 'currency_options')), '{}')
    || jsonb_build_object(upper(object ->> 'currency'), private.price_amounts(object))
  on conflict (stripe_price_id) do update set amounts = held.amounts || excluded.amounts
$$;
comment on function private.apply_stripe_price(jsonb) is
  'Keeps the amounts of a Stripe price, its tiers and currencies expanded. Definer: nobody writes the mirror directly.';

create function private.apply_stripe_coupon(object jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.stripe_coupons as held (stripe_coupon_id, duration, percent_off, amounts)
  select object ->> 'id', object ->> 'duration', (object ->> 'percent_off')::numeric,
    coalesce((select jsonb_object_agg(upper(key), value -> 'amount_off')
      from jsonb_each(object -> 'currency_options')), '{}')
    || case when object ->> 'amount_off' is null then '{}' else jsonb_build_object(upper(object ->> 'currency'),
      object -> 'amount_off') end
  on conflict (stripe_coupon_id) do update set amounts = held.amounts || excluded.amounts
$$;
comment on function private.apply_stripe_coupon(jsonb) is
  'Keeps what a Stripe coupon takes off. Definer: nobody writes the mirror directly.';

create function private.tiers_amount(tiers jsonb, mode text, quantity numeric) returns numeric
language plpgsql immutable set search_path = ''
as $$
declare
  tier jsonb;
  lower_bound numeric := 0;
  upper_bound numeric;
  amount numeric := 0;
begin
  for tier in select value from jsonb_array_elements(tiers) loop
    upper_bound := (tier ->> 'up_to')::numeric;
    if mode = 'volume' then
      if upper_bound is null or quantity <= upper_bound then
        return quantity * (tier ->> 'unit')::numeric + (tier ->> 'flat')::numeric;
      end if;
    elsif quantity > lower_bound or lower_bound = 0 then
      -- Stripe bills the first tier's flat amount even for nothing.
      amount := amount + (tier ->> 'flat')::numeric
        + (least(quantity, coalesce(upper_bound, quantity)) - lower_bound) * (tier ->> 'unit')::numeric;
    end if;
    lower_bound := upper_bound;
  end loop;
  return amount;
end
$$;
comment on function private.tiers_amount(jsonb, text, numeric) is
  'What a quantity costs by tiers: graduated, each unit by the tier it falls into; volume, all by the tier of the '
  'whole. In minor units, with decimals.';

create function private.stripe_item_amount(item jsonb, currency text) returns numeric
language plpgsql stable security definer set search_path = ''
as $$
declare
  price constant jsonb := item -> 'price';
  quantity numeric := coalesce((item ->> 'quantity')::numeric, 0);
  divided numeric := (price #>> '{transform_quantity,divide_by}')::numeric;
  held private.stripe_prices;
  amounts jsonb;
begin
  if price #>> '{recurring,usage_type}' = 'metered' then
    return null;
  end if;
  if divided is not null then
    quantity := case price #>> '{transform_quantity,round}' when 'up' then ceil(quantity / divided)
      else floor(quantity / divided) end;
  end if;
  if price ->> 'billing_scheme' = 'tiered' or upper(price ->> 'currency') <> currency then
    select * into held from private.stripe_prices where stripe_price_id = price ->> 'id';
    amounts := held.amounts -> currency;
    return coalesce(case when held.tiers_mode is not null
      then private.tiers_amount(amounts -> 'tiers', held.tiers_mode, quantity)
      else (amounts ->> 'unit')::numeric * quantity end, 0);
  end if;
  return coalesce((price ->> 'unit_amount_decimal')::numeric, (price ->> 'unit_amount')::numeric, 0) * quantity;
end
$$;
comment on function private.stripe_item_amount(jsonb, text) is
  'What an item of a Stripe subscription costs an interval at today''s quantity, in minor units of that currency, with '
  'decimals; null when it is paid by use. Definer: reads known prices.';

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
  -- A coupon in several currencies says only its own.
  for coupon in select value #> '{source,coupon}' from jsonb_array_elements(subscription -> 'discounts') loop
    if coupon ->> 'amount_off' is not null and upper(coupon ->> 'currency') <> currency and not exists (
        select from private.stripe_coupons where stripe_coupon_id = coupon ->> 'id' and amounts ? currency) then
      needs := needs || jsonb_build_object('kind', 'subscription_coupons', 'id', own_id);
    end if;
  end loop;
  return needs;
end
$$;
comment on function private.weight_needs(jsonb) is
  'What must be fetched before a running Stripe subscription can be weighed, [{kind, id}]: prices with tiers or in '
  'another currency, coupons that are named only. Definer: reads the mirror.';

create function private.stripe_weights(subscription jsonb, discounts jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  currency constant text := upper(subscription ->> 'currency');
  -- Events name the discounts of items by their ids: which they are was learned before.
  known constant jsonb := coalesce((select weights from public.subscriptions
    where stripe_subscription_id = subscription ->> 'id'
      and jsonb_path_exists(subscription, '$.items.data[*].discounts[*] ? (@.type() == "string")')), '[]');
  item jsonb;
  discount jsonb;
  coupon private.stripe_coupons;
  own jsonb;
  weight jsonb;
  weights jsonb := '[]';
  amount numeric;
  months numeric;
  main_months numeric;
  total numeric := 0;
  left_over numeric;
  rate numeric;
begin
  for item in select value from jsonb_array_elements(subscription #> '{items,data}') with ordinality
      order by private.stripe_plan(value) is null, ordinality loop
    own := private.item_discounts(item, known);
    weight := jsonb_build_object('item', item -> 'id')
      || case when own = '[]' then '{}' else jsonb_build_object('discounts', own) end;
    amount := private.stripe_item_amount(item, currency);
    if amount is null then
      weights := weights || (weight || '{"left_out": "metered"}');
      continue;
    end if;
    months := case item #>> '{price,recurring,interval}' when 'month' then 1.0 when 'year' then 1.0 / 12
      when 'week' then 52.0 / 12 when 'day' then 365.0 / 12 end
      / (item #>> '{price,recurring,interval_count}')::int;
    main_months := coalesce(main_months, months);
    for discount in select value from jsonb_array_elements(own) loop
      select * into coupon from private.stripe_coupons where stripe_coupon_id = discount ->> 'coupon'
        and duration = 'forever';
      amount := greatest(amount * (1 - coalesce(coupon.percent_off, 0) / 100)
        - coalesce((coupon.amounts ->> currency)::numeric, 0), 0);
    end loop;
    select sum(coalesce(value ->> 'effective_percentage', value ->> 'percentage')::numeric) into rate
    from jsonb_array_elements(coalesce(nullif(nullif(item -> 'tax_rates', '[]'), 'null'),
      nullif(subscription -> 'default_tax_rates', 'null'), '[]')) where (value ->> 'inclusive')::boolean;
    weights := weights || (weight || jsonb_build_object('cents', amount * months)
      || case when rate > 0 then jsonb_build_object('rate', rate) else '{}' end
      || case when (subscription #>> '{automatic_tax,enabled}')::boolean
          and item #>> '{price,tax_behavior}' is distinct from 'exclusive' then '{"automatic": true}'::jsonb
        else '{}' end);
    total := total + amount * months;
  end loop;
  left_over := total;
  for discount in select value from jsonb_array_elements(discounts) where value ->> 'duration' = 'forever' loop
    left_over := greatest(left_over * (1 - coalesce((discount ->> 'percent_off')::numeric, 0) / 100)
      - coalesce((discount ->> 'amount_off_cents')::numeric, 0) * coalesce(main_months, 0), 0);
  end loop;
  -- Items share what is taken off the whole.
  return (select coalesce(jsonb_agg(value || case when value ? 'cents' then jsonb_build_object('cents',
      trim_scale(round((value ->> 'cents')::numeric * case when total > 0 then left_over / total else 1 end, 6)))
      else '{}' end
    order by place), '[]') from jsonb_array_elements(weights) with ordinality as weighed (value, place));
end
$$;
comment on function private.stripe_weights(jsonb, jsonb) is
  'What each item of a Stripe subscription weighs, as subscriptions.weights; discounts are those of the whole. One '
  'that ends lowers nothing. Definer: reads known prices and coupons.';

create function private.net_cents(weights jsonb, taxes jsonb) returns bigint
language sql immutable set search_path = ''
as $$
  -- Divided last: a numeric's third is a little less than a third, and half a cent would be lost.
  select coalesce(greatest(round(sum(case
      when value ? 'rate' then (value ->> 'cents')::numeric * 100 / (100 + (value ->> 'rate')::numeric)
      when value ? 'automatic' and (taxes #>> array[value ->> 'item', 'gross'])::numeric > 0
        then (value ->> 'cents')::numeric * ((taxes #>> array[value ->> 'item', 'gross'])::numeric
            - (taxes #>> array[value ->> 'item', 'tax'])::numeric)
          / (taxes #>> array[value ->> 'item', 'gross'])::numeric
      else (value ->> 'cents')::numeric end)), 0), 0)::bigint
  from jsonb_array_elements(weights) where value ? 'cents'
$$;
comment on function private.net_cents(jsonb, jsonb) is
  'Minor units a month of what a subscription weighs, without the taxes inside: by the rates that are set, else as its '
  'latest invoice found them ({si_…: {gross, tax}}).';

create function private.inclusive_taxes(subscription_id uuid, stripe_subscription_id text) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce((select inclusive_taxes from public.invoices
    where (invoices.subscription_id = $1
        or ($1 is null and invoices.stripe_subscription_id = $2 and invoices.subscription_id is null))
      and status in ('open', 'paid', 'uncollectible') and total > 0
    order by issued_at desc limit 1), '{}')
$$;
comment on function private.inclusive_taxes(uuid, text) is
  'The taxes inside the prices of a subscription, as its latest invoice says; it may not be mirrored yet. Definer: '
  'reads the mirror.';

create function private.weigh_invoice(invoice public.invoices) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  paid constant timestamptz := case when invoice.status = 'paid' and invoice.total > 0
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
