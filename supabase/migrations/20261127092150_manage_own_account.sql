-- What members of staff do to their own account: name, language, sessions, second factors, recovery codes. Passwords
-- and factors belong to Supabase Auth, which anybody may ask directly with his token: triggers on its tables (hosted
-- allows those) audit and tell what changed, whichever way it came.

insert into private.error_codes (code, status) values
  ('invalid_name', 400), ('last_factor', 409), ('fresh_code_required', 409), ('factor_name_taken', 409);
insert into private.alert_kinds (kind, severity, permission) values
  ('staff_recovered', 'warning', 'staff.read');

select private.ensure_secret('recovery_pepper', 'Keys the hashes of recovery codes');

create function private.require_own_account() returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  caller uuid := private.current_staff_id();
begin
  if caller is null then
    perform private.fail('permission_denied', 'A session with a second factor is required');
  end if;
  return caller;
end
$$;
comment on function private.require_own_account() is
  'The caller, active staff with a second factor; permission_denied for anybody else, the system too: an account is '
  'its owner''s.';

create function private.require_fresh_factor() returns void
language plpgsql stable set search_path = ''
as $$
begin
  -- The token says when the code was given; Auth writes it anew at each verification.
  if not exists (select from jsonb_array_elements(coalesce(auth.jwt() -> 'amr', '[]')) as method
    where method ->> 'method' = 'totp'
      and to_timestamp((method ->> 'timestamp')::bigint) > now() - interval '10 minutes') then
    perform private.fail('fresh_code_required', 'A code of the second factor from the last 10 minutes is required');
  end if;
end
$$;
comment on function private.require_fresh_factor() is
  'Raises fresh_code_required (409) unless the caller gave a code of the second factor in the last 10 minutes: who '
  'finds an open console must not make himself at home.';

create function private.tell_account_change(user_id uuid, change text, details jsonb default '{}') returns void
language sql volatile security definer set search_path = ''
as $$
  insert into public.email_outbox (template, locale, recipient, data)
  select 'account_changed', coalesce(staff.locale, 'fr'), staff.email,
    jsonb_build_object('change', $2, 'changed_at', now()) || $3
  from public.staff where staff.user_id = $1 and staff.is_active
$$;
comment on function private.tell_account_change(uuid, text, jsonb) is
  'Queues a mail to a member of staff about a change of the account. Definer: callers may not write the outbox.';

create function private.users_after_tell_password() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if exists (select from public.staff where staff.user_id = new.id) then
    perform private.record_event('account_password_changed', 'staff', new.id::text);
    perform private.tell_account_change(new.id, 'password_changed');
  end if;
  return null;
end
$$;
comment on function private.users_after_tell_password() is
  'Trigger: a password that replaces another is audited and told to its owner. Definer: Supabase Auth may not write '
  'events.';

create trigger users_after_tell_password after update of encrypted_password on auth.users
  for each row when (coalesce(old.encrypted_password, '') <> ''
    and old.encrypted_password is distinct from new.encrypted_password)
  execute function private.users_after_tell_password();

create function private.mfa_factors_after_tell() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  factor auth.mfa_factors := coalesce(new, old);
  is_first boolean := not exists (select from auth.mfa_factors as others
    where others.user_id = factor.user_id and others.id <> factor.id and others.status::text = 'verified');
begin
  if not exists (select from public.staff where staff.user_id = factor.user_id)
    or current_setting('private.audit_event', true) = 'audited_in_bulk' then
    return null;
  end if;
  perform private.record_event(
    case when tg_op = 'DELETE' then 'account_factor_removed' else 'account_factor_added' end,
    'staff', factor.user_id::text, jsonb_build_object('factor', factor.friendly_name));
  -- The first belongs to the invitation, or to the reset that was told already.
  if tg_op = 'DELETE' or not is_first then
    perform private.tell_account_change(factor.user_id,
      case when tg_op = 'DELETE' then 'factor_removed' else 'factor_added' end,
      jsonb_build_object('factor', factor.friendly_name));
  end if;
  return null;
