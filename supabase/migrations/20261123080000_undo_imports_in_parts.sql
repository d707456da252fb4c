-- Undoing an import of 50,000 licences takes longer than a statement may: it goes in parts, and
-- whoever asks again goes on where the last part ended.

alter table public.license_imports add column undo_started_at timestamptz;
alter table public.license_imports add constraint undone_at_is_after_its_start check (undone_at is null or undo_started_at is null or undone_at >= undo_started_at);
comment on column public.license_imports.undo_started_at is 'When its undoing began; undone_at is set once the last licence is gone';
create index licenses_import_id_idx on public.licenses (import_id) where import_id is not null and deleted_at is null;

create or replace function private.undo_import(import_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  per_call constant int := 5000;
  target public.license_imports;
  undone_ids uuid[];
  remaining int;
begin
  perform private.require_permission('licenses.import');
  -- A later part of the same file waits here, and then begins an import of its own.
  perform pg_advisory_xact_lock(hashtextextended('private.import_licenses:' || license_imports.file_hash, 0))
  from public.license_imports where id = $1;
  select * into target from public.license_imports where id = $1 for update;
  if target.id is null or target.undone_at is not null then
    perform private.fail('import_not_found', 'No such import, or undone already', 'PT404');
  elsif target.undo_started_at is null then
    if target.created_at < now() - interval '24 hours' then
      perform private.fail('import_undo_too_late', 'An import can be undone within 24 hours', 'PT409');
    elsif exists (select from public.licenses where licenses.import_id = $1 and deleted_at is null
        and (last_check_in is not null or private.license_was_paid(licenses))) then
      perform private.fail('import_in_use', 'A licence of this import has been used: revoke the licences instead', 'PT409');
    end if;
    update public.license_imports set undo_started_at = now() where id = $1;
  end if;
  perform private.set_audit_context('audited_in_bulk');
  -- One used between two parts stays.
  with part as (
    select id from public.licenses where licenses.import_id = $1 and deleted_at is null and last_check_in is null
      and not private.license_was_paid(licenses) order by id limit per_call for update
  ), deleted as (
    update public.licenses set deleted_at = now() from part where licenses.id = part.id and licenses.last_check_in is null returning licenses.id)
  select coalesce(array_agg(id), '{}') into undone_ids from deleted;
  perform private.set_audit_context(null);
  perform private.record_license_events('license_deleted', undone_ids, jsonb_build_object('import_id', $1,
    'before', jsonb_build_object('deleted_at', null), 'after', jsonb_build_object('deleted_at', now())));
  update public.email_outbox set status = 'failed', last_error = 'import undone'
  where status = 'pending' and template = 'license_created' and license_id = any (undone_ids);
  select count(*) into remaining from public.licenses where licenses.import_id = $1 and deleted_at is null and last_check_in is null
    and not private.license_was_paid(licenses);
  if remaining = 0 then
    update public.license_imports set undone_at = now() where id = $1;
    perform private.record_event('license_import_undone', null, jsonb_build_object('import_id', $1,
      'undone', (select count(*) from public.licenses where licenses.import_id = $1 and deleted_at is not null)));
  end if;
  return jsonb_build_object('undone', cardinality(undone_ids), 'remaining', remaining);
end
$$;
comment on function public.undo_import(uuid) is
  'Deletes the licences of an import within 24 hours, if none has checked in or been paid, 5,000 a call: call again while something remains. Needs licenses.import. → {undone (by this call), remaining}. Errors (hint): permission_denied, import_not_found, import_undo_too_late, import_in_use.';
