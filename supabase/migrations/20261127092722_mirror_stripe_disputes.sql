-- Disputes and the bank's warnings of fraud. A payment says what they come to: several disputes of one are possible,
-- each for a part, and what is lost is no revenue.

insert into private.alert_kinds (kind, severity, permission) values
  ('payment_fraud_warned', 'error', 'payments.read');

create table private.stripe_disputes (
  stripe_dispute_id text primary key,
  stripe_payment_id text not null,
  amount bigint not null,
  currency text not null,
  status text not null,
  reason text not null,
  opened_at timestamptz not null,
  livemode boolean not null,
  constraint id_is_stripes check (stripe_dispute_id ~ '^(du|dp|pdp)_'),
  constraint amount_is_not_negative check (amount >= 0),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$')
);
comment on table private.stripe_disputes is
  'Mirror of Stripe''s disputes, one row each; payments carry what they come to.';
comment on column private.stripe_disputes.stripe_dispute_id is 'du_… at Stripe';
comment on column private.stripe_disputes.stripe_payment_id is 'ch_… that is disputed';
comment on column private.stripe_disputes.amount is 'Minor units disputed, a part or more than the payment';
comment on column private.stripe_disputes.currency is 'ISO 4217 code of the amount';
comment on column private.stripe_disputes.status is
  'At Stripe: warning_needs_response, needs_response, under_review, won, lost, warning_closed …';
comment on column private.stripe_disputes.reason is 'What the customer claims: fraudulent, duplicate …';

create index stripe_disputes_stripe_payment_id_idx on private.stripe_disputes (stripe_payment_id);

create table private.stripe_fraud_warnings (
  stripe_warning_id text primary key,
  stripe_payment_id text not null,
  fraud_type text not null,
  is_actionable boolean not null,
  warned_at timestamptz not null,
  livemode boolean not null,
  constraint id_is_stripes check (stripe_warning_id ~ '^issfr_')
);
comment on table private.stripe_fraud_warnings is
  'Mirror of Stripe''s early fraud warnings: the bank suspects fraud, and whoever refunds now is spared the dispute.';
comment on column private.stripe_fraud_warnings.stripe_warning_id is 'issfr_… at Stripe';
comment on column private.stripe_fraud_warnings.stripe_payment_id is 'ch_… that is suspected';
comment on column private.stripe_fraud_warnings.fraud_type is 'What is suspected: unauthorized_use_of_card …';
comment on column private.stripe_fraud_warnings.is_actionable is 'Neither refunded in full nor disputed yet';

create index stripe_fraud_warnings_stripe_payment_id_idx on private.stripe_fraud_warnings (stripe_payment_id);

alter table private.stripe_disputes enable row level security;
alter table private.stripe_fraud_warnings enable row level security;

