-- The command palette, and the audit trail. What the palette finds are rows of a registry, each with its own function
-- private.find_<subject>(query, limit), called by that name.

insert into private.export_subjects (subject, permission, filters) values ('events', 'audit.export',
  '{event_types,actor_id,actor_kind,license_id,customer_id,from_time,to_time}');

create table private.searchables (
  subject text primary key,
  permission text not null,
  position int not null,
  constraint subject_is_snake_case check (subject ~ '^[a-z][a-z_]{2,31}$'),
  constraint permission_is_dotted check (permission ~ '^[a-z]+\.[a-z_]+$')
);
comment on table private.searchables is
  'What the command palette searches, by private.find_<subject>(query, limit) → jsonb array; whoever holds the '
  'permission finds it.';
comment on column private.searchables.subject is 'What is found, plural; its function is private.find_<subject>';
comment on column private.searchables.position is 'Order of the groups, smallest first';

alter table private.searchables enable row level security;

insert into private.searchables (subject, permission, position) values
  ('licenses', 'licenses.read', 1), ('customers', 'customers.read', 2);

create function private.find_customer_ids(pattern text) returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select id from public.customers where search_text like $1
  union
  select customer_id from private.former_emails where former_emails.email like $1
$$;
comment on function private.find_customer_ids(text) is
  'Customers whose e-mail (former ones too), name or company is like the pattern, in the form of private.search_form. '
  'Definer: reads behind the policy; never granted.';

-- A common needle would have all its matches collected to show the newest few: they are looked for among the newest
-- rows first, which costs a rare one little.
create function private.find_customers(query text, max_rows int) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  pattern text := '%' || private.escape_like(private.search_form(query)) || '%';
  ids uuid[] := array(
    select newest.id from (select id, search_text, created_at from public.customers
      order by created_at desc, id desc limit 1000) as newest
    where search_text like pattern order by created_at desc limit max_rows);
begin
  if cardinality(ids) < max_rows then
    ids := array(select id from public.customers where id in (select private.find_customer_ids(pattern))
      order by created_at desc limit max_rows);
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'email', email, 'name', name)
    order by created_at desc), '[]') from public.customers where id = any (ids));
end
$$;
comment on function private.find_customers(text, int) is
  'Customers by e-mail (former ones too), name or company → [{id, email, name}]. Definer: reads behind the policy; '
  'never granted: private.find_anything asks for the permission.';

create function private.find_licenses(query text, max_rows int) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  pattern text := '%' || private.escape_like(private.search_form(query)) || '%';
  own_ids uuid[] := array(select private.find_license_ids(query));
  ids uuid[];
begin
  -- By its own key or machine first: who types one means that licence.
  if own_ids = '{}' then
    ids := array(
      select newest.id from (select id, customer_id, created_at from public.licenses where deleted_at is null
        order by created_at desc, id desc limit 1000) as newest
      join public.customers on customers.id = newest.customer_id
      where search_text like pattern order by newest.created_at desc limit max_rows);
  end if;
  if ids is null or cardinality(ids) < max_rows then
    ids := array(
      with found_customers as materialized (
        select id from public.customers where search_text like pattern
      )
      select licenses.id from public.licenses
      where deleted_at is null
        and id in (select licenses.id from found_customers join public.licenses
          on licenses.customer_id = found_customers.id
          union select unnest(own_ids))
      order by created_at desc limit max_rows);
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('id', found.id, 'email', found.email,
      'license_key_hint', found.license_key_hint, 'plan', found.plan,
      'status', private.license_state(row(found.*)::public.licenses)) order by found.created_at desc), '[]')
    from public.licenses as found where id = any (ids));
end
$$;
comment on function private.find_licenses(text, int) is
  'Licences by key, key ending, hardware identifier or customer → [{id, email, license_key_hint, plan, status}]. '
  'Definer: reads the hashes; never granted: private.find_anything asks for the permission.';

