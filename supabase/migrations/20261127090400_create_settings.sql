-- What an administrator may change without a deployment. Kind and bounds are columns, so that a room adds a setting by
-- a row; some are for all staff, because the console obeys them.

insert into private.error_codes (code, status) values ('invalid_setting', 400);

create function private.is_setting_value(kind text, minimum numeric, maximum numeric, value jsonb) returns boolean
language sql immutable set search_path = ''
as $$
  select case kind
    when 'integer' then jsonb_typeof(value) = 'number' and value::numeric % 1 = 0
      and value::numeric between coalesce(minimum, value::numeric) and coalesce(maximum, value::numeric)
    when 'boolean' then jsonb_typeof(value) = 'boolean'
    when 'url' then jsonb_typeof(value) = 'string' and private.is_web_link(value #>> '{}')
      and value #>> '{}' !~ '/$'
    when 'currency' then jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^[A-Z]{3}$'
    else jsonb_typeof(value) = 'string' and length(value #>> '{}') between 1 and 200 end
$$;
comment on function private.is_setting_value(text, numeric, numeric, jsonb) is
  'Whether a value is of the kind of its setting (integer, boolean, url, currency, time_zone, text) and within its '
  'bounds.';

grant execute on function private.is_setting_value(text, numeric, numeric, jsonb) to authenticated, service_role;

create table public.settings (
  key text primary key,
  value jsonb not null,
  description text not null,
  kind text not null default 'integer',
  minimum numeric,
  maximum numeric,
  is_public boolean not null default false,
  updated_at timestamptz not null default now(),
  updated_by uuid references public.staff (user_id) on delete set null,
  constraint key_is_snake_case check (key ~ '^[a-z][a-z_]{2,63}$'),
  constraint kind_is_known check (kind in ('integer', 'boolean', 'url', 'currency', 'time_zone', 'text')),
  constraint value_is_of_its_kind_and_in_range check (private.is_setting_value(kind, minimum, maximum, value))
);
comment on table public.settings is 'Settings of the product, one row each.';
comment on column public.settings.key is 'Name, in the unit it is counted in';
comment on column public.settings.value is 'JSON of the kind said beside it, in the unit its key names';
comment on column public.settings.description is 'What it does, in English; the console has its words';
comment on column public.settings.minimum is 'Smallest whole number, if any';
comment on column public.settings.maximum is 'Largest whole number, if any';
comment on column public.settings.is_public is 'Whether all staff read it, because the console obeys it';

create index settings_updated_by_idx on public.settings (updated_by);

insert into public.settings (key, value, minimum, maximum, is_public, description) values
  ('idle_lock_minutes', '15', 1, 480, true, 'Minutes without activity before the console locks'),
  ('license_check_per_minute', '100', 1, 1000000, false, 'Licence checks a minute allowed from one address'),
  ('next_check_in_seconds', '3600', 60, 604800, false, 'Seconds after which a desktop client checks again'),
  ('default_license_days', '30', 1, 3660, true, 'Days a new licence lasts when no expiry is given'),
  ('license_file_days', '30', 1, 366, false, 'Days a downloaded license.key proves a licence without network');
insert into public.settings (key, value, kind, is_public, description) values
  ('business_time_zone', '"Europe/Paris"', 'time_zone', true,
    'Time zone of whole days: forms, imports, mails and figures'),
  ('business_currency', '"EUR"', 'currency', true, 'Currency of figures; amounts in others stand beside');

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

create function private.setting_text(key text) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select value #>> '{}' from public.settings where settings.key = $1);
end
$$;
comment on function private.setting_text(text) is 'A text setting. Definer: also serves callers without staff rights.';
grant execute on function private.setting_text(text) to authenticated, service_role;

create function private.is_time_zone(name text) returns boolean
language sql stable set search_path = ''
as $$
  -- Abbreviations and Factory are names there too, and no place.
  select exists (select from pg_catalog.pg_timezone_names as zones
    where zones.name = $1 and (zones.name ~ '^[A-Z][A-Za-z]+/' or zones.name = 'UTC'))
$$;
comment on function private.is_time_zone(text) is 'Whether the text names a time zone: a place, or UTC.';
grant execute on function private.is_time_zone(text) to authenticated, service_role;

create function private.settings_before_stamp() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if not private.is_setting_value(new.kind, new.minimum, new.maximum, new.value) then
    perform private.fail('invalid_setting', format('%s takes a value of kind %s%s%s', new.key, new.kind,
      ' from ' || new.minimum, ' to ' || new.maximum));
  elsif new.kind = 'time_zone' and not private.is_time_zone(new.value #>> '{}') then
    perform private.fail('invalid_setting', format('"%s" is not a time zone', left(new.value #>> '{}', 50)));
  end if;
  new.updated_at := now();
  new.updated_by := (select user_id from public.staff where user_id = (select auth.uid()));
  return new;
end
$$;
comment on function private.settings_before_stamp() is
  'Trigger: who changed a setting, and when; its value must suit it (invalid_setting). Definer: reads staff.';

create trigger settings_before_stamp before insert or update on public.settings
  for each row execute function private.settings_before_stamp();
create trigger settings_after_audit after insert or update on public.settings
  for each row execute function private.audit_after_row('setting', 'key', '', 'settings_changed');

alter table public.settings enable row level security;
revoke all on public.settings from anon, authenticated, service_role;
grant select, update (value) on public.settings to authenticated;
grant select, update on public.settings to service_role;

create policy settings_select_staff on public.settings for select to authenticated
  using ((is_public and (select private.current_staff_id()) is not null)
    or (select private.has_permission('settings.read')));
comment on policy settings_select_staff on public.settings is
  'All staff read the public settings, which the console obeys; administrators read all.';
create policy settings_update_admin on public.settings for update to authenticated
  using ((select private.has_permission('settings.update')))
  with check ((select private.has_permission('settings.update')));
comment on policy settings_update_admin on public.settings is 'Administrators change settings.';
