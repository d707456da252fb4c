-- What a desktop client asks: one round trip, on the path of every start of the product.

create function private.check_code(license public.licenses) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return case private.license_state(license)
    when 'active' then 'VALID' when 'grace_period' then 'GRACE_PERIOD' when 'suspended' then 'SUSPENDED'
    when 'revoked' then 'REVOKED' else 'EXPIRED' end;
end
$$;
comment on function private.check_code(public.licenses) is
  'What a check answers of a licence on its own machine. Definer: private.license_state reads behind the policies.';

create function private.checked_license(license public.licenses) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select jsonb_build_object('plan', plans.code, 'status', private.license_state(license),
      'expires_at', license.expires_at, 'grace_until', license.grace_until, 'entitlements', plans.entitlements)
    from public.plans where plans.code = license.plan);
end
$$;
comment on function private.checked_license(public.licenses) is
  'A licence as a check tells it: {plan, status, expires_at, grace_until, entitlements}. Definer: reads behind the '
  'policies.';

create function private.check_license(license_key text, hwid text, client_version text default null,
  client_os text default null, ip text default null,
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
    else private.check_code(found_license) end;
  -- Nothing is noted of a machine whose owner was forgotten.
  if code not in ('VALID', 'GRACE_PERIOD', 'NOT_FOUND') and candidate.hwid_hash <> '' then
    perform private.note_license_check(found_license.id, code, $2, asked_hwid_hash, code <> 'HWID_MISMATCH', $5, $3,
      $4);
  end if;
  if code in ('NOT_FOUND', 'HWID_MISMATCH') then
    return;
  end if;
  license := private.checked_license(found_license);
  if found_license.last_check_in is null or found_license.last_check_in < now() - interval '5 minutes' then
    -- Skipping a locked row loses a time stamp, never an answer: a check must not wait for staff.
    update public.licenses set last_check_in = now(), client_version = coalesce($3, licenses.client_version),
      client_os = coalesce($4, licenses.client_os)
    where id = (select id from public.licenses where id = found_license.id for no key update skip locked);
    if code in ('VALID', 'GRACE_PERIOD') then
      perform private.note_license_check(found_license.id, code, $2, asked_hwid_hash, true, $5, $3, $4);
    end if;
  end if;
end
$$;
comment on function private.check_license(text, text, text, text, text) is
  'A client''s check. → code VALID, GRACE_PERIOD, SUSPENDED, EXPIRED, REVOKED, NOT_FOUND or HWID_MISMATCH; license '
  '{plan, status, expires_at, grace_until, entitlements} or null for the last two. Records the check-in every '
  '5 minutes at most, and the check for staff. Definer: called by the function only.';

create function private.admit_license_check(ip text, license_key text, out allowed boolean, out retry_after_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  per_minute int := private.setting_int('license_check_per_minute');
  by_license record;
  address text := private.rate_limit_address(left(ip, 64));
begin
  select * into allowed, retry_after_seconds from private.hit_rate_limit('license_check:ip:' || address, per_minute,
    60);
  if allowed and license_key is not null then
    select * into by_license from private.hit_rate_limit('license_check:key:'
      || encode(private.license_key_hash(license_key), 'base64'), per_minute, 60);
    allowed := by_license.allowed;
    retry_after_seconds := by_license.retry_after_seconds;
  end if;
end
$$;
comment on function private.admit_license_check(text, text) is
  'Counts a check against its address (IPv6: its /64) and, if given, its licence: license_check_per_minute each. '
  'Definer: called by license-check only.';

create function private.serve_license_check(ip text, license_key text, hwid text, client_version text, client_os text,
  out allowed boolean, out retry_after_seconds int, out code text, out license jsonb, out next_check_in_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  select * into allowed, retry_after_seconds from private.admit_license_check($1, $2);
  if allowed then
    select * into code, license from private.check_license($2, $3, $4, $5, $1);
    next_check_in_seconds := private.setting_int('next_check_in_seconds');
  end if;
end
$$;
comment on function private.serve_license_check(text, text, text, text, text) is
  'A client''s check in one round trip: admission, then the answer of private.check_license. Definer: called by '
  'license-check only.';
