-- A figure once shown is not changed in silence: what alters the ledger after its day leaves a line.

create table public.metric_restatements (
  id uuid primary key default gen_random_uuid(),
  day date not null,
  currency text not null,
  customer_id uuid references public.customers (id) on delete restrict,
  movement_id uuid not null,
  before jsonb,
  after jsonb,
  why text not null,
  restated_by uuid references public.staff (user_id) on delete restrict,
  restated_at timestamptz not null default now(),
  constraint something_differs check (before is distinct from after),
  constraint why_is_known check (why in ('late', 'first_payment', 'test_cleared', 'by_hand')),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$')
);
comment on table public.metric_restatements is
  'What changed a figure of recurring revenue after its day: each movement that was added, changed or taken away '
  'later. Written by trigger alone.';
comment on column public.metric_restatements.day is
  'Day of the business whose figures changed; the earlier one when a movement changed its day';
comment on column public.metric_restatements.currency is 'ISO 4217 code of the amounts';
comment on column public.metric_restatements.movement_id is 'The movement; it may be gone';
comment on column public.metric_restatements.before is
  '{kind, customer_id, amount_cents, occurred_at}; null when it was added';
comment on column public.metric_restatements.after is 'The same; null when it was taken away';
comment on column public.metric_restatements.why is
  'late: Stripe said so after the day; first_payment: an earlier first payment came to light; test_cleared: test mode '
  'was emptied; by_hand: nothing of ours did it';

create index metric_restatements_restated_at_idx on public.metric_restatements (restated_at desc);
create index metric_restatements_day_idx on public.metric_restatements (day);
create index metric_restatements_customer_id_idx on public.metric_restatements (customer_id);
create index metric_restatements_restated_by_idx on public.metric_restatements (restated_by);

alter table public.metric_restatements enable row level security;
revoke all on public.metric_restatements from anon, authenticated, service_role;
grant select on public.metric_restatements to authenticated, service_role;

create policy metric_restatements_select_staff on public.metric_restatements for select to authenticated
  using ((select private.has_permission('payments.read')));
comment on policy metric_restatements_select_staff on public.metric_restatements is
  'Staff who may read payments, and so the revenue ledger, read what became of it.';

create function private.movement_facts(movement public.mrr_movements) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  return case when movement.id is not null then jsonb_build_object('kind', movement.kind,
    'customer_id', movement.customer_id, 'amount_cents', movement.amount_cents, 'occurred_at', movement.occurred_at)
    end;
end
$$;
comment on function private.movement_facts(public.mrr_movements) is 'What figures take from a movement.';

create function private.mrr_movements_after_restate() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  why text := coalesce(nullif(current_setting('private.restatement_why', true), ''), 'by_hand');
  before public.mrr_movements := case when tg_op <> 'INSERT' then old end;
  after public.mrr_movements := case when tg_op <> 'DELETE' then new end;
  earliest constant timestamptz := least(before.occurred_at, after.occurred_at);
begin
  -- The day under way is not over, and nobody counts it as such; the hour is that in which movements are one.
  if private.is_backfill() or (why <> 'by_hand' and (earliest > now() - interval '1 hour'
      or private.business_day(earliest) >= private.business_day(now()))) then
    return null;
  end if;
  insert into public.metric_restatements (day, currency, customer_id, movement_id, before, after, why, restated_by)
  values (private.business_day(earliest), coalesce(before.currency, after.currency),
    coalesce(after.customer_id, before.customer_id), coalesce(before.id, after.id), private.movement_facts(before),
    private.movement_facts(after), why,
    (select user_id from public.staff where user_id = (select auth.uid())));
  return null;
end
$$;
comment on function private.mrr_movements_after_restate() is
  'Trigger: a movement added, changed or taken away after its day leaves a restatement; what is done by hand always '
  'does. Definer: nobody writes restatements directly.';

create trigger mrr_movements_after_restate_row after insert or delete on public.mrr_movements
  for each row execute function private.mrr_movements_after_restate();
create trigger mrr_movements_after_restate_update after update on public.mrr_movements
  for each row when ((old.kind, old.amount_cents, old.currency, old.occurred_at, old.customer_id)
    is distinct from (new.kind, new.amount_cents, new.currency, new.occurred_at, new.customer_id))
  execute function private.mrr_movements_after_restate();
