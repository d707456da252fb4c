-- Why a customer's client was refused: the last checks of each licence. Checks are the hot path, and a hostile client
-- asks without end: what is alike is one row, noted every 5 minutes at most; new rows of refusals are few in a quarter
-- of an hour, and each licence keeps 50 refused and 20 allowed. Unknown keys belong to nobody and are not kept.

insert into private.error_codes (code, status) values ('check_not_found', 404);

-- No foreign key: its lock would make a check wait for whoever changes the licence. Licences are never really deleted.
create table private.license_checks (
  id bigint generated always as identity primary key,
  license_id uuid not null,
  code text not null,
  first_at timestamptz not null default now(),
  checked_at timestamptz not null default now(),
  times int not null default 1,
  ip_address inet,
  client_version text,
  client_os text,
  hwid_hash bytea not null,
  hwid_hint text not null,
  hwid_encrypted bytea,
  constraint license_checks_alike_key unique nulls not distinct (license_id, code, hwid_hash, ip_address),
  constraint code_is_known check (code in ('VALID', 'GRACE_PERIOD', 'SUSPENDED', 'EXPIRED', 'REVOKED',
    'HWID_MISMATCH')),
  constraint checked_at_is_not_before_first_at check (checked_at >= first_at),
  constraint times_is_positive check (times > 0),
  constraint client_version_is_short check (length(client_version) <= 40),
  constraint client_os_is_short check (length(client_os) <= 80)
);
comment on table private.license_checks is
  'The last checks of each licence, alike ones (answer, machine, address) as one; forgotten after 90 days.';
comment on column private.license_checks.id is 'Order of first sight';
comment on column private.license_checks.code is 'What was answered';
comment on column private.license_checks.times is 'How often it was noted, once in 5 minutes at most';
comment on column private.license_checks.client_version is 'Version the client said last';
comment on column private.license_checks.client_os is 'System the client said last';
comment on column private.license_checks.hwid_hint is 'Masked hardware identifier of the machine that asked';
comment on column private.license_checks.hwid_encrypted is
  'The machine, to transfer the licence to; null where it was the licence''s own';

create index license_checks_license_id_checked_at_idx on private.license_checks (license_id, checked_at desc);
create index license_checks_checked_at_idx on private.license_checks (checked_at);

alter table private.license_checks enable row level security;

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure) values
  ('license_checks', 'ip_address', 'network', 'legitimate_interest', 'clear'),
  ('license_checks', 'client_os', 'device', 'contract', 'clear'),
  ('license_checks', 'hwid_hash', 'device', 'contract', 'clear'),
  ('license_checks', 'hwid_hint', 'device', 'contract', 'clear'),
  ('license_checks', 'hwid_encrypted', 'device', 'contract', 'clear');

