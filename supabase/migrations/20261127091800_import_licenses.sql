-- Import of licences from a file, in calls of up to 5,000 rows that carry the hash of the whole file: the hash and
-- the row number make every repeat harmless. Undoing 50,000 licences takes longer than a statement may: it goes in
-- parts, and whoever asks again goes on where the last part ended.

insert into private.error_codes (code, status) values
  ('import_too_large', 400), ('import_not_found', 404), ('import_undo_too_late', 409), ('import_in_use', 409);

-- Nothing below raises for what a cell may hold, and none catches: an exception block would cost each row a
-- subtransaction.
create function private.try_timestamptz(value text, zone text default private.business_time_zone()) returns timestamptz
language plpgsql stable set search_path = ''
as $$
declare
  -- Day, then month, as it is written here; a year of two digits is not guessed.
  french constant text[] := regexp_match($1, '^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[T ]+(\d.*))?$');
  iso constant text[] := regexp_match($1, '^(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?:[T ]+(\d.*))?$');
  day constant text := coalesce(
    french[4] || '-' || lpad(french[3], 2, '0') || '-' || lpad(french[1], 2, '0'),
    iso[1] || '-' || lpad(iso[3], 2, '0') || '-' || lpad(iso[4], 2, '0'));
  clock text := upper(coalesce(french[5], iso[5]));
begin
  if day is null or not pg_input_is_valid(day, 'date') then
    return null;
  -- A day alone lasts until its end where the business is, and so does midnight: spreadsheets add it to a day.
  elsif clock is null or clock ~ '^0?0:00(:00([.,]0+)?)?$' then
    return (day::date + 1)::timestamp at time zone zone - interval '1 second';
  elsif clock !~ '^\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( *(Z|UTC|[+-]\d{2}(:?\d{2})?))?$' then
    return null;
  end if;
  clock := replace(clock, ',', '.');
  if clock ~ '^[\d:.]+$' then
    return case when pg_input_is_valid(day || ' ' || clock, 'timestamp')
      then (day || ' ' || clock)::timestamp at time zone zone end;
  end if;
  return case when pg_input_is_valid(day || ' ' || clock, 'timestamptz') then (day || ' ' || clock)::timestamptz end;
end
$$;
comment on function private.try_timestamptz(text, text) is
  'A moment from YYYY-MM-DD or DD/MM/YYYY (with / - or .; the end of that day in the zone, the business''s unless '
  'given), with a time (in the zone) or with a time and an offset; null for anything else.';

create function private.import_cell(item jsonb, name text) returns text
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof($1 -> $2) in ('string', 'number') then nullif(private.clean_text($1 ->> $2), '') end
$$;
comment on function private.import_cell(jsonb, text) is
  'A cell of an imported row as private.clean_text; null when empty or not text.';

create function private.is_spreadsheet_date(value text) returns boolean
language plpgsql immutable set search_path = ''
as $$
declare
  month constant text := '(janv?(ier|uary)?|f[eéÉ]v(r(ier)?)?|feb(ruary)?|mar(s|ch)?|a[pv]r(il)?|ma[iy]|ju(in|ne?)'
    || '|jui?l(let|y)?|ao[uûÛ]t?|aug(ust)?|sep(t(em(bre|ber))?)?|oct(obre|ober)?|nov(em(bre|ber))?'
    || '|d[eéÉ]c(em(bre|ber))?)[.]?';
  clock constant text := '([T ]+\d{1,2}:\d{2}(:\d{2})?)?$';
begin
  return $1 ~ ('^(0?[1-9]|[12]\d|3[01])([/.-])(0?[1-9]|[12]\d|3[01])\2(\d{4}|\d{2})' || clock)
    or $1 ~ ('^\d{4}([/.-])(0?[1-9]|1[0-2])\1(0?[1-9]|[12]\d|3[01])' || clock)
    or $1 ~ '^(0?[1-9]|1[0-2])/(\d{4}|\d{2})$'
    or $1 ~* ('^(\d{1,2}[ /-])?' || month || '[ /-](\d{4}|\d{2})$')
    or $1 ~* ('^\d{1,2}[ /-]' || month || '$');
end
$$;
comment on function private.is_spreadsheet_date(text) is
  'Whether the text is a day as spreadsheets write what they took for one, 2-27 for instance: 15/02/2027, 2027-02-15, '
  '02/2027, févr-27, feb-27, 27-févr.';

