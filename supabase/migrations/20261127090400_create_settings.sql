-- What an administrator may change without a deployment.

create table public.settings (
  key text primary key,
  value jsonb not null,
  description text not null,
  updated_at timestamptz not null default now(),
  updated_by uuid references public.staff (user_id) on delete set null,
  constraint key_is_snake_case check (key ~ '^[a-z][a-z_]{2,63}$'),
  constraint known_values_are_in_range check (case key
  when 'idle_lock_minutes' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 480
    and value::numeric % 1 = 0
  when 'license_check_per_minute' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 1000000
    and value::numeric % 1 = 0
  when 'next_check_in_seconds' then jsonb_typeof(value) = 'number' and value::numeric between 60 and 604800
    and value::numeric % 1 = 0
  when 'default_license_days' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 3660
    and value::numeric % 1 = 0
  when 'license_file_days' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 366
    and value::numeric % 1 = 0
  when 'revoke_unpaid_after_days' then jsonb_typeof(value) = 'number' and value::numeric between 0 and 366
    and value::numeric % 1 = 0
  when 'stripe_dashboard_url' then jsonb_typeof(value) = 'string'
    and value #>> '{}' ~ '^https?://[^\s/]+(/[^\s]*[^\s/])?$'
  else true end)
);
comment on table public.settings is 'Settings of the product, one row each.';

create index settings_updated_by_idx on public.settings (updated_by);

insert into public.settings (key, value, description) values
  ('idle_lock_minutes', '15', 'Minutes without activity before the console locks'),
  ('license_check_per_minute', '100', 'Licence checks a minute allowed from one address'),
  ('next_check_in_seconds', '3600', 'Seconds after which a desktop client checks again'),
  ('default_license_days', '30', 'Days a new licence lasts when no expiry is given'),
  ('license_file_days', '30', 'Days a downloaded license.key proves a licence without network');

create function private.setting_int(key text) returns int
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select (value #>> '{}')::numeric::int from public.settings where settings.key = $1);
end
$$;
comment on function private.setting_int(text) is
  'A whole-number setting. Definer: also serves callers without staff rights.';
grant execute on function private.setting_int(text) to authenticated, service_role;

create function private.settings_before_stamp() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.updated_at := now();
  new.updated_by := (select user_id from public.staff where user_id = (select auth.uid()));
  return new;
end
$$;
comment on function private.settings_before_stamp() is
  'Trigger: who changed a setting, and when. Definer: reads staff.';

create trigger settings_before_stamp before update on public.settings
  for each row execute function private.settings_before_stamp();
create trigger settings_after_audit after insert or update on public.settings
  for each row execute function private.audit_after_row('settings', 'key');

alter table public.settings enable row level security;
grant select, update (value) on public.settings to authenticated;
grant select, update on public.settings to service_role;

create policy settings_select_staff on public.settings for select to authenticated
  using ((select private.current_staff_id()) is not null);
comment on policy settings_select_staff on public.settings is
  'All staff read settings: the console obeys some of them.';
create policy settings_update_admin on public.settings for update to authenticated
  using ((select private.has_permission('settings.update')))
  with check ((select private.has_permission('settings.update')));
comment on policy settings_update_admin on public.settings is 'Administrators change settings.';
