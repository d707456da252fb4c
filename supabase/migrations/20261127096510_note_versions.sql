-- Which versions of the product a licence was seen with, and when. A check-in writes here only when its version is
-- another than the one before: the last one goes on until the licence's last check-in.

create table private.license_versions (
  license_id uuid not null references public.licenses (id) on delete cascade,
  version text not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (license_id, version),
  constraint version_is_short check (length(version) between 1 and 40),
  constraint last_seen_at_is_not_before_first check (last_seen_at >= first_seen_at)
);
comment on table private.license_versions is 'Versions of the product each licence was seen with, 50 at most.';
comment on column private.license_versions.version is 'As the client said it';
comment on column private.license_versions.last_seen_at is
  'When it was seen last; of the one in use the licence''s last_check_in is later';

alter table private.license_versions enable row level security;

create function private.licenses_after_note_version() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  seen timestamptz := coalesce(new.last_check_in, now());
begin
  if tg_op = 'UPDATE' and old.client_version <> '' then
    update private.license_versions set last_seen_at = greatest(last_seen_at, old.last_check_in)
    where license_id = old.id and version = old.client_version;
  end if;
  insert into private.license_versions (license_id, version, first_seen_at, last_seen_at)
  values (new.id, new.client_version, seen, seen)
  on conflict (license_id, version) do update
    set last_seen_at = greatest(license_versions.last_seen_at, excluded.last_seen_at);
  -- Whoever says another version each time fills nothing.
  delete from private.license_versions where license_id = new.id and version in (
    select version from private.license_versions where license_id = new.id
    order by last_seen_at desc, version offset 50);
  return null;
end
$$;
comment on function private.licenses_after_note_version() is
  'Trigger: keeps the version a licence is seen with, and until when it was seen with the one before. Definer: the '
  'table is private.';

create trigger licenses_after_note_first_version after insert on public.licenses
  for each row when (new.client_version <> '') execute function private.licenses_after_note_version();
create trigger licenses_after_note_version after update of client_version on public.licenses
  for each row when (new.client_version <> '' and new.client_version is distinct from old.client_version)
  execute function private.licenses_after_note_version();

create function private.license_versions(license public.licenses) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('version', version, 'first_seen_at', first_seen_at,
    'last_seen_at', last_seen_at) order by last_seen_at desc, first_seen_at desc, version), '[]')
  from (
    select version, first_seen_at, case when version = license.client_version
      then greatest(license_versions.last_seen_at, license.last_check_in) else license_versions.last_seen_at end
      as last_seen_at
    from private.license_versions where license_id = license.id) as seen
$$;
comment on function private.license_versions(public.licenses) is
  'Versions a licence was seen with, the latest first: [{version, first_seen_at, last_seen_at}]. Never granted. '
  'Definer: the table is private.';
