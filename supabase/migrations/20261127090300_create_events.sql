-- The audit trail: append-only for everyone, each row chained to the one before by a hash, so that a change, a hole
-- or a cut end shows in audit_verify(). People are named by user_id and customer_id and resolved at reading; what is
-- personal of a customer in a change is sealed. Partitioned by month so that two years and more stay quick; partitions
-- live in `private` because the API exposes every table of `public` by its own name. There is no default partition:
-- rows in it would stand in the way of every later month.

insert into private.error_codes (code, status) values
  ('audit_is_append_only', 403);

create table public.events (
  id uuid not null default gen_random_uuid(),
  sequence bigint not null,
  event_type text not null,
  subject_type text,
  subject_id text,
  customer_id uuid,
  license_id uuid,
  user_id uuid references public.staff (user_id) on delete restrict,
  actor_kind text not null,
  event_data jsonb not null default '{}',
  sealed bytea,
  ip_address inet,
  user_agent text,
  created_at timestamptz not null default now(),
  previous_hash bytea not null,
  hash bytea not null,
  primary key (id, created_at),
  constraint actor_kind_is_known check (actor_kind in ('staff', 'system', 'client')),
  constraint staff_events_name_their_user check ((actor_kind = 'staff') = (user_id is not null)),
  constraint event_type_is_snake_case check (event_type ~ '^[a-z][a-z_]{2,63}$'),
  constraint subject_type_is_snake_case check (subject_type ~ '^[a-z][a-z_]{2,31}$'),
  constraint subject_has_type_and_id check ((subject_type is null) = (subject_id is null)),
  constraint sealed_values_belong_to_somebody check (sealed is null or customer_id is not null),
  constraint event_data_is_an_object check (jsonb_typeof(event_data) = 'object')
) partition by range (created_at);
comment on table public.events is 'Append-only audit trail, hash-chained by sequence; kept two years at least.';
comment on column public.events.event_type is 'What happened, <subject>_<past participle>';
comment on column public.events.actor_kind is 'staff, system or client';
comment on column public.events.sequence is 'Place in the chain, from 1, without holes';
comment on column public.events.subject_type is
  'What it is about: license, customer, subscription, payment, staff, import …; the console knows where each lives';
comment on column public.events.subject_id is 'Key of the subject in its table';
comment on column public.events.customer_id is 'Whom it concerns, and under whose key `sealed` is closed';
comment on column public.events.license_id is 'The licence it concerns, if any';
comment on column public.events.event_data is
  'before and after of what changed, reason, counts; nothing personal of a customer, never a licence key';
comment on column public.events.sealed is 'jsonb of the personal values, under the customer''s key; see private.seal';
comment on column public.events.ip_address is 'Address of the staff member; a customer''s is sealed';
comment on column public.events.user_agent is 'Browser of the staff member, 500 characters at most';
comment on column public.events.hash is 'sha256 of previous_hash and the row; see private.event_hash';

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('events', 'sealed', 'free_text', 'legitimate_interest', 'keep', 'unreadable once the customer''s key is gone'),
  ('events', 'event_data', 'free_text', 'legitimate_interest', 'keep',
    'holds no value of a personal column; what staff give as a reason is theirs'),
  ('events', 'ip_address', 'network', 'employment', 'keep', 'the address of staff, for accountability'),
  ('events', 'user_agent', 'network', 'employment', 'keep', 'the browser of staff, for accountability'),
  ('staff', 'email', 'email', 'employment', 'keep', 'who did what must stay known'),
  ('staff', 'display_name', 'name', 'employment', 'keep', 'who did what must stay known');

create index events_license_id_sequence_idx on public.events (license_id, sequence desc);
create index events_customer_id_sequence_idx on public.events (customer_id, sequence desc);
create index events_sequence_idx on public.events (sequence desc);
-- What is about a licence is found by license_id.
create index events_subject_idx on public.events (subject_type, subject_id, sequence desc)
  where subject_type <> 'license';
create index events_user_id_idx on public.events (user_id);
create index events_event_type_idx on public.events (event_type, sequence desc);

create table private.audit_head (
  is_only_row boolean primary key default true check (is_only_row),
  sequence bigint not null,
  hash bytea not null
);
comment on table private.audit_head is 'End of the audit chain; locked by whoever appends, until his commit.';
comment on column private.audit_head.sequence is 'Sequence of the last event, 0 before the first';

insert into private.audit_head (sequence, hash) values (0, decode(repeat('00', 32), 'hex'));

alter table private.audit_head enable row level security;

create function private.event_hash(event public.events) returns bytea
language plpgsql stable set search_path = ''
as $$
begin
  return sha256(event.previous_hash || convert_to(jsonb_build_array(
    event.sequence, event.id, event.event_type, event.subject_type, event.subject_id, event.customer_id,
    event.license_id, event.user_id, event.actor_kind, event.event_data, encode(event.sealed, 'hex'),
    host(event.ip_address), event.user_agent, extract(epoch from event.created_at)::text)::text, 'UTF8'));
end
$$;
comment on function private.event_hash(public.events) is
  'Hash of an event over its own content, sealed bytes included, and the hash before it.';

create function private.events_before_chain() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  -- The end of the chain inside this transaction; writing it to the table for every row
  -- would make one transaction's thousand events quadratic.
  head text := nullif(current_setting('private.audit_head', true), '');
