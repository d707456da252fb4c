-- An administrator sees the product as a customer does, on a PC of his own: he gives a reason, his client redeems a
-- token once within a minute, and the session is a row that is looked up at each call, so that it ends at once.
-- Token and secret have 256 random bits and are kept as hashes only.

insert into private.role_permissions (role, permission) values ('admin', 'licenses.login_as');

insert into private.error_codes (code, status) values
  ('customer_is_staff', 409), ('client_session_not_found', 404);
insert into private.error_codes (code, status, is_shown) values
  ('session_refused', 401, false), ('session_ended', 401, false), ('session_not_allowed', 403, false);

insert into public.settings (key, value, minimum, maximum, description) values
  ('login_as_minutes', '30', 5, 120, 'Minutes a session in a customer''s name lasts');
insert into public.settings (key, value, kind, description) values
  ('login_as_mail', 'false', 'boolean', 'Whether customers are told by mail when staff log in as them');

insert into private.email_templates (template, description) values
  ('login_as_redeemed', 'Staff have logged in as the customer');

create table private.client_sessions (
  id uuid primary key default gen_random_uuid(),
  license_id uuid not null references public.licenses (id) on delete restrict,
  staff_id uuid not null references public.staff (user_id) on delete restrict,
  reason text not null,
  token_hash bytea not null,
  secret_hash bytea,
  hwid_hash bytea,
  hwid_hint text,
  created_at timestamptz not null default now(),
  redeemed_at timestamptz,
  ends_at timestamptz not null default now() + interval '60 seconds',
  ended_at timestamptz,
  ended_by uuid references public.staff (user_id) on delete restrict,
  end_reason text,
  constraint client_sessions_token_hash_key unique (token_hash),
  constraint client_sessions_secret_hash_key unique (secret_hash),
  constraint reason_is_short check (length(btrim(reason)) between 1 and 500),
  constraint redeemed_comes_with_secret_and_machine
    check (num_nonnulls(redeemed_at, secret_hash, hwid_hash, hwid_hint) in (0, 4)),
  constraint redeemed_at_is_within_a_minute
    check (redeemed_at between created_at and created_at + interval '60 seconds'),
  constraint ends_at_is_after_its_beginning check (ends_at > coalesce(redeemed_at, created_at)),
  constraint ended_at_comes_with_its_reason check ((ended_at is null) = (end_reason is null)),
  constraint end_reason_is_known check (end_reason in ('by_hand', 'time', 'unused', 'superseded', 'staff', 'license',
    'transfer', 'customer')),
  constraint only_a_hand_has_a_person check (ended_by is null or end_reason = 'by_hand')
);
comment on table private.client_sessions is
  'Sessions of administrators in customers'' names, each of one licence; kept as long as the audit.';
comment on column private.client_sessions.staff_id is 'Who logged in as the customer';
comment on column private.client_sessions.reason is 'Why, as he said; 500 characters at most';
comment on column private.client_sessions.token_hash is 'sha256 of the token that is redeemed once, 256 random bits';
comment on column private.client_sessions.secret_hash is 'sha256 of what stands for key and machine at each call';
comment on column private.client_sessions.hwid_hash is 'Machine that redeemed it, as the machines of licences';
comment on column private.client_sessions.hwid_hint is 'The same, masked';
comment on column private.client_sessions.ends_at is
  'When it ends by itself: 60 seconds after its beginning, once redeemed login_as_minutes after that';
comment on column private.client_sessions.ended_at is
  'When its end was written down; that it has ended is computed at each call';
comment on column private.client_sessions.ended_by is 'Who ended it by hand';
comment on column private.client_sessions.end_reason is
  'by_hand, time, unused (never redeemed), superseded (by the next of the same person), staff (who may no longer), '
  'license (revoked or deleted), transfer (to another machine) or customer (forgotten)';

create unique index client_sessions_staff_id_open_key on private.client_sessions (staff_id) where ended_at is null;
comment on index private.client_sessions_staff_id_open_key is 'One at a time: no session begins inside another';
create index client_sessions_license_id_idx on private.client_sessions (license_id, created_at desc);
create index client_sessions_staff_id_idx on private.client_sessions (staff_id);
create index client_sessions_ended_by_idx on private.client_sessions (ended_by);

alter table private.client_sessions enable row level security;

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('client_sessions', 'reason', 'free_text', 'legitimate_interest', 'keep', 'why staff went in, in their words'),
  ('client_sessions', 'hwid_hash', 'device', 'employment', 'keep', 'the machine of staff, for accountability'),
  ('client_sessions', 'hwid_hint', 'device', 'employment', 'keep', 'the machine of staff, for accountability');

