-- Monthly recurring revenue as a ledger: MRR at any moment is the sum of the movements up to it.

create table public.mrr_movements (
  id uuid primary key default gen_random_uuid(),
  customer_id uuid not null references public.customers (id) on delete restrict,
  license_id uuid references public.licenses (id) on delete restrict,
  subscription_id uuid references public.subscriptions (id) on delete restrict,
  kind text not null,
  amount_cents bigint not null,
  currency text not null,
  reason text,
  plan text references public.plans (code) on delete restrict on update cascade,
  billing_interval text,
  interval_count int,
  occurred_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint reason_is_known check (reason in ('paused')),
  constraint kind_is_known check (kind in ('new', 'expansion', 'contraction', 'churn', 'reactivation')),
  constraint amount_is_not_zero check (amount_cents <> 0),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
  constraint movement_has_a_cause check (license_id is not null or subscription_id is not null),
  constraint billing_interval_is_known check (billing_interval in ('day', 'week', 'month', 'year')),
  constraint interval_count_is_positive check (interval_count > 0)
);
comment on table public.mrr_movements is
  'Movements of monthly recurring revenue, signed, in cents. kind is that of the customer''s net change: what happens '
  'to one customer within 60 minutes counts as one movement (metrics of ChartMogul). Currencies are never added: who '
  'pays in two has two histories.';
comment on column public.mrr_movements.currency is 'ISO 4217 code of the amount';
comment on column public.mrr_movements.kind is 'new, expansion, contraction, churn or reactivation';
comment on column public.mrr_movements.reason is
  'Why, where the kind does not say it: paused, when collection is paused and invoices are given up';
comment on column public.mrr_movements.plan is
  'Plan of the licence or subscription after it; the one it had when it ended';
comment on column public.mrr_movements.billing_interval is 'How often that is paid: day, week, month or year';
comment on column public.mrr_movements.interval_count is 'Intervals between two invoices of it';
comment on column public.mrr_movements.amount_cents is 'Minor units of the currency a month, signed';

create index mrr_movements_customer_id_occurred_at_idx on public.mrr_movements (customer_id, occurred_at);
create index mrr_movements_plan_idx on public.mrr_movements (plan);
create index mrr_movements_license_id_idx on public.mrr_movements (license_id);
create index mrr_movements_subscription_id_idx on public.mrr_movements (subscription_id);
create index mrr_movements_occurred_at_idx on public.mrr_movements (occurred_at);

alter table public.mrr_movements enable row level security;
revoke all on public.mrr_movements from anon, authenticated, service_role;
grant select on public.mrr_movements to authenticated, service_role;

create policy mrr_movements_select_staff on public.mrr_movements for select to authenticated
  using ((select private.has_permission('payments.read')));
comment on policy mrr_movements_select_staff on public.mrr_movements is
  'Staff who may read payments read the revenue ledger.';