create function private.find_anything(query text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  needle text := nullif(private.clean_text(left(query, 300)), '');
  held text[] := private.held_permissions();
  searchable private.searchables;
  found jsonb;
  answer jsonb := '{}';
begin
  if not (private.is_system_caller() or exists (select from private.searchables where permission = any (held))) then
    perform private.fail('permission_denied', 'A permission to read something that can be found is required');
  end if;
  for searchable in
    select * from private.searchables where private.is_system_caller() or permission = any (held) order by position
  loop
    found := '[]';
    if length(needle) >= 2 then
      -- The name is a row of ours, never what was typed.
      execute format('select private.%I($1, $2)', 'find_' || searchable.subject) into found using needle, 8;
    end if;
    answer := answer || jsonb_build_object(searchable.subject, found);
  end loop;
  return answer;
end
$$;
comment on function private.find_anything(text) is
  'Does the work of public.find_anything. Definer: the registry is private, and so are the functions it names.';
grant execute on function private.find_anything(text) to authenticated, service_role;

create function public.find_anything(query text) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.find_anything($1) $$;
comment on function public.find_anything(text) is
  'For the command palette: → {licenses: [{id, email, license_key_hint, plan, status}], customers: [{id, email, '
  'name}], …}: what the caller may read of private.searchables, 8 of each at most. Needs one of their permissions.';
revoke execute on function public.find_anything(text) from public, anon, authenticated, service_role;
grant execute on function public.find_anything(text) to authenticated, service_role;

create function private.search_events(query text, event_types text[], actor_id uuid, actor_kind text, license_id uuid,
  customer_id uuid, from_time timestamptz, to_time timestamptz, page int, page_size int) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  needle text := nullif(private.clean_text(query), '');
  pattern text := '%' || private.escape_like(needle) || '%';
  folded text := '%' || private.escape_like(private.search_form(needle)) || '%';
  conditions text := 'true';
  staff_ids uuid[];
  customer_ids uuid[];
  total bigint;
  rows jsonb;
begin
  perform private.require_permission('audit.read');
  perform private.require_page(page, page_size, query);
  if actor_kind is not null and actor_kind not in ('staff', 'system', 'client') then
    perform private.fail('invalid_argument', 'actor_kind is staff, system or client');
  end if;
  if needle is not null then
    -- People are named by their ids: whoever matches is found first, customers under former addresses too.
    staff_ids := array(select staff.user_id from public.staff
      where staff.email ilike pattern or staff.display_name ilike pattern);
    customer_ids := array(select private.find_customer_ids(folded));
    conditions := conditions || ' and (events.event_type ilike $1 or events.subject_id ilike $1
      or host(events.ip_address) like $1 or events.event_data::text ilike $1 or events.user_id = any ($8)
      or events.customer_id = any ($9))';
  end if;
  conditions := conditions
    || case when event_types is not null and event_types <> '{}' then ' and events.event_type = any ($2)' else '' end
    || case when actor_id is not null then ' and events.user_id = $3' else '' end
    || case when actor_kind is not null then ' and events.actor_kind = $4' else '' end
    || case when license_id is not null then ' and events.license_id = $5' else '' end
    || case when from_time is not null then ' and events.created_at >= $6' else '' end
    || case when to_time is not null then ' and events.created_at < $7' else '' end
    || case when customer_id is not null then ' and events.customer_id = $10' else '' end;
  execute 'select count(*) from public.events where ' || conditions into total
  using pattern, event_types, actor_id, actor_kind, license_id, from_time, to_time, staff_ids, customer_ids,
    customer_id;
  execute 'select coalesce(jsonb_agg(private.event_row(row(matches.*)::public.events, $11)
      order by matches.sequence desc), ''[]'')
    from (select * from public.events where ' || conditions || ' order by sequence desc
      limit $12 offset $13) as matches'
  into rows using pattern, event_types, actor_id, actor_kind, license_id, from_time, to_time, staff_ids, customer_ids,
    customer_id, private.master_key(), page_size, (page - 1)::bigint * page_size;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;
comment on function private.search_events(text, text[], uuid, text, uuid, uuid, timestamptz, timestamptz, int, int) is
  'Does the work of public.search_events. Definer: opens what is sealed for whoever may read the audit.';
grant execute on function
  private.search_events(text, text[], uuid, text, uuid, uuid, timestamptz, timestamptz, int, int)
  to authenticated, service_role;

create function public.search_events(query text default null, event_types text[] default null,
  actor_id uuid default null, actor_kind text default null, license_id uuid default null,
  customer_id uuid default null, from_time timestamptz default null, to_time timestamptz default null,
  page int default 1, page_size int default 50) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.search_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) $$;
comment on function public.search_events(text, text[], uuid, text, uuid, uuid, timestamptz, timestamptz, int, int) is
  'A page of the audit trail, newest first. query looks in type, subject, address and content that is not sealed, and '
  'finds staff and customers by name and address, former ones too; actor_kind is staff, system or client; from_time '
  'included, to_time not. → {total, rows: [event as private.event_row]}. Needs audit.read. Errors: '
  'permission_denied, invalid_argument.';
revoke execute on function
  public.search_events(text, text[], uuid, text, uuid, uuid, timestamptz, timestamptz, int, int)
  from public, anon, authenticated, service_role;
grant execute on function
  public.search_events(text, text[], uuid, text, uuid, uuid, timestamptz, timestamptz, int, int)
  to authenticated, service_role;
