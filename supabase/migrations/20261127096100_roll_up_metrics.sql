-- Figures by day, rolled up from the ledgers up to yesterday. What was rolled up and changed since is marked, and
-- counted from the ledger until it is rolled up again: a reader never sees an old figure. Currencies are never added.

create table private.metric_marks (
  id bigint generated always as identity primary key,
  family text not null,
  day date not null,
  customer_id uuid,
  constraint family_is_known check (family in ('recurring', 'cash'))
);
comment on table private.metric_marks is 'Days before today whose ledger changed since they were rolled up.';
comment on column private.metric_marks.id is 'Order of writing';
comment on column private.metric_marks.family is 'recurring (movements of MRR) or cash';
comment on column private.metric_marks.customer_id is 'Whose movements changed';

create index metric_marks_family_day_idx on private.metric_marks (family, day);

create table private.rolled_up (
  family text primary key,
  until date not null,
  rolled_at timestamptz not null default now(),
  constraint family_is_known check (family in ('recurring', 'cash', 'licenses', 'usage'))
);
comment on table private.rolled_up is 'How far each family of figures is rolled up.';
comment on column private.rolled_up.family is 'recurring, cash, licenses or usage';
comment on column private.rolled_up.until is 'First day that is not';

create table private.movement_days (
  day date not null,
  currency text not null,
  kind text not null,
  plan text not null,
  term text not null,
  amount_cents bigint not null,
  movements int not null,
  primary key (currency, day, kind, plan, term)
);
comment on table private.movement_days is
  'Movements of recurring revenue by day. A change of plan takes what was paid from the old one and gives it to the '
  'new one, under one kind, so that a plan''s movements add up to its revenue as all of them do.';
comment on column private.movement_days.day is 'Day of the business';
comment on column private.movement_days.currency is 'ISO 4217 code of the amount';
comment on column private.movement_days.plan is 'Plan, empty when none is known';
comment on column private.movement_days.term is 'How often it is paid: month, year, "3 month" …; empty when unknown';
comment on column private.movement_days.amount_cents is 'Minor units of the currency a month, signed';
comment on column private.movement_days.movements is
  'How many movements begin it: the second half of a change of plan is none';

create table private.customer_points (
  customer_id uuid not null references public.customers (id) on delete cascade,
  currency text not null,
  from_day date not null,
  until_day date not null,
  before_cents bigint not null,
  mrr_cents bigint not null,
  plan text not null,
  plan_before text not null,
  is_first boolean not null,
  primary key (customer_id, currency, from_day),
  constraint until_day_is_after_from_day check (until_day > from_day)
);
comment on table private.customer_points is
  'What a customer pays a month from one day until another: a row where it changes, none a day.';
comment on column private.customer_points.currency is 'ISO 4217 code of the amounts';
comment on column private.customer_points.from_day is 'First day at whose end it is so';
comment on column private.customer_points.until_day is
  'First day at whose end it is no longer; infinity while it is so';
comment on column private.customer_points.before_cents is 'What was paid until then, minor units a month';
comment on column private.customer_points.mrr_cents is 'Minor units a month, 0 once they left';
comment on column private.customer_points.plan is 'Plan they pay most for; the last one once they left';
comment on column private.customer_points.plan_before is 'The same until then';
comment on column private.customer_points.is_first is 'Whether they paid for the first time that day';

create index customer_points_currency_from_day_idx on private.customer_points (currency, from_day);

create table private.customer_days (
  day date not null,
  currency text not null,
  kind text not null,
  plan text not null,
  customers int not null,
  primary key (currency, day, kind, plan)
);
comment on table private.customer_days is 'How many customers came, left or changed their plan, by day.';
comment on column private.customer_days.currency is 'ISO 4217 code of what they pay in';
comment on column private.customer_days.customers is 'How many of them';
comment on column private.customer_days.kind is
  'new, reactivation, churn; moved_in and moved_out of a plan while paying';
comment on column private.customer_days.plan is 'Plan they came to, or left; empty when none is known';

