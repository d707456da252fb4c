-- The schema for what the API must never expose: permission checks, secrets, helpers.
-- Extensions live in `extensions`; pg_cron and pg_net exist on hosted projects only as
-- extensions, so they are created where the server offers them.

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
    perform vault.create_secret(encode(extensions.gen_random_bytes(32), 'hex'), 'hwid_key', 'Encrypts hardware identifiers at rest');
  end if;
  if not exists (select from vault.secrets where name = 'hwid_pepper') then
    perform vault.create_secret(encode(extensions.gen_random_bytes(32), 'hex'), 'hwid_pepper', 'Keys the look-up hash of hardware identifiers');
  end if;
  if not exists (select from vault.secrets where name = 'license_key_key') then
    perform vault.create_secret(encode(extensions.gen_random_bytes(32), 'hex'), 'license_key_key', 'Encrypts licence keys at rest');
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

create function private.fail(code text, message text, sqlstate text default '22023', detail text default null) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  raise exception using errcode = sqlstate, message = message, hint = code, detail = coalesce(detail, '');
end
$$;
comment on function private.fail(text, text, text, text) is
  'Raises an error whose hint is a stable code for clients to branch on. SQLSTATE 22023 (bad input, HTTP 400) unless told; PT404 and PT409 become those HTTP statuses.';

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
comment on function private.request_ip() is 'The client address of the request (cf-connecting-ip, else the first hop of x-forwarded-for), or null.';

create function private.touch_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function private.touch_updated_at() is 'Trigger: stamps updated_at.';
