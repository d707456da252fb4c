-- Stripe's charges as rows, and which invoice each pays; see the mirror for what holds of every row of it.

create table public.payments (
  id uuid primary key default gen_random_uuid(),
  license_id uuid references public.licenses (id) on delete restrict,
  subscription_id uuid references public.subscriptions (id) on delete restrict,
  customer_id uuid,
  email text,
  stripe_customer_id text,
  stripe_payment_id text not null,
  stripe_payment_intent_id text,
  stripe_invoice_id text,
  invoice_number text,
  invoice_url text,
  invoice_pdf_url text,
  amount bigint not null,
  amount_refunded bigint not null default 0,
  currency text not null default 'EUR',
  status text not null,
  payment_date timestamptz not null,
  payment_method text,
  card_brand text,
  card_last4 text,
  failure_code text,
  failure_message text,
  dispute_status text,
  amount_lost bigint not null default 0,
  fraud_type text,
  fraud_warned_at timestamptz,
  metadata jsonb not null default '{}',
  livemode boolean not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payments_stripe_payment_id_key unique (stripe_payment_id),
  constraint payments_customer_id_email_fkey foreign key (customer_id, email)
    references public.customers (id, email) on update cascade on delete restrict,
  constraint customer_has_his_email check ((customer_id is null) = (email is null)),
  constraint id_is_stripes check (stripe_payment_id ~ '^(ch|py)_'),
  constraint amount_is_not_negative check (amount >= 0),
  constraint refund_is_at_most_the_amount check (amount_refunded between 0 and amount),
  constraint loss_is_not_negative check (amount_lost >= 0),
  constraint fraud_warning_has_its_time check ((fraud_type is null) = (fraud_warned_at is null)),
  constraint refund_is_of_what_succeeded check (amount_refunded = 0 or status = 'succeeded'),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
  constraint status_is_known check (status in ('succeeded', 'failed', 'pending')),
  constraint metadata_is_an_object check (jsonb_typeof(metadata) = 'object'),
  constraint links_are_https check (private.is_web_link(invoice_url) and private.is_web_link(invoice_pdf_url))
);
comment on table public.payments is
  'Mirror of Stripe''s charges: one row per attempt to take money, failed ones included. Amounts in cents.';
comment on column public.payments.customer_id is
  'Ours who paid; null for who paid as a guest, or is known to Stripe without an address';
comment on column public.payments.stripe_customer_id is 'cus_… who paid, null for a guest';
comment on column public.payments.stripe_payment_intent_id is 'pi_… it belongs to';
comment on column public.payments.stripe_invoice_id is 'in_… it pays, if any';
comment on column public.payments.invoice_number is 'Number of that invoice';
comment on column public.payments.invoice_url is 'Page of that invoice';
comment on column public.payments.invoice_pdf_url is 'Document of that invoice';
comment on column public.payments.amount is 'Minor units of the currency';
comment on column public.payments.amount_refunded is 'Minor units given back';
comment on column public.payments.currency is 'ISO 4217 code of both amounts';
comment on column public.payments.payment_method is 'Type at Stripe: card, sepa_debit …';
comment on column public.payments.card_brand is 'visa, mastercard …';
comment on column public.payments.card_last4 is 'Last four digits of the card';
comment on column public.payments.failure_code is 'Banks reason, else Stripes code';
comment on column public.payments.failure_message is 'Stripes words, in English';
comment on column public.payments.metadata is 'What was attached to it at Stripe';
comment on column public.payments.stripe_payment_id is 'Stripe''s charge (ch_…)';
comment on column public.payments.dispute_status is
  'Stripe''s status of the dispute, null when there is none; of several the one that asks for most';
comment on column public.payments.amount_lost is 'Minor units taken back by disputes that were lost: no revenue';
comment on column public.payments.fraud_type is
  'What the bank suspects, while something can be done about it (early fraud warning): unauthorized_use_of_card …';
comment on column public.payments.fraud_warned_at is 'When the bank warned';

create index payments_license_id_idx on public.payments (license_id, payment_date desc);
create index payments_subscription_id_idx on public.payments (subscription_id, payment_date desc);
create index payments_customer_id_email_idx on public.payments (customer_id, email);
create index payments_stripe_customer_id_idx on public.payments (stripe_customer_id) where customer_id is null;
create index payments_payment_date_idx on public.payments (payment_date, id);
create index payments_amount_idx on public.payments (amount, id);
create index payments_invoice_number_idx on public.payments (invoice_number) where invoice_number is not null;
create index payments_email_idx on public.payments (email, id);
create index payments_status_idx on public.payments (status, id);
create index payments_stripe_payment_intent_id_idx on public.payments (stripe_payment_intent_id);
create index payments_stripe_invoice_id_idx on public.payments (stripe_invoice_id);

create table private.stripe_invoice_payments (
  stripe_payment_intent_id text primary key,
  stripe_invoice_id text not null
);
comment on table private.stripe_invoice_payments is
  'Which invoice a payment intent pays. Charges name the intent only, and either may become known first.';
comment on column private.stripe_invoice_payments.stripe_payment_intent_id is 'pi_… that pays';
comment on column private.stripe_invoice_payments.stripe_invoice_id is 'in_… that is paid';

create index stripe_invoice_payments_stripe_invoice_id_idx on private.stripe_invoice_payments (stripe_invoice_id);

alter table private.stripe_invoice_payments enable row level security;

create trigger payments_before_touch before update on public.payments
  for each row when (old.* is distinct from new.*) execute function private.touch_updated_at();

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('payments', 'email', 'email', 'contract', 'replace', 'follows the customer''s'),
  ('payments', 'card_last4', 'payment', 'legal_obligation', 'keep', 'part of the accounts'),
  ('payments', 'metadata', 'free_text', 'contract', 'clear', null),
  ('payments', 'failure_message', 'free_text', 'legal_obligation', 'keep', 'the bank''s words, part of the accounts');

alter table public.payments enable row level security;
revoke all on public.payments from anon, authenticated, service_role;
grant select on public.payments to authenticated, service_role;

create policy payments_select_staff on public.payments for select to authenticated
  using ((select private.has_permission('payments.read')));
comment on policy payments_select_staff on public.payments is 'Staff who may read payments read them all.';

alter publication supabase_realtime add table public.payments;
