-- The ledger of recurring revenue carries its proof: the sum of all movements is what is paid now, in each currency.

insert into private.alert_kinds (kind, severity, permission) values
  ('revenue_differs', 'error', 'payments.read');

create table public.revenue_proofs (
  id uuid primary key default gen_random_uuid(),
  proved_at timestamptz not null default now(),
  is_proven boolean not null,
  currencies jsonb not null,
  suspects uuid[] not null default '{}',
  constraint currencies_is_an_array check (jsonb_typeof(currencies) = 'array')
);
comment on table public.revenue_proofs is
  'Each time the ledger was held against what is paid. Made by private.prove_revenue alone, kept for 400 days.';
comment on column public.revenue_proofs.is_proven is 'Whether the two are equal, customer by customer';
comment on column public.revenue_proofs.currencies is
  '[{currency, movements_cents, live_cents, customers_off}]: the ledger, what is paid, and for how many customers the '
  'two differ';
comment on column public.revenue_proofs.suspects is 'Customers for whom the two differ, 20 at most';

create index revenue_proofs_proved_at_idx on public.revenue_proofs (proved_at desc);

alter table public.revenue_proofs enable row level security;
revoke all on public.revenue_proofs from anon, authenticated, service_role;
grant select on public.revenue_proofs to authenticated, service_role;

create policy revenue_proofs_select_staff on public.revenue_proofs for select to authenticated
  using ((select private.has_permission('payments.read')));
comment on policy revenue_proofs_select_staff on public.revenue_proofs is
  'Staff who may read payments, and so the revenue ledger, read its proof.';

create function private.prove_revenue() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  proof public.revenue_proofs;
  worst jsonb;
begin
  with held as (
    select customer_id, currency, amount_cents as movements, 0 as live from public.mrr_movements
    union all select customer_id, currency, 0, paying_mrr_cents from public.subscriptions
    -- What is paid otherwise than by subscription.
    union all select customer_id, currency, 0, mrr_cents from public.licenses where stripe_subscription_id is null
  ), by_customer as (
    select customer_id, currency, sum(movements) as movements, sum(live) as live from held
    group by customer_id, currency
  ), by_currency as (
    select currency, sum(movements) as movements, sum(live) as live, count(*) filter (where movements <> live) as off
    from by_customer group by currency having bool_or(movements <> 0 or live <> 0)
  )
  insert into public.revenue_proofs (is_proven, currencies, suspects)
  select coalesce(sum(off), 0) = 0, coalesce(jsonb_agg(jsonb_build_object('currency', currency,
      'movements_cents', movements, 'live_cents', live, 'customers_off', off) order by live desc, currency), '[]'),
    array(select distinct customer_id from by_customer where movements <> live order by customer_id limit 20)
  from by_currency returning * into proof;
  delete from public.revenue_proofs where proved_at < now() - interval '400 days';
  if not proof.is_proven then
    select value into worst from jsonb_array_elements(proof.currencies)
    order by abs((value ->> 'movements_cents')::numeric - (value ->> 'live_cents')::numeric) desc limit 1;
    perform private.raise_alert('revenue_differs',
      'revenue_differs:' || to_char(now() at time zone 'UTC', 'YYYY-MM-DD'),
      jsonb_build_object('count', (select sum((value ->> 'customers_off')::int)
          from jsonb_array_elements(proof.currencies)),
        'amount_cents', (worst ->> 'movements_cents')::bigint - (worst ->> 'live_cents')::bigint,
        'currency', worst ->> 'currency'));
  end if;
  return proof.is_proven;
end
$$;
comment on function private.prove_revenue() is
  'Holds the ledger against what subscriptions and licences pay now, by currency and customer, keeps the result and '
  'alerts once a day when they differ. → whether they are equal. Run each night and after each full comparison. '
  'Definer: reads behind the policies.';

select private.schedule_job('prove-revenue', '20 5 * * *', 'select private.prove_revenue()');
