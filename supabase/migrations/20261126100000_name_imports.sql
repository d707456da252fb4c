-- A list of imports says which file each was.

alter table public.license_imports add column file_name text;
alter table public.license_imports add constraint file_name_is_short check (file_name <> '' and length(file_name) <= 255);
comment on column public.license_imports.file_name is 'Name of the file on the computer it came from, without its folders; null when the caller gave none';

create function private.import_licenses(rows jsonb, file_hash text, dry_run boolean, mode text, file_name text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- Some browsers and scripts give a path; what cannot be shown in a line goes.
  base_name text := nullif(btrim(regexp_replace(regexp_replace(file_name, '^.*[/\\]', ''), '[[:cntrl:]]', '', 'g')), '');
  answer jsonb;
begin
  if length(base_name) > 255 then
    perform private.fail('invalid_argument', 'file_name holds 255 characters at most');
  end if;
  answer := private.import_licenses(rows, file_hash, dry_run, mode);
  if not dry_run then
    update public.license_imports set file_name = base_name
    where id = (answer ->> 'import_id')::uuid and license_imports.file_name is null and base_name is not null;
  end if;
  return answer;
end
$$;
comment on function private.import_licenses(jsonb, text, boolean, text, text) is
  'The import, with the file''s name kept. Definer: writes tables callers may not.';

drop function public.import_licenses(jsonb, text, boolean, text);
create function public.import_licenses(rows jsonb, file_hash text, dry_run boolean default false, mode text default 'all_or_nothing',
  file_name text default null) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.import_licenses($1, $2, $3, $4, $5) $$;
comment on function public.import_licenses(jsonb, text, boolean, text, text) is
  'Creates licences from up to 5,000 rows {row, email, hwid, plan, expires_at?, notes?} of a file with that SHA-256; queues each customer''s mail. Needs licenses.import.
   mode all_or_nothing creates none if one row is wrong; valid_rows creates the right ones. dry_run creates none and says what would be. file_name (255 characters at most) is shown in the list of imports.
   → {import_id, created, skipped (rows done by an earlier call), errors: [{row, column, value, reason}]}.
   reason: required, wrong_type, too_long, invalid_email, invalid_hwid, unknown_plan, invalid_date, date_in_past, duplicate_in_file, invalid_row.
   Errors (hint): permission_denied, invalid_argument, import_too_large.';
revoke execute on function public.import_licenses(jsonb, text, boolean, text, text), private.import_licenses(jsonb, text, boolean, text, text) from public;
revoke execute on function private.import_licenses(jsonb, text, boolean, text) from authenticated, service_role;
grant execute on function public.import_licenses(jsonb, text, boolean, text, text), private.import_licenses(jsonb, text, boolean, text, text)
  to authenticated, service_role;