create function private.is_spoiled_hwid(hwid text) returns boolean
language sql immutable set search_path = ''
as $$
  select $1 ~* '^[+-]?\d+([.,]\d*)?e[+-]\d{1,3}$' or $1 ~ '^#+$' or $1 ~* '^#[a-zéÉ0/]+[!?]$' or $1 ~* '^#n/?[adv]$'
    or $1 ~ '^''' or $1 ~ '^="' or $1 ~ '^\d{15}0{2,}$'
    or private.is_spreadsheet_date($1)
$$;
comment on function private.is_spoiled_hwid(text) is
  'Whether a spreadsheet made something else of a hardware identifier: 1.23E+15, #N/A, ####, ''0012, ="0012", a day, '
  'or more than 16 digits of which it kept 15.';

create function private.check_import_rows(rows jsonb) returns table (
  ordinal int, row_number int, email text, hwid text, plan text, expires_at timestamptz, notes text, errors jsonb)
language sql stable set search_path = ''
as $$
  with zone as materialized (
    select private.business_time_zone() as name
  ), items as (
    select item.ordinality::int as ordinal, item.value,
      case when jsonb_typeof(item.value -> 'row') = 'number' and (item.value ->> 'row') ~ '^\d{1,9}$'
        then (item.value ->> 'row')::int end as row_number,
      lower(private.import_cell(item.value, 'email')) as email,
      private.normalize_hwid(private.import_cell(item.value, 'hwid')) as hwid,
      lower(private.import_cell(item.value, 'plan')) as plan,
      private.import_cell(item.value, 'expires_at') as expires_text,
      -- What nobody sees joins the parts of an emoji there.
      case when jsonb_typeof(item.value -> 'notes') in ('string', 'number')
        then nullif(btrim(item.value ->> 'notes', E' \t\n\r\u00a0\ufeff'), '') end as notes
    from jsonb_array_elements(rows) with ordinality as item
  ), parsed as (
    select items.*, case when expires_text is not null then
        private.try_timestamptz(expires_text, (select name from zone)) end as expires_at,
      row_number() over (partition by row_number order by ordinal) as row_repeat,
      row_number() over (partition by email, hwid, plan order by ordinal) as content_repeat
    from items
  )
  select parsed.ordinal, parsed.row_number, parsed.email, parsed.hwid, plans.code, parsed.expires_at, parsed.notes,
    (select coalesce(jsonb_agg(jsonb_build_object('row', coalesce(parsed.row_number, parsed.ordinal),
      'column', problem.column_name,
        'value', left(problem.value, 200), 'reason', problem.reason)), '[]')
     from (values
      ('row', case when jsonb_typeof(parsed.value) <> 'object' then 'invalid_row'
        when parsed.row_number is null or parsed.row_number < 1 or parsed.row_repeat > 1 then 'invalid_row' end,
          parsed.value ->> 'row'),
      ('email', case when jsonb_typeof(parsed.value) <> 'object' then null
        when jsonb_typeof(parsed.value -> 'email') not in ('string', 'null') then 'wrong_type'
        when parsed.email is null then 'required'
        when length(parsed.email) > 254 then 'too_long'
        when not private.is_email(parsed.email) then 'invalid_email' end, parsed.value ->> 'email'),
      ('hwid', case when jsonb_typeof(parsed.value) <> 'object' then null
        when jsonb_typeof(parsed.value -> 'hwid') not in ('string', 'number', 'null') then 'wrong_type'
        when parsed.hwid is null then 'required'
        when length(parsed.hwid) > 200 then 'too_long'
        when private.is_spoiled_hwid(parsed.hwid) then 'spoiled_hwid'
        when parsed.hwid ~ '•••' then 'masked_hwid'
        when not private.is_hwid(parsed.hwid) then 'invalid_hwid'
        when parsed.content_repeat > 1 then 'duplicate_in_file' end, parsed.value ->> 'hwid'),
      ('plan', case when jsonb_typeof(parsed.value) <> 'object' then null
        when jsonb_typeof(parsed.value -> 'plan') not in ('string', 'null') then 'wrong_type'
        when parsed.plan is null then 'required'
        when plans.code is null then 'unknown_plan' end, parsed.value ->> 'plan'),
      ('expires_at', case when jsonb_typeof(parsed.value) <> 'object' then null
        when jsonb_typeof(parsed.value -> 'expires_at') not in ('string', 'null') then 'wrong_type'
        when parsed.expires_text is null then null
        when parsed.expires_text ~ '^\d{5}([.,]\d+)?$' then 'serial_date'
        when parsed.expires_text ~ '^\d{1,2}([/.-])\d{1,2}\1\d{2}([T ]+\d.*)?$' then 'two_digit_year'
        when parsed.expires_at is null then 'invalid_date'
        when parsed.expires_at > now() + interval '20 years' then 'date_too_far'
        when parsed.expires_at <= now() then 'date_in_past' end, parsed.value ->> 'expires_at'),
      ('notes', case when jsonb_typeof(parsed.value) <> 'object' then null
        when jsonb_typeof(parsed.value -> 'notes') not in ('string', 'number', 'null') then 'wrong_type'
        when length(parsed.notes) > 5000 then 'too_long' end, parsed.value ->> 'notes')
     ) as problem (column_name, reason, value)
     where problem.reason is not null)
  from parsed left join lateral (select plans.code from public.plans
    where is_active and parsed.plan in (plans.code, lower(plans.name))
    order by plans.code = parsed.plan desc, plans.code limit 1) as plans on true
