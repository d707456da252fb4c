-- Who works here and what each role may do. Passwords and factors belong to Supabase Auth; this table says which
-- of its users are staff. A row switched off locks its owner out at the next statement, whatever tokens he holds.

insert into private.error_codes (code, status) values
  ('last_admin', 409);

create table public.staff (
  user_id uuid primary key references auth.users (id) on delete restrict,
  email text not null,
  display_name text not null,
  role text not null,
  locale text,
  is_active boolean not null default true,
  skills text[] not null default '{}',
  invited_at timestamptz,
  last_sign_in_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint staff_email_key unique (email),
  constraint email_is_an_address check (email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' and length(email) <= 254),
  constraint email_is_lower_case check (email = lower(email)),
  constraint display_name_is_short check (length(btrim(display_name)) between 1 and 120),
  constraint role_is_known check (role in ('admin', 'support', 'viewer')),
  constraint locale_is_known check (locale in ('fr', 'en'))
);
comment on table public.staff is 'Staff of the console: which users of Supabase Auth may enter, and as what.';
comment on column public.staff.display_name is 'Name colleagues see, 120 characters at most';
comment on column public.staff.role is 'admin, support or viewer; what each may do is in private.role_permissions';
comment on column public.staff.locale is 'Language of the console and of mails to this person; null until chosen';
comment on column public.staff.skills is 'Topics for assigning tickets';

create table private.role_permissions (
  role text not null,
  permission text not null,
  primary key (role, permission),
  constraint role_is_known check (role in ('admin', 'support', 'viewer')),
  constraint permission_is_dotted check (permission ~ '^[a-z]+\.[a-z_]+$')
);
comment on table private.role_permissions is 'The permission matrix: one row grants one permission to one role.';

insert into private.role_permissions (role, permission) values
  ('admin', 'licenses.read'), ('admin', 'licenses.create'), ('admin', 'licenses.update'), ('admin', 'licenses.revoke'),
  ('admin', 'licenses.delete'), ('admin', 'licenses.change_plan'), ('admin', 'licenses.transfer'),
  ('admin', 'licenses.import'), ('admin', 'licenses.export'), ('admin', 'licenses.read_hwid'),
    ('admin', 'customers.read'),
  ('admin', 'staff.read'), ('admin', 'staff.create'), ('admin', 'staff.update'), ('admin', 'staff.delete'),
  ('admin', 'audit.read'), ('admin', 'audit.export'), ('admin', 'settings.read'), ('admin', 'settings.update'),
  ('admin', 'emails.read'), ('admin', 'analytics.export'),
  ('support', 'licenses.read'), ('support', 'licenses.update'), ('support', 'licenses.export'),
    ('support', 'licenses.read_hwid'), ('support', 'customers.read'), ('support', 'emails.read'),
    ('support', 'analytics.export'),
  -- Figures, but no list of persons and no machine in clear.
  ('viewer', 'licenses.read'), ('viewer', 'customers.read'), ('viewer', 'analytics.export');

create function private.current_staff_id() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
  claims jsonb := auth.jwt();
begin
  if claims ->> 'aal' is distinct from 'aal2' then
    return null;
  end if;
  return (select staff.user_id
    from public.staff
    join auth.sessions on sessions.user_id = staff.user_id
    where staff.user_id = auth.uid() and staff.is_active and sessions.id::text = claims ->> 'session_id');
end
$$;
comment on function private.current_staff_id() is
  'The caller, if he is active staff with a second factor in a session that has not ended; else null. Definer: reads '
  'auth.sessions.';
grant execute on function private.current_staff_id() to authenticated, service_role;

create function private.has_session() returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (select from auth.sessions
    where sessions.user_id = auth.uid() and sessions.id::text = auth.jwt() ->> 'session_id');
end
$$;
comment on function private.has_session() is
  'Whether the session of the caller''s token has not ended, with a second factor or without. Definer: reads '
  'auth.sessions.';
grant execute on function private.has_session() to authenticated, service_role;

create function private.has_permission(permission text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  staff_id uuid := private.current_staff_id();
begin
  return staff_id is not null and exists (
    select from public.staff
    join private.role_permissions on role_permissions.role = staff.role
    where staff.user_id = staff_id and role_permissions.permission = $1);
end
$$;
comment on function private.has_permission(text) is
  'Whether the caller holds the permission: active staff, session alive and at aal2, permission granted to his role. '
  'Definer: reads tables callers may not.';
grant execute on function private.has_permission(text) to authenticated, service_role;

create function private.held_permissions() returns text[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  return array(select role_permissions.permission from public.staff
    join private.role_permissions on role_permissions.role = staff.role
    where staff.user_id = private.current_staff_id());
end
$$;
comment on function private.held_permissions() is
  'All the caller may, for policies that look at a permission in the row; empty as private.has_permission is false. '
  'Definer: reads tables callers may not.';
grant execute on function private.held_permissions() to authenticated, service_role;

create function private.is_system_caller() returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return auth.uid() is null and current_setting('role', true) not in ('anon', 'authenticated');
end
$$;
comment on function private.is_system_caller() is
  'Whether no person is behind the call: service_role, a cron job, a migration, an Edge Function acting for the '
  'product.';
grant execute on function private.is_system_caller() to authenticated, service_role;

create function private.require_permission(permission text) returns void
language plpgsql stable set search_path = ''
as $$
begin
  if not (private.is_system_caller() or private.has_permission(permission)) then
    perform private.fail('permission_denied', format('Permission "%s" is required', permission));
  end if;
end
$$;
comment on function private.require_permission(text) is
  'Raises 42501 permission_denied unless the caller holds the permission or is the system.';
grant execute on function private.require_permission(text) to authenticated, service_role;

create function private.staff_before_keep_last_admin() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if old.role = 'admin' and old.is_active
     and (tg_op = 'DELETE' or new.role <> 'admin' or not new.is_active) then
    -- Two admins demoting each other at once queue here; the second then sees the first's commit.
    perform pg_advisory_xact_lock(hashtext('private.staff_before_keep_last_admin'));
    if not exists (select from public.staff
                   where role = 'admin' and is_active and user_id <> old.user_id) then
      perform private.fail('last_admin', 'The last active administrator cannot be removed');
    end if;
  end if;
  return coalesce(new, old);
end
$$;
comment on function private.staff_before_keep_last_admin() is
  'Trigger: refuses the change that would leave no active admin (last_admin (409)). Definer: must count rows the '
  'caller may not see.';

create trigger staff_before_keep_last_admin before update of role, is_active or delete on public.staff
  for each row execute function private.staff_before_keep_last_admin();
create trigger staff_before_touch before update on public.staff
  for each row execute function private.touch_updated_at();

create function private.staff_after_end_sessions() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  delete from auth.sessions where user_id = new.user_id;
  return null;
end
$$;
comment on function private.staff_after_end_sessions() is
  'Trigger: switching somebody off ends his sessions. Definer: only the owner may delete from auth.sessions.';

create trigger staff_after_end_sessions after update of is_active on public.staff
  for each row when (old.is_active and not new.is_active) execute function private.staff_after_end_sessions();

alter table public.staff enable row level security;
revoke all on public.staff from anon, authenticated, service_role;
alter table private.role_permissions enable row level security;
grant select on public.staff to authenticated;
grant select, insert, update on public.staff to service_role;

create policy staff_select_staff on public.staff for select to authenticated
  using ((user_id = (select auth.uid()) and is_active and (select private.has_session()))
    or (select private.has_permission('staff.read')));
comment on policy staff_select_staff on public.staff is
  'Whoever works here reads his own row, even before the second factor; admins read all. Switched off, or in a session '
  'that has ended, reads none.';

alter publication supabase_realtime add table public.staff;
