-- What an administrator may change without a deployment, and the counters that slow abuse.

create table public.settings (
  key text primary key,
  value jsonb not null,
  description text not null,
  updated_at timestamptz not null default now(),
  updated_by uuid references public.staff (user_id) on delete set null,
  constraint key_is_snake_case check (key ~ '^[a-z][a-z_]{2,63}$'),
  constraint known_numbers_are_whole_and_in_range check (case key
    when 'idle_lock_minutes' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 480 and value::numeric % 1 = 0
    when 'license_check_per_minute' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 1000000 and value::numeric % 1 = 0
    when 'next_check_in_seconds' then jsonb_typeof(value) = 'number' and value::numeric between 60 and 604800 and value::numeric % 1 = 0
    when 'default_license_days' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 3660 and value::numeric % 1 = 0
    when 'license_file_days' then jsonb_typeof(value) = 'number' and value::numeric between 1 and 366 and value::numeric % 1 = 0
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
comment on function private.setting_int(text) is 'A whole-number setting. Definer: also serves callers without staff rights.';

create function private.settings_before_stamp() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.updated_at := now();
  new.updated_by := (select user_id from public.staff where user_id = (select auth.uid()));
  return new;
end
$$;
comment on function private.settings_before_stamp() is 'Trigger: who changed a setting, and when. Definer: reads staff.';
create trigger settings_before_stamp before update on public.settings
  for each row execute function private.settings_before_stamp();
create trigger settings_after_audit after insert or update on public.settings
  for each row execute function private.audit_after_row('settings', 'key');

alter table public.settings enable row level security;
grant select, update (value) on public.settings to authenticated;
grant select, update on public.settings to service_role;
create policy settings_select_staff on public.settings for select to authenticated
  using ((select private.current_staff_id()) is not null);
comment on policy settings_select_staff on public.settings is 'All staff read settings: the console obeys some of them.';
create policy settings_update_admin on public.settings for update to authenticated
  using ((select private.has_permission('settings.update')))
  with check ((select private.has_permission('settings.update')));
comment on policy settings_update_admin on public.settings is 'Administrators change settings.';

-- Unlogged: losing the counters in a crash forgives a minute of requests, and the write is
-- on the path of every licence check.
create unlogged table private.rate_limits (
  bucket text primary key,
  window_started_at timestamptz not null,
  hits int not null,
  constraint hits_is_positive check (hits > 0)
) with (fillfactor = 50);
comment on table private.rate_limits is 'Requests counted per bucket (what:whom) in fixed windows.';
alter table private.rate_limits enable row level security;

create function private.hit_rate_limit(bucket text, max_hits int, window_seconds int, out allowed boolean, out retry_after_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ends_at timestamptz;
  counted int;
begin
  insert into private.rate_limits as counters (bucket, window_started_at, hits)
  values ($1, now(), 1)
  on conflict on constraint rate_limits_pkey do update set
    window_started_at = case when counters.window_started_at <= now() - make_interval(secs => $3) then now() else counters.window_started_at end,
    hits = case when counters.window_started_at <= now() - make_interval(secs => $3) then 1 else counters.hits + 1 end
  returning counters.hits, counters.window_started_at + make_interval(secs => $3) into counted, ends_at;
  allowed := counted <= max_hits;
  retry_after_seconds := greatest(1, ceil(extract(epoch from ends_at - now())));
end
$$;
comment on function private.hit_rate_limit(text, int, int) is
  'Counts one request in the bucket. → allowed: at most max_hits in the window; retry_after_seconds: when the window ends. Definer: the table is private.';

create function private.forget_rate_limits() returns int
language sql volatile security definer set search_path = ''
as $$
  with gone as (delete from private.rate_limits where window_started_at < now() - interval '1 hour' returning 1)
  select count(*)::int from gone
$$;
comment on function private.forget_rate_limits() is 'Deletes counters of windows long past. Definer: the table is private.';
revoke execute on function private.setting_int(text), private.hit_rate_limit(text, int, int), private.forget_rate_limits() from public;
grant execute on function private.setting_int(text) to authenticated, service_role;
