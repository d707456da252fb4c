-- What Stripe has, as rows. Only the functions that apply Stripe's objects write here; every row can be made again
-- from Stripe, which stays the authority on money.

insert into private.role_permissions (role, permission) values
  ('admin', 'subscriptions.read'), ('admin', 'subscriptions.update'), ('admin', 'subscriptions.manage'),
    ('admin', 'subscriptions.export'),
  ('admin', 'payments.read'), ('admin', 'payments.refund'), ('admin', 'payments.export'),
  ('admin', 'stripe.read'), ('admin', 'stripe.sync'),
  ('support', 'subscriptions.read'), ('support', 'subscriptions.update'), ('support', 'subscriptions.export'),
  ('support', 'payments.read'), ('support', 'payments.export'),
  ('viewer', 'subscriptions.read'), ('viewer', 'payments.read');

create table private.stripe_objects (
  id text primary key,
  as_of timestamptz not null,
  version bigint not null default 1,
  applied_at timestamptz not null default clock_timestamp(),
  seen_in uuid
);
comment on table private.stripe_objects is
  'How new what we hold of each Stripe object is: as_of by Stripe''s clock, version to notice a change made while the '
  'object was being fetched, applied_at by our clock, seen_in the full synchronisation that saw it last.';
comment on column private.stripe_objects.id is 'Id of the object at Stripe';
comment on column private.stripe_objects.version is 'Raised at each change we applied';

alter table private.stripe_objects enable row level security;

create table private.stripe_customers (
  stripe_customer_id text primary key,
  customer_id uuid references public.customers (id) on delete restrict,
  email text,
  name text,
  discount jsonb,
  livemode boolean,
  deleted_at timestamptz,
  constraint id_is_stripes check (stripe_customer_id ~ '^cus_')
);
comment on table private.stripe_customers is
  'Which customer each Stripe customer is; one e-mail may have several at Stripe. discount applies to subscriptions '
  'that have none of their own.';
comment on column private.stripe_customers.stripe_customer_id is 'cus_… at Stripe';
comment on column private.stripe_customers.customer_id is
  'Ours; null until an address or a licence says who it is: Stripe has customers without an address, and remembers of '
  'deleted ones their id alone';
comment on column private.stripe_customers.livemode is 'Mode of the account he belongs to; null when deleted unseen';
comment on column private.stripe_customers.deleted_at is 'When he was deleted at Stripe: nothing new names him';
comment on column private.stripe_customers.email is
  'Address Stripe told last, lower case: only what changes there afterwards may change ours';
comment on column private.stripe_customers.name is 'Name Stripe told last, for the same';
comment on column private.stripe_customers.discount is 'Discount of the customer, as private.stripe_discount';

create index stripe_customers_customer_id_idx on private.stripe_customers (customer_id);

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('stripe_customers', 'email', 'email', 'contract', 'clear', null),
  ('stripe_customers', 'name', 'name', 'contract', 'clear', null);

alter table private.stripe_customers enable row level security;

create table public.subscriptions (
  id uuid primary key default gen_random_uuid(),
  stripe_subscription_id text not null,
  stripe_customer_id text not null references private.stripe_customers (stripe_customer_id) on delete restrict,
  customer_id uuid not null,
  email text not null,
  license_id uuid references public.licenses (id) on delete restrict,
  plan text references public.plans (code) on update cascade,
  status text not null,
  stripe_item_id text,
  named_license_id uuid,
  amount_cents bigint not null,
  currency text not null,
  quantity int not null default 1,
  billing_interval text not null,
  interval_count int not null default 1,
  weights jsonb not null default '[]',
  left_out_items int not null generated always as (jsonb_array_length(jsonb_path_query_array(weights,
    '$[*] ? (exists(@.left_out))'))) stored,
  first_paid_at timestamptz,
  pause_behavior text,
  mrr_cents bigint not null,
  paying_mrr_cents bigint not null generated always as (case when status in ('active', 'past_due')
    and first_paid_at is not null and (pause_behavior is null or pause_behavior = 'keep_as_draft')
    then mrr_cents else 0 end) stored,
  current_period_start timestamptz not null,
  current_period_end timestamptz not null,
  cancel_at_period_end boolean not null default false,
  cancel_at timestamptz,
  canceled_at timestamptz,
  ended_at timestamptz,
  trial_end timestamptz,
  collection_paused boolean not null default false,
  discounts jsonb not null default '[]',
  card_brand text,
  card_last4 text,
  payment_failed_at timestamptz,
  failure_code text,
  processing_since timestamptz,
  processing_method text,
  awaiting_customer_since timestamptz,
  pending_update jsonb,
  carried_from timestamptz,
  carried_until timestamptz,
  reminded_at timestamptz,
  reminded_for timestamptz,
  livemode boolean not null,
  started_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint subscriptions_stripe_subscription_id_key unique (stripe_subscription_id),
  constraint subscriptions_customer_id_email_fkey foreign key (customer_id, email)
    references public.customers (id, email) on update cascade on delete restrict,
  constraint id_is_stripes check (stripe_subscription_id ~ '^sub_'),
  constraint status_is_known check (status in ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due',
    'canceled', 'unpaid', 'paused')),
  constraint amount_is_not_negative check (amount_cents >= 0 and mrr_cents >= 0),
  constraint quantity_is_not_negative check (quantity >= 0),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
  constraint interval_is_known check (billing_interval in ('day', 'week', 'month', 'year') and interval_count > 0),
  constraint period_has_length check (current_period_end > current_period_start),
  constraint canceled_status_has_its_date check (status <> 'canceled' or ended_at is not null),
  constraint discounts_is_an_array check (jsonb_typeof(discounts) = 'array'),
  constraint weights_is_an_array check (jsonb_typeof(weights) = 'array'),
  constraint pause_behavior_comes_with_a_pause check ((pause_behavior is null) = (not collection_paused)),
  constraint pending_update_is_an_object check (jsonb_typeof(pending_update) = 'object'),
  constraint carry_has_both_ends check ((carried_from is null) = (carried_until is null)
    and carried_from < carried_until),
  constraint reminder_has_its_period check ((reminded_at is null) = (reminded_for is null))
);
comment on table public.subscriptions is
  'Mirror of Stripe''s subscriptions, one row each; written by private.apply_stripe_object alone.';
