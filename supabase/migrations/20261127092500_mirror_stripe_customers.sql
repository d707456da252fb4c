-- Stripe's objects become rows. Each function takes the object as Stripe's API gives it (version 2026-10-28) and the
-- moment it was true, changes what differs and tells the timeline, the alerts and the licence. Applying an object
-- twice changes nothing. Here: what all of them share, and customers.

insert into private.error_codes (code, status, is_shown) values
  ('stripe_customer_without_email', 400, false), ('stripe_customer_unknown', 400, false),
  ('stripe_object_unknown', 400, false);

insert into private.alert_kinds (kind, severity, permission) values
  ('stripe_email_differs', 'info', 'customers.read');

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
comment on function private.stripe_version(text) is
  'Version of what we hold of a Stripe object, 0 if nothing. Definer: reads private tables.';

create function private.note_stripe_version(object_id text, as_of timestamptz) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.stripe_objects as held (id, as_of) values ($1, $2)
  on conflict (id) do update set as_of = greatest(held.as_of, excluded.as_of), version = held.version + 1,
    applied_at = clock_timestamp()
$$;
comment on function private.note_stripe_version(text, timestamptz) is
  'Notes that a Stripe object was applied as of a moment. Definer: writes private tables.';

create function private.stripe_discount(discount jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  coupon jsonb := discount #> '{source,coupon}';
begin
  if jsonb_typeof(coupon) is distinct from 'object' then
    return null;
  end if;
  return jsonb_build_object('id', discount -> 'id', 'coupon_id', coupon -> 'id', 'name', coupon -> 'name',
    'percent_off', coupon -> 'percent_off',
    'amount_off_cents', coupon -> 'amount_off', 'duration', coupon -> 'duration', 'ends_at',
      private.stripe_time(discount -> 'end'),
    'promotion_code', private.stripe_id(discount -> 'promotion_code'));
end
$$;
comment on function private.stripe_discount(jsonb) is
  'A discount as subscriptions keep it; null while its coupon is not expanded.';

create function private.apply_stripe_customer(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  clean_email text := lower(btrim(object ->> 'email'));
  clean_name text := left(nullif(btrim(object ->> 'name'), ''), 200);
  known private.stripe_customers;
  new_customer uuid;
begin
  select * into known from private.stripe_customers where stripe_customer_id = object ->> 'id' for update;
  perform private.note_stripe_version(object ->> 'id', as_of);
  if coalesce((object ->> 'deleted')::boolean, false) then
    update private.stripe_customers set deleted_at = coalesce(deleted_at, as_of)
      where stripe_customer_id = object ->> 'id';
    return;
  end if;
  if known.stripe_customer_id is null then
    if clean_email is null or not private.is_email(clean_email) then
      perform private.fail('stripe_customer_without_email', format('Stripe customer "%s" has no usable e-mail',
        object ->> 'id'));
    end if;
    new_customer := private.ensure_customer(clean_email);
    insert into private.stripe_customers (stripe_customer_id, customer_id, email, name)
    values (object ->> 'id', new_customer, clean_email, clean_name)
    on conflict (stripe_customer_id) do nothing;
    update public.customers set stripe_customer_id = coalesce(stripe_customer_id, object ->> 'id'),
      name = coalesce(name, clean_name),
      locale = case when stripe_customer_id is null and object #>> '{preferred_locales,0}' like 'en%' then 'en'
        else locale end
    where id = new_customer;
  else
    -- What changed at Stripe is followed while ours is what Stripe said before. What staff wrote stays, and so does
    -- an address somebody else has already: then the two stay two, and staff are told.
    update public.customers set email = clean_email
    where id = known.customer_id and anonymized_at is null and stripe_customer_id = object ->> 'id'
      and email <> clean_email and email = coalesce(known.email, email) and clean_email is distinct from known.email
      and private.is_email(clean_email)
      and not exists (select from public.customers as other where other.email = clean_email);
    if not found and private.is_email(clean_email) and clean_email is distinct from known.email then
      perform private.raise_alert('stripe_email_differs', format('stripe_email_differs:%s:%s', object ->> 'id',
        private.stripe_version(object ->> 'id')), '{}', 'customer', known.customer_id::text, known.customer_id)
      from public.customers where id = known.customer_id and anonymized_at is null and email <> clean_email
        and stripe_customer_id = object ->> 'id';
    end if;
    update public.customers set name = clean_name
    where id = known.customer_id and anonymized_at is null and stripe_customer_id = object ->> 'id'
      and clean_name is not null and name is distinct from clean_name and clean_name is distinct from known.name
      and (name is null or name = known.name);
    update private.stripe_customers set email = clean_email, name = clean_name
    where stripe_customer_id = object ->> 'id' and (email, name) is distinct from (clean_email, clean_name)
      and exists (select from public.customers where id = known.customer_id and anonymized_at is null);
  end if;
  -- An event may carry the discount unexpanded: then it is unknown rather than gone, and fetched by its own event.
  if object -> 'discount' is null or object -> 'discount' = 'null'
    or private.stripe_discount(object -> 'discount') is not null then
    update private.stripe_customers set discount = private.stripe_discount(object -> 'discount')
    where stripe_customer_id = object ->> 'id' and discount
      is distinct from private.stripe_discount(object -> 'discount');
  end if;
end
$$;
comment on function private.apply_stripe_customer(jsonb, timestamptz) is
  'Applies a Stripe customer: finds or makes ours by e-mail; name and address follow as long as staff have not written '
  'their own, which is alerted when it parts the two. Errors: stripe_customer_without_email. Definer: callers may not '
  'write customers.';
