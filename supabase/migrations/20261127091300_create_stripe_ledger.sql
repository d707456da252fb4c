-- Every event Stripe sent, once; every run of the synchronisation; every difference it found.

create table public.stripe_events (
  id text primary key,
  type text not null,
  object_id text,
  status text not null default 'pending',
  source text not null,
  attempts int not null default 0,
  error text,
  next_attempt_at timestamptz default now(),
  stripe_created_at timestamptz not null,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  livemode boolean not null,
  payload jsonb not null,
  pruned_at timestamptz,
  constraint id_is_stripes check (id ~ '^evt_[A-Za-z0-9_]+$' and length(id) <= 255),
  constraint status_is_known check (status in ('pending', 'processed', 'ignored', 'failed', 'set_aside')),
  constraint source_is_known check (source in ('webhook', 'sync')),
  constraint attempts_is_not_negative check (attempts >= 0),
  constraint ended_has_its_time check ((status in ('processed', 'ignored', 'set_aside')) = (processed_at is not null)),
  constraint waiting_has_its_next_attempt check ((status in ('pending', 'failed')) = (next_attempt_at is not null)),
  constraint failed_has_its_error check (status not in ('failed', 'set_aside') or error is not null)
);
comment on table public.stripe_events is
  'Ledger of Stripe''s events by id. Processed in the same transaction as their effects; a failed one keeps its error '
  'and is tried again, with back-off, until it heals or a person sets it aside.';
comment on column public.stripe_events.id is 'evt_… at Stripe';
comment on column public.stripe_events.type is 'Type at Stripe, such as invoice.paid';
comment on column public.stripe_events.object_id is 'Id of the object it is about';
comment on column public.stripe_events.source is 'webhook or sync: how it reached us';
comment on column public.stripe_events.attempts is 'Times it was applied or tried';
comment on column public.stripe_events.error is
  'Why it could not be applied, was left out, or was set aside, 1000 characters at most';
comment on column public.stripe_events.payload is
  'The event as sent, hardware identifiers masked; after stripe_event_payload_days its identifiers alone';
comment on column public.stripe_events.pruned_at is 'When all but the identifiers were taken out';

create index stripe_events_received_at_idx on public.stripe_events (received_at desc);
create index stripe_events_due_idx on public.stripe_events (next_attempt_at) where status in ('pending', 'failed');
create index stripe_events_status_idx on public.stripe_events (status, received_at desc);
create index stripe_events_type_idx on public.stripe_events (type, received_at desc);
create index stripe_events_object_id_idx on public.stripe_events (object_id);

create table public.stripe_syncs (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  status text not null default 'queued',
  requested_by uuid references public.staff (user_id) on delete restrict,
  phase text,
  page_cursor text,
  since timestamptz,
  until timestamptz,
  done_count int not null default 0,
  total_count int,
  drift_count int not null default 0,
  left_out_count int not null default 0,
  error text,
  attempts int not null default 0,
  heartbeat_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  constraint kind_is_known check (kind in ('incremental', 'full')),
  constraint status_is_known check (status in ('queued', 'running', 'succeeded', 'failed')),
  constraint phase_is_known check (phase in ('events', 'customers', 'subscriptions', 'invoices', 'charges', 'disputes',
    'fraud_warnings', 'credit_notes', 'missing')),
  constraint counts_are_not_negative check (done_count >= 0 and total_count >= 0 and drift_count >= 0
    and left_out_count >= 0 and attempts >= 0),
  constraint ended_has_its_time check ((status in ('succeeded', 'failed')) = (finished_at is not null)),
  constraint failed_has_its_error check (status <> 'failed' or error is not null)
);
comment on table public.stripe_syncs is
  'Runs of the synchronisation with Stripe: incremental reads the events since the last, full compares everything. A '
  'run resumes where its page_cursor stands.';
