-- Hosted's supautils lets `postgres` create policies on tables it does not own. Membership in the owning role gives
-- that right and the owner's others with it; these event triggers take the others away again.
create schema if not exists local_guards;

create or replace function local_guards.refuse_platform_change() returns event_trigger
language plpgsql set search_path = ''
as $$
declare
  item record;
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    return;
  end if;
  for item in
    select command.object_identity, command.command_tag
    from pg_catalog.pg_event_trigger_ddl_commands() as command
    where command.schema_name in ('storage', 'realtime')
      and command.command_tag not in ('CREATE POLICY', 'ALTER POLICY')
      and command.object_type <> 'policy'
  loop
    raise exception 'must be owner of %', item.object_identity
      using errcode = '42501', hint = 'A hosted project allows policies on this table, and nothing else';
  end loop;
end
$$;

create or replace function local_guards.refuse_platform_drop() returns event_trigger
language plpgsql set search_path = ''
as $$
declare
  item record;
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    return;
  end if;
  for item in
    select dropped.object_identity
    from pg_catalog.pg_event_trigger_dropped_objects() as dropped
    where dropped.schema_name in ('storage', 'realtime')
      and dropped.original
      and dropped.object_type <> 'policy'
  loop
    raise exception 'must be owner of %', item.object_identity using errcode = '42501';
  end loop;
end
$$;

do $$
begin
  if not exists (select from pg_event_trigger where evtname = 'refuse_platform_change') then
    create event trigger refuse_platform_change on ddl_command_end
      execute function local_guards.refuse_platform_change();
    create event trigger refuse_platform_drop on sql_drop
      execute function local_guards.refuse_platform_drop();
  end if;
end
$$;
