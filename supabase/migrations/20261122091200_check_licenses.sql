-- What Edge Functions ask: the desktop client's check, the licence file, the mails to send.

create function private.check_license(license_key text, hwid text, client_version text default null, client_os text default null,
  out code text, out license jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  candidate record;
  found_license public.licenses;
  -- Computed for unknown keys as well: an answer must not tell by its time what exists.
  asked_hwid_hash bytea := private.hwid_hash($2, private.secret('hwid_pepper'));
begin
  select licenses as license, license_secrets.hwid_hash into candidate
  from private.license_secrets join public.licenses on licenses.id = license_secrets.license_id
  where license_secrets.license_key_hash = private.license_key_hash($1) and licenses.deleted_at is null;
  found_license := candidate.license;
  code := case
    when found_license.id is null then 'NOT_FOUND'
    when candidate.hwid_hash <> asked_hwid_hash then 'HWID_MISMATCH'
    else case private.license_state(found_license)
      when 'active' then 'VALID' when 'grace_period' then 'GRACE_PERIOD' when 'revoked' then 'REVOKED' else 'EXPIRED' end end;
  if code in ('NOT_FOUND', 'HWID_MISMATCH') then
    return;
  end if;
  select jsonb_build_object('plan', plans.code, 'status', private.license_state(found_license), 'expires_at', found_license.expires_at,
    'grace_until', found_license.grace_until, 'entitlements', plans.entitlements)
  into license from public.plans where plans.code = found_license.plan;
  if found_license.last_check_in is null or found_license.last_check_in < now() - interval '5 minutes' then
    -- Skipping a locked row loses a time stamp, never an answer: a check must not wait for staff.
    update public.licenses set last_check_in = now(), client_version = coalesce($3, licenses.client_version), client_os = coalesce($4, licenses.client_os)
    where id = (select id from public.licenses where id = found_license.id for no key update skip locked);
  end if;
end
$$;
comment on function private.check_license(text, text, text, text) is
  'A client''s check. → code VALID, GRACE_PERIOD, EXPIRED, REVOKED, NOT_FOUND or HWID_MISMATCH; license {plan, status, expires_at, grace_until, entitlements} or null for the last two. Records the check-in every 5 minutes at most. Definer: called by the function only.';
revoke execute on function private.check_license(text, text, text, text) from public;

create function private.license_file_contents(license_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
  contents jsonb;
begin
  perform private.require_permission('licenses.read');
  perform private.require_permission('licenses.update');
  select * into license from public.licenses where id = $1 and deleted_at is null;
  if license.id is null then
    perform private.fail('license_not_found', 'No such licence', 'PT404');
  end if;
  perform private.refuse_revoked(license);
  if license.grace_until <= now() then
    perform private.fail('license_expired', 'The licence has expired', 'PT409');
  end if;
  select jsonb_build_object(
    'license_key', private.decrypt_secret(license_secrets.license_key_encrypted, private.secret('license_key_key')),
    'hwid', private.decrypt_secret(license_secrets.hwid_encrypted, private.secret('hwid_key')),
    'license', jsonb_build_object('id', license.id, 'email', license.email, 'plan', license.plan, 'status', private.license_state(license),
      'issued_at', license.issued_at, 'expires_at', license.expires_at, 'grace_until', license.grace_until),
    'entitlements', plans.entitlements,
    -- The file must not prove a licence for longer than a check would.
    'ttl_seconds', least(private.setting_int('license_file_days') * 86400, floor(extract(epoch from license.grace_until - now()))::bigint))
  into contents
  from private.license_secrets, public.plans
  where license_secrets.license_id = license.id and plans.code = license.plan;
  perform private.record_event('license_file_downloaded', license.id);
  return contents;
end
$$;
comment on function private.license_file_contents(uuid) is
  'What license.key is made of: {license_key, hwid, license, entitlements, ttl_seconds}; audited. Needs licenses.read and licenses.update. Definer: decrypts. Never granted to API roles.';
revoke execute on function private.license_file_contents(uuid) from public;

create function private.claim_emails(batch int default 20) returns table (
  id uuid, template text, locale text, recipient text, attempts int, data jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  update public.email_outbox set status = 'uncertain', last_error = 'the worker ended between sending and settling'
  where status = 'sending' and claimed_at < now() - interval '10 minutes';
  update public.email_outbox set status = 'failed', last_error = 'the licence was revoked or deleted before sending'
  where status = 'pending' and template = 'license_created' and exists (
    select from public.licenses where licenses.id = email_outbox.license_id
      and (licenses.revoked_at is not null or licenses.deleted_at is not null));
  return query
  with due as (
    select email_outbox.id from public.email_outbox
    where status = 'pending' and next_attempt_at <= now()
    order by next_attempt_at limit least(greatest(batch, 1), 100) for update skip locked
  ), claimed as (
    update public.email_outbox set status = 'sending', claimed_at = now(), attempts = attempts + 1
    from due where email_outbox.id = due.id returning email_outbox.*
  )
  select claimed.id, claimed.template, claimed.locale, claimed.recipient, claimed.attempts,
    claimed.data || coalesce(jsonb_build_object(
      'license_key', case when claimed.template = 'license_created'
        then private.decrypt_secret(license_secrets.license_key_encrypted, private.secret('license_key_key')) end,
      'license_key_hint', licenses.license_key_hint, 'plan_name', plans.name, 'expires_at', licenses.expires_at,
      'revoked_reason', licenses.revoked_reason), '{}')
  from claimed
  left join public.licenses on licenses.id = claimed.license_id
  left join private.license_secrets on license_secrets.license_id = licenses.id
  left join public.plans on plans.code = licenses.plan;
end
$$;
comment on function private.claim_emails(int) is
  'Takes due mails for sending: no other worker gets them. A key revoked or deleted meanwhile is not sent. The key is opened here and stored nowhere. Definer: called by mail-dispatch only.';

create function private.settle_email(email_id uuid, outcome text, message_id text default null, error text default null, retry_after_seconds int default null) returns void
language sql volatile security definer set search_path = ''
as $$
  update public.email_outbox set
    status = case when $2 = 'retry' and attempts >= 8 then 'failed' when $2 = 'retry' then 'pending' else $2 end,
    sent_at = case when $2 = 'sent' then now() end,
    provider_message_id = coalesce($3, provider_message_id),
    last_error = case when $2 = 'sent' then null else left($4, 500) end,
    -- 30 s, 1 min, 2 min … 1 h, and never before the provider allows.
    next_attempt_at = now() + greatest(make_interval(secs => least(3600, 30 * 2 ^ (attempts - 1))), make_interval(secs => coalesce($5, 0)))
  where id = $1 and status = 'sending'
$$;
comment on function private.settle_email(uuid, text, text, text, int) is
  'Ends an attempt: sent, failed (for good), uncertain (the provider may have it) or retry (8 attempts, then failed). Definer: called by mail-dispatch only.';
revoke execute on function private.claim_emails(int), private.settle_email(uuid, text, text, text, int) from public;

create function private.admit_license_check(ip text, license_key text, out allowed boolean, out retry_after_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  per_minute int := private.setting_int('license_check_per_minute');
  by_license record;
  address text := left(ip, 64);
begin
  -- One subscriber holds a whole /64 of IPv6 addresses; an IPv4 address written as one is still one.
  if address like '%:%' and pg_input_is_valid(address, 'inet') and not address::inet <<= '::ffff:0:0/96'::inet then
    address := network(set_masklen(address::inet, 64))::text;
  end if;
  select * into allowed, retry_after_seconds from private.hit_rate_limit('license_check:ip:' || address, per_minute, 60);
  if allowed and license_key is not null then
    select * into by_license from private.hit_rate_limit('license_check:key:' || encode(private.license_key_hash(license_key), 'base64'), per_minute, 60);
    allowed := by_license.allowed;
    retry_after_seconds := by_license.retry_after_seconds;
  end if;
end
$$;
comment on function private.admit_license_check(text, text) is
  'Counts a check against its address (IPv6: its /64) and, if given, its licence: license_check_per_minute each. Definer: called by license-check only.';

create function private.serve_license_check(ip text, license_key text, hwid text, client_version text, client_os text,
  out allowed boolean, out retry_after_seconds int, out code text, out license jsonb, out next_check_in_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  select * into allowed, retry_after_seconds from private.admit_license_check($1, $2);
  if allowed then
    select * into code, license from private.check_license($2, $3, $4, $5);
    next_check_in_seconds := private.setting_int('next_check_in_seconds');
  end if;
end
$$;
comment on function private.serve_license_check(text, text, text, text, text) is
  'A client''s check in one round trip: admission, then the answer of private.check_license. Definer: called by license-check only.';
revoke execute on function private.admit_license_check(text, text), private.serve_license_check(text, text, text, text, text) from public;
