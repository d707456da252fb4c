-- The ledgers by day, counted from their rows: what roll-ups are made from and held against.

create function private.movement_entries(customers uuid[], zone text) returns table (day date, currency text,
  customer_id uuid, movement_id uuid, kind text, plan text, term text, amount_cents bigint, is_whole boolean)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with ledger as (
    select (held.occurred_at at time zone $2)::date as day, held.currency, held.customer_id, held.id, held.kind,
      coalesce(held.plan, '') as plan, held.amount_cents,
      case when held.interval_count > 1 then held.interval_count || ' ' else '' end
        || coalesce(held.billing_interval, '') as term,
      coalesce(held.subscription_id, held.license_id) as source, held.occurred_at, held.created_at
    -- One of the two is empty: an index serves some customers, none is asked for all.
    from (select * from public.mrr_movements where customer_id = any ($1)
      union all select * from public.mrr_movements where $1 is null) as held
  ), stepped as (
    select ledger.*, lag(plan) over source as plan_before, lag(term) over source as term_before,
      sum(amount_cents) over source - amount_cents as cents_before
    from ledger
    window source as (partition by ledger.source, ledger.currency
      order by ledger.occurred_at, ledger.created_at, ledger.id)
  )
  select day, currency, customer_id, id, kind, plan, term,
    amount_cents + case when cents_before > 0 and (plan, term) <> (plan_before, term_before)
      then cents_before::bigint else 0 end, true
  from stepped
  union all
  select day, currency, customer_id, id, kind, plan_before, term_before, -cents_before::bigint, false
  from stepped where cents_before > 0 and (plan, term) <> (plan_before, term_before);
end
$$;
comment on function private.movement_entries(uuid[], text) is
  'Movements of recurring revenue of some customers (all for null) with their day in the zone. One that changes plan '
  'or term is two: is_whole false takes what was paid from the old one. Definer: reads behind the policies.';

create function private.points_of(customers uuid[], zone text, before_day date) returns setof private.customer_points
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with moved as (
    select entry.customer_id, entry.currency, entry.day, entry.plan, sum(entry.amount_cents) as cents
    from private.movement_entries($1, $2) as entry where entry.day < $3
    group by entry.customer_id, entry.currency, entry.day, entry.plan
  ), plans as (
    select distinct moved.customer_id, moved.currency, moved.plan from moved
  ), days as (
    select distinct moved.customer_id, moved.currency, moved.day from moved
  ), held as (
    select days.customer_id, days.currency, days.day, plans.plan, moved.cents is not null as is_moved,
      sum(coalesce(moved.cents, 0)) over (partition by days.customer_id, days.currency, plans.plan
        order by days.day) as cents
    from days
    join plans using (customer_id, currency)
    left join moved using (customer_id, currency, day, plan)
  ), closing as (
    select held.customer_id, held.currency, held.day, sum(held.cents)::bigint as cents,
      (array_agg(held.plan order by held.cents desc, held.is_moved desc, held.plan))[1] as plan
    from held group by held.customer_id, held.currency, held.day
  ), stepped as (
    select closing.*, coalesce(lag(closing.cents) over customer, 0) as cents_before,
      coalesce(lag(closing.plan) over customer, closing.plan) as plan_before,
      coalesce(max(closing.cents) over (partition by closing.customer_id, closing.currency order by closing.day
        rows between unbounded preceding and 1 preceding), 0) as best_before
    from closing
    window customer as (partition by closing.customer_id, closing.currency order by closing.day)
  ), changed as (
    select * from stepped where cents <> cents_before or plan <> plan_before
  )
  select changed.customer_id, changed.currency, changed.day,
    coalesce(lead(changed.day) over (partition by changed.customer_id, changed.currency order by changed.day),
      'infinity'::date),
    changed.cents_before, changed.cents, changed.plan, changed.plan_before,
    changed.cents > 0 and changed.best_before <= 0
  from changed;
end
$$;
comment on function private.points_of(uuid[], text, date) is
  'What customers (all for null) pay from day to day, of the days before one. Definer: reads behind the policies.';

create function private.cash_entries(from_day date, zone text, customers uuid[]) returns table (day date,
  currency text, kind text, plan text, amount_cents bigint, movement_id uuid, payment_id uuid, customer_id uuid,
  occurred_at timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  select (moved.occurred_at at time zone $2)::date, moved.currency,
    case when moved.kind <> 'payment' then moved.kind
      else case invoices.billing_reason when 'subscription_create' then 'new' when 'subscription_cycle' then 'renewal'
        when 'subscription_update' then 'upgrade' else 'other' end end,
    coalesce(subscriptions.plan, licenses.plan, ''), moved.amount_cents, moved.id, moved.payment_id,
    moved.customer_id, moved.occurred_at
  from (
    select moved.*, payments.customer_id, payments.stripe_invoice_id, payments.subscription_id, payments.license_id
    from public.payments join public.cash_movements as moved on moved.payment_id = payments.id
    where payments.customer_id = any ($3)
    union all
    select moved.*, payments.customer_id, payments.stripe_invoice_id, payments.subscription_id, payments.license_id
    from public.cash_movements as moved join public.payments on payments.id = moved.payment_id where $3 is null
      and moved.occurred_at >= coalesce($1::timestamp at time zone $2, '-infinity')) as moved
  left join public.invoices on invoices.stripe_invoice_id = moved.stripe_invoice_id
  left join public.subscriptions on subscriptions.id = moved.subscription_id
  left join public.licenses on licenses.id = moved.license_id
  where moved.occurred_at >= coalesce($1::timestamp at time zone $2, '-infinity');
end
$$;
comment on function private.cash_entries(date, text, uuid[]) is
  'Movements of cash from a day on (all for null) of some customers (all for null), with their cause: new, renewal, '
  'upgrade, other, refund or dispute. Definer: reads behind the policies.';

create function private.point_turns(point private.customer_points) returns table (kind text, plan text)
language plpgsql immutable set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  select turned.kind, turned.plan
  from (values (case when point.before_cents <= 0 and point.mrr_cents > 0
        then case when point.is_first then 'new' else 'reactivation' end end, point.plan),
      (case when point.before_cents > 0 and point.mrr_cents <= 0 then 'churn' end, point.plan_before),
      (case when point.before_cents > 0 and point.mrr_cents > 0 and point.plan <> point.plan_before
        then 'moved_out' end, point.plan_before),
      (case when point.before_cents > 0 and point.mrr_cents > 0 and point.plan <> point.plan_before
        then 'moved_in' end, point.plan)) as turned (kind, plan)
  where turned.kind is not null;
end
$$;
comment on function private.point_turns(private.customer_points) is
  'What a point means: new, reactivation or churn, moved_out of a plan and moved_in to another; nothing when only the '
  'amount changed.';