create function private.note_license_check(license_id uuid, code text, hwid text, hwid_hash bytea, is_own boolean,
  ip text, client_version text, client_os text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  address inet := case when pg_input_is_valid(coalesce($6, ''), 'inet') then $6::inet end;
  is_allowed boolean := $2 in ('VALID', 'GRACE_PERIOD');
  alike record;
begin
  select id, checked_at into alike from private.license_checks as known
  where known.license_id = $1 and known.code = $2 and known.hwid_hash = $4
    and known.ip_address is not distinct from address;
  if alike.checked_at > now() - interval '5 minutes' then
    return;
  elsif alike.id is not null then
    update private.license_checks as known set checked_at = now(), times = known.times + 1,
      client_version = coalesce($7, known.client_version), client_os = coalesce($8, known.client_os)
    where known.id = alike.id;
    return;
  end if;
  -- Whoever invents machines must not push what support looks for out of the list.
  if not is_allowed and (select count(*) from private.license_checks as known
    where known.license_id = $1 and known.code not in ('VALID', 'GRACE_PERIOD')
      and known.first_at > now() - interval '15 minutes') >= 10 then
    return;
  end if;
  insert into private.license_checks (license_id, code, ip_address, client_version, client_os, hwid_hash, hwid_hint,
    hwid_encrypted)
  values ($1, $2, address, left($7, 40), left($8, 80), $4, private.hwid_hint($3),
    case when not is_own and private.is_hwid($3) then
      private.encrypt_secret(private.normalize_hwid($3), private.secret('hwid_key')) end)
  on conflict on constraint license_checks_alike_key do nothing;
  delete from private.license_checks where id in (select known.id from private.license_checks as known
    where known.license_id = $1 and (known.code in ('VALID', 'GRACE_PERIOD')) = is_allowed
    order by known.checked_at desc, known.id desc offset case when is_allowed then 20 else 50 end);
end
$$;
comment on function private.note_license_check(uuid, text, text, bytea, boolean, text, text, text) is
  'Keeps a check of a licence, unless one alike was kept in the last 5 minutes or ten new refusals in the last 15; '
  'drops the oldest beyond 50 refused and 20 allowed. Definer: the table is private.';

create function private.forget_license_checks() returns int
language sql volatile security definer set search_path = ''
as $$
  with gone as (delete from private.license_checks where checked_at < now() - interval '90 days' returning 1)
  select count(*)::int from gone
$$;
comment on function private.forget_license_checks() is
  'Deletes checks of more than 90 days ago; answers how many. Run by cron. Definer: the table is private.';

create function private.list_license_checks(license_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  license public.licenses;
  sees_machines boolean := private.is_system_caller() or private.has_permission('licenses.read_hwid');
begin
  perform private.require_permission('licenses.read');
  select * into license from public.licenses where id = $1;
  if license.id is null then
    perform private.fail('license_not_found', 'No such licence');
  end if;
  return (select jsonb_build_object('rows', coalesce(jsonb_agg(jsonb_build_object('id', known.id, 'code', known.code,
      'first_at', known.first_at, 'checked_at', known.checked_at, 'times', known.times,
      'ip_address', case when sees_machines then host(known.ip_address) end,
      'client_version', known.client_version, 'client_os', known.client_os, 'hwid_hint', known.hwid_hint,
      'is_own_machine', known.hwid_hash = license_secrets.hwid_hash,
      'can_transfer', known.hwid_encrypted is not null and known.hwid_hash <> license_secrets.hwid_hash
        and license.revoked_at is null and license.deleted_at is null)
      order by known.checked_at desc, known.id desc), '[]'))
    from private.license_checks as known
    join private.license_secrets on license_secrets.license_id = known.license_id
    where known.license_id = $1);
end
$$;
comment on function private.list_license_checks(uuid) is
  'Does the work of public.list_license_checks. Definer: the table is private.';
grant execute on function private.list_license_checks(uuid) to authenticated, service_role;

create function public.list_license_checks(license_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_license_checks($1) $$;
comment on function public.list_license_checks(uuid) is
  'The last checks of a licence, newest first: 50 refused and 20 allowed at most, alike ones as one. → {rows: [{id, '
  'code, first_at, checked_at, times, ip_address (null without licenses.read_hwid), client_version, client_os, '
  'hwid_hint, is_own_machine, can_transfer}]}. Needs licenses.read. Errors: permission_denied, license_not_found.';
revoke execute on function public.list_license_checks(uuid) from public, anon, authenticated, service_role;
grant execute on function public.list_license_checks(uuid) to authenticated, service_role;

create function private.transfer_license_to_check(check_id bigint, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  noted private.license_checks;
begin
  perform private.require_permission('licenses.transfer');
  select * into noted from private.license_checks where id = $1;
  if noted.id is null then
    perform private.fail('check_not_found', 'No such check any more');
  elsif noted.hwid_encrypted is null then
    perform private.fail('same_hwid', 'The licence was on this machine already');
  end if;
  return private.transfer_license(noted.license_id,
    private.decrypt_secret(noted.hwid_encrypted, private.secret('hwid_key')), $2);
end
$$;
comment on function private.transfer_license_to_check(bigint, text) is
  'Does the work of public.transfer_license_to_check. Definer: opens the hardware identifier.';
grant execute on function private.transfer_license_to_check(bigint, text) to authenticated, service_role;

create function public.transfer_license_to_check(check_id bigint, reason text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.transfer_license_to_check($1, $2) $$;
comment on function public.transfer_license_to_check(bigint, text) is
  'Moves a licence to the machine that was refused in one of its checks: nobody types its identifier. Needs '
  'licenses.transfer. Errors: check_not_found (404), same_hwid, reason_required, license_not_found, license_revoked. '
  '→ the licence as in lists.';
revoke execute on function public.transfer_license_to_check(bigint, text)
  from public, anon, authenticated, service_role;
grant execute on function public.transfer_license_to_check(bigint, text) to authenticated, service_role;

select private.schedule_job('forget-license-checks', '50 2 * * *', 'select private.forget_license_checks()');