comment on column public.stripe_syncs.phase is
  'What it compares now: events, customers, subscriptions, invoices, charges, disputes, fraud_warnings, credit_notes, '
  'missing';
comment on column public.stripe_syncs.page_cursor is 'Last id of the page that is done';
comment on column public.stripe_syncs.done_count is 'Objects looked at';
comment on column public.stripe_syncs.total_count is 'Objects in all, once known';
comment on column public.stripe_syncs.drift_count is 'Differences found';
comment on column public.stripe_syncs.left_out_count is
  'Objects that cannot be mirrored, known for it or not: the run is a partial one';
comment on column public.stripe_syncs.error is 'Why it failed, 1000 characters at most';
comment on column public.stripe_syncs.attempts is 'Workers that took it up';
comment on column public.stripe_syncs.until is 'By Stripe''s clock: the next incremental run starts here';

create index stripe_syncs_requested_by_idx on public.stripe_syncs (requested_by);
create index stripe_syncs_created_at_idx on public.stripe_syncs (created_at desc);
create unique index stripe_syncs_one_running_idx on public.stripe_syncs ((true)) where status in ('queued', 'running');
comment on index public.stripe_syncs_one_running_idx is 'One run at a time';

create table public.stripe_drifts (
  id uuid primary key default gen_random_uuid(),
  sync_id uuid not null references public.stripe_syncs (id) on delete restrict,
  object_type text not null,
  object_id text not null,
  fields jsonb not null,
  action text not null,
  created_at timestamptz not null default now(),
  constraint action_is_known check (action in ('repaired', 'created', 'reported', 'left_out', 'failed')),
  constraint fields_is_an_object check (jsonb_typeof(fields) = 'object')
);
comment on table public.stripe_drifts is
  'Differences between mirror and Stripe: fields {name: {mirror, stripe}}, and what was done.';
comment on column public.stripe_drifts.object_type is 'subscription, invoice, event …';
comment on column public.stripe_drifts.object_id is 'Id at Stripe';
comment on column public.stripe_drifts.fields is '{name: {mirror, stripe}} of what differed';
comment on column public.stripe_drifts.action is
  'repaired, created, reported; left_out: it cannot be mirrored for a known reason, told once; failed: it could not be '
  'applied. fields.error says why';

create index stripe_drifts_sync_id_idx on public.stripe_drifts (sync_id);
create index stripe_drifts_left_out_idx on public.stripe_drifts (object_id) where action = 'left_out';
create index stripe_drifts_created_at_idx on public.stripe_drifts (created_at desc);

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('stripe_events', 'payload', 'free_text', 'contract', 'clear', null),
  ('stripe_drifts', 'fields', 'free_text', 'legitimate_interest', 'clear', null);

alter table public.stripe_events enable row level security;
revoke all on public.stripe_events from anon, authenticated, service_role;
alter table public.stripe_syncs enable row level security;
revoke all on public.stripe_syncs from anon, authenticated, service_role;
alter table public.stripe_drifts enable row level security;
revoke all on public.stripe_drifts from anon, authenticated, service_role;
grant select on public.stripe_events, public.stripe_syncs, public.stripe_drifts to authenticated, service_role;

create policy stripe_events_select_staff on public.stripe_events for select to authenticated
  using ((select private.has_permission('stripe.read')));
comment on policy stripe_events_select_staff on public.stripe_events is 'Administrators watch what Stripe sends.';
create policy stripe_syncs_select_staff on public.stripe_syncs for select to authenticated
  using ((select private.has_permission('stripe.read')));
comment on policy stripe_syncs_select_staff on public.stripe_syncs is 'Administrators watch the synchronisation.';
create policy stripe_drifts_select_staff on public.stripe_drifts for select to authenticated
  using ((select private.has_permission('stripe.read')));
comment on policy stripe_drifts_select_staff on public.stripe_drifts is 'Administrators see what differed from Stripe.';

alter publication supabase_realtime add table public.stripe_events, public.stripe_syncs;