create function private.stripe_dispute_columns(object jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_build_object('stripe_payment_id', private.stripe_id(object -> 'charge'),
    'amount', (object ->> 'amount')::bigint, 'currency', upper(object ->> 'currency'), 'status', object ->> 'status',
    'reason', object ->> 'reason', 'opened_at', private.stripe_time(object -> 'created'),
    'livemode', (object ->> 'livemode')::boolean);
end
$$;
comment on function private.stripe_dispute_columns(jsonb) is 'The mirror''s columns as a Stripe dispute gives them.';

create function private.is_dispute_over(status text) returns boolean
language sql immutable set search_path = ''
as $$ select status in ('won', 'lost', 'warning_closed', 'prevented') $$;
comment on function private.is_dispute_over(text) is 'Whether nothing more is asked of anybody about a dispute.';

create function private.sum_disputes(stripe_payment_id text) returns public.payments
language sql volatile security definer set search_path = ''
as $$
  update public.payments as paid set dispute_status = (select status from private.stripe_disputes as one
      where one.stripe_payment_id = $1
      -- What waits for an answer first, then what was lost.
      order by private.is_dispute_over(status), status <> 'lost', opened_at desc limit 1),
    -- In another currency than the payment's nobody can say how much of it: then all that was left.
    amount_lost = coalesce((select sum(case when one.currency = paid.currency then one.amount
        else paid.amount - paid.amount_refunded end) from private.stripe_disputes as one
      where one.stripe_payment_id = $1 and one.status = 'lost'), 0)
  where paid.stripe_payment_id = $1 returning paid
$$;
comment on function private.sum_disputes(text) is
  'Writes at a payment what its disputes come to: the state that matters most, and what was lost. Definer: nobody '
  'writes the mirror directly.';

create function private.apply_stripe_dispute(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given private.stripe_disputes;
  status_before text;
  payment public.payments;
  is_over boolean := private.is_dispute_over(object ->> 'status');
  told jsonb := jsonb_build_object('currency', upper(object ->> 'currency'), 'reason', object ->> 'reason',
    'status', object ->> 'status');
begin
  perform private.note_stripe_version(object ->> 'id', as_of);
  given := jsonb_populate_record(null::private.stripe_disputes, private.stripe_dispute_columns(object));
  perform from public.payments where payments.stripe_payment_id = given.stripe_payment_id for update;
  select status into status_before from private.stripe_disputes where stripe_dispute_id = object ->> 'id';
  insert into private.stripe_disputes as held (stripe_dispute_id, stripe_payment_id, amount, currency, status, reason,
    opened_at, livemode)
  values (object ->> 'id', given.stripe_payment_id, given.amount, given.currency, given.status, given.reason,
    given.opened_at, given.livemode)
  on conflict (stripe_dispute_id) do update set amount = excluded.amount, currency = excluded.currency,
    status = excluded.status, reason = excluded.reason;
  payment := private.sum_disputes(given.stripe_payment_id);
  if private.is_backfill() or status_before = given.status then
    return;
  end if;
  if status_before is null or is_over then
    perform private.record_payment_event(case when is_over then 'dispute_closed' else 'payment_disputed' end, payment,
      given.amount, told);
  end if;
  perform private.alert_payment('payment_disputed', (object ->> 'id') || ':' || is_over, payment,
    given.amount, told, case when is_over then 'info' else 'error' end);
end
$$;
comment on function private.apply_stripe_dispute(jsonb, timestamptz) is
  'Applies a Stripe dispute, and to its payment what follows. Definer: nobody writes the mirror directly.';

create function private.stripe_fraud_warning_columns(object jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_build_object('stripe_payment_id', private.stripe_id(object -> 'charge'),
    'fraud_type', object ->> 'fraud_type', 'is_actionable', (object ->> 'actionable')::boolean,
    'warned_at', private.stripe_time(object -> 'created'), 'livemode', (object ->> 'livemode')::boolean);
end
$$;
comment on function private.stripe_fraud_warning_columns(jsonb) is
  'The mirror''s columns as a Stripe early fraud warning gives them.';

create function private.apply_stripe_fraud_warning(object jsonb, as_of timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given private.stripe_fraud_warnings;
  payment public.payments;
  is_news boolean;
begin
  perform private.note_stripe_version(object ->> 'id', as_of);
  given := jsonb_populate_record(null::private.stripe_fraud_warnings, private.stripe_fraud_warning_columns(object));
  is_news := not exists (select from private.stripe_fraud_warnings where stripe_warning_id = object ->> 'id');
  insert into private.stripe_fraud_warnings as held (stripe_warning_id, stripe_payment_id, fraud_type, is_actionable,
    warned_at, livemode)
  values (object ->> 'id', given.stripe_payment_id, given.fraud_type, given.is_actionable, given.warned_at,
    given.livemode)
  on conflict (stripe_warning_id) do update set fraud_type = excluded.fraud_type,
    is_actionable = excluded.is_actionable;
  update public.payments as paid set (fraud_type, fraud_warned_at) = (select warning.fraud_type, warning.warned_at
    from (select true) as always left join private.stripe_fraud_warnings as warning
      on warning.stripe_payment_id = paid.stripe_payment_id and warning.is_actionable
    order by warning.warned_at desc limit 1)
  where paid.stripe_payment_id = given.stripe_payment_id returning * into payment;
  if not is_news or private.is_backfill() then
    return;
  end if;
  perform private.record_payment_event('payment_fraud_warned', payment, payment.amount,
    jsonb_build_object('reason', given.fraud_type));
  if given.is_actionable then
    -- It leads to the payment itself: that is what is refunded.
    perform private.raise_alert('payment_fraud_warned', 'payment_fraud_warned:' || (object ->> 'id'),
      jsonb_build_object('amount_cents', payment.amount - payment.amount_refunded, 'currency', payment.currency,
        'payment_id', payment.id, 'reason', given.fraud_type), 'payment', payment.id::text, payment.customer_id);
  end if;
end
$$;
comment on function private.apply_stripe_fraud_warning(jsonb, timestamptz) is
  'Applies a Stripe early fraud warning and alerts, once, while something can be done. Definer: nobody writes the '
  'mirror directly.';