end
$$;
comment on function private.mfa_factors_after_tell() is
  'Trigger: a second factor that came or went is audited and told to its owner. Definer: Supabase Auth may not write '
  'events.';

do $$
begin
  create trigger mfa_factors_after_tell_added after update of status on auth.mfa_factors
    for each row when (old.status::text <> 'verified' and new.status::text = 'verified')
    execute function private.mfa_factors_after_tell();
  create trigger mfa_factors_after_tell_removed after delete on auth.mfa_factors
    for each row when (old.status::text = 'verified') execute function private.mfa_factors_after_tell();
exception when insufficient_privilege then
  -- Older images of Supabase let nobody watch this table: a deployment must not end there.
  raise warning 'second factors that come and go are not audited here: postgres may not watch auth.mfa_factors';
end
$$;

create function private.drop_staff_factors(user_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.set_audit_context('audited_in_bulk');
  delete from auth.mfa_factors as factors where factors.user_id = $1;
  perform private.set_audit_context(null);
end
$$;
comment on function private.drop_staff_factors(uuid) is
  'Removes every second factor of a person; the caller writes the event. Definer: only the owner may delete from auth.';

create table private.recovery_codes (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.staff (user_id) on delete cascade,
  salt bytea not null,
  code_hash bytea not null,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  constraint salt_is_16_bytes check (octet_length(salt) = 16),
  constraint code_hash_is_sha256 check (octet_length(code_hash) = 32)
);
comment on table private.recovery_codes is
  'Codes that stand in for a lost second factor, once each; made anew together. The code itself is kept nowhere.';
comment on column private.recovery_codes.id is 'Order of making';

create index recovery_codes_user_id_idx on private.recovery_codes (user_id);

alter table private.recovery_codes enable row level security;

create function private.recovery_code_hash(salt bytea, code text) returns bytea
language plpgsql stable security definer set search_path = ''
as $$
begin
  return extensions.hmac($1 || convert_to(private.normalize_license_key($2), 'UTF8'),
    convert_to(private.secret('recovery_pepper'), 'UTF8'), 'sha256');
end
$$;
comment on function private.recovery_code_hash(bytea, text) is
  'Salted and keyed hash of a recovery code, however it was typed. Definer: reads the vault.';

create function private.get_own_account() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  caller uuid := private.require_own_account();
  session_id text := auth.jwt() ->> 'session_id';
begin
  return (select jsonb_build_object('user_id', staff.user_id, 'email', staff.email,
    'display_name', staff.display_name, 'role', staff.role, 'locale', staff.locale,
    'sessions', (select jsonb_agg(jsonb_build_object('id', sessions.id, 'user_agent', left(sessions.user_agent, 500),
        'ip_address', host(sessions.ip::inet), 'created_at', sessions.created_at,
        'last_seen_at', greatest(sessions.created_at, sessions.refreshed_at::timestamp at time zone 'UTC'),
        'is_current', sessions.id::text = session_id)
        order by sessions.id::text <> session_id, greatest(sessions.created_at,
          sessions.refreshed_at::timestamp at time zone 'UTC') desc)
      from auth.sessions where sessions.user_id = caller and (not_after is null or not_after > now())),
    'factors', (select coalesce(jsonb_agg(jsonb_build_object('id', factors.id,
        'name', coalesce(factors.friendly_name, ''), 'created_at', factors.created_at,
        'last_used_at', factors.last_challenged_at) order by factors.created_at, factors.id), '[]')
      from auth.mfa_factors as factors where factors.user_id = caller and factors.status::text = 'verified'),
    'recovery_codes', (select jsonb_build_object('left', count(*) filter (where used_at is null),
        'made_at', min(recovery_codes.created_at))
      from private.recovery_codes where recovery_codes.user_id = caller))
  from public.staff where staff.user_id = caller);
end
$$;
comment on function private.get_own_account() is
  'Does the work of public.get_own_account. Definer: reads auth and the recovery codes.';
grant execute on function private.get_own_account() to authenticated, service_role;

create function public.get_own_account() returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_own_account() $$;
comment on function public.get_own_account() is
  'The caller''s own account: {user_id, email, display_name, role, locale, sessions: [{id, user_agent, ip_address, '
  'created_at, last_seen_at, is_current}], factors: [{id, name, created_at, last_used_at}], recovery_codes: {left, '
  'made_at}}. Errors: permission_denied, also before the second factor.';
revoke execute on function public.get_own_account() from public, anon, authenticated, service_role;
grant execute on function public.get_own_account() to authenticated, service_role;

create function private.update_own_account(display_name text, locale text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_own_account();
  new_name text := case when $1 is not null then private.require_text($1, 'invalid_name', 1, 120) end;
begin
  if $2 not in ('fr', 'en') then
    perform private.fail('invalid_argument', format('"%s" is not a language of the console', left($2, 50)));
  end if;
  perform private.set_audit_context('account_renamed');
  update public.staff set display_name = new_name where user_id = caller and display_name <> new_name;
  perform private.set_audit_context('account_language_changed');
  update public.staff set locale = $2 where user_id = caller and locale is distinct from $2 and $2 is not null;
  perform private.set_audit_context(null);
  return private.get_own_account();
end
$$;
comment on function private.update_own_account(text, text) is
  'Does the work of public.update_own_account. Definer: staff may not update their own row.';
grant execute on function private.update_own_account(text, text) to authenticated, service_role;

create function public.update_own_account(display_name text default null, locale text default null) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.update_own_account($1, $2) $$;
comment on function public.update_own_account(text, text) is
  'Changes the caller''s own name (1 to 120 characters) or language (fr, en); null leaves it. → as get_own_account. '
  'Errors: permission_denied, invalid_name, invalid_argument.';
revoke execute on function public.update_own_account(text, text) from public, anon, authenticated, service_role;
grant execute on function public.update_own_account(text, text) to authenticated, service_role;

create function private.end_own_sessions(session_id uuid) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  caller uuid := private.require_own_account();
  ended int;
begin
  delete from auth.sessions as sessions
  where sessions.user_id = caller and sessions.id::text <> auth.jwt() ->> 'session_id'
    and ($1 is null or sessions.id = $1);
  get diagnostics ended = row_count;
  if ended > 0 then
    perform private.record_event('account_sessions_ended', 'staff', caller::text, jsonb_build_object('count', ended));
    perform private.tell_account_change(caller, 'sessions_ended', jsonb_build_object('count', ended));
  elsif $1 is not null then
    perform private.fail('not_found', 'No such other session');
  end if;
  return ended;
end
$$;
comment on function private.end_own_sessions(uuid) is
  'Does the work of public.end_own_sessions. Definer: only the owner may delete from auth.sessions.';
grant execute on function private.end_own_sessions(uuid) to authenticated, service_role;

create function public.end_own_sessions(session_id uuid default null) returns int
language sql volatile security invoker set search_path = '' as $$ select private.end_own_sessions($1) $$;
comment on function public.end_own_sessions(uuid) is
  'Ends one other session of the caller, or all others when null: their next request is refused. → how many. Errors: '
  'permission_denied, not_found (404; the session that asks is signed out instead).';
revoke execute on function public.end_own_sessions(uuid) from public, anon, authenticated, service_role;
grant execute on function public.end_own_sessions(uuid) to authenticated, service_role;

create function private.rename_own_factor(factor_id uuid, name text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  caller uuid := private.require_own_account();
  new_name text := private.require_text(name, 'invalid_name', 1, 60);
begin
  update auth.mfa_factors as factors set friendly_name = new_name
  where factors.id = $1 and factors.user_id = caller and factors.status::text = 'verified';
  if not found then
    perform private.fail('not_found', 'No such second factor');
  end if;
  perform private.record_event('account_factor_renamed', 'staff', caller::text,
    jsonb_build_object('factor', new_name));
  return private.get_own_account();
exception when unique_violation then
  perform private.fail('factor_name_taken', format('Another second factor is called "%s"', new_name));
end
$$;
comment on function private.rename_own_factor(uuid, text) is
  'Does the work of public.rename_own_factor. Definer: Supabase Auth lets nobody rename, and callers may not write '
  'auth.';
grant execute on function private.rename_own_factor(uuid, text) to authenticated, service_role;

create function public.rename_own_factor(factor_id uuid, name text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.rename_own_factor($1, $2) $$;
comment on function public.rename_own_factor(uuid, text) is
  'Gives a second factor of the caller another name, 1 to 60 characters. → as get_own_account. Errors: '
  'permission_denied, invalid_name, not_found (404), factor_name_taken (409).';
revoke execute on function public.rename_own_factor(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.rename_own_factor(uuid, text) to authenticated, service_role;

create function private.remove_own_factor(factor_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  caller uuid := private.require_own_account();
begin
  perform private.require_fresh_factor();
  -- Two removals at once must not each count the other's factor.
  perform pg_advisory_xact_lock(hashtextextended('private.recovery_codes:' || caller, 0));
  if not exists (select from auth.mfa_factors as factors
    where factors.id = $1 and factors.user_id = caller and factors.status::text = 'verified') then
    perform private.fail('not_found', 'No such second factor');
  elsif not exists (select from auth.mfa_factors as factors
    where factors.id <> $1 and factors.user_id = caller and factors.status::text = 'verified') then
    perform private.fail('last_factor', 'The last second factor cannot be removed: add another first');
  end if;
  -- Whoever holds the removed device must not stay in by it.
  delete from auth.sessions as sessions where sessions.user_id = caller and sessions.factor_id = $1
    and sessions.id::text <> auth.jwt() ->> 'session_id';
  delete from auth.mfa_factors as factors where factors.id = $1;
  return private.get_own_account();
end
$$;
comment on function private.remove_own_factor(uuid) is
  'Does the work of public.remove_own_factor. Definer: only the owner may delete from auth.';
grant execute on function private.remove_own_factor(uuid) to authenticated, service_role;

create function public.remove_own_factor(factor_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.remove_own_factor($1) $$;
comment on function public.remove_own_factor(uuid) is
  'Removes a second factor of the caller, never the last, and ends other sessions that were opened with it. Needs a '
  'code given in the last 10 minutes. → as get_own_account. Errors: permission_denied, fresh_code_required (409), '
  'not_found (404), last_factor (409).';
revoke execute on function public.remove_own_factor(uuid) from public, anon, authenticated, service_role;
grant execute on function public.remove_own_factor(uuid) to authenticated, service_role;

create function private.make_recovery_codes() returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  caller uuid := private.require_own_account();
  codes text[];
begin
  perform private.require_fresh_factor();
  perform pg_advisory_xact_lock(hashtextextended('private.recovery_codes:' || caller, 0));
  codes := array(select private.random_characters(5) || '-' || private.random_characters(5)
    from generate_series(1, 10));
  delete from private.recovery_codes where recovery_codes.user_id = caller;
  insert into private.recovery_codes (user_id, salt, code_hash)
  select caller, salted.salt, private.recovery_code_hash(salted.salt, salted.code)
  from (select code, extensions.gen_random_bytes(16) as salt from unnest(codes) as code) as salted;
  perform private.record_event('account_recovery_codes_made', 'staff', caller::text,
    jsonb_build_object('count', cardinality(codes)));
  perform private.tell_account_change(caller, 'recovery_codes_made');
  return jsonb_build_object('codes', codes);
end
$$;
comment on function private.make_recovery_codes() is
  'Does the work of public.make_recovery_codes. Definer: the table is private.';
grant execute on function private.make_recovery_codes() to authenticated, service_role;

create function public.make_recovery_codes() returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.make_recovery_codes() $$;
comment on function public.make_recovery_codes() is
  'Ten new recovery codes of the caller, shown this once; those before are worth nothing any more. Needs a code of the '
  'second factor given in the last 10 minutes. → {codes: [XXXXX-XXXXX]}. Errors: permission_denied, '
  'fresh_code_required (409).';
revoke execute on function public.make_recovery_codes() from public, anon, authenticated, service_role;
grant execute on function public.make_recovery_codes() to authenticated, service_role;

create function private.recover_with_code(code text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  caller uuid := (select staff.user_id from public.staff
    join auth.sessions on sessions.user_id = staff.user_id
    where staff.user_id = auth.uid() and staff.is_active and sessions.id::text = auth.jwt() ->> 'session_id');
  by_person record;
  by_address record;
  matching bigint;
  used bigint;
  codes_left int;
begin
  if caller is null then
    perform private.fail('permission_denied', 'A session of active staff is required');
  -- At aal2 the session would stay there without a factor.
  elsif auth.jwt() ->> 'aal' = 'aal2' or not exists (select from auth.mfa_factors as factors
    where factors.user_id = caller and factors.status::text = 'verified') then
    perform private.fail('invalid_argument', 'There is no second factor to recover');
  end if;
  -- Nothing below raises: a refusal that rolled back would not be counted.
  select * into by_person from private.hit_rate_limit('recovery:person:' || caller, 5, 900);
  select * into by_address from private.hit_rate_limit(
    'recovery:ip:' || coalesce(private.rate_limit_address(host(private.request_ip())), 'unknown'), 20, 900);
  if not (by_person.allowed and by_address.allowed) then
    return jsonb_build_object('outcome', 'too_many', 'codes_left', null,
      'retry_after_seconds', greatest(by_person.retry_after_seconds, by_address.retry_after_seconds));
  end if;
  -- Ten are hashed, whatever is left: the time of an answer must not say how many.
  select min(hashed.id) filter (where hashed.code_hash = hashed.asked_hash) into matching
  from (select id, code_hash, private.recovery_code_hash(salt, left($1, 100)) as asked_hash
    from (select id, salt, code_hash from private.recovery_codes where user_id = caller and used_at is null
      union all select null, decode(repeat('00', 16), 'hex'), null from generate_series(1, 10)
      order by 1 nulls last limit 10) as candidates) as hashed;
  -- Somebody faster with the same code has it: the row is looked at again once it is free.
  update private.recovery_codes set used_at = now() where id = matching and used_at is null returning id into used;
  if used is null then
    perform private.record_event('account_recovery_refused', 'staff', caller::text);
    return jsonb_build_object('outcome', 'refused', 'codes_left', null, 'retry_after_seconds', null);
  end if;
  select count(*) into codes_left from private.recovery_codes where user_id = caller and used_at is null;
  perform private.drop_staff_factors(caller);
  delete from auth.sessions as sessions
  where sessions.user_id = caller and sessions.id::text <> auth.jwt() ->> 'session_id';
  perform private.record_event('account_recovered', 'staff', caller::text,
    jsonb_build_object('codes_left', codes_left));
  perform private.tell_account_change(caller, 'recovered', jsonb_build_object('count', codes_left));
  perform private.raise_alert('staff_recovered', 'staff_recovered:' || used,
    jsonb_build_object('codes_left', codes_left), 'staff', caller::text);
  return jsonb_build_object('outcome', 'recovered', 'codes_left', codes_left, 'retry_after_seconds', null);
end
$$;
comment on function private.recover_with_code(text) is
  'Does the work of public.recover_with_code. Definer: the codes are private, and only the owner may delete from auth.';
grant execute on function private.recover_with_code(text) to authenticated, service_role;

create function public.recover_with_code(code text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.recover_with_code($1) $$;
comment on function public.recover_with_code(text) is
  'For who has given the password and lost the second factor: a recovery code, once, takes the old factors away and '
  'ends every other session; a new factor is enrolled before anything else can be done, since the session stays at '
  'aal1. Five tries a person and twenty an address in 15 minutes. → {outcome: recovered, refused or too_many, '
  'codes_left, retry_after_seconds}: a refusal is an answer, so that it is counted and audited. Errors: '
  'permission_denied, invalid_argument (no second factor, or it was given).';
revoke execute on function public.recover_with_code(text) from public, anon, authenticated, service_role;
grant execute on function public.recover_with_code(text) to authenticated, service_role;