create function private.classify_movements(customer_id uuid, currency text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  movement record;
  ids uuid[];
  kinds text[];
  began timestamptz;
  net bigint;
  base bigint := 0;
  has_paid boolean := false;
  said text;
begin
  -- The row after the last closes the last movement.
  for movement in (select id, kind, amount_cents, occurred_at, created_at from public.mrr_movements as held
      where held.customer_id = $1 and held.currency = $2)
    union all select null, null, null, 'infinity', 'infinity' order by occurred_at, created_at, id loop
    if began is null or movement.occurred_at >= began + interval '60 minutes' then
      said := case when net = 0 then 'expansion'
        when base <= 0 and net > 0 then case when has_paid then 'reactivation' else 'new' end
        when base + net <= 0 then 'churn'
        when net > 0 then 'expansion'
        else 'contraction' end;
      if not kinds <@ array[said] then
        update public.mrr_movements as held set kind = said where held.id = any (ids) and held.kind <> said;
      end if;
      base := base + coalesce(net, 0);
      has_paid := has_paid or base > 0;
      ids := '{}';
      kinds := '{}';
      began := movement.occurred_at;
      net := 0;
    end if;
    ids := ids || movement.id;
    kinds := kinds || movement.kind;
    net := net + movement.amount_cents;
  end loop;
end
$$;
comment on function private.classify_movements(uuid, text) is
  'Says of each movement of a customer in a currency what it is, whatever the order in which they became known: those '
  'within 60 minutes of the first of them are one, and share a kind; what cancels out is expansion of nothing. '
  'Definer: nobody writes the ledger directly.';

create function private.record_mrr_change(customer_id uuid, license_id uuid, subscription_id uuid, delta bigint,
  currency text, occurred_at timestamptz, reason text default null, plan text default null,
  billing_interval text default null, interval_count int default null)
  returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  near public.mrr_movements;
begin
  if delta = 0 then
    return;
  end if;
  -- Changes of one customer queue here: each needs the sum of those before.
  perform from public.customers where customers.id = $1 for no key update;
  perform set_config('private.restatement_why', 'late', true);
  select * into near from public.mrr_movements as movement
  where movement.customer_id = $1 and movement.currency = $5 and movement.license_id is not distinct from $2
    and movement.subscription_id is not distinct from $3
    and movement.occurred_at > $6 - interval '60 minutes' and movement.occurred_at < $6 + interval '60 minutes'
  order by movement.occurred_at desc limit 1;
  if near.id is null then
    insert into public.mrr_movements (customer_id, license_id, subscription_id, kind, amount_cents, currency,
      occurred_at, reason, plan, billing_interval, interval_count)
    values ($1, $2, $3, case when delta > 0 then 'expansion' else 'contraction' end, delta, $5, $6, $7, $8, $9, $10);
  elsif near.amount_cents + delta = 0 then
    delete from public.mrr_movements where mrr_movements.id = near.id;
  else
    update public.mrr_movements as held set amount_cents = amount_cents + delta, reason = coalesce($7, near.reason),
      plan = coalesce($8, near.plan), billing_interval = coalesce($9, near.billing_interval),
      interval_count = coalesce($10, near.interval_count)
    where held.id = near.id;
  end if;
  perform private.classify_movements($1, $5);
  perform set_config('private.restatement_why', '', true);
end
$$;
comment on function private.record_mrr_change(uuid, uuid, uuid, bigint, text, timestamptz, text, text, text, int) is
  'Writes a change of monthly recurring revenue (minor units, signed) into the ledger, joined with what happened to '
  'the subscription within 60 minutes; reason says more of it (paused); plan, billing_interval and interval_count are '
  'those after it. Definer: nobody writes the ledger directly.';

create function private.movement_time() returns timestamptz
language plpgsql stable set search_path = ''
as $$
begin
  return coalesce(nullif(current_setting('private.movement_time', true), '')::timestamptz, now());
end
$$;
comment on function private.movement_time() is 'When the change being applied happened by Stripe''s clock, else now.';

create function private.subscriptions_after_move_mrr() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  is_paused constant boolean := new.pause_behavior in ('void', 'mark_uncollectible')
    and new.status in ('active', 'past_due');
  reason constant text := case when is_paused and new.paying_mrr_cents = 0 then 'paused' end;
  moment timestamptz := private.movement_time();
begin
  if tg_op = 'UPDATE' and old.paying_mrr_cents <> 0 and old.currency <> new.currency then
    perform private.record_mrr_change(old.customer_id, new.license_id, old.id, -old.paying_mrr_cents, old.currency,
      moment, reason, old.plan, old.billing_interval, old.interval_count);
  end if;
  -- Who came or left did so when Stripe says, however late we learn it.
  if new.paying_mrr_cents = 0 then
    moment := coalesce(new.ended_at, moment);
  elsif not exists (select from public.mrr_movements where subscription_id = new.id) then
    moment := least(moment, new.first_paid_at);
  end if;
  perform private.record_mrr_change(new.customer_id, new.license_id, new.id,
    new.paying_mrr_cents
      - case when tg_op = 'UPDATE' and old.currency = new.currency then old.paying_mrr_cents else 0 end,
    new.currency, moment, reason, new.plan, new.billing_interval, new.interval_count);
  return null;
end
$$;
comment on function private.subscriptions_after_move_mrr() is
  'Trigger: every change of what a subscription weighs becomes a movement. Definer: nobody writes the ledger '
  'directly.';

create trigger subscriptions_after_move_mrr_insert after insert on public.subscriptions
  for each row when (new.paying_mrr_cents <> 0)
    execute function private.subscriptions_after_move_mrr();
create trigger subscriptions_after_move_mrr_update after update on public.subscriptions
  for each row when ((old.paying_mrr_cents, old.currency) is distinct from (new.paying_mrr_cents, new.currency))
    execute function private.subscriptions_after_move_mrr();

create function private.subscriptions_after_date_first() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform from public.customers where id = new.customer_id for no key update;
  perform set_config('private.restatement_why', 'first_payment', true);
  update public.mrr_movements set occurred_at = new.first_paid_at
  where subscription_id = new.id and occurred_at = old.first_paid_at;
  perform private.classify_movements(new.customer_id, new.currency);
  perform set_config('private.restatement_why', '', true);
  return null;
end
$$;
comment on function private.subscriptions_after_date_first() is
  'Trigger: an earlier first payment, come to light later, dates its movement. Definer: nobody writes the ledger '
  'directly.';

create trigger subscriptions_after_date_first after update of first_paid_at on public.subscriptions
  for each row when (new.first_paid_at < old.first_paid_at)
    execute function private.subscriptions_after_date_first();

create function private.subscriptions_after_link_movements() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.mrr_movements set license_id = new.license_id where subscription_id = new.id;
  update public.payments set license_id = new.license_id where subscription_id = new.id;
  return null;
end
$$;
comment on function private.subscriptions_after_link_movements() is
  'Trigger: a subscription that gets its licence brings its movements and payments along. Definer: nobody writes '
  'those directly.';

create trigger subscriptions_after_link_movements after update of license_id on public.subscriptions
  for each row when (old.license_id is distinct from new.license_id)
    execute function private.subscriptions_after_link_movements();

create function private.subscription_mrr(stripe_subscription_id text, out cents bigint, out currency text)
language plpgsql stable security definer set search_path = ''
as $$
begin
  select paying_mrr_cents, subscriptions.currency into cents, currency from public.subscriptions
  where subscriptions.stripe_subscription_id = $1;
end
$$;
comment on function private.subscription_mrr(text) is
  'What the subscription pays a month now, in minor units of its currency. Definer: also serves whoever edits a '
  'licence''s notes.';
grant execute on function private.subscription_mrr(text) to authenticated, service_role;

create function private.licenses_after_move_mrr() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  -- What a subscription pays is its own movement.
  before bigint := case when tg_op = 'UPDATE' and old.stripe_subscription_id is null then old.mrr_cents else 0 end;
  after bigint := case when new.stripe_subscription_id is null then new.mrr_cents else 0 end;
  moment timestamptz := case when new.status = 'expired' and new.stripe_subscription_id is null
    then least(new.grace_until, now()) else private.movement_time() end;
begin
  if before <> 0 and old.currency <> new.currency then
    perform private.record_mrr_change(new.customer_id, new.id, null, -before, old.currency, moment, null, old.plan,
      'month', 1);
    before := 0;
  end if;
  perform private.record_mrr_change(new.customer_id, new.id, null, after - before, new.currency, moment, null, new.plan,
    'month', 1);
  return null;
end
$$;
comment on function private.licenses_after_move_mrr() is
  'Trigger: a licence paid otherwise than by subscription moves revenue when it begins, changes plan or ends. '
  'Definer: nobody writes the ledger directly.';
