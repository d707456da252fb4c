-- The audit trail: append-only for everyone, each row chained to the one before by a hash, so that a change, a hole
-- or a cut end shows in audit_verify(). Partitioned by month so that two years and more stay quick; partitions live
-- in `private` because the API exposes every table of `public` by its own name.

create table public.events (
  id uuid not null default gen_random_uuid(),
  sequence bigint not null,
  license_id uuid,
  user_id uuid references public.staff (user_id) on delete restrict,
  actor_kind text not null,
  actor text not null,
  event_type text not null,
  event_data jsonb not null default '{}',
  ip_address inet,
  user_agent text,
  created_at timestamptz not null default now(),
  previous_hash bytea not null,
  hash bytea not null,
  primary key (id, created_at),
  constraint actor_kind_is_known check (actor_kind in ('staff', 'system', 'client')),
  constraint staff_events_name_their_user check ((actor_kind = 'staff') = (user_id is not null)),
  constraint event_type_is_snake_case check (event_type ~ '^[a-z][a-z_]{2,63}$')
) partition by range (created_at);
comment on table public.events is 'Append-only audit trail, hash-chained by sequence; kept two years at least.';
comment on column public.events.event_data is
  'before and after of what changed, reason, counts; never a licence key or hardware identifier in clear';
comment on column public.events.hash is 'sha256 of previous_hash and the row; see private.event_hash';

create index events_license_id_sequence_idx on public.events (license_id, sequence desc);
create index events_sequence_idx on public.events (sequence desc);
create index events_subscription_id_idx on public.events ((event_data ->> 'subscription_id'), sequence desc)
  where event_data ? 'subscription_id';
create index events_user_id_idx on public.events (user_id);
create index events_event_type_idx on public.events (event_type, sequence desc);

create table private.audit_head (
  is_only_row boolean primary key default true check (is_only_row),
  sequence bigint not null,
  hash bytea not null
);
comment on table private.audit_head is 'End of the audit chain; locked by whoever appends, until his commit.';

insert into private.audit_head (sequence, hash) values (0, decode(repeat('00', 32), 'hex'));

alter table private.audit_head enable row level security;

create function private.event_hash(event public.events) returns bytea
language sql stable set search_path = ''
as $$
  select sha256(event.previous_hash || convert_to(jsonb_build_array(
    event.sequence, event.id, event.license_id, event.user_id, event.actor_kind, event.actor,
    event.event_type, event.event_data, host(event.ip_address), event.user_agent,
    extract(epoch from event.created_at)::text)::text, 'UTF8'))
$$;
comment on function private.event_hash(public.events) is
  'Hash of an event over its own content and the hash before it.';

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
  perform private.fail('audit_is_append_only', format('%s on the audit trail is refused', tg_op), '42501');
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

create table private.events_default partition of public.events default;

alter table private.events_default enable row level security;

create trigger events_before_refuse_truncate before truncate on private.events_default
  for each statement execute function private.events_before_refuse_change();

select private.ensure_event_partitions((now() - interval '1 month')::date, (now() + interval '3 months')::date);

create function private.record_event(event_type text, license_id uuid default null, event_data jsonb default '{}')
  returns void
language plpgsql security definer set search_path = ''
as $$
declare
  staff_id uuid;
  staff_email text;
begin
  select staff.user_id, staff.email into staff_id, staff_email
  from public.staff where staff.user_id = (select auth.uid());
  insert into public.events (license_id, user_id, actor_kind, actor, event_type, event_data, ip_address, user_agent)
  values ($2, staff_id, case when staff_id is null then 'system' else 'staff' end,
    coalesce(staff_email, 'system'), $1, $3, private.request_ip(), left(private.request_header('user-agent'), 500));
end
$$;
comment on function private.record_event(text, uuid, jsonb) is
  'Appends one audit event for the caller, with his address and browser. Definer: nobody inserts into events '
  'directly.';
grant execute on function private.record_event(text, uuid, jsonb) to service_role;

create function private.set_audit_context(event_type text, context jsonb default '{}') returns void
language sql volatile set search_path = ''
as $$
  select set_config('private.audit_event', coalesce(event_type, ''), true),
         set_config('private.audit_context', coalesce(context, '{}')::text, true);
  select;
$$;
comment on function private.set_audit_context(text, jsonb) is
  'Names the event, and what it carries besides before and after, that the audit triggers write for the statements '
  'that follow in this transaction; null resets.';

-- What is derived is no change of its own.
create function private.audit_after_row() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  entity text := tg_argv[0];
  old_row jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  new_row jsonb := to_jsonb(new);
  before jsonb;
  after jsonb;
  named_event text := nullif(current_setting('private.audit_event', true), '');
  context jsonb := coalesce(nullif(current_setting('private.audit_context', true), '')::jsonb, '{}');
begin
  select coalesce(jsonb_object_agg(key, old_row -> key) filter (where old_row ? key), '{}'),
    coalesce(jsonb_object_agg(key, value), '{}')
  into before, after
  from jsonb_each(new_row)
  where key not in ('updated_at', 'created_at', 'last_sign_in_at', 'search_text') and old_row -> key
    is distinct from value;
  if tg_op = 'UPDATE' and after = '{}' then
    return null;
  end if;
  perform private.record_event(
    coalesce(named_event, case
      when entity = 'settings' then 'settings_changed'
      when entity = 'plan' then 'plan_changed'
      when tg_op = 'INSERT' then entity || '_created'
      else entity || '_updated' end),
    null,
    context || jsonb_build_object('id', new_row -> tg_argv[1])
      || case when tg_op = 'INSERT' then '{}' else jsonb_build_object('before', before) end
      || jsonb_build_object('after', after));
  return null;
end
$$;
comment on function private.audit_after_row() is
  'Trigger (entity, key column): audits what a row change altered. Definer: nobody inserts into events directly.';

create trigger staff_after_audit after insert or update on public.staff
  for each row execute function private.audit_after_row('staff', 'user_id');

alter table public.events enable row level security;
grant select on public.events to authenticated;
grant select on public.events to service_role;

create policy events_select_staff on public.events for select to authenticated
  using ((select private.has_permission('audit.read'))
    or (license_id is not null and (select private.has_permission('licenses.read'))));
comment on policy events_select_staff on public.events is
  'Admins read the whole trail; whoever may read licences reads what concerns one.';

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
  $job$ select private.ensure_event_partitions(now()::date, (now() + interval '3 months')::date) $job$);