create function private.client_session_end(session private.client_sessions) returns text
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return (select case
      when session.ended_at is not null then session.end_reason
      when session.ends_at <= clock_timestamp() then
        case when session.redeemed_at is null then 'unused' else 'time' end
      when not exists (select from public.staff
        join private.role_permissions on role_permissions.role = staff.role
        where staff.user_id = session.staff_id and staff.is_active
          and role_permissions.permission = 'licenses.login_as') then 'staff'
      when customers.anonymized_at is not null then 'customer'
      when licenses.revoked_at is not null or licenses.deleted_at is not null then 'license' end
    from public.licenses join public.customers on customers.id = licenses.customer_id
    where licenses.id = session.license_id);
end
$$;
comment on function private.client_session_end(private.client_sessions) is
  'Why a session has ended, null while it runs: computed, whether it was written down or not. Definer: reads tables '
  'callers may not.';

create function private.close_client_session(session private.client_sessions, why text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  acting text := coalesce(current_setting('private.acting_staff', true), '');
begin
  update private.client_sessions as known set end_reason = $2,
    ended_at = case when $2 in ('time', 'unused') then known.ends_at else clock_timestamp() end,
    ended_by = case when $2 = 'by_hand' then private.actor_id() end
  where known.id = session.id and known.ended_at is null;
  if not found then
    return;
  end if;
  -- What ends by itself is told as the outcome of his act who began it.
  perform set_config('private.acting_staff', coalesce(nullif(acting, ''), session.staff_id::text), true);
  perform private.record_event('login_as_ended', 'license', session.license_id::text, jsonb_build_object(
    'session_id', session.id, 'staff_id', session.staff_id, 'why', $2), licenses.customer_id, licenses.id)
  from public.licenses where licenses.id = session.license_id;
  perform set_config('private.acting_staff', acting, true);
end
$$;
comment on function private.close_client_session(private.client_sessions, text) is
  'Writes down that a session has ended, and tells the audit once. Definer: the table is private.';

create function private.end_due_client_sessions(license_id uuid default null, staff_id uuid default null,
  why text default null) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  session private.client_sessions;
  due uuid[] := array(select known.id from private.client_sessions as known where known.ended_at is null
    and ($1 is null or known.license_id = $1) and ($2 is null or known.staff_id = $2)
    and coalesce(private.client_session_end(known), $3) is not null);
begin
  if due = '{}' then
    return 0;
  end if;
  -- The audit first, then sessions: whoever locks both does so in this order.
  perform pg_advisory_xact_lock(hashtextextended('private.audit_head', 0));
  for session in select * from private.client_sessions as known
    where known.id = any (due) and known.ended_at is null for update
  loop
    perform private.close_client_session(session, coalesce(private.client_session_end(session), $3));
  end loop;
  return cardinality(due);
end
$$;
comment on function private.end_due_client_sessions(uuid, uuid, text) is
  'Writes down the end of sessions that have ended, of one licence or person if given; with a reason, of those that '
  'still run as well. Run by cron and where something ends them. Definer: the table is private.';

create function private.licenses_after_end_sessions() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.end_due_client_sessions(license_id => new.id);
  return null;
end
$$;
comment on function private.licenses_after_end_sessions() is
  'Trigger: a licence revoked or deleted ends the sessions in its customer''s name. Definer: the table is private.';

create trigger licenses_after_end_sessions after update of revoked_at, deleted_at on public.licenses
  for each row when (old.revoked_at is null and new.revoked_at is not null
    or old.deleted_at is null and new.deleted_at is not null)
  execute function private.licenses_after_end_sessions();

create function private.license_secrets_after_end_sessions() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.end_due_client_sessions(license_id => new.license_id, why => 'transfer');
  return null;
end
$$;
comment on function private.license_secrets_after_end_sessions() is
  'Trigger: a transfer ends the sessions of the licence. Definer: the table is private.';

create trigger license_secrets_after_end_sessions after update of hwid_hash on private.license_secrets
  for each row when (old.hwid_hash <> new.hwid_hash and new.hwid_hash <> '')
  execute function private.license_secrets_after_end_sessions();

create function private.staff_after_end_client_sessions() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.end_due_client_sessions(staff_id => new.user_id);
  return null;
end
$$;
comment on function private.staff_after_end_client_sessions() is
  'Trigger: who is switched off or loses his role is out of customers'' sessions too. Definer: the table is private.';

create trigger staff_after_end_client_sessions after update of role, is_active on public.staff
  for each row when (old.role <> new.role or old.is_active and not new.is_active)
  execute function private.staff_after_end_client_sessions();

insert into private.erasures (room) values ('client_sessions');

create function private.erase_client_sessions(customer_id uuid, addresses text[], address text) returns void
language sql volatile security definer set search_path = ''
as $$
  select private.end_due_client_sessions(license_id => licenses.id)
  from public.licenses where licenses.customer_id = $1;
  select;
$$;
comment on function private.erase_client_sessions(uuid, text[], text) is
  'Nobody is logged in as a customer who was forgotten. Definer: the table is private.';

select private.schedule_job('end-client-sessions', '* * * * *', 'select private.end_due_client_sessions()');
