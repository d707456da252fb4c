-- Who the caller is, and what administrators do to staff. Invitations and factor resets also need Supabase Auth: the
-- Edge Function staff-admin does both halves.

insert into private.error_codes (code, status) values
  ('self_forbidden', 403), ('email_exists', 409), ('staff_inactive', 409), ('staff_active', 409),
  ('no_second_factor', 409);

create function private.current_staff() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  member public.staff;
begin
  select * into member from public.staff where staff.user_id = (select auth.uid()) and staff.is_active;
  if member.user_id is null then
    return null;
  end if;
  if not private.has_session() then
    perform private.fail('unauthorized', 'The session has ended');
  end if;
  return jsonb_build_object('user_id', member.user_id, 'email', member.email, 'display_name', member.display_name,
    'role', member.role, 'locale', member.locale, 'is_active', member.is_active, 'aal', auth.jwt() ->> 'aal',
    'permissions', (select coalesce(jsonb_agg(permission order by permission), '[]')
      from unnest(private.held_permissions()) as permission));
end
$$;
comment on function private.current_staff() is
  'Does the work of public.current_staff. Definer: reads role_permissions.';
grant execute on function private.current_staff() to authenticated, service_role;

create function public.current_staff() returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.current_staff() $$;
comment on function public.current_staff() is
  'The caller as staff: {user_id, email, display_name, role, locale, is_active, aal, permissions}; null if he is none '
  'or switched off. Permissions are empty before the second factor. Errors (hint): unauthorized, once the session has '
  'ended.';
revoke execute on function public.current_staff() from public, anon, authenticated, service_role;
grant execute on function public.current_staff() to authenticated, service_role;

create function private.record_sign_in() returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  chosen_name text := (select left(nullif(btrim(raw_user_meta_data ->> 'display_name'), ''), 120) from auth.users
    where id = (select auth.uid()));
begin
  if private.current_staff_id() is null then
    perform private.fail('permission_denied', 'A session with a second factor is required');
  end if;
  -- The name he gave when he accepted the invitation counts once: at his first sign-in.
  update public.staff
  set display_name = coalesce(case when last_sign_in_at is null then chosen_name end, display_name),
    last_sign_in_at = now()
  where user_id = private.current_staff_id();
  perform private.record_event('staff_signed_in', 'staff', private.current_staff_id()::text);
end
$$;
comment on function private.record_sign_in() is
  'Does the work of public.record_sign_in. Definer: staff may not update their own row.';
grant execute on function private.record_sign_in() to authenticated, service_role;

create function public.record_sign_in() returns void
language sql volatile security invoker set search_path = '' as $$ select private.record_sign_in() $$;
comment on function public.record_sign_in() is
  'Audits a completed two-factor sign-in of the caller; the first one takes over the display_name he chose. Errors '
  '(hint): permission_denied.';
revoke execute on function public.record_sign_in() from public, anon, authenticated, service_role;
grant execute on function public.record_sign_in() to authenticated, service_role;

create function private.staff_actions(member public.staff) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  held text[] := case when not private.is_system_caller() then private.held_permissions() end;
  own text := case when member.user_id = (select auth.uid()) then 'self_forbidden' end;
  inactive text := case when not member.is_active then 'staff_inactive' end;
  is_set_up boolean := exists (select from auth.mfa_factors
    where mfa_factors.user_id = member.user_id and mfa_factors.status = 'verified');
begin
  return jsonb_build_object(
    'set_role', private.refusal(held, 'staff.update', own),
    'resend_invitation', private.refusal(held, 'staff.create',
      coalesce(inactive, case when is_set_up then 'email_exists' end)),
    'reactivate', private.refusal(held, 'staff.update',
      coalesce(own, case when member.is_active then 'staff_active' end)),
    'reset_mfa', private.refusal(held, 'staff.update',
      coalesce(own, case when not is_set_up then 'no_second_factor' end)),
    'deactivate', private.refusal(held, 'staff.delete', coalesce(own, inactive)));
end
$$;
comment on function private.staff_actions(public.staff) is
  'What the caller may do to a member of staff: each action with null, or the code with which it would be refused now. '
  'Definer: reads auth.mfa_factors.';

create function private.require_staff_action(member public.staff, action text) returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  refused text := private.staff_actions(member) ->> action;
begin
  if refused is not null then
    perform private.fail(refused, format('"%s" is not possible: %s', action, case refused
      when 'self_forbidden' then 'one''s own access is changed by another administrator'
      when 'staff_inactive' then 'the person is switched off'
      when 'staff_active' then 'the person is active already'
      when 'email_exists' then 'the account is set up already'
      when 'no_second_factor' then 'the person has none'
      else 'a permission is missing' end));
  end if;