comment on column public.subscriptions.stripe_subscription_id is 'sub_… at Stripe';
comment on column public.subscriptions.stripe_customer_id is 'cus_… who pays';
comment on column public.subscriptions.currency is 'ISO 4217 code of all its amounts';
comment on column public.subscriptions.stripe_item_id is
  'si_… of the item whose price names the plan: plan, quantity, interval and period are that item''s';
comment on column public.subscriptions.named_license_id is
  'Licence its metadata names: it is linked to that one with its first payment';
comment on column public.subscriptions.processing_since is
  'Since when a payment of it is under way at the bank, neither paid nor failed; null when none is';
comment on column public.subscriptions.processing_method is
  'How that payment is made, as Stripe names it: sepa_debit, bacs_debit …';
comment on column public.subscriptions.awaiting_customer_since is
  'Since when a payment of it waits for the customer himself: his bank wants a confirmation, or a change of plan is to '
  'be paid; null when none does';
comment on column public.subscriptions.pending_update is
  '{plan, quantity, billing_interval, interval_count, expires_at, invoice}: the change that follows once its invoice '
  '(in_…) is paid and is dropped at expires_at; null without one';
comment on column public.subscriptions.carried_from is
  'Where its licence would end without the payment under way, while that carries it';
comment on column public.subscriptions.carried_until is 'Where the payment under way carries the licence to';
comment on column public.subscriptions.quantity is 'Units of the plan';
comment on column public.subscriptions.billing_interval is 'day, week, month or year';
comment on column public.subscriptions.interval_count is 'Intervals between two invoices';
comment on column public.subscriptions.card_brand is 'visa, mastercard …';
comment on column public.subscriptions.card_last4 is 'Last four digits of the card';
comment on column public.subscriptions.failure_code is 'Why the last payment failed';
comment on column public.subscriptions.amount_cents is 'Cents an interval, before discounts and taxes';
comment on column public.subscriptions.weights is
  'What each item weighs, as Stripe says: [{item, cents a month after discounts that last for ever, rate (percent of '
  'the taxes inside), automatic (Stripe finds the taxes), left_out (why it weighs nothing: metered), discounts}]';
comment on column public.subscriptions.left_out_items is 'Items paid by use: no price a month, so no part of mrr_cents';
comment on column public.subscriptions.first_paid_at is
  'When its first invoice above zero was paid: until then it is no revenue, trial or not';
comment on column public.subscriptions.pause_behavior is
  'What becomes of invoices while collection is paused: void, mark_uncollectible, keep_as_draft';
comment on column public.subscriptions.mrr_cents is
  'Minor units a month at today''s quantity, after discounts that last for ever and without taxes: what it weighs '
  'while it pays';
comment on column public.subscriptions.paying_mrr_cents is
  'mrr_cents while active or past_due, once something was paid and unless its invoices are given up during a pause, '
  'else 0; mrr_movements adds up to it';
comment on column public.subscriptions.discounts is
  '[{id, coupon_id, name, percent_off, amount_off_cents, duration, ends_at, promotion_code}]';
comment on column public.subscriptions.payment_failed_at is 'Since when an invoice of it fails; null once paid';
comment on column public.subscriptions.reminded_for is
  'The period end the customer was reminded of, so that each is mailed once';

create index subscriptions_stripe_customer_id_idx on public.subscriptions (stripe_customer_id);
create index subscriptions_customer_id_email_idx on public.subscriptions (customer_id, email);
create index subscriptions_license_id_idx on public.subscriptions (license_id);
create index subscriptions_named_license_id_idx on public.subscriptions (named_license_id)
  where license_id is null and named_license_id is not null;
create index subscriptions_plan_idx on public.subscriptions (plan, id);
create index subscriptions_email_idx on public.subscriptions (email, id);
create index subscriptions_current_period_end_idx on public.subscriptions (current_period_end, id);
create index subscriptions_created_at_idx on public.subscriptions (started_at, id);
create index subscriptions_status_idx on public.subscriptions (status, id);
create index subscriptions_payment_failed_at_idx on public.subscriptions (payment_failed_at)
  where payment_failed_at is not null;
create index subscriptions_awaiting_customer_since_idx on public.subscriptions (awaiting_customer_since)
  where awaiting_customer_since is not null;

create trigger subscriptions_before_touch before update on public.subscriptions
  for each row execute function private.touch_updated_at();

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('subscriptions', 'email', 'email', 'contract', 'replace', 'follows the customer''s'),
  ('subscriptions', 'card_last4', 'payment', 'legal_obligation', 'keep', 'part of the accounts');

alter table public.subscriptions enable row level security;
revoke all on public.subscriptions from anon, authenticated, service_role;
grant select on public.subscriptions to authenticated, service_role;

create policy subscriptions_select_staff on public.subscriptions for select to authenticated
  using ((select private.has_permission('subscriptions.read')));
comment on policy subscriptions_select_staff on public.subscriptions is
  'Staff who may read subscriptions read them all.';

alter publication supabase_realtime add table public.subscriptions;
