-- What a session stands for: it is asked for at each call, so that it ends at the next one. It reads what the
-- customer's own machine reads and writes what he may write, in both names; it notes no check and no use as his, moves
-- no licence and binds no machine.

create function private.running_session(secret text) returns private.client_sessions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  session private.client_sessions;
begin
  select * into session from private.client_sessions as known
  where known.secret_hash = sha256(convert_to($1, 'UTF8')) and private.client_session_end(known) is null;
  return session;
end
$$;
comment on function private.running_session(text) is
  'The session of a secret while it runs, else null: unknown and ended are alike. Definer: the table is private.';

create function private.session_license(secret text, out license public.licenses, out session_id uuid,
  out written_by uuid)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  session private.client_sessions := private.running_session($1);
begin
  if session.id is null then
    perform private.fail('session_ended', 'The session has ended');
  end if;
  select * into license from public.licenses where id = session.license_id;
  session_id := session.id;
  written_by := session.staff_id;
end
$$;
comment on function private.session_license(text) is
  'The licence a session stands for, and who is logged in. Errors: session_ended (401). Definer: the table is private.';

create function private.serve_session_check(ip text, session text, out allowed boolean, out retry_after_seconds int,
  out code text, out license jsonb, out next_check_in_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  running private.client_sessions;
  found_license public.licenses;
begin
  select admitted.allowed, admitted.retry_after_seconds into allowed, retry_after_seconds
  from private.admit_license_check($1, $2) as admitted;
  if not allowed then
    return;
  end if;
  running := private.running_session($2);
  select * into found_license from public.licenses where id = running.license_id;
  code := case when running.id is null then 'SESSION_ENDED' else private.check_code(found_license) end;
  license := case when running.id is not null then private.checked_license(found_license) end;
  -- Whoever sits before it sees the end within as much.
  next_check_in_seconds := 5;
end
$$;
comment on function private.serve_session_check(text, text) is
  'A check in the name of a customer, in one round trip: admission as for a key, then the answer of '
  'private.check_license for the licence''s own machine, or SESSION_ENDED. Nothing is noted of it. Definer: called by '
  'license-check only.';

create function private.told_sessions(license_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('started_at', told.redeemed_at,
    'ended_at', coalesce(told.ended_at, case when told.ends_at <= now() then told.ends_at end))
    order by told.redeemed_at desc), '[]')
  from (select * from private.client_sessions as known
    where known.license_id = $1 and known.redeemed_at is not null order by known.redeemed_at desc limit 10) as told
$$;
comment on function private.told_sessions(uuid) is
  'What the customer is told of sessions in his name: [{started_at, ended_at}], the newest ten; neither who nor why. '
  'Definer: the table is private.';
