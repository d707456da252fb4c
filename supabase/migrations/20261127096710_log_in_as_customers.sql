-- How a session begins, is redeemed by a client, is shown and is ended by hand.

create function private.is_staff_address(email text) returns boolean
language sql stable security definer set search_path = ''
as $$ select exists (select from public.staff where staff.email = $1 and staff.is_active) $$;
comment on function private.is_staff_address(text) is
  'Whether a customer''s address is that of somebody who works here: no member of staff is logged in as. Definer: '
  'reads staff.';

create function private.client_session_row(session private.client_sessions) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  why text := private.client_session_end(session);
begin
  return jsonb_build_object('id', session.id, 'license_id', session.license_id, 'staff_id', session.staff_id,
    'staff_name', (select display_name from public.staff where user_id = session.staff_id),
    'reason', session.reason, 'state', case when why is not null then 'ended' when session.redeemed_at is null
      then 'waiting' else 'running' end,
    'created_at', session.created_at, 'redeemed_at', session.redeemed_at, 'ends_at', session.ends_at,
    'ended_at', coalesce(session.ended_at, case when why is not null then least(session.ends_at, now()) end),
    'ended_by_name', (select display_name from public.staff where user_id = session.ended_by),
    'end_reason', why, 'hwid_hint', session.hwid_hint);
end
$$;
comment on function private.client_session_row(private.client_sessions) is
  'A session as the API answers it. Definer: the table is private.';

