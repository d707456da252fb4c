-- What an invoice was lowered by afterwards. Credit notes are documents of the accounts: they have rows of their own.

create table public.credit_notes (
  id uuid primary key default gen_random_uuid(),
  stripe_credit_note_id text not null,
  invoice_id uuid not null references public.invoices (id) on delete restrict,
  number text not null,
  status text not null,
  total bigint not null,
  open_amount bigint not null,
  paid_amount bigint not null,
  currency text not null,
  reason text,
  pdf_url text,
  livemode boolean not null,
  issued_at timestamptz not null,
  voided_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint credit_notes_stripe_credit_note_id_key unique (stripe_credit_note_id),
  constraint id_is_stripes check (stripe_credit_note_id ~ '^cn_'),
  constraint status_is_known check (status in ('issued', 'void')),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
  constraint amounts_are_not_negative check (total >= 0 and open_amount >= 0 and paid_amount >= 0),
  constraint pdf_is_https check (private.is_web_link(pdf_url))
);
comment on table public.credit_notes is
  'Mirror of Stripe''s credit notes, in minor units. What was given back by one is a refund at its payment as well.';
comment on column public.credit_notes.stripe_credit_note_id is 'cn_… at Stripe';
comment on column public.credit_notes.number is 'Number the customer sees';
comment on column public.credit_notes.status is 'issued, or void: then it lowers nothing';
comment on column public.credit_notes.total is 'What the invoice is lowered by, taxes included';
comment on column public.credit_notes.open_amount is 'Of that what need not be paid any more';
comment on column public.credit_notes.paid_amount is
  'Of that what had been paid: refunded, credited or settled outside';
comment on column public.credit_notes.currency is 'ISO 4217 code of all its amounts';
comment on column public.credit_notes.reason is
  'duplicate, fraudulent, order_change, product_unsatisfactory, or null';
comment on column public.credit_notes.pdf_url is 'The document';

create index credit_notes_invoice_id_idx on public.credit_notes (invoice_id, issued_at);

create trigger credit_notes_before_touch before update on public.credit_notes
  for each row when (old.* is distinct from new.*) execute function private.touch_updated_at();

alter table public.credit_notes enable row level security;
revoke all on public.credit_notes from anon, authenticated, service_role;
grant select on public.credit_notes to authenticated, service_role;

create policy credit_notes_select_staff on public.credit_notes for select to authenticated
  using ((select private.has_permission('payments.read')));
comment on policy credit_notes_select_staff on public.credit_notes is
  'Staff who may read payments read the credit notes.';

create function private.stripe_credit_note_columns(object jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_build_object('number', object ->> 'number', 'status', object ->> 'status',
    'total', (object ->> 'total')::bigint, 'open_amount', (object ->> 'pre_payment_amount')::bigint,
    'paid_amount', (object ->> 'post_payment_amount')::bigint, 'currency', upper(object ->> 'currency'),
    'reason', object ->> 'reason',
    'pdf_url', case when private.is_web_link(object ->> 'pdf') then object ->> 'pdf' end,
    'livemode', (object ->> 'livemode')::boolean,
    'issued_at', private.stripe_time(coalesce(nullif(object -> 'effective_at', 'null'), object -> 'created')),
    'voided_at', private.stripe_time(object -> 'voided_at'));
end
$$;
comment on function private.stripe_credit_note_columns(jsonb) is
  'The mirror''s columns as a Stripe credit note gives them.';

create function private.apply_stripe_credit_note(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given public.credit_notes;
  status_before text;
  invoice public.invoices;
begin
  perform private.note_stripe_version(object ->> 'id', as_of);
  given := jsonb_populate_record(null::public.credit_notes, private.stripe_credit_note_columns(object));
  select * into invoice from public.invoices where stripe_invoice_id = private.stripe_id(object -> 'invoice');
  select status into status_before from public.credit_notes where stripe_credit_note_id = object ->> 'id' for update;
  insert into public.credit_notes as held (stripe_credit_note_id, invoice_id, number, status, total, open_amount,
    paid_amount, currency, reason, pdf_url, livemode, issued_at, voided_at)
  values (object ->> 'id', invoice.id, given.number, given.status, given.total, given.open_amount, given.paid_amount,
    given.currency, given.reason, given.pdf_url, given.livemode, given.issued_at, given.voided_at)
  on conflict (stripe_credit_note_id) do update set number = excluded.number, status = excluded.status,
    total = excluded.total, open_amount = excluded.open_amount, paid_amount = excluded.paid_amount,
    reason = excluded.reason, pdf_url = excluded.pdf_url, voided_at = excluded.voided_at;
  if status_before is distinct from given.status and invoice.subscription_id is not null
    and not private.is_backfill() then
    perform private.record_event(case given.status when 'void' then 'credit_note_voided' else 'credit_note_issued' end,
      'subscription', invoice.subscription_id::text, jsonb_build_object('source', 'stripe',
        'amount_cents', given.total, 'currency', given.currency, 'credit_note_number', given.number,
        'invoice_number', invoice.number), invoice.customer_id,
      (select license_id from public.subscriptions where id = invoice.subscription_id));
  end if;
end
$$;
comment on function private.apply_stripe_credit_note(jsonb, timestamptz) is
  'Applies a Stripe credit note; its invoice must be known. Definer: nobody writes the mirror directly.';
