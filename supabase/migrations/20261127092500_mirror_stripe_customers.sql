-- Stripe's objects become rows. Each function takes the object as Stripe's API gives it (version 2026-10-28) and the
-- moment it was true, changes what differs and tells the timeline, the alerts and the licence. Applying an object
-- twice changes nothing. Here: what all of them share, and customers.

insert into private.error_codes (code, status, is_shown) values
  ('stripe_customer_without_email', 400, false), ('stripe_customer_unknown', 400, false),
  ('stripe_object_unknown', 400, false);

insert into private.alert_kinds (kind, severity, permission) values
  ('stripe_email_differs', 'info', 'customers.read');

create table private.stripe_account (
  is_only boolean primary key default true,
  account_id text,
  livemode boolean not null,
  endpoint_version text,
  endpoint_status text,
  missing_types text[] not null default '{}',
  checked_at timestamptz not null default now(),
  constraint there_is_one check (is_only)
);
comment on table private.stripe_account is
  'The account at Stripe, as the synchronisation last found it: its mode, and the endpoint that brings its events.';
comment on column private.stripe_account.account_id is 'acct_… of the key; null when the key may not ask';
comment on column private.stripe_account.endpoint_version is
  'Version of the API in which the endpoint renders events; null when there is none or the key may not ask';
comment on column private.stripe_account.endpoint_status is 'enabled or disabled at Stripe; null when not known';
comment on column private.stripe_account.missing_types is 'Types of events the endpoint does not listen to';

alter table private.stripe_account enable row level security;

create function private.has_stripe_baseline() returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (select from public.stripe_syncs where kind = 'full' and status = 'succeeded');
end
$$;
comment on function private.has_stripe_baseline() is
  'Whether everything was compared with Stripe once: before that, what a synchronisation finds is the past and no '
  'news. Definer: called by Edge Functions.';

create function private.enter_backfill(is_past boolean) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if is_past and not private.has_stripe_baseline() then
    perform set_config('private.stripe_backfill', 'on', true);
  end if;
end
$$;
comment on function private.enter_backfill(boolean) is
  'To the end of the transaction nobody is told of the past, if that is what is read in.';

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
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.stripe_objects as held (id, as_of) values ($1, $2)
  on conflict (id) do update set as_of = greatest(held.as_of, excluded.as_of), version = held.version + 1,
    applied_at = clock_timestamp();
end
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

create function private.claim_stripe_customer(stripe_customer_id text, customer_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.stripe_customers set customer_id = $2 where stripe_customers.stripe_customer_id = $1;
  update public.customers set stripe_customer_id = $1
  where id = $2 and customers.stripe_customer_id is null and exists (select from private.stripe_customers
    where stripe_customers.stripe_customer_id = $1 and deleted_at is null);
  update public.payments set customer_id = $2, email = (select email from public.customers where id = $2)
  where payments.stripe_customer_id = $1 and payments.customer_id is null;
end
$$;
comment on function private.claim_stripe_customer(text, uuid) is
  'Says which customer of ours a Stripe customer is; his payments come along. Definer: callers may not write '
  'customers.';

create function private.name_stripe_customer(object jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  customer text := private.stripe_id(object -> 'customer');
  address text := private.spell_email(coalesce(object ->> 'customer_email', object #>> '{billing_details,email}',
    object #>> '{customer_details,email}'));
  owner uuid;
begin
  if not exists (select from private.stripe_customers where stripe_customer_id = customer) then
    perform private.fail('stripe_customer_unknown', format('Stripe customer "%s" is not mirrored', customer));
  end if;
  owner := coalesce((select customer_id from public.licenses where id::text = object #>> '{metadata,license_id}'),
    case when private.is_email(address) then private.ensure_customer(address) end);
  if owner is null then
    perform private.fail('stripe_customer_without_email', format('Stripe customer "%s" has no usable e-mail',
      customer));
  end if;
  perform private.claim_stripe_customer(customer, owner);
end
$$;
comment on function private.name_stripe_customer(jsonb) is
  'Finds ours for a Stripe customer without one by what is billed to him: the licence its metadata names, or the '
  'address on it. Errors: stripe_customer_unknown, stripe_customer_without_email. Definer: callers may not write '
  'customers.';

create function private.bury_stripe_customer(stripe_id text, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.stripe_customers as held (stripe_customer_id, deleted_at) values ($1, $2)
  on conflict (stripe_customer_id) do update set deleted_at = coalesce(held.deleted_at, excluded.deleted_at);
  -- Another one of his at Stripe takes over, or the next checkout makes one.
  update public.customers set stripe_customer_id = (select other.stripe_customer_id
    from private.stripe_customers as other join private.stripe_objects on stripe_objects.id = other.stripe_customer_id
    where other.customer_id = customers.id and other.deleted_at is null
    order by stripe_objects.applied_at desc limit 1)
  where stripe_customer_id = $1;
end
$$;
comment on function private.bury_stripe_customer(text, timestamptz) is
  'Keeps a Stripe customer who was deleted there as deleted, known before or not; ours is no longer him. Definer: '
  'callers may not write customers.';

create function private.apply_stripe_customer(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given_email text := lower(btrim(object ->> 'email'));
  clean_email text := coalesce(private.spell_email(given_email), given_email);
  clean_name text := left(nullif(btrim(object ->> 'name'), ''), 200);
  is_usable boolean := coalesce(private.is_email(clean_email), false);
  known private.stripe_customers;
  owner uuid;
begin
  select * into known from private.stripe_customers where stripe_customer_id = object ->> 'id' for update;
  perform private.note_stripe_version(object ->> 'id', as_of);
  if coalesce((object ->> 'deleted')::boolean, false) then
    perform private.bury_stripe_customer(object ->> 'id', as_of);
    return;
  elsif known.deleted_at is not null then
    -- Nobody comes back to life; what arrives late is older.
    return;
  end if;
  if known.customer_id is null then
    owner := case when is_usable then private.ensure_customer(clean_email) end;
    insert into private.stripe_customers as held (stripe_customer_id, customer_id, email, name, livemode)
    values (object ->> 'id', owner, clean_email, clean_name, (object ->> 'livemode')::boolean)
    on conflict (stripe_customer_id) do update set email = excluded.email, name = excluded.name,
      livemode = excluded.livemode;
    update public.customers set stripe_customer_id = coalesce(stripe_customer_id, object ->> 'id'),
      name = coalesce(name, clean_name),
      locale = case when stripe_customer_id is null and object #>> '{preferred_locales,0}' like 'en%' then 'en'
        else locale end
    where id = owner;
    if known.stripe_customer_id is not null and owner is not null then
      perform private.claim_stripe_customer(object ->> 'id', owner);
    end if;
  else
    -- What changed at Stripe is followed while ours is what Stripe said before. What staff wrote stays, and so does
    -- an address somebody else has already: then the two stay two, and staff are told.
    update public.customers set email = clean_email
    where id = known.customer_id and anonymized_at is null and stripe_customer_id = object ->> 'id'
      and email <> clean_email and email = coalesce(known.email, email) and clean_email is distinct from known.email
      and is_usable
      and not exists (select from public.customers as other where other.email = clean_email);
    if not found and is_usable and clean_email is distinct from known.email then
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
  'Applies a Stripe customer: finds or makes ours by e-mail, which may come later; name and address follow as long as '
  'staff have not written their own, which is alerted when it parts the two. Definer: callers may not write customers.';
