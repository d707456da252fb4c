-- What we sell.

create table public.plans (
  code text primary key,
  name text not null,
  monthly_price_cents int not null,
  currency text not null default 'EUR',
  grace_days int not null default 7,
  entitlements jsonb not null default '{}',
  is_active boolean not null default true,
  position int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint code_is_snake_case check (code ~ '^[a-z][a-z0-9_]{1,31}$'),
  constraint monthly_price_is_not_negative check (monthly_price_cents >= 0),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
  constraint grace_days_is_sane check (grace_days between 0 and 90),
  constraint entitlements_is_an_object check (jsonb_typeof(entitlements) = 'object')
);
comment on table public.plans is
  'What is sold: price a month in cents, days of grace after expiry, entitlements the client reads.';
comment on column public.plans.name is 'Name customers see';
comment on column public.plans.monthly_price_cents is 'Minor units of the currency a month';
comment on column public.plans.currency is 'ISO 4217 code of the price';
comment on column public.plans.grace_days is 'Days a licence works on after its expiry';
comment on column public.plans.entitlements is
  'What the client reads: {max_contacts, ai_queries_per_month, campaigns …}; null is without limit';
comment on column public.plans.position is 'Order in lists, smallest first';

insert into public.plans (code, name, monthly_price_cents, grace_days, position, entitlements) values
  ('starter', 'Starter', 1900, 3, 1,
    '{"max_contacts": 1000, "ai_queries_per_month": 200, "campaigns": true, "catalogue": false, "co_pilot": false}'),
  ('premium', 'Premium', 2900, 7, 2,
    '{"max_contacts": 10000, "ai_queries_per_month": 2000, "campaigns": true, "catalogue": true, "co_pilot": false}'),
  ('enterprise', 'Enterprise', 9900, 14, 3,
    '{"max_contacts": null, "ai_queries_per_month": null, "campaigns": true, "catalogue": true, "co_pilot": true}');

create trigger plans_before_touch before update on public.plans
  for each row execute function private.touch_updated_at();
create trigger plans_after_audit after insert or update on public.plans
  for each row execute function private.audit_after_row('plan', 'code', '', 'plan_changed');

alter table public.plans enable row level security;
revoke all on public.plans from anon, authenticated, service_role;
grant select on public.plans to authenticated;
grant select on public.plans to service_role;

create policy plans_select_staff on public.plans for select to authenticated
  using ((select private.has_permission('licenses.read')));
comment on policy plans_select_staff on public.plans is 'Whoever reads licences reads the plans.';