begin
  if head is null then
    perform pg_advisory_xact_lock(hashtextextended('private.audit_head', 0));
    select audit_head.sequence || ':' || encode(audit_head.hash, 'hex') into head
    from private.audit_head for update;
  end if;
  new.sequence := split_part(head, ':', 1)::bigint + 1;
  new.previous_hash := decode(split_part(head, ':', 2), 'hex');
  new.hash := private.event_hash(new);
  perform set_config('private.audit_head', new.sequence || ':' || encode(new.hash, 'hex'), true);
  return new;
end
$$;
comment on function private.events_before_chain() is
  'Trigger: numbers the event and chains its hash. Definer: callers may not read the head.';

create function private.events_after_save_head() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  head text := nullif(current_setting('private.audit_head', true), '');
begin
  if head is not null then
    update private.audit_head
    set sequence = split_part(head, ':', 1)::bigint, hash = decode(split_part(head, ':', 2), 'hex')
    where is_only_row;
  end if;
  return null;
end
$$;
comment on function private.events_after_save_head() is
  'Trigger: saves the end of the chain once per statement. Definer: callers may not write the head.';

create function private.events_before_refuse_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform private.fail('audit_is_append_only', format('%s on the audit trail is refused', tg_op));
  return null;
end
$$;
comment on function private.events_before_refuse_change() is 'Trigger: the audit trail is append-only for everyone.';

create trigger events_before_chain before insert on public.events
  for each row execute function private.events_before_chain();
create trigger events_after_save_head after insert on public.events
  for each statement execute function private.events_after_save_head();
create trigger events_before_refuse_change before update or delete on public.events
  for each row execute function private.events_before_refuse_change();
create trigger events_before_refuse_truncate before truncate on public.events
  for each statement execute function private.events_before_refuse_change();

create function private.ensure_event_partitions(from_month date, to_month date) returns int
language plpgsql security definer set search_path = ''
as $$
declare
  month date := date_trunc('month', from_month);
  partition text;
  made int := 0;
begin
  while month <= to_month loop
    partition := 'events_' || to_char(month, 'YYYY_MM');
    if to_regclass('private.' || partition) is null then
      execute format('create table private.%I partition of public.events for values from (%L) to (%L)',
        partition, month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
      execute format('alter table private.%I enable row level security', partition);
      execute format('create trigger events_before_refuse_truncate before truncate on private.%I
        for each statement execute function private.events_before_refuse_change()', partition);
      made := made + 1;
    end if;
    month := month + interval '1 month';
  end loop;
  return made;
end
$$;
comment on function private.ensure_event_partitions(date, date) is
  'Makes the monthly partitions from one month to another, both included; answers how many were new. Definer: only '
  'the owner may create tables.';

create function private.event_months_ahead() returns int
language sql stable security definer set search_path = ''
as $$
  select count(*)::int from generate_series(date_trunc('month', now()) + interval '1 month',
    now() + interval '24 months', interval '1 month') as month
  where to_regclass('private.events_' || to_char(month, 'YYYY_MM')) is not null
$$;
comment on function private.event_months_ahead() is
  'For how many months after this one the audit has its partition. Definer: looks into the private schema.';

select private.ensure_event_partitions((now() - interval '1 month')::date, (now() + interval '12 months')::date);

alter table public.events enable row level security;
revoke all on public.events from anon, authenticated, service_role;
grant select on public.events to authenticated, service_role;

create policy events_select_staff on public.events for select to authenticated
  using ((select private.has_permission('audit.read'))
    or (license_id is not null and (select private.has_permission('licenses.read')))
    or (customer_id is not null and (select private.has_permission('customers.read'))));
comment on policy events_select_staff on public.events is
  'Admins read the whole trail; whoever may read licences or customers reads what concerns one. What is sealed stays '
  'so: functions open it.';

create function private.audit_verify() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  checked bigint;
  broken bigint;
  last_sequence bigint;
  last_hash bytea;
  head private.audit_head;
begin
  perform private.require_permission('audit.read');
  select * into head from private.audit_head;
  select count(*),
    min(sequence) filter (where actual_hash <> hash
      or (expected_previous is null and sequence <> 1)
      or (expected_previous is not null and (previous_hash <> expected_previous or sequence <> previous_sequence + 1)))
  into checked, broken
  from (
    select events.sequence, events.hash, events.previous_hash, private.event_hash(events) as actual_hash,
      lag(events.hash) over chain as expected_previous, lag(events.sequence) over chain as previous_sequence
    from public.events window chain as (order by events.sequence)
  ) links;
  select sequence, hash into last_sequence, last_hash from public.events order by sequence desc limit 1;
  if broken is null and (coalesce(last_sequence, 0) <> head.sequence
      or (last_hash is not null and last_hash <> head.hash)) then
    broken := coalesce(last_sequence, 0) + 1;
  end if;
  return jsonb_build_object('ok', broken is null, 'checked', checked, 'first_broken_sequence', broken,
    'last_hash', encode(head.hash, 'hex'), 'verified_at', now());
end
$$;
comment on function private.audit_verify() is
  'Recomputes the whole chain. → {ok, checked, first_broken_sequence, last_hash, verified_at}. Definer: reads the '
  'head and every event.';
grant execute on function private.audit_verify() to authenticated, service_role;

create function public.audit_verify() returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return private.audit_verify();
end
$$;
comment on function public.audit_verify() is
  'Verifies the audit chain; needs audit.read. → {ok, checked, first_broken_sequence, last_hash, verified_at}; 42501 '
  'otherwise.';
revoke execute on function public.audit_verify() from public, anon, authenticated, service_role;
grant execute on function public.audit_verify() to authenticated, service_role;

select private.schedule_job('ensure-event-partitions', '15 2 * * *',
  $job$ select private.ensure_event_partitions(now()::date, (now() + interval '12 months')::date) $job$);