$$;
comment on function private.check_import_rows(jsonb) is
  'Every row of an import with its cleaned cells and its errors [{row, column, value, reason}].';

create function private.import_licenses(rows jsonb, file_hash text, dry_run boolean, mode text, file_name text,
  existing text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- Some browsers and scripts give a path; what cannot be shown in a line goes.
  base_name text :=
    nullif(btrim(regexp_replace(regexp_replace(file_name, '^.*[/\\]', ''), '[[:cntrl:]]', '', 'g')), '');
  target uuid;
  candidates jsonb;
  problems jsonb;
  repeated int;
  living int[];
  left_out int[];
  fresh int;
  created int := 0;
  key_key text := private.secret('license_key_key');
  hwid_key text := private.secret('hwid_key');
  pepper text := private.secret('hwid_pepper');
  default_expiry timestamptz := now() + make_interval(days => private.setting_int('default_license_days'));
  staff_id uuid := (select user_id from public.staff where user_id = (select auth.uid()));
begin
  perform private.require_permission('licenses.import');
  if rows is null or jsonb_typeof(rows) <> 'array' then
    perform private.fail('invalid_argument', 'rows must be a JSON array');
  elsif jsonb_array_length(rows) > 5000 then
    perform private.fail('import_too_large', format('%s rows: 5000 at most in one call', jsonb_array_length(rows)));
  elsif file_hash is null or lower(file_hash) !~ '^[0-9a-f]{64}$' then
    perform private.fail('invalid_argument', 'file_hash must be a SHA-256 in hexadecimal');
  elsif mode is null or mode not in ('all_or_nothing', 'valid_rows') then
    perform private.fail('invalid_argument', format('"%s" is not a mode', left(mode, 50)));
  elsif existing is null or existing not in ('skip', 'create') then
    perform private.fail('invalid_argument',
      format('"%s" is not what to do with rows that exist', left(existing, 50)));
  elsif length(base_name) > 255 then
    perform private.fail('invalid_argument', 'file_name holds 255 characters at most');
  end if;
  file_hash := lower(file_hash);

  select coalesce(jsonb_agg(to_jsonb(checked) - 'errors' order by ordinal) filter (where checked.errors = '[]'), '[]'),
    coalesce((select jsonb_agg(error.error order by per_row.ordinality, error.ordinality)
      from jsonb_array_elements(jsonb_agg(checked.errors
        order by checked.ordinal)) with ordinality as per_row (errors, ordinality),
        jsonb_array_elements(per_row.errors) with ordinality as error (error, ordinality)), '[]')
  into candidates, problems
  from private.check_import_rows(rows) as checked;

  -- The same file twice at once: the second waits here and then finds its rows done.
  perform pg_advisory_xact_lock(hashtextextended('private.import_licenses:' || file_hash, 0));
  -- Two files that share rows likewise, whoever imports them.
  if not dry_run then
    perform pg_advisory_xact_lock(hashtextextended('private.import_licenses', 0));
  end if;
  select id into target from public.license_imports
  where license_imports.file_hash = import_licenses.file_hash and undone_at is null;
  select count(*) into repeated from jsonb_to_recordset(candidates) as candidate (row_number int)
  where exists (select from public.licenses where import_id = target and import_row = candidate.row_number);
  -- A corrected file is another file: its good rows are known by what they say.
  with asked as materialized (
    select incoming.row_number, incoming.email, incoming.plan, private.hwid_hash(incoming.hwid, pepper) as hwid_hash
    from jsonb_to_recordset(candidates) as incoming (row_number int, email text, hwid text, plan text)
    where exists (select from public.customers where customers.email = incoming.email)
      and not exists (select from public.licenses where import_id = target and import_row = incoming.row_number)
  )
  select coalesce(array_agg(distinct asked.row_number order by asked.row_number), '{}') into living
  from asked join private.license_secrets on license_secrets.hwid_hash = asked.hwid_hash
    join public.licenses on licenses.id = license_secrets.license_id and licenses.email = asked.email
      and licenses.plan = asked.plan
  where deleted_at is null and revoked_at is null and grace_until > now();
  left_out := case existing when 'skip' then living else '{}' end;
  fresh := jsonb_array_length(candidates) - repeated - cardinality(left_out);

  if dry_run or (mode = 'all_or_nothing' and problems <> '[]') or fresh = 0 then
    return jsonb_build_object('import_id', target, 'skipped', repeated, 'existing', to_jsonb(living),
      'errors', problems, 'created', case when dry_run then fresh else 0 end);
  end if;

  if target is null then
    insert into public.license_imports (file_hash, mode, created_by)
    values (import_licenses.file_hash, import_licenses.mode, staff_id) returning id into target;
  end if;
  update public.license_imports set file_name = base_name
  where id = target and license_imports.file_name is null and base_name is not null;
  insert into public.customers (email)
  select distinct candidate.email from jsonb_to_recordset(candidates) as candidate (email text)
  on conflict on constraint customers_email_key do nothing;

  perform private.set_audit_context(null, jsonb_build_object('import_id', target));
  with candidate as materialized (
    select gen_random_uuid() as id, private.generate_license_key() as license_key, incoming.*
    from jsonb_to_recordset(candidates) as incoming (row_number int, email text, hwid text, plan text,
      expires_at timestamptz, notes text)
    where not exists (select from public.licenses where import_id = target and import_row = incoming.row_number)
      and incoming.row_number not in (select unnest(left_out))
  ), license as (
    insert into public.licenses (id, customer_id, email, plan, expires_at, grace_until, notes, created_by,
      license_key_hint, hwid_hint, import_id, import_row)
    select candidate.id, customers.id, customers.email, candidate.plan, coalesce(candidate.expires_at, default_expiry),
      coalesce(candidate.expires_at, default_expiry), candidate.notes, staff_id, right(candidate.license_key, 5),
      private.hwid_hint(candidate.hwid), target, candidate.row_number
    from candidate join public.customers on customers.email = candidate.email
    returning licenses.id, licenses.customer_id, licenses.email
  ), secret as (
    insert into private.license_secrets (license_id, license_key_hash, license_key_encrypted, hwid_hash, hwid_encrypted)
    select candidate.id, private.license_key_hash(candidate.license_key),
      private.encrypt_secret(candidate.license_key, key_key),
      private.hwid_hash(candidate.hwid, pepper), private.encrypt_secret(candidate.hwid, hwid_key)
    from candidate
  ), mail as (
    insert into public.email_outbox (template, locale, recipient, customer_id, license_id)
    select 'license_created', customers.locale, license.email, customers.id, license.id
    from license join public.customers on customers.id = license.customer_id
  )
  select count(*) into created from license;
  perform private.set_audit_context(null);
  update public.license_imports set created_count = created_count + created where id = target;
  perform private.record_event('license_import_completed', 'import', target::text, jsonb_build_object(
    'file_hash', file_hash,
    'mode', mode, 'created', created, 'skipped', repeated, 'existing', cardinality(left_out),
    'errors', jsonb_array_length(problems)));
  return jsonb_build_object('import_id', target, 'created', created, 'skipped', repeated,
    'existing', to_jsonb(living), 'errors', problems);
end
$$;
comment on function private.import_licenses(jsonb, text, boolean, text, text, text) is
  'Does the work of public.import_licenses. Definer: writes tables callers may not.';
grant execute on function private.import_licenses(jsonb, text, boolean, text, text, text)
  to authenticated, service_role;

create function public.import_licenses(rows jsonb, file_hash text, dry_run boolean default false,
  mode text default 'all_or_nothing', file_name text default null, existing text default 'skip') returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.import_licenses($1, $2, $3, $4, $5, $6) $$;
comment on function public.import_licenses(jsonb, text, boolean, text, text, text) is
  'Creates licences from up to 5,000 rows {row, email, hwid, plan, expires_at?, notes?} of a file with that SHA-256; '
  'queues each customer''s mail. Needs licenses.import. mode all_or_nothing creates none if one row is wrong; '
  'valid_rows creates the right ones. A row whose e-mail, HWID and plan have a living licence exists: existing says '
  'whether to skip it or to create another. dry_run creates none and says what would be. file_name (255 characters at '
  'most) is shown in the list of imports. → {import_id, created, skipped (rows done by an earlier call of this file), '
  'existing: [row], errors: [{row, column, value, reason}]}. reason: required, wrong_type, too_long, invalid_email, '
  'invalid_hwid, spoiled_hwid (by a spreadsheet), masked_hwid, unknown_plan, invalid_date, two_digit_year, serial_date '
  '(a day as a spreadsheet counts it), date_too_far (20 years), date_in_past, duplicate_in_file, invalid_row. Errors '
  '(hint): permission_denied, invalid_argument, import_too_large.';
revoke execute on function public.import_licenses(jsonb, text, boolean, text, text, text)
  from public, anon, authenticated, service_role;
grant execute on function public.import_licenses(jsonb, text, boolean, text, text, text) to authenticated, service_role;

create function private.undo_import(import_id uuid) returns jsonb
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
    perform private.fail('import_not_found', 'No such import, or undone already');
  elsif target.undo_started_at is null then
    if target.created_at < now() - interval '24 hours' then
      perform private.fail('import_undo_too_late', 'An import can be undone within 24 hours');
    elsif exists (select from public.licenses where licenses.import_id = $1 and deleted_at is null
        and (last_check_in is not null or private.license_was_paid(licenses) or private.is_awaited(licenses.id))) then
      perform private.fail('import_in_use', 'A licence of this import has been used: revoke the licences instead');
    end if;
    update public.license_imports set undo_started_at = now() where id = $1;
  end if;
  perform private.set_audit_context('audited_in_bulk');
  -- One used between two parts stays.
  with part as (
    select id from public.licenses where licenses.import_id = $1 and deleted_at is null and last_check_in is null
      and not private.license_was_paid(licenses) and not private.is_awaited(licenses.id)
    order by id limit per_call for update
  ), deleted as (
    update public.licenses set deleted_at = now() from part where licenses.id = part.id
      and licenses.last_check_in is null returning licenses.id)
  select coalesce(array_agg(id), '{}') into undone_ids from deleted;
  perform private.set_audit_context(null);
  perform private.record_license_events('license_deleted', undone_ids, jsonb_build_object('import_id', $1,
    'before', jsonb_build_object('deleted_at', null), 'after', jsonb_build_object('deleted_at', now())));
  update public.email_outbox set status = 'failed', last_error = 'import undone'
  where status = 'pending' and template = 'license_created' and license_id = any (undone_ids);
  select count(*) into remaining from public.licenses where licenses.import_id = $1 and deleted_at is null
    and last_check_in is null
    and not private.license_was_paid(licenses) and not private.is_awaited(licenses.id);
  if remaining = 0 then
    update public.license_imports set undone_at = now() where id = $1;
    perform private.record_event('license_import_undone', 'import', $1::text, jsonb_build_object(
      'undone', (select count(*) from public.licenses where licenses.import_id = $1 and deleted_at is not null)));
  end if;
  return jsonb_build_object('undone', cardinality(undone_ids), 'remaining', remaining);
end
$$;
comment on function private.undo_import(uuid) is
  'Does the work of public.undo_import. Definer: writes tables callers may not.';
grant execute on function private.undo_import(uuid) to authenticated, service_role;

create function public.undo_import(import_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.undo_import($1) $$;
comment on function public.undo_import(uuid) is
  'Deletes the licences of an import within 24 hours, if none has checked in or been paid, 5,000 a call: call again '
  'while something remains. Needs licenses.import. → {undone (by this call), remaining}. Errors (hint): '
  'permission_denied, import_not_found, import_undo_too_late, import_in_use.';
revoke execute on function public.undo_import(uuid) from public, anon, authenticated, service_role;
grant execute on function public.undo_import(uuid) to authenticated, service_role;
