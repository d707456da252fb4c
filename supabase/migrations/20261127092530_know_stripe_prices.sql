-- Tiers, amounts in other currencies, what a coupon is for and the coupons of items are no part of a subscription as
-- Stripe lists it, and invoices name their prices only; they never change there, so each is asked for once and kept.

create table private.stripe_prices (
  stripe_price_id text primary key,
  tiers_mode text,
  amounts jsonb not null,
  plan_code text,
  constraint tiers_mode_is_known check (tiers_mode in ('graduated', 'volume')),
  constraint amounts_is_an_object check (jsonb_typeof(amounts) = 'object')
);
comment on table private.stripe_prices is
  'Prices subscriptions and invoices have: the plan each names, and the amounts subscriptions do not carry, with tiers '
  'or in another currency than their own.';
comment on column private.stripe_prices.stripe_price_id is 'price_… at Stripe';
comment on column private.stripe_prices.tiers_mode is 'graduated or volume; null without tiers';
comment on column private.stripe_prices.amounts is
  '{EUR: {unit, tiers: [{up_to, unit, flat}]}}, in minor units that may have decimals; up_to is null for the last; {} '
  'where nobody asked';
comment on column private.stripe_prices.plan_code is 'Code of the plan it names, whether there is such a plan or not';

create table private.stripe_coupons (
  stripe_coupon_id text primary key,
  duration text not null,
  percent_off numeric,
  amounts jsonb not null,
  products text[],
  constraint amounts_is_an_object check (jsonb_typeof(amounts) = 'object')
);
comment on table private.stripe_coupons is
  'Coupons that last for ever, those of subscription items and those in several currencies, as subscriptions do not '
  'carry them.';
comment on column private.stripe_coupons.stripe_coupon_id is 'Id at Stripe';
comment on column private.stripe_coupons.duration is 'once, repeating or forever';
comment on column private.stripe_coupons.percent_off is 'Percent, null for an amount';
comment on column private.stripe_coupons.amounts is '{EUR: minor units off}, empty for a percentage';
comment on column private.stripe_coupons.products is 'prod_… it lowers alone; null when it lowers whatever there is';

alter table private.stripe_prices enable row level security;
alter table private.stripe_coupons enable row level security;

create function private.price_amounts(priced jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select jsonb_build_object('unit', coalesce(priced ->> 'unit_amount_decimal', priced ->> 'unit_amount')::numeric,
    'tiers', (select jsonb_agg(jsonb_build_object('up_to', value -> 'up_to',
        'unit', coalesce(value ->> 'unit_amount_decimal', value ->> 'unit_amount', '0')::numeric,
        'flat', coalesce(value ->> 'flat_amount_decimal', value ->> 'flat_amount', '0')::numeric) order by place)
      from jsonb_array_elements(nullif(priced -> 'tiers', 'null')) with ordinality as tiers (value, place)))
$$;
comment on function private.price_amounts(jsonb) is 'The amounts of a Stripe price, or of one of its currencies.';

create function private.stripe_plan_name(price jsonb) returns text
language sql immutable set search_path = ''
as $$
  select coalesce(price #>> '{metadata,plan}',
    regexp_replace(price ->> 'lookup_key', '_([0-9]+_)?(day|week|month|year)$', ''))
$$;
comment on function private.stripe_plan_name(jsonb) is
  'Plan a Stripe price names: its metadata.plan, else the lookup key without its interval (pro_plus_month, '
  'pro_3_month).';

create function private.note_stripe_prices(subscription jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.stripe_prices as held (stripe_price_id, amounts, plan_code)
  select distinct on (price ->> 'id') price ->> 'id', '{}'::jsonb, private.stripe_plan_name(price)
  from jsonb_path_query(subscription, '$.items.data[*].price') as price
  -- Most are known, and a row nobody changes nobody locks.
  where not exists (select from private.stripe_prices where stripe_price_id = price ->> 'id'
    and plan_code is not distinct from private.stripe_plan_name(price))
  order by price ->> 'id'
  on conflict (stripe_price_id) do update set plan_code = excluded.plan_code
$$;
comment on function private.note_stripe_prices(jsonb) is
  'Keeps which plan each price of a Stripe subscription names. Definer: nobody writes the mirror directly.';

create function private.apply_stripe_price(object jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.stripe_prices as held (stripe_price_id, plan_code, tiers_mode, amounts)
  select object ->> 'id', private.stripe_plan_name(object), object ->> 'tiers_mode',
    coalesce((select jsonb_object_agg(upper(key), private.price_amounts(value))
      from jsonb_each(object -> 'currency_options')), '{}')
    || jsonb_build_object(upper(object ->> 'currency'), private.price_amounts(object))
  on conflict (stripe_price_id) do update set plan_code = excluded.plan_code, tiers_mode = excluded.tiers_mode,
    amounts = held.amounts || excluded.amounts
$$;
comment on function private.apply_stripe_price(jsonb) is
  'Keeps the plan and the amounts of a Stripe price, its tiers and currencies expanded. Definer: nobody writes the '
  'mirror directly.';

create function private.apply_stripe_coupon(object jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.stripe_coupons as held (stripe_coupon_id, duration, percent_off, products, amounts)
  select object ->> 'id', object ->> 'duration', (object ->> 'percent_off')::numeric,
    (select array_agg(value) from jsonb_array_elements_text(object #> '{applies_to,products}')),
    coalesce((select jsonb_object_agg(upper(key), value -> 'amount_off')
      from jsonb_each(object -> 'currency_options')), '{}')
    || case when object ->> 'amount_off' is null then '{}' else jsonb_build_object(upper(object ->> 'currency'),
      object -> 'amount_off') end
  on conflict (stripe_coupon_id) do update set products = excluded.products,
    amounts = held.amounts || excluded.amounts
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
