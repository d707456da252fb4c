-- What staff ask of Stripe, each a row written before Stripe is asked: an answer that never comes is then known to be
-- missing, and says so until Stripe itself has told what became of it. While that is open nothing is asked of the same
-- object that could be done twice.

insert into private.error_codes (code, status) values
  ('act_under_way', 409), ('seen_changed', 409), ('act_unknown', 504);

create table private.stripe_acts (
  id uuid primary key default gen_random_uuid(),
  idempotency_key text not null,
  action text not null,
  subscription_id uuid references public.subscriptions (id) on delete cascade,
  payment_id uuid references public.payments (id) on delete cascade,
  license_id uuid references public.licenses (id) on delete restrict,
  parent_id uuid references private.stripe_acts (id) on delete cascade,
  requested_by uuid references public.staff (user_id) on delete restrict,
  arguments jsonb not null default '{}',
  state text not null default 'begun',
  error jsonb,
  begun_at timestamptz not null default now(),
  asked_at timestamptz not null,
  settled_at timestamptz,
  settled_by text,
  constraint stripe_acts_idempotency_key_key unique (idempotency_key),
  constraint action_is_snake_case check (action ~ '^[a-z][a-z_]{2,31}$'),
  constraint state_is_known check (state in ('begun', 'unknown', 'done', 'refused', 'failed')),
  constraint settled_at_comes_with_an_end check ((settled_at is null) = (state in ('begun', 'unknown'))),
  constraint settled_by_is_known check (settled_by in ('answer', 'event', 'look')),
  constraint settled_by_comes_with_settled_at check ((settled_by is null) = (settled_at is null))
);
comment on table private.stripe_acts is
  'What staff asked of Stripe: begun before Stripe is asked; done or refused as it answered; unknown while no answer '
  'came; failed when an unknown one turned out never to have happened.';
comment on column private.stripe_acts.idempotency_key is
  'What Stripe knows the request by and repeats in its events; it may carry a suffix there';
comment on column private.stripe_acts.action is 'As the function stripe-action names it';
comment on column private.stripe_acts.state is 'begun, unknown, done, refused or failed; see the table';
comment on column private.stripe_acts.parent_id is 'The act this is a part of';
comment on column private.stripe_acts.arguments is
  'What was asked, as the audit has it: nothing personal of a customer';
comment on column private.stripe_acts.error is 'Why it was refused: {type, code, decline_code, message, request_id}';
comment on column private.stripe_acts.asked_at is
  'When it was begun by Stripe''s clock: its events are looked for from then';
comment on column private.stripe_acts.settled_by is
  'What ended it: Stripe''s answer, an event of Stripe, or a look at what Stripe has';

-- One at a time on an object. A link changes nothing: asked twice, there are two links.
create unique index stripe_acts_open_subscription_id_idx on private.stripe_acts (subscription_id)
  where state in ('begun', 'unknown') and action not in ('portal_link', 'revoke_license');
create unique index stripe_acts_open_payment_id_idx on private.stripe_acts (payment_id)
  where state in ('begun', 'unknown') and action <> 'revoke_license';
create unique index stripe_acts_open_license_id_idx on private.stripe_acts (license_id)
  where state in ('begun', 'unknown') and action = 'revoke_license';
create index stripe_acts_subscription_id_idx on private.stripe_acts (subscription_id, begun_at desc);
create index stripe_acts_payment_id_idx on private.stripe_acts (payment_id, begun_at desc);
create index stripe_acts_license_id_idx on private.stripe_acts (license_id);
create index stripe_acts_parent_id_idx on private.stripe_acts (parent_id);
create index stripe_acts_requested_by_idx on private.stripe_acts (requested_by);
create index stripe_acts_open_begun_at_idx on private.stripe_acts (begun_at) where state in ('begun', 'unknown');

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('stripe_acts', 'arguments', 'free_text', 'legitimate_interest', 'keep',
    'what staff give as a reason is theirs, as in the audit'),
  ('stripe_acts', 'error', 'free_text', 'legitimate_interest', 'keep', 'Stripe''s words about a request of ours');

alter table private.stripe_acts enable row level security;

create function private.act_state(act private.stripe_acts) returns text
language plpgsql stable set search_path = ''
as $$
begin
  -- The function that asked has its answer, or has noted that none came, within two minutes; else it is no more.
  return case when act.state = 'begun' and act.begun_at < now() - interval '2 minutes' then 'unknown'
    else act.state end;
end
$$;
comment on function private.act_state(private.stripe_acts) is
  'The state that counts: an act that was begun and whose function died is unknown.';

create function private.act_row(act private.stripe_acts) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('id', act.id, 'action', act.action, 'state', private.act_state(act), 'at', act.begun_at,
    'by', (select staff.display_name from public.staff where staff.user_id = act.requested_by),
    'amount_cents', (act.arguments ->> 'amount_cents')::bigint)
$$;
comment on function private.act_row(private.stripe_acts) is
  'An act as staff see it: {id, action, state, at, by (a name), amount_cents}. Definer: staff know each other.';

create function private.open_act(subscription_id uuid default null, payment_id uuid default null,
  license_id uuid default null) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select private.act_row(open) from private.stripe_acts as open
  where open.state in ('begun', 'unknown') and (
    (open.subscription_id = $1 and open.action not in ('portal_link', 'revoke_license'))
    or (open.payment_id = $2 and open.action <> 'revoke_license')
    or (open.license_id = $3 and open.action = 'revoke_license'))
  order by open.begun_at limit 1
$$;
comment on function private.open_act(uuid, uuid, uuid) is
  'The act under way on a subscription, a payment or a licence, as private.act_row; null when there is none. Definer: '
  'reads a private table for whoever reads the object.';
