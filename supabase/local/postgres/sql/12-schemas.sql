do $$
begin
  execute format('alter database %I owner to postgres', current_database());
end
$$;

grant usage on schema public to anon, authenticated, service_role;

-- What a project grants on what is made in public, before its first migration: everything, less what hosted took back
-- in 2026 (changelog 45329), so TRUNCATE, REFERENCES and TRIGGER stay. Once, or a later start would undo a migration.
do $$
begin
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    return;
  end if;
  alter default privileges for role postgres in schema public
    grant all on tables to anon, authenticated, service_role;
  alter default privileges for role postgres in schema public
    grant all on sequences to anon, authenticated, service_role;
  alter default privileges for role postgres in schema public
    grant all on functions to anon, authenticated, service_role;
  alter default privileges for role postgres in schema public
    revoke select, insert, update, delete on tables from anon, authenticated, service_role;
  alter default privileges for role postgres in schema public
    revoke usage, select on sequences from anon, authenticated, service_role;
  alter default privileges for role postgres in schema public
    revoke execute on functions from anon, authenticated, service_role;
end
$$;

create schema if not exists extensions;
alter schema extensions owner to postgres;
grant usage on schema extensions to anon, authenticated, service_role;

create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pg_stat_statements with schema extensions;

create schema if not exists auth;
create schema if not exists storage;
create schema if not exists realtime;
create schema if not exists vault;
create schema if not exists cron;
create schema if not exists net;

grant usage on schema auth, storage, realtime to postgres, anon, authenticated, service_role;
grant usage on schema net to postgres, anon, authenticated, service_role;
grant usage on schema vault to postgres, service_role;
grant usage on schema cron to postgres;

-- The official CLI writes its history there as `postgres`.
create schema if not exists supabase_migrations;
alter schema supabase_migrations owner to postgres;

do $$
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
  alter publication supabase_realtime owner to postgres;
end
$$;
