-- The roles of a hosted project, with the same attributes. `postgres` runs the migrations and is no superuser,
-- so that what passes here passes there.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'login noinherit'),
      ('postgres', 'login inherit createdb createrole replication bypassrls'),
      ('supabase_auth_admin', 'login noinherit createrole'),
      ('supabase_storage_admin', 'login noinherit createrole'),
      ('supabase_realtime_admin', 'nologin noinherit'),
      ('supabase_functions_admin', 'login noinherit createrole'),
      ('supabase_replication_admin', 'login replication'),
      ('supabase_read_only_user', 'login bypassrls'),
      ('dashboard_user', 'nologin createdb createrole replication'),
      ('pgbouncer', 'login'),
      -- Hosted lets `postgres` write policies on some platform tables through the supautils extension. Here such
      -- tables belong to this role, of which `postgres` is a member; 60-guards.sql refuses all but the policies.
      ('platform_policy_owner', 'nologin noinherit')
    ) as roles (name, attributes)
  loop
    if not exists (select from pg_roles where rolname = wanted.name) then
      execute format('create role %I nosuperuser %s', wanted.name, wanted.attributes);
    else
      execute format('alter role %I nosuperuser %s', wanted.name, wanted.attributes);
    end if;
  end loop;
end
$$;

-- Since PostgreSQL 16 createrole gives no admin right on roles made by others: memberships are explicit.
grant anon, authenticated, service_role to authenticator with inherit false, set true;
grant anon, authenticated, service_role to postgres with inherit true, set true;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres with inherit true, set true;
grant pg_read_all_data to supabase_read_only_user;
grant platform_policy_owner to postgres with inherit true, set false;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
alter role supabase_storage_admin set search_path = storage;