create table private.month_departures (
  month date not null,
  currency text not null,
  plan text not null,
  customers int not null,
  primary key (currency, month, plan)
);
comment on table private.month_departures is
  'Customers who paid when a month began and not when it ended. Of a month that is rolled up whole.';
comment on column private.month_departures.month is 'Its first day';
comment on column private.month_departures.currency is 'ISO 4217 code of what they paid in';
comment on column private.month_departures.plan is 'Plan they left; empty when none is known';
comment on column private.month_departures.customers is 'How many of them';

create table private.cash_days (
  day date not null,
  currency text not null,
  kind text not null,
  plan text not null,
  amount_cents bigint not null,
  payments int not null,
  primary key (currency, day, kind, plan)
);
comment on table private.cash_days is 'Cash by day and cause.';
comment on column private.cash_days.currency is 'ISO 4217 code of the amount';
comment on column private.cash_days.payments is 'How many payments moved';
comment on column private.cash_days.kind is
  'new (first invoice of a subscription), renewal (later periods), upgrade (proration of a change), other; refund and '
  'dispute (lost), negative';
comment on column private.cash_days.plan is 'Plan of the subscription or licence it was paid for; empty when unknown';
comment on column private.cash_days.amount_cents is 'Minor units of the currency, signed';

alter table private.metric_marks enable row level security;
alter table private.rolled_up enable row level security;
alter table private.movement_days enable row level security;
alter table private.customer_points enable row level security;
alter table private.customer_days enable row level security;
alter table private.cash_days enable row level security;
alter table private.month_departures enable row level security;

create function private.mrr_movements_after_mark() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.metric_marks (family, day, customer_id)
  select 'recurring', min(private.business_day(occurred_at)), customer_id
  from changed where occurred_at < (select private.start_of_day(until) from private.rolled_up
    where family = 'recurring')
  group by customer_id;
  return null;
end
$$;
comment on function private.mrr_movements_after_mark() is
  'Trigger: a movement of a day that is rolled up marks it. Definer: nobody writes the marks directly.';

create trigger mrr_movements_after_mark_insert after insert on public.mrr_movements
  referencing new table as changed for each statement execute function private.mrr_movements_after_mark();
create trigger mrr_movements_after_mark_new after update on public.mrr_movements
  referencing new table as changed for each statement execute function private.mrr_movements_after_mark();
create trigger mrr_movements_after_mark_old after update on public.mrr_movements
  referencing old table as changed for each statement execute function private.mrr_movements_after_mark();
create trigger mrr_movements_after_mark_delete after delete on public.mrr_movements
  referencing old table as changed for each statement execute function private.mrr_movements_after_mark();

create function private.cash_movements_after_mark() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.metric_marks (family, day)
  select 'cash', min(private.business_day(occurred_at)) from changed
  where occurred_at < (select private.start_of_day(until) from private.rolled_up where family = 'cash')
  having count(*) > 0;
  return null;
end
$$;
comment on function private.cash_movements_after_mark() is
  'Trigger: cash of a day that is rolled up marks it. Definer: nobody writes the marks directly.';

create trigger cash_movements_after_mark_insert after insert on public.cash_movements
  referencing new table as changed for each statement execute function private.cash_movements_after_mark();
create trigger cash_movements_after_mark_delete after delete on public.cash_movements
  referencing old table as changed for each statement execute function private.cash_movements_after_mark();

create function private.payments_after_mark() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.metric_marks (family, day)
  select 'cash', min(private.business_day(occurred_at)) from public.cash_movements
  where payment_id = new.id
    and occurred_at < (select private.start_of_day(until) from private.rolled_up where family = 'cash')
  having count(*) > 0;
  return null;
end
$$;
comment on function private.payments_after_mark() is
  'Trigger: a payment that gets its invoice or subscription later changes the cause of its cash. Definer: nobody '
  'writes the marks directly.';

create trigger payments_after_mark after update on public.payments
  for each row when ((old.stripe_invoice_id, old.subscription_id, old.license_id)
    is distinct from (new.stripe_invoice_id, new.subscription_id, new.license_id))
  execute function private.payments_after_mark();
