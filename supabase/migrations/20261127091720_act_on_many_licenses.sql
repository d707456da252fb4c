-- The same to many licences: each by itself, so that one that is refused costs no other its own.

create function private.for_each_license(license_ids uuid[], permission text, action text, arguments jsonb)
  returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  target uuid;
  done int := 0;
  errors jsonb := '[]';
  code text;
begin
  perform private.require_permission(permission);
  if coalesce(cardinality(license_ids), 0) not between 1 and 1000 then
    perform private.fail('invalid_argument', 'One to 1000 licences can be changed at once');
  end if;
  perform private.require_text(arguments ->> 'reason', 'reason_required', 1, 500);
  if action = 'extend' and coalesce((arguments ->> 'days')::int, 0) not between 1 and 3660 then
    perform private.fail('invalid_days', format('"%s" is not a number of days from 1 to 3660', arguments ->> 'days'));
  end if;
  -- One order for everybody, so that two bulk changes never wait for each other in a circle.
  for target in select distinct unnest(license_ids) order by 1 loop
    begin
      case action
        when 'extend' then perform private.extend_license(target, (arguments ->> 'days')::int, arguments ->> 'reason');
        when 'revoke' then perform private.revoke_license(target, arguments ->> 'reason',
          (arguments ->> 'send_email')::boolean, (arguments ->> 'billed_on')::boolean);
        when 'suspend' then perform private.suspend_license(target,
          arguments ->> 'reason', (arguments ->> 'send_email')::boolean);
        when 'reinstate' then perform private.reinstate_license(target,
          arguments ->> 'reason', (arguments ->> 'send_email')::boolean);
      end case;
      done := done + 1;
    exception when sqlstate 'PT404' or sqlstate 'PT409' then
      get stacked diagnostics code = pg_exception_hint;
      errors := errors || jsonb_build_object('license_id', target, 'reason', code);
    end;
  end loop;
  return jsonb_build_object('done', done, 'errors', errors);
end
$$;
comment on function private.for_each_license(uuid[], text, text, jsonb) is
  'Applies one action to many licences; those it cannot apply to are reported, the others done. Definer: as the '
  'actions.';

create function private.extend_licenses(license_ids uuid[], days int, reason text) returns jsonb
language sql volatile security definer set search_path = ''
as $$ select private.for_each_license($1, 'licenses.update', 'extend', jsonb_build_object('days', $2, 'reason', $3)) $$;
comment on function private.extend_licenses(uuid[], int, text) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.extend_licenses(uuid[], int, text) to authenticated, service_role;

create function public.extend_licenses(license_ids uuid[], days int, reason text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.extend_licenses($1, $2, $3) $$;
comment on function public.extend_licenses(uuid[], int, text) is
  'extend_license for up to 1000. → {done, errors: [{license_id, reason}]}.';
revoke execute on function public.extend_licenses(uuid[], int, text) from public, anon, authenticated, service_role;
grant execute on function public.extend_licenses(uuid[], int, text) to authenticated, service_role;

create function private.revoke_licenses(license_ids uuid[], reason text, send_email boolean, billed_on boolean)
  returns jsonb
language sql volatile security definer set search_path = ''
as $$ select private.for_each_license($1, 'licenses.revoke', 'revoke', jsonb_build_object('reason', $2,
  'send_email', $3, 'billed_on', $4)) $$;
comment on function private.revoke_licenses(uuid[], text, boolean, boolean) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.revoke_licenses(uuid[], text, boolean, boolean) to authenticated, service_role;

create function public.revoke_licenses(license_ids uuid[], reason text, send_email boolean default false,
  billed_on boolean default false) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.revoke_licenses($1, $2, $3, $4) $$;
comment on function public.revoke_licenses(uuid[], text, boolean, boolean) is
  'revoke_license for up to 1000. → {done, errors: [{license_id, reason}]}.';
revoke execute on function public.revoke_licenses(uuid[], text, boolean, boolean)
  from public, anon, authenticated, service_role;
grant execute on function public.revoke_licenses(uuid[], text, boolean, boolean) to authenticated, service_role;

create function private.suspend_licenses(license_ids uuid[], reason text, send_email boolean) returns jsonb
language sql volatile security definer set search_path = ''
as $$ select private.for_each_license($1, 'licenses.suspend', 'suspend', jsonb_build_object('reason', $2,
  'send_email', $3)) $$;
comment on function private.suspend_licenses(uuid[], text, boolean) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.suspend_licenses(uuid[], text, boolean) to authenticated, service_role;

create function public.suspend_licenses(license_ids uuid[], reason text, send_email boolean default false)
  returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.suspend_licenses($1, $2, $3) $$;
comment on function public.suspend_licenses(uuid[], text, boolean) is
  'suspend_license for up to 1000. → {done, errors: [{license_id, reason}]}.';
revoke execute on function public.suspend_licenses(uuid[], text, boolean)
  from public, anon, authenticated, service_role;
grant execute on function public.suspend_licenses(uuid[], text, boolean) to authenticated, service_role;

create function private.reinstate_licenses(license_ids uuid[], reason text, send_email boolean) returns jsonb
language sql volatile security definer set search_path = ''
as $$ select private.for_each_license($1, 'licenses.suspend', 'reinstate', jsonb_build_object('reason', $2,
  'send_email', $3)) $$;
comment on function private.reinstate_licenses(uuid[], text, boolean) is
  'Does the work of the public function of that name. Definer: callers may not update licences.';
grant execute on function private.reinstate_licenses(uuid[], text, boolean) to authenticated, service_role;

create function public.reinstate_licenses(license_ids uuid[], reason text, send_email boolean default false)
  returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.reinstate_licenses($1, $2, $3) $$;
comment on function public.reinstate_licenses(uuid[], text, boolean) is
  'reinstate_license for up to 1000. → {done, errors: [{license_id, reason}]}.';
revoke execute on function public.reinstate_licenses(uuid[], text, boolean)
  from public, anon, authenticated, service_role;
grant execute on function public.reinstate_licenses(uuid[], text, boolean) to authenticated, service_role;