end
$$;
comment on function private.require_staff_action(public.staff, text) is
  'Raises what private.staff_actions says against an action. Definer: as that.';

create function private.list_staff() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- His own row whoever works here, all of them administrators: as the policy.
  return (select coalesce(jsonb_agg(to_jsonb(staff) || jsonb_build_object('actions', private.staff_actions(staff))
    order by staff.display_name, staff.user_id), '[]') from public.staff
    where private.is_system_caller() or private.has_permission('staff.read')
      or (staff.user_id = (select auth.uid()) and staff.is_active and private.has_session()));
end
$$;
comment on function private.list_staff() is
  'Does the work of public.list_staff. Definer: reads auth.mfa_factors.';
grant execute on function private.list_staff() to authenticated, service_role;

create function public.list_staff() returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_staff() $$;
comment on function public.list_staff() is
  'Everybody who works here, by name, as public.staff with actions (what the caller may do to each, or why not); '
  'without staff.read one''s own row only. → [staff + actions].';
revoke execute on function public.list_staff() from public, anon, authenticated, service_role;
grant execute on function public.list_staff() to authenticated, service_role;

create function private.save_staff(user_id uuid, email text, display_name text, role text, event_type text)
  returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_variable
declare
  saved public.staff;
begin
  perform private.require_permission('staff.create');
  perform private.require_staff_action(staff, 'resend_invitation') from public.staff where staff.user_id = user_id;
  perform private.set_audit_context(event_type);
  insert into public.staff as existing (user_id, email, display_name, role, invited_at)
  values (user_id, lower(btrim(email)), btrim(display_name), role, now())
  on conflict on constraint staff_pkey do update set invited_at = now()
  returning existing.* into saved;
  perform private.set_audit_context(null);
  return to_jsonb(saved);
end
$$;
comment on function private.save_staff(uuid, text, text, text, text) is
  'Adds a user of Supabase Auth to the staff, or stamps a repeated invitation. Needs staff.create. → the staff row. '
  'Definer: called by staff-admin only.';

create function private.change_staff(user_id uuid, new_role text default null, new_is_active boolean default null)
  returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_variable
declare
  saved public.staff;
begin
  perform private.require_permission(case when new_is_active is false then 'staff.delete' else 'staff.update' end);
  perform private.require_staff_action(existing, case when new_role is not null then 'set_role'
    when new_is_active then 'reactivate' else 'deactivate' end)
  from public.staff as existing where existing.user_id = user_id;
  if new_role is not null and new_role not in ('admin', 'support', 'viewer') then
    perform private.fail('invalid_argument', format('"%s" is not a role', left(new_role, 50)));
  end if;
  perform private.set_audit_context(case when new_role is not null then 'staff_role_changed'
    when new_is_active then 'staff_reactivated' else 'staff_deactivated' end);
  update public.staff as existing
  set role = coalesce(new_role, existing.role), is_active = coalesce(new_is_active, existing.is_active)
  where existing.user_id = user_id returning existing.* into saved;
  perform private.set_audit_context(null);
  if saved.user_id is null then
    perform private.fail('not_found', 'No such member of staff');
  end if;
  return to_jsonb(saved);
end
$$;
comment on function private.change_staff(uuid, text, boolean) is
  'Changes role or access of a member of staff, never one''s own; access switched off ends his sessions. Needs '
  'staff.update or staff.delete. Errors (hint): permission_denied, self_forbidden, staff_active, staff_inactive, '
  'not_found, last_admin. Definer: called by staff-admin only.';

create function private.reset_staff_factors(user_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_variable
declare
  saved public.staff;
begin
  perform private.require_permission('staff.update');
  select * into saved from public.staff as existing where existing.user_id = user_id;
  if saved.user_id is null then
    perform private.fail('not_found', 'No such member of staff');
  end if;
  perform private.require_staff_action(saved, 'reset_mfa');
  perform private.drop_staff_factors(user_id);
  delete from auth.sessions as sessions where sessions.user_id = user_id;
  perform private.end_due_client_sessions(staff_id => user_id, why => 'staff');
  perform private.record_event('staff_mfa_reset', 'staff', user_id::text);
  perform private.tell_account_change(user_id, 'factors_reset');
  return to_jsonb(saved);
end
$$;
comment on function private.reset_staff_factors(uuid) is
  'Removes every second factor and session of a member of staff, those in customers'' names too: he enrols anew at the '
  'next sign-in. Needs staff.update. Definer: only the owner may delete from auth.';
