-- The schema for what the API must never expose: permission checks, secrets, helpers. Extensions live in
-- `extensions`; pg_cron and pg_net exist on hosted projects only as extensions, so they are created where the
-- server offers them.

create schema if not exists private;
comment on schema private is 'Helpers and secrets; never exposed by the API.';

revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;

alter default privileges for role postgres in schema private revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke execute on functions from public;
alter default privileges for role postgres revoke execute on functions from public;

create extension if not exists pgcrypto with schema extensions;
create extension if not exists pg_trgm with schema extensions;

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron') then
    create extension if not exists pg_cron with schema pg_catalog;
    grant usage on schema cron to postgres;
  end if;
  if exists (select from pg_catalog.pg_available_extensions where name = 'pg_net') then
    create extension if not exists pg_net with schema extensions;
  end if;
end
$$;

-- Secrets are made inside the database, so that no one ever types them.
do $$
begin
  if not exists (select from vault.secrets where name = 'hwid_key') then
    perform vault.create_secret(encode(extensions.gen_random_bytes(32), 'hex'),
      'hwid_key', 'Encrypts hardware identifiers at rest');
  end if;
  if not exists (select from vault.secrets where name = 'hwid_pepper') then
    perform vault.create_secret(encode(extensions.gen_random_bytes(32), 'hex'),
      'hwid_pepper', 'Keys the look-up hash of hardware identifiers');
  end if;
  if not exists (select from vault.secrets where name = 'license_key_key') then
    perform vault.create_secret(encode(extensions.gen_random_bytes(32), 'hex'),
      'license_key_key', 'Encrypts licence keys at rest');
  end if;
end
$$;

-- PL/pgSQL keeps its plans for a session; a SQL function that cannot be inlined is planned anew
-- by every statement. Whatever runs on each licence check or API request is PL/pgSQL for that.
create function private.secret(name text) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select decrypted_secret from vault.decrypted_secrets where decrypted_secrets.name = $1);
end
$$;
comment on function private.secret(text) is
  'The secret of that name from the vault, or null. Definer: only the owner may read the vault.';

create function private.fail(code text, message text, sqlstate text default '22023', detail text default null)
  returns void
language plpgsql immutable set search_path = ''
as $$
begin
  raise exception using errcode = sqlstate, message = message, hint = code, detail = coalesce(detail, '');
end
$$;
comment on function private.fail(text, text, text, text) is
  'Raises an error whose hint is a stable code for clients to branch on. SQLSTATE 22023 (bad input, HTTP 400) unless '
  'told; PT404 and PT409 become those HTTP statuses.';
grant execute on function private.fail(text, text, text, text) to authenticated, service_role;

create function private.request_header(name text) returns text
language plpgsql stable set search_path = ''
as $$
begin
  return nullif(current_setting('request.headers', true), '')::jsonb ->> lower(name);
exception when invalid_text_representation then
  return null;
end
$$;
comment on function private.request_header(text) is 'A header of the API request being served, or null outside one.';
grant execute on function private.request_header(text) to authenticated, service_role;

create function private.request_ip() returns inet
language plpgsql stable set search_path = ''
as $$
begin
  -- Cloudflare, before hosted projects, appends to a client's own x-forwarded-for and overwrites cf-connecting-ip.
  return coalesce(nullif(btrim(private.request_header('cf-connecting-ip')), ''),
    btrim(split_part(private.request_header('x-forwarded-for'), ',', 1)))::inet;
exception when invalid_text_representation then
  return null;
end
$$;
comment on function private.request_ip() is
  'The client address of the request (cf-connecting-ip, else the first hop of x-forwarded-for), or null.';
grant execute on function private.request_ip() to authenticated, service_role;

create function private.schedule_job(name text, schedule text, command text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if to_regnamespace('cron') is null then
    raise warning 'pg_cron is not there: job "%" runs only when something else asks', name;
    return;
  end if;
  perform cron.schedule(name, schedule, command);
end
$$;
comment on function private.schedule_job(text, text, text) is
  'Schedules what time itself does (cron syntax, UTC), as the role that calls; scheduling a name again replaces it. '
  'Warns where the server has no pg_cron.';

create function private.touch_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function private.touch_updated_at() is 'Trigger: stamps updated_at.';

create function private.call_edge_function(name text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  base_url text := private.secret('project_url');
  cron_secret text := private.secret('cron_secret');
begin
  if base_url is null or cron_secret is null
    or to_regprocedure('net.http_post(text,jsonb,jsonb,jsonb,integer)') is null then
    raise warning 'edge function % not called: vault secrets project_url and cron_secret, and pg_net, are needed', name;
    return;
  end if;
  perform net.http_post(
    url := base_url || '/functions/v1/' || name,
    headers := jsonb_build_object('content-type', 'application/json', 'x-cron-secret', cron_secret),
    body := '{}'::jsonb,
    timeout_milliseconds := 60000);
end
$$;
comment on function private.call_edge_function(text) is
  'Calls an Edge Function after commit, with the cron secret from the vault. Definer: reads the vault.';

create function private.encrypt_secret(value text, key text) returns bytea
language sql volatile set search_path = ''
as $$
  -- The key is 256 random bits: stretching it (s2k) would cost milliseconds for nothing.
  select extensions.pgp_sym_encrypt($1, $2, 'cipher-algo=aes256, s2k-mode=0, compress-algo=0')
$$;
comment on function private.encrypt_secret(text, text) is 'OpenPGP symmetric encryption, AES-256 with integrity check.';

create function private.decrypt_secret(value bytea, key text) returns text
language sql stable set search_path = ''
as $$ select extensions.pgp_sym_decrypt($1, $2) $$;
comment on function private.decrypt_secret(bytea, text) is
  'Opens what private.encrypt_secret closed; raises 39000 on a wrong key or altered data.';

create function private.require_text(value text, code text, min_length int, max_length int) returns text
language plpgsql immutable set search_path = ''
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
comment on function private.require_text(text, text, int, int) is 'The text trimmed, or 22023 with the given code.';

create function private.escape_like(value text) returns text
language sql immutable set search_path = ''
as $$ select regexp_replace($1, '([\\%_])', '\\\1', 'g') $$;
comment on function private.escape_like(text) is 'The text for use inside a LIKE pattern, its wildcards literal.';
grant execute on function private.escape_like(text) to authenticated, service_role;

create function private.require_page(page int, page_size int, query text) returns void
language plpgsql immutable set search_path = ''
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
  'Raises 22023 invalid_argument unless page, page_size and search are within bounds.';
grant execute on function private.require_page(int, int, text) to authenticated, service_role;

create function private.search_form(value text) returns text
language sql immutable parallel safe set search_path = ''
as $$ select regexp_replace(normalize(lower($1), nfkd), '[\u0300-\u036f]', '', 'g') $$;
comment on function private.search_form(text) is 'The text as searches compare it: lower case, without accents.';
grant execute on function private.search_form(text) to authenticated, service_role;

create function private.search_pattern(needle text) returns text
language sql stable set search_path = ''
as $$ select case when length(needle) >= 3 then '%' else '' end || private.escape_like(private.search_form(needle))
  || '%' $$;
comment on function private.search_pattern(text) is
  'What customers.search_text is compared with by LIKE. Under three characters only beginnings match: a trigram index '
  'cannot help there.';
