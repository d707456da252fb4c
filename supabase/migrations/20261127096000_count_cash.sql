-- Cash as a ledger: what came in on its day, and what went out again on the day it did. A refund in March of what was
-- paid in February changes March.

create table public.cash_movements (
  id uuid primary key default gen_random_uuid(),
  payment_id uuid not null references public.payments (id) on delete cascade,
  kind text not null,
  amount_cents bigint not null,
  currency text not null,
  occurred_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint kind_is_known check (kind in ('payment', 'refund', 'dispute')),
  constraint amount_is_not_zero check (amount_cents <> 0),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$')
);
comment on table public.cash_movements is
  'What was paid, given back and lost to disputes, each on its own day. The movements of a payment add up to what it '
  'says. Written by trigger alone.';
comment on column public.cash_movements.kind is
  'payment (of a charge that succeeded), refund, dispute (lost; positive when a lost one is won after all)';
comment on column public.cash_movements.amount_cents is
  'Minor units of the currency, signed: what went out is negative';
comment on column public.cash_movements.currency is 'ISO 4217 code of the amount';
comment on column public.cash_movements.occurred_at is
  'When it happened by Stripe''s clock; of a refund read in without its date, that of its payment';

create index cash_movements_payment_id_idx on public.cash_movements (payment_id);
create index cash_movements_occurred_at_idx on public.cash_movements (occurred_at);

alter table public.cash_movements enable row level security;
revoke all on public.cash_movements from anon, authenticated, service_role;
grant select on public.cash_movements to authenticated, service_role;

create policy cash_movements_select_staff on public.cash_movements for select to authenticated
  using ((select private.has_permission('payments.read')));
comment on policy cash_movements_select_staff on public.cash_movements is
  'Staff who may read payments read when their money moved.';

create function private.cash_of(payment public.payments, out paid bigint, out refunded bigint, out lost bigint)
language plpgsql immutable set search_path = ''
as $$
begin
  paid := case when payment.status = 'succeeded' then payment.amount else 0 end;
  refunded := case when payment.status = 'succeeded' then -coalesce(payment.amount_refunded, 0) else 0 end;
  lost := case when payment.status = 'succeeded' then -coalesce(payment.amount_lost, 0) else 0 end;
end
$$;
comment on function private.cash_of(public.payments) is
  'What the movements of a payment must add up to, in minor units, signed; zeros for no payment.';

create function private.payments_after_move_cash() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  before record := private.cash_of(case when tg_op = 'UPDATE' then old end);
  after record := private.cash_of(new);
  told constant timestamptz := nullif(current_setting('private.cash_time', true), '')::timestamptz;
  -- Money that came later than it was made out for came when Stripe says so.
  moment constant timestamptz := greatest(new.payment_date, coalesce(told, case when private.is_backfill()
    then new.payment_date else private.movement_time() end));
begin
  insert into public.cash_movements (payment_id, kind, amount_cents, currency, occurred_at)
  select new.id, moved.kind, moved.cents, new.currency, moved.at
  from (values ('payment', after.paid - before.paid,
      case when tg_op = 'INSERT' or old.status = 'pending' and private.is_backfill() then new.payment_date
        else moment end),
    ('refund', after.refunded - before.refunded, moment),
    ('dispute', after.lost - before.lost, moment)) as moved (kind, cents, at)
  where moved.cents <> 0;
  return null;
end
$$;
comment on function private.payments_after_move_cash() is
  'Trigger: every change of what a payment brought becomes a movement of cash. Definer: nobody writes the ledger '
  'directly.';

create trigger payments_after_move_cash_insert after insert on public.payments
  for each row when (new.status = 'succeeded') execute function private.payments_after_move_cash();
create trigger payments_after_move_cash_update after update on public.payments
  for each row when ((old.status, old.amount, old.amount_refunded, old.amount_lost)
    is distinct from (new.status, new.amount, new.amount_refunded, new.amount_lost))
  execute function private.payments_after_move_cash();