create function private.start_client_session(license_id uuid, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
  me uuid := private.current_staff_id();
  token text := 'wao_' || encode(extensions.gen_random_bytes(32), 'hex');
  made private.client_sessions;
begin
  -- Two that the same person starts at once queue here, as does whoever switches him off.
  perform from public.staff where user_id = me for no key update;
  perform private.require_permission('licenses.login_as');
  if me is null then
    perform private.fail('permission_denied', 'A member of staff logs in as a customer, and nobody else');
  end if;
  reason := private.require_text(reason, 'reason_required', 1, 500);
  license := private.lock_license(license_id);
  perform private.refuse_revoked(license);
  if private.is_staff_address((select email from public.customers where id = license.customer_id)) then
    perform private.fail('customer_is_staff', 'The customer works here: nobody logs in as a colleague');
  end if;
  perform private.end_due_client_sessions(staff_id => me, why => 'superseded');
  insert into private.client_sessions (license_id, staff_id, reason, token_hash)
  values (license.id, me, reason, sha256(convert_to(token, 'UTF8'))) returning * into made;
  perform private.record_event('login_as_started', 'license', license.id::text, jsonb_build_object(
    'session_id', made.id, 'staff_id', me, 'reason', made.reason), license.customer_id, license.id);
  return jsonb_build_object('session_id', made.id, 'token', token, 'expires_at', made.ends_at);
end
$$;
comment on function private.start_client_session(uuid, text) is
  'Begins a session in the name of a licence''s customer: → {session_id, token, expires_at}; the token is shown this '
  'once and redeemed once within 60 seconds. Whatever else the same person has running ends. Needs licenses.login_as. '
  'Errors: permission_denied, reason_required, license_not_found (404), customer_forgotten, license_revoked, '
  'customer_is_staff (409). Definer: called by login-as only.';

create function private.admit_client_session(ip text, out allowed boolean, out retry_after_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  select hit.allowed, hit.retry_after_seconds into allowed, retry_after_seconds from private.hit_rate_limit(
    'client_session:ip:' || private.rate_limit_address(left(ip, 64)),
    private.setting_int('license_check_per_minute'), 60) as hit;
end
$$;
comment on function private.admit_client_session(text) is
  'Counts an attempt to redeem against its address (IPv6: its /64): license_check_per_minute. Definer: called by '
  'client-session only.';

create function private.redeem_client_session(token text, hwid text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  secret text := 'was_' || encode(extensions.gen_random_bytes(32), 'hex');
  asked uuid;
  session private.client_sessions;
  license public.licenses;
  customer public.customers;
  acting text := coalesce(current_setting('private.acting_staff', true), '');
begin
  if not private.is_hwid(hwid) then
    perform private.fail('invalid_hwid', 'A hardware identifier of 4 to 200 printable characters is required');
  end if;
  select id into asked from private.client_sessions as known
  where known.token_hash = sha256(convert_to(token, 'UTF8')) and known.redeemed_at is null
    and private.client_session_end(known) is null;
  if asked is not null then
    -- The audit first, as in private.end_due_client_sessions.
    perform pg_advisory_xact_lock(hashtextextended('private.audit_head', 0));
    update private.client_sessions as known set redeemed_at = clock_timestamp(),
      secret_hash = sha256(convert_to(secret, 'UTF8')),
      hwid_hash = private.hwid_hash(hwid, private.secret('hwid_pepper')), hwid_hint = private.hwid_hint(hwid),
      ends_at = clock_timestamp() + make_interval(mins => private.setting_int('login_as_minutes'))
    where known.id = asked and known.redeemed_at is null and private.client_session_end(known) is null
    returning * into session;
  end if;
  if session.id is null then
    perform private.fail('session_refused', 'The token is unknown, used or older than a minute');
  end if;
  select * into license from public.licenses where id = session.license_id;
  select * into customer from public.customers where id = license.customer_id;
  perform set_config('private.acting_staff', session.staff_id::text, true);
  perform private.record_event('login_as_redeemed', 'license', license.id::text, jsonb_build_object(
    'session_id', session.id, 'staff_id', session.staff_id, 'reason', session.reason, 'hwid_hint', session.hwid_hint,
    'ends_at', session.ends_at), customer.id, license.id);
  perform set_config('private.acting_staff', acting, true);
  if private.setting_text('login_as_mail') = 'true' then
    perform private.queue_email('login_as_redeemed', license,
      jsonb_build_object('started_at', session.redeemed_at, 'ends_at', session.ends_at));
  end if;
  return jsonb_build_object('session', secret, 'expires_at', session.ends_at, 'banner', jsonb_build_object(
    'customer', coalesce(customer.name, customer.email), 'reason', session.reason, 'ends_at', session.ends_at,
    'staff', (select display_name from public.staff where user_id = session.staff_id)));
end
$$;
comment on function private.redeem_client_session(text, text) is
  'Redeems a token, once: → {session, expires_at, banner: {customer, staff, reason, ends_at}}; the session is shown '
  'this once. Errors: invalid_hwid (400), session_refused (401), the same for a token that is unknown, used or too '
  'old. Definer: the table is private.';

create function private.serve_client_session(ip text, user_agent text, token text, hwid text, out allowed boolean,
  out retry_after_seconds int, out code text, out message text, out answer jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  select admitted.allowed, admitted.retry_after_seconds into allowed, retry_after_seconds
  from private.admit_client_session($1) as admitted;
  if not allowed then
    return;
  end if;
  -- The PC is that of staff: the audit names its address as it does in the console.
  perform set_config('request.headers', jsonb_build_object('x-forwarded-for', $1, 'user-agent', $2)::text, true);
  -- A refusal undoes what it refuses, not the count.
  begin
    answer := private.redeem_client_session($3, $4);
  exception when others then
    get stacked diagnostics code = pg_exception_hint, message = message_text;
    if not exists (select from private.error_codes where error_codes.code = serve_client_session.code) then
      raise;
    end if;
  end;
end
$$;
comment on function private.serve_client_session(text, text, text, text) is
  'Redeems a token in one round trip: admission, then the answer of private.redeem_client_session, or the code of its '
  'refusal. Definer: called by client-session only.';

create function private.list_client_sessions(license_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not private.has_permission('audit.read') then
    perform private.require_permission('licenses.login_as');
  end if;
  if not exists (select from public.licenses where id = $1) then
    perform private.fail('license_not_found', 'No such licence');
  end if;
  return jsonb_build_object('minutes', private.setting_int('login_as_minutes'),
    'is_mailed', private.setting_text('login_as_mail') = 'true',
    'rows', (select coalesce(jsonb_agg(private.client_session_row(shown)
        order by shown.created_at desc, shown.id), '[]')
      from (select * from private.client_sessions as known where known.license_id = $1
        order by known.created_at desc, known.id limit 20) as shown));
end
$$;
comment on function private.list_client_sessions(uuid) is
  'Does the work of public.list_client_sessions. Definer: the table is private.';
grant execute on function private.list_client_sessions(uuid) to authenticated, service_role;

create function public.list_client_sessions(license_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.list_client_sessions($1) $$;
comment on function public.list_client_sessions(uuid) is
  'The last 20 sessions in the name of a licence''s customer, newest first. → {minutes (how long one lasts), is_mailed '
  '(whether the customer is told), rows: [{id, license_id, staff_id, staff_name, reason, state (waiting, running or '
  'ended), created_at, redeemed_at, ends_at, ended_at, ended_by_name, end_reason, hwid_hint}]}. Needs '
  'licenses.login_as or audit.read. Errors: permission_denied, license_not_found (404).';
revoke execute on function public.list_client_sessions(uuid) from public, anon, authenticated, service_role;
grant execute on function public.list_client_sessions(uuid) to authenticated, service_role;

create function private.end_client_session(session_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  session private.client_sessions;
begin
  perform private.require_permission('licenses.login_as');
  select * into session from private.client_sessions where id = $1;
  if session.id is null then
    perform private.fail('client_session_not_found', 'No such session');
  end if;
  -- The audit first, as in private.end_due_client_sessions.
  perform pg_advisory_xact_lock(hashtextextended('private.audit_head', 0));
  perform private.close_client_session(session, coalesce(private.client_session_end(session), 'by_hand'));
  select * into session from private.client_sessions where id = $1;
  return private.client_session_row(session);
end
$$;
comment on function private.end_client_session(uuid) is
  'Does the work of public.end_client_session. Definer: the table is private.';
grant execute on function private.end_client_session(uuid) to authenticated, service_role;

create function public.end_client_session(session_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.end_client_session($1) $$;
comment on function public.end_client_session(uuid) is
  'Ends a session in a customer''s name at once, one''s own or a colleague''s; again does nothing. → the session as in '
  'list_client_sessions. Needs licenses.login_as. Errors: permission_denied, client_session_not_found (404).';
revoke execute on function public.end_client_session(uuid) from public, anon, authenticated, service_role;
grant execute on function public.end_client_session(uuid) to authenticated, service_role;
