-- A customer who pays at checkout has his customer, licence and mail from the same event.

insert into private.error_codes (code, status) values
  ('request_id_reused', 409);
insert into private.error_codes (code, status, is_shown) values
  ('stripe_subscription_unknown', 400, false), ('checkout_incomplete', 400, false);

insert into public.settings (key, value, kind, description) values
  ('checkout_automatic_tax', 'false', 'boolean', 'Whether Stripe Tax reckons the taxes of payment links'),
  ('checkout_tax_ids', 'false', 'boolean', 'Whether payment links ask companies for their VAT number'),
  ('checkout_billing_address', 'false', 'boolean',
    'Whether payment links always ask for the address, not only where the payment needs it');

insert into private.alert_kinds (kind, severity, permission) values
  ('checkout_payment_failed', 'error', 'payments.read');

create table private.checkouts (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  plan text not null references public.plans (code) on update cascade,
  billing_interval text not null default 'month',
  locale text not null,
  hwid_encrypted bytea,
  stripe_session_id text,
  waiting_subscription text,
  created_by uuid references public.staff (user_id) on delete restrict,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  license_id uuid references public.licenses (id) on delete restrict,
  constraint checkouts_stripe_session_id_key unique (stripe_session_id),
  constraint locale_is_known check (locale in ('fr', 'en')),
  constraint interval_is_sold check (billing_interval in ('month', 'year'))
);
comment on table private.checkouts is
  'Payment links staff made: the hardware identifier stays here, encrypted, rather than going to Stripe.';
comment on column private.checkouts.billing_interval is 'How often it is paid: month or year';
comment on column private.checkouts.stripe_session_id is 'cs_… of the payment link';
comment on column private.checkouts.waiting_subscription is
  'sub_… that was bought by a debit whose money has not come: its licence is made with its first paid invoice, however '
  'that is paid';

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('checkouts', 'email', 'email', 'contract', 'replace', 'forgotten-<id>@anonymous.invalid'),
  ('checkouts', 'hwid_encrypted', 'device', 'contract', 'clear', null);

create index checkouts_plan_idx on private.checkouts (plan);
create index checkouts_created_by_idx on private.checkouts (created_by);
create index checkouts_waiting_subscription_idx on private.checkouts (waiting_subscription)
  where waiting_subscription is not null;
create index checkouts_license_id_idx on private.checkouts (license_id);

alter table private.checkouts enable row level security;

