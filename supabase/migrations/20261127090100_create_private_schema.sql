-- The schema for what the API must never expose: permission checks, secrets, helpers. Extensions live in
-- `extensions`; pg_cron and pg_net exist on hosted projects only as extensions, so they are created where the
-- server offers them.

-- Before anything is made: an older server would fail halfway, with a message about something else.
do $$
begin
  if current_setting('server_version_num')::integer < 170000 then
    raise exception 'PostgreSQL 17 or later is needed; this server is %', current_setting('server_version')
      using errcode = 'feature_not_supported',
        hint = 'Upgrade the project, or take the PostgreSQL 17 image of self-hosted Supabase; nothing was changed';
  end if;
end
$$;

create schema if not exists private;
comment on schema private is 'Helpers and secrets; never exposed by the API.';

revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;

-- Older projects and self-hosted images grant the API's roles everything that is made in public. What a file does not
-- grant is granted to nobody, whichever defaults the database began with. The execute of PUBLIC falls only without
-- `in schema`.
alter default privileges for role postgres revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke all on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke all on functions from anon, authenticated, service_role;

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

create function private.ensure_secret(name text, description text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not exists (select from vault.secrets where secrets.name = $1) then
    perform vault.create_secret(encode(extensions.gen_random_bytes(32), 'hex'), $1, $2);
  end if;
end
$$;
comment on function private.ensure_secret(text, text) is
  'Makes 256 random bits in the vault under that name, once: secrets are made inside the database, so that no one '
  'ever types them. Definer: only the owner may write the vault.';

create function private.set_secret(name text, value text) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  kept uuid := (select id from vault.secrets where secrets.name = $1);
begin
  if coalesce(btrim($1), '') = '' or coalesce(btrim($2), '') = '' then
    raise exception 'A secret needs a name and a value' using errcode = 'invalid_parameter_value';
  end if;
  if kept is null then
    perform vault.create_secret($2, $1);
  else
    perform vault.update_secret(kept, $2);
  end if;
end
$$;
comment on function private.set_secret(text, text) is
  'Puts a secret into the vault under that name, or replaces it: vault.create_secret fails the second time. For '
  'whoever deploys, as the owner of the vault.';

select private.ensure_secret('hwid_key', 'Encrypts hardware identifiers at rest');
select private.ensure_secret('hwid_pepper', 'Keys the look-up hash of hardware identifiers');
select private.ensure_secret('license_key_key', 'Encrypts licence keys at rest');
select private.ensure_secret('subject_key', 'Wraps the keys under which personal values of the audit are sealed');

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

create function private.is_web_link(link text) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  return length($1) <= 2000
    and $1 ~ '^(https://[^\s/"''<>\\]+|http://(127\.0\.0\.1|localhost)(:\d{1,5})?)(/[^\s"''<>\\]*)?$';
end
$$;
comment on function private.is_web_link(text) is
  'Whether somebody may be sent to an address that came from outside: https: only, or this machine for development; '
  'null for null.';
grant execute on function private.is_web_link(text) to authenticated, service_role;

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
    url := rtrim(base_url, '/') || '/functions/v1/' || name,
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

create function private.escape_like(value text) returns text
language sql immutable set search_path = ''
as $$ select regexp_replace($1, '([\\%_])', '\\\1', 'g') $$;
comment on function private.escape_like(text) is 'The text for use inside a LIKE pattern, its wildcards literal.';
grant execute on function private.escape_like(text) to authenticated, service_role;

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

create table private.applied_migrations (
  id bigint generated always as identity primary key,
  applied_at timestamptz not null default now(),
  version text not null,
  folder_hash text not null,
  constraint folder_hash_is_sha256 check (folder_hash ~ '^[0-9a-f]{64}$')
);
comment on table private.applied_migrations is
  'One row each time the folder of migrations was applied, newest last: until 1.0.0 a file is edited in place, which '
  'its name alone does not show.';
comment on column private.applied_migrations.id is 'Order of application';
comment on column private.applied_migrations.version is 'Version of the last file applied (the digits of its name)';
comment on column private.applied_migrations.folder_hash is 'sha256 over names and contents of the whole folder';

alter table private.applied_migrations enable row level security;
