-- Stripe's invoices as rows; see the mirror for what holds of every row of it.

create table public.invoices (
  id uuid primary key default gen_random_uuid(),
  stripe_invoice_id text not null,
  stripe_subscription_id text,
  subscription_id uuid references public.subscriptions (id) on delete restrict,
  customer_id uuid not null,
  email text not null,
  number text,
  status text not null,
  billing_reason text,
  total bigint not null,
  amount_due bigint not null,
  amount_paid bigint not null,
  amount_remaining bigint not null,
  credited_amount bigint not null default 0,
  currency text not null,
  covers_until timestamptz,
  covers jsonb not null default '{}',
  prices jsonb not null default '{}',
  inclusive_taxes jsonb not null default '{}',
  attempt_count int not null default 0,
  next_payment_attempt timestamptz,
  action_required_at timestamptz,
  hosted_invoice_url text,
  invoice_pdf_url text,
  livemode boolean not null,
  issued_at timestamptz not null,
  paid_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint invoices_stripe_invoice_id_key unique (stripe_invoice_id),
  constraint invoices_customer_id_email_fkey foreign key (customer_id, email)
    references public.customers (id, email) on update cascade on delete restrict,
  constraint id_is_stripes check (stripe_invoice_id ~ '^in_'),
  constraint status_is_known check (status in ('draft', 'open', 'paid', 'void', 'uncollectible')),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
  constraint attempt_count_is_not_negative check (attempt_count >= 0),
  constraint action_is_required_of_what_is_open check (action_required_at is null or status = 'open'),
  constraint links_are_https check (private.is_web_link(hosted_invoice_url) and private.is_web_link(invoice_pdf_url))
);
comment on table public.invoices is 'Mirror of Stripe''s invoices; amounts in cents.';
comment on column public.invoices.stripe_invoice_id is 'in_… at Stripe';
comment on column public.invoices.stripe_subscription_id is 'sub_… it bills, even before that is mirrored';
comment on column public.invoices.number is 'Number the customer sees';
comment on column public.invoices.billing_reason is 'Why Stripe made it: subscription_create, subscription_cycle …';
comment on column public.invoices.total is 'Minor units, after discounts and taxes';
comment on column public.invoices.amount_due is 'Minor units to be paid';
comment on column public.invoices.amount_paid is 'Minor units paid';
comment on column public.invoices.amount_remaining is 'Minor units still open';
comment on column public.invoices.credited_amount is
  'Minor units of the total that a credit note took off before it was paid';
comment on column public.invoices.currency is 'ISO 4217 code of all its amounts';
comment on column public.invoices.attempt_count is 'Times Stripe tried to take the money';
comment on column public.invoices.action_required_at is
  'Since when its payment waits for the customer to confirm it with his bank; null once he has, or it was tried anew';
comment on column public.invoices.hosted_invoice_url is 'Page where the customer pays';
comment on column public.invoices.invoice_pdf_url is 'The document';
comment on column public.invoices.covers_until is 'End of the latest period its lines pay for';
comment on column public.invoices.covers is
  '{si_…: seconds since 1970}: to where it pays for each item, as items may have periods of their own';
comment on column public.invoices.prices is
  '{si_…: price_…}: what it charges of each item last; what only gives back is no part of it';
comment on column public.invoices.inclusive_taxes is
  '{si_…: {gross, tax}}: what of each item''s amount is tax inside its price, in minor units';

create index invoices_subscription_id_idx on public.invoices (subscription_id, issued_at desc);
create index invoices_stripe_subscription_id_idx on public.invoices (stripe_subscription_id)
  where subscription_id is null;
create index invoices_customer_id_email_idx on public.invoices (customer_id, email);

create trigger invoices_before_touch before update on public.invoices
  for each row when (old.* is distinct from new.*) execute function private.touch_updated_at();

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('invoices', 'email', 'email', 'contract', 'replace', 'follows the customer''s');

alter table public.invoices enable row level security;
revoke all on public.invoices from anon, authenticated, service_role;
grant select on public.invoices to authenticated, service_role;

create policy invoices_select_staff on public.invoices for select to authenticated
  using ((select private.has_permission('payments.read')));
comment on policy invoices_select_staff on public.invoices is 'Staff who may read payments read the invoices.';

create function private.is_settled(invoice public.invoices) returns boolean
language sql immutable set search_path = ''
as $$
  -- A debit under way may still arrive for what was forgiven meanwhile.
  select invoice.status = 'paid'
    and (invoice.total <= 0 or invoice.amount_paid > 0 or invoice.total > invoice.credited_amount)
$$;
comment on function private.is_settled(public.invoices) is
  'Whether an invoice was paid, by money or from the customer''s balance, or asked for nothing. One that credit notes '
  'forgave whole is paid at Stripe, and nothing was paid by it.';
