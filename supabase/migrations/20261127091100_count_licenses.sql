-- The list says how many licences there are; counting a hundred thousand for every page takes longer than the page.

create table private.license_counts (
  id bigint generated always as identity primary key,
  delta bigint not null
);
comment on table private.license_counts is
  'Licences that came and went, a row a statement, so that nobody waits for anybody; the sum is how many are not '
  'deleted. Compacted by cron.';
comment on column private.license_counts.id is 'Order of arrival';
comment on column private.license_counts.delta is 'Licences come (positive) or gone (negative)';

alter table private.license_counts enable row level security;

insert into private.license_counts (delta) select count(*) from public.licenses where deleted_at is null;

create function private.license_count() returns bigint
language sql stable security definer set search_path = ''
as $$ select coalesce(sum(delta), 0)::bigint from private.license_counts $$;
comment on function private.license_count() is
  'How many licences are not deleted, as the statement sees them. Definer: callers may not read the table.';

create function private.licenses_after_count() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'TRUNCATE' then
    delete from private.license_counts;
  elsif tg_op = 'INSERT' then
    insert into private.license_counts (delta) select count(*) from changed
      where deleted_at is null having count(*) > 0;
  elsif tg_op = 'DELETE' then
    insert into private.license_counts (delta) select -count(*) from changed
      where deleted_at is null having count(*) > 0;
  else
    insert into private.license_counts (delta) values (case when new.deleted_at is null then 1 else -1 end);
  end if;
  return null;
end
$$;
comment on function private.licenses_after_count() is
  'Trigger: keeps license_counts. Definer: nobody writes the table directly.';

create trigger licenses_after_count_insert after insert on public.licenses
  referencing new table as changed for each statement execute function private.licenses_after_count();
create trigger licenses_after_count_delete after delete on public.licenses
  referencing old table as changed for each statement execute function private.licenses_after_count();
create trigger licenses_after_count_truncate after truncate on public.licenses
  for each statement execute function private.licenses_after_count();
-- Row by row: a trigger on some columns only may not see the statement's rows, and every check-in updates a licence.
create trigger licenses_after_count_update after update of deleted_at on public.licenses
  for each row when ((old.deleted_at is null) <> (new.deleted_at is null))
    execute function private.licenses_after_count();

create function private.compact_license_counts() returns void
language sql volatile security definer set search_path = ''
as $$
  with gone as (delete from private.license_counts returning delta)
  insert into private.license_counts (delta) select sum(delta) from gone having count(*) > 0
$$;
comment on function private.compact_license_counts() is
  'Adds the rows of license_counts up into one. Definer: nobody writes the table directly.';

select private.schedule_job('compact-license-counts', '*/10 * * * *', 'select private.compact_license_counts()');
