-- One registry of errors for SQL and Edge Functions: clients branch on the code, the status follows from it, and the
-- console has words for those that are shown. Each room adds its own rows.

create table private.error_codes (
  code text primary key,
  status int not null,
  is_shown boolean not null default true,
  constraint code_is_snake_case check (code ~ '^[a-z][a-z_]{2,63}$'),
  constraint status_is_an_error check (status between 400 and 599)
);
comment on table private.error_codes is 'Every error code that SQL functions and Edge Functions answer.';
comment on column private.error_codes.code is 'What clients branch on: hint of an SQL error, code of a function''s';
comment on column private.error_codes.status is 'HTTP status';
comment on column private.error_codes.is_shown is 'Whether people meet it, so that the console has words for it';

alter table private.error_codes enable row level security;

insert into private.error_codes (code, status) values
  ('invalid_argument', 400), ('invalid_input', 400), ('invalid_email', 400), ('reason_required', 400),
  ('unauthorized', 401), ('permission_denied', 403), ('not_found', 404), ('too_many_requests', 429),
  ('unexpected_failure', 500);
insert into private.error_codes (code, status, is_shown) values
  ('invalid_json', 400, false), ('invalid_signature', 400, false), ('invalid_event', 400, false),
  ('method_not_allowed', 405, false), ('body_too_large', 413, false);

create function private.fail(code text, message text, detail text default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  status int := (select error_codes.status from private.error_codes where error_codes.code = $1);
begin
  -- PostgREST answers 400 to 22023, 403 to 42501, and the status itself to PT….
  raise exception using hint = code, message = message, detail = coalesce(detail, ''),
    errcode = case when coalesce(status, 400) = 400 then '22023' when status = 403 then '42501' else 'PT' || status end;
end
$$;
comment on function private.fail(text, text, text) is
  'Raises an error whose hint is a code of private.error_codes, for clients to branch on; SQLSTATE and HTTP status '
  'follow from the code. Definer: reads the registry.';
grant execute on function private.fail(text, text, text) to authenticated, service_role;

create function private.require_text(value text, code text, min_length int, max_length int) returns text
language plpgsql volatile set search_path = ''
as $$
begin
  -- Control characters would break mails, CSV files and logs.
  if value is null or length(btrim(value)) not between min_length and max_length
    or value ~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]' then
    perform private.fail(code, format('A text of %s to %s characters is required', min_length, max_length));
  end if;
  return btrim(value);
end
$$;
comment on function private.require_text(text, text, int, int) is 'The text trimmed, or an error with the given code.';

create function private.require_page(page int, page_size int, query text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if page is null or page not between 1 and 1000000 or page_size is null or page_size not between 1 and 5000 then
    perform private.fail('invalid_argument', 'page must be at least 1, page_size between 1 and 5000');
  elsif length(query) > 300 then
    perform private.fail('invalid_argument', 'The search holds 300 characters at most');
  end if;
end
$$;
comment on function private.require_page(int, int, text) is
  'Raises invalid_argument unless page, page_size and search are within bounds.';
grant execute on function private.require_page(int, int, text) to authenticated, service_role;