create function private.prepare_checkout(checkout_id uuid, email text, plan text, rhythm text, hwid text,
  locale text, livemode boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  clean_email text := lower(btrim($2));
  prepared private.checkouts;
begin
  perform private.require_permission('subscriptions.update');
  if clean_email is null or not private.is_email(clean_email) then
    perform private.fail('invalid_email', format('"%s" is not an e-mail address', left(clean_email, 100)));
  elsif not exists (select from public.plans where code = $3 and is_active) then
    perform private.fail('invalid_plan', format('"%s" is not a plan on sale', left($3, 50)));
  elsif nullif(private.normalize_hwid(hwid), '') is not null and not private.is_hwid(hwid) then
    perform private.fail('invalid_hwid', 'A hardware identifier has 4 to 200 printable characters');
  end if;
  insert into private.checkouts (id, email, plan, billing_interval, locale, hwid_encrypted, created_by)
  values ($1, clean_email, $3, $4, coalesce($6, 'fr'), case when nullif(private.normalize_hwid(hwid), '') is not null
    then private.encrypt_secret(private.normalize_hwid(hwid), private.secret('hwid_key')) end,
    (select user_id from public.staff where user_id = (select auth.uid())))
  on conflict (id) do nothing;
  select * into prepared from private.checkouts where id = $1;
  if (prepared.email, prepared.plan, prepared.billing_interval) is distinct from (clean_email, $3, $4) then
    perform private.fail('request_id_reused', 'The same request asked for another link before');
  end if;
  return jsonb_build_object('id', prepared.id, 'email', prepared.email, 'plan', prepared.plan,
    'rhythm', prepared.billing_interval,
    'automatic_tax', private.setting_text('checkout_automatic_tax')::boolean,
    'tax_ids', private.setting_text('checkout_tax_ids')::boolean,
    'billing_address', private.setting_text('checkout_billing_address')::boolean,
    'has_hwid', prepared.hwid_encrypted is not null,
    -- One who is there, in the mode of the key: whom Stripe does not know cannot buy.
    'stripe_customer_id', (select known.stripe_customer_id from private.stripe_customers as known
      join public.customers on customers.id = known.customer_id and customers.email = clean_email
      where known.deleted_at is null and known.livemode = $7
      order by known.stripe_customer_id = customers.stripe_customer_id desc nulls last limit 1));
end
$$;
comment on function private.prepare_checkout(uuid, text, text, text, text, text, boolean) is
  'Notes a payment link to be made, in the mode of the key; the same id again is the same link. → {id, email, plan, '
  'rhythm (month or year), automatic_tax, tax_ids, billing_address, has_hwid, '
  'stripe_customer_id}. Needs subscriptions.update. Errors: invalid_email, invalid_plan, invalid_hwid, '
  'request_id_reused (409). Definer: writes private tables.';

create function private.note_checkout_session(checkout_id uuid, session_id text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  noted private.checkouts;
begin
  perform private.require_permission('subscriptions.update');
  update private.checkouts set stripe_session_id = $2 where id = $1 and stripe_session_id is distinct from $2
    returning * into noted;
  if noted.id is null then
    return;
  end if;
  perform private.record_event('checkout_link_created', 'checkout', noted.id::text,
    jsonb_build_object('plan', noted.plan, 'session_id', $2),
    (select customers.id from public.customers where customers.email = noted.email));
end
$$;
comment on function private.note_checkout_session(uuid, text) is
  'Notes the Stripe session of a payment link and audits it. Definer: writes private tables.';

create function private.keep_waiting_checkout(session jsonb, bought public.subscriptions, checkout_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  hwid text := (select private.normalize_hwid(value #>> '{text,value}')
    from jsonb_array_elements(coalesce(session -> 'custom_fields', '[]')) where value ->> 'key' = 'hwid');
begin
  if checkout_id is not null then
    update private.checkouts set waiting_subscription = bought.stripe_subscription_id,
      stripe_session_id = session ->> 'id',
      hwid_encrypted = coalesce(hwid_encrypted, case when private.is_hwid(hwid)
        then private.encrypt_secret(hwid, private.secret('hwid_key')) end)
    where id = checkout_id and completed_at is null;
  elsif bought.plan is not null and private.is_hwid(hwid) then
    -- Sold outside the console: what he typed is kept as for our own links.
    insert into private.checkouts (email, plan, billing_interval, locale, hwid_encrypted, stripe_session_id,
      waiting_subscription)
    values (bought.email, bought.plan, case when bought.billing_interval = 'year' then 'year' else 'month' end,
      case when session ->> 'locale' like 'en%' then 'en' else 'fr' end,
      private.encrypt_secret(hwid, private.secret('hwid_key')), session ->> 'id', bought.stripe_subscription_id)
    on conflict (stripe_session_id) do nothing;
  end if;
end
$$;
comment on function private.keep_waiting_checkout(jsonb, public.subscriptions, uuid) is
  'Keeps what a purchase by debit needs for its licence until the money comes. Definer: writes private tables.';

create function private.complete_waiting_checkout(subscription public.subscriptions) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  session text := (select stripe_session_id from private.checkouts
    where waiting_subscription = subscription.stripe_subscription_id and hwid_encrypted is not null limit 1);
begin
  -- What lacks something fails where somebody looks for it: at the checkout's own event.
  if session is not null and subscription.plan is not null and private.paid_until(subscription) is not null then
    perform private.complete_checkout(jsonb_build_object('id', session, 'payment_status', 'paid',
      'subscription', subscription.stripe_subscription_id, 'amount_total', subscription.amount_cents,
      'currency', subscription.currency), now());
  end if;
end
$$;
comment on function private.complete_waiting_checkout(public.subscriptions) is
  'Gives a purchase by debit its licence once an invoice of it is paid, be it by another way after the debit failed: '
  'of that Stripe''s checkout tells nothing. Definer: writes tables callers may not.';

create function private.complete_checkout(session jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  checkout private.checkouts;
  bought public.subscriptions;
  license public.licenses;
  hwid text;
  paid timestamptz;
begin
  select * into bought from public.subscriptions
    where stripe_subscription_id = private.stripe_id(session -> 'subscription');
  select * into checkout from private.checkouts where id::text = session ->> 'client_reference_id'
    or stripe_session_id = session ->> 'id' for update;
  if bought.id is null then
    perform private.fail('stripe_subscription_unknown', format('Stripe subscription "%s" is not mirrored',
      private.stripe_id(session -> 'subscription')));
  elsif bought.license_id is not null then
    return;
  elsif session ->> 'payment_status' = 'unpaid' then
    -- A debit under way: the licence comes with the money, and somebody can say so when asked.
    perform private.keep_waiting_checkout(session, bought, checkout.id);
    perform private.record_subscription_event('checkout_processing', bought, jsonb_build_object(
      'amount_cents', (session ->> 'amount_total')::bigint, 'currency', upper(session ->> 'currency')));
    return;
  end if;
  hwid := case when checkout.hwid_encrypted is not null then private.decrypt_secret(checkout.hwid_encrypted,
    private.secret('hwid_key'))
    else (select btrim(value #>> '{text,value}') from jsonb_array_elements(coalesce(session -> 'custom_fields', '[]'))
      where value ->> 'key' = 'hwid') end;
  if bought.plan is null or hwid is null or not private.is_hwid(hwid) then
    -- He has paid: somebody must act. The event stays failed with this error and heals once that is done.
    perform private.fail('checkout_incomplete', case when bought.plan is null then 'The price belongs to no plan'
      else 'The checkout gives no usable hardware identifier' end);
  end if;
  -- The same machine once more is the same licence, renewed.
  select licenses.* into license from public.licenses
  join private.license_secrets on license_secrets.license_id = licenses.id
    and license_secrets.hwid_hash = private.hwid_hash(hwid, private.secret('hwid_pepper'))
  where licenses.customer_id = bought.customer_id and licenses.deleted_at is null and licenses.revoked_at is null
    and not exists (select from public.subscriptions as other
      where other.stripe_subscription_id = licenses.stripe_subscription_id
      and other.status not in ('canceled', 'incomplete_expired'))
  order by licenses.expires_at desc limit 1 for update of licenses;
  -- The event may come so late that a next period has begun, unpaid: the first one is what was bought.
  paid := coalesce(private.paid_until(bought), least(bought.current_period_end, coalesce(bought.trial_end,
    bought.started_at + bought.interval_count * ('1 ' || bought.billing_interval)::interval)));
  if license.id is null then
    perform private.set_audit_context(null, jsonb_build_object('source', 'stripe', 'subscription_id', bought.id));
    license := private.insert_license(bought.customer_id, coalesce(private.paid_plan(bought), bought.plan),
      greatest(coalesce(paid, now()), now() + interval '1 second'), paid, hwid);
    perform private.set_audit_context(null);
    update public.customers set locale = coalesce(checkout.locale, case when session ->> 'locale' like 'en%' then 'en'
      end, locale)
    where id = bought.customer_id and not exists (select from public.licenses where customer_id = bought.customer_id
      and id <> license.id);
    perform private.link_subscription(bought.id, license.id);
    perform private.queue_email('license_created', license);
  else
    perform private.link_subscription(bought.id, license.id);
  end if;
  update private.checkouts set completed_at = as_of, license_id = license.id, waiting_subscription = null
  where id = checkout.id;
  perform private.record_subscription_event('checkout_completed',
    (select subscriptions from public.subscriptions where subscriptions.id = bought.id),
    jsonb_build_object('amount_cents', (session ->> 'amount_total')::bigint,
      'currency', upper(session ->> 'currency')));
end
$$;
comment on function private.complete_checkout(jsonb, timestamptz) is
  'Gives a paid checkout its licence: a new one, mailed, or the one of that machine, renewed. Repeating it changes '
  'nothing. Errors: checkout_incomplete, stripe_subscription_unknown. Definer: writes tables callers may not.';

create function private.fail_checkout(session jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  bought public.subscriptions;
  told jsonb := jsonb_build_object('amount_cents', (session ->> 'amount_total')::bigint,
    'currency', upper(session ->> 'currency'));
begin
  select * into bought from public.subscriptions
    where stripe_subscription_id = private.stripe_id(session -> 'subscription');
  if bought.id is null then
    perform private.fail('stripe_subscription_unknown', format('Stripe subscription "%s" is not mirrored',
      private.stripe_id(session -> 'subscription')));
  end if;
  if not private.is_backfill() then
    perform private.record_subscription_event('checkout_payment_failed', bought, told);
    perform private.mail_customer('checkout_payment_failed', bought.customer_id, null, told || jsonb_build_object(
      'plan_name', (select name from public.plans where code = bought.plan),
      'invoice_url', (select hosted_invoice_url from public.invoices where status = 'open'
        and stripe_invoice_id = private.stripe_id(session -> 'invoice'))));
  end if;
  perform private.raise_alert('checkout_payment_failed', 'checkout_payment_failed:' || (session ->> 'id'), told,
    'subscription', bought.id::text, bought.customer_id);
end
$$;
comment on function private.fail_checkout(jsonb) is
  'Tells staff and buyer that the debit of an online purchase failed at the bank, days after: he has no licence. '
  'Errors: stripe_subscription_unknown. Definer: nobody writes alerts directly.';
