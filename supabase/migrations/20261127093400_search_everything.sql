-- The command palette, and the audit trail.

create function private.find_anything(query text) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  needle text := nullif(btrim(left(query, 300)), '');
  pattern text := '%' || private.escape_like(private.search_form(needle)) || '%';
begin
  perform private.require_permission('licenses.read');
  if needle is null or length(needle) < 2 then
    return jsonb_build_object('licenses', '[]'::jsonb, 'customers', '[]'::jsonb);
  end if;
  return (
    with found_customers as materialized (
      select id, email, name, created_at from public.customers where search_text like pattern
    ), found_ids as (
      select licenses.id from found_customers join public.licenses on licenses.customer_id = found_customers.id
      union select private.find_license_ids(needle)
    ), found_licenses as (
      select licenses.* from found_ids join public.licenses on licenses.id = found_ids.id where deleted_at is null
        order by created_at desc limit 8
    )
    select jsonb_build_object(
      'licenses', (select coalesce(jsonb_agg(jsonb_build_object('id', matches.id, 'email', matches.email,
        'license_key_hint', matches.license_key_hint,
        'plan', matches.plan, 'status', private.license_state(row(matches.*)::public.licenses))
          order by matches.created_at desc), '[]') from found_licenses as matches),
      'customers', (select coalesce(jsonb_agg(jsonb_build_object('id', matches.id, 'email', matches.email,
        'name', matches.name)), '[]')
        from (select * from found_customers where private.has_permission('customers.read') order by created_at desc
          limit 8) as matches)));
end
$$;
comment on function private.find_anything(text) is 'Does the work of public.find_anything. Definer: reads the hashes.';
grant execute on function private.find_anything(text) to authenticated, service_role;

create function public.find_anything(query text) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.find_anything($1) $$;
comment on function public.find_anything(text) is
  'For the command palette: → {licenses: [{id, email, license_key_hint, plan, status}], customers: [{id, email, '
  'name}]}, 8 of each at most. Needs licenses.read.';
revoke execute on function public.find_anything(text) from public, anon, authenticated, service_role;
grant execute on function public.find_anything(text) to authenticated, service_role;

create function public.search_events(query text default null, event_types text[] default null,
  actor_id uuid default null,
  actor_kind text default null, license_id uuid default null, from_time timestamptz default null,
    to_time timestamptz default null,
  page int default 1, page_size int default 50) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  pattern text := '%' || private.escape_like(nullif(btrim(query), '')) || '%';
  conditions text := 'true';
  total bigint;
  rows jsonb;
begin
  perform private.require_permission('audit.read');
  if page is null or page not between 1 and 1000000 or page_size is null or page_size not between 1 and 5000 then
    perform private.fail('invalid_argument', 'page must be at least 1, page_size between 1 and 5000');
  elsif length(query) > 300 then
    perform private.fail('invalid_argument', 'The search holds 300 characters at most');
  elsif actor_kind is not null and actor_kind not in ('staff', 'system', 'client') then
    perform private.fail('invalid_argument', 'actor_kind is staff, system or client');
  end if;
  if pattern is not null then
    conditions := conditions
      || ' and (events.actor ilike $1 or events.event_type ilike $1 or host(events.ip_address) like $1
      or events.event_data::text ilike $1 or events.license_id in (select licenses.id from public.licenses
        where licenses.email ilike $1))';
  end if;
  conditions := conditions
    || case when event_types is not null and event_types <> '{}' then ' and events.event_type = any ($2)' else '' end
    || case when actor_id is not null then ' and events.user_id = $3' else '' end
    || case when actor_kind is not null then ' and events.actor_kind = $4' else '' end
    || case when license_id is not null then ' and events.license_id = $5' else '' end
    || case when from_time is not null then ' and events.created_at >= $6' else '' end
    || case when to_time is not null then ' and events.created_at < $7' else '' end;
  execute 'select count(*) from public.events where ' || conditions into total
  using pattern, event_types, actor_id, actor_kind, license_id, from_time, to_time;
  execute 'select coalesce(jsonb_agg(to_jsonb(matches) - array[''hash'', ''previous_hash'']
      || jsonb_build_object(''hash'', encode(matches.hash, ''hex''), ''license_email'', (select licenses.email
        from public.licenses where licenses.id = matches.license_id))), ''[]'')
    from (select * from public.events where ' || conditions || ' order by sequence desc limit $8 offset $9) as matches'
  into rows using pattern, event_types, actor_id, actor_kind, license_id, from_time, to_time, page_size,
    (page - 1)::bigint * page_size;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;
comment on function public.search_events(text, text[], uuid, text, uuid, timestamptz, timestamptz, int, int) is
  'A page of the audit trail, newest first; query looks in actor, type, address, content and licence e-mail; '
  'actor_kind is staff, system or client; from_time included, to_time not. → {total, rows}. Needs audit.read. Errors '
  '(hint): permission_denied, invalid_argument.';
revoke execute on function public.search_events(text, text[], uuid, text, uuid, timestamptz, timestamptz, int, int)
  from public, anon, authenticated, service_role;
grant execute on function public.search_events(text, text[], uuid, text, uuid, timestamptz, timestamptz, int, int)
  to authenticated, service_role;
