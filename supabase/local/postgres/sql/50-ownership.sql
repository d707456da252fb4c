-- Who owns the platform's objects, and what `postgres` may do with them: rows, foreign keys and triggers in auth;
-- policies on storage and realtime tables; no definition of any of them.
do $$
declare
  item record;
begin
  for item in
    select format('%I.%I', schemaname, tablename) as name, schemaname
    from pg_tables
    where schemaname in ('auth', 'storage')
  loop
    execute format(
      'alter table %s owner to %I', item.name,
      case item.schemaname when 'auth' then 'supabase_auth_admin' else 'platform_policy_owner' end
    );
  end loop;
  for item in
    select oid::regprocedure as signature, pronamespace::regnamespace::text as schema
    from pg_proc
    where pronamespace in ('auth'::regnamespace, 'storage'::regnamespace)
  loop
    execute format(
      'alter function %s owner to %I', item.signature,
      case item.schema when 'auth' then 'supabase_auth_admin' else 'supabase_storage_admin' end
    );
  end loop;
end
$$;

alter schema auth owner to supabase_auth_admin;
alter schema storage owner to supabase_storage_admin;
grant usage on schema storage to platform_policy_owner;
grant usage on schema realtime to platform_policy_owner, supabase_realtime_admin;

grant select, insert, update, delete, references, trigger on all tables in schema auth to postgres;
grant usage, select on all sequences in schema auth to postgres;
grant select, insert, update, delete on all tables in schema storage to postgres, anon, authenticated, service_role;
