-- Reading for the console: lists with search, filters, sort and page; the command palette;
-- the audit. Dynamic SQL is built from fixed pieces only, values always as parameters.

create function private.escape_like(value text) returns text
language sql immutable set search_path = ''
as $$ select regexp_replace($1, '([\\%_])', '\\\1', 'g') $$;
comment on function private.escape_like(text) is 'The text for use inside a LIKE pattern, its wildcards literal.';

create function private.find_license_ids(query text) returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select license_id from private.license_secrets where license_key_hash = private.license_key_hash($1)
  union
  select license_id from private.license_secrets where hwid_hash = private.hwid_hash($1, private.secret('hwid_pepper'))
  union
  select licenses.id from public.licenses where license_key_hint = upper(btrim($1))
  union
  select licenses.id from public.licenses join public.customers on customers.id = licenses.customer_id
  where length($1) >= 3 and customers.name ilike '%' || private.escape_like($1) || '%'
$$;
comment on function private.find_license_ids(text) is
  'Licences whose key, key ending, hardware identifier or customer name is the text. Definer: reads the hashes. Answers ids only; rows stay behind their policy.';

create function public.search_licenses(query text default null, statuses text[] default null, plans text[] default null,
  expiring_within_days int default null, auto_renew boolean default null, sort text default 'created_at',
  descending boolean default true, page int default 1, page_size int default 25) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  needle text := nullif(btrim(query), '');
  pattern text;
  conditions text := 'licenses.deleted_at is null';
  state_conditions text[] := '{}';
  sort_by text;
  order_by text;
  found_ids uuid[];
  total bigint;
  rows jsonb;
begin
  perform private.require_permission('licenses.read');
  -- Written as the indexes are, or every page would sort the whole table. Never connected comes last when newest come first.
  sort_by := case sort
    when 'status' then 'array_position(array[''active'', ''grace_period'', ''expired'', ''revoked''], licenses.status)'
    when 'last_check_in' then 'licenses.last_check_in'
    else (select 'licenses.' || name from unnest(array['email', 'plan', 'expires_at', 'mrr_cents', 'created_at']) as name where name = sort) end;
  order_by := sort_by || case when descending then ' desc' else '' end
    || case when sort <> 'last_check_in' then '' when descending then ' nulls last' else ' nulls first' end
    || ', licenses.id' || case when descending then ' desc' else '' end;
  if sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif page is null or page not between 1 and 1000000 or page_size is null or page_size not between 1 and 5000 then
    perform private.fail('invalid_argument', 'page must be at least 1, page_size between 1 and 5000');
  elsif length(needle) > 300 then
    perform private.fail('invalid_argument', 'The search holds 300 characters at most');
  elsif not (coalesce(statuses, '{}') <@ array['active', 'grace_period', 'expired', 'revoked']) then
    perform private.fail('invalid_argument', 'statuses are active, grace_period, expired and revoked');
  end if;

  if needle is not null then
    found_ids := array(select private.find_license_ids(needle));
    -- Under three characters only beginnings match: a trigram index cannot help there. A key is no part of an e-mail.
    pattern := case when length(needle) >= 3 then '%' else '' end || private.escape_like(needle) || '%';
    conditions := conditions || case when private.is_license_key(needle) then ' and licenses.id = any ($2)'
      else ' and (licenses.email ilike $1 or licenses.id = any ($2))' end;
  end if;
  if plans is not null and plans <> '{}' then
    conditions := conditions || ' and licenses.plan = any ($3)';
  end if;
  if auto_renew is not null then
    conditions := conditions || ' and licenses.auto_renew = $4';
  end if;
  if expiring_within_days is not null then
    conditions := conditions || ' and licenses.revoked_at is null and licenses.expires_at >= now() and licenses.expires_at < now() + make_interval(days => $5)';
  end if;
  if statuses is not null and statuses <> '{}' then
    if 'active' = any (statuses) then state_conditions := state_conditions || 'licenses.revoked_at is null and licenses.expires_at > now()'::text; end if;
    if 'grace_period' = any (statuses) then state_conditions := state_conditions || 'licenses.revoked_at is null and licenses.expires_at <= now() and licenses.grace_until > now()'::text; end if;
    if 'expired' = any (statuses) then state_conditions := state_conditions || 'licenses.revoked_at is null and licenses.grace_until <= now()'::text; end if;
    if 'revoked' = any (statuses) then state_conditions := state_conditions || 'licenses.revoked_at is not null'::text; end if;
    conditions := conditions || ' and (' || array_to_string(state_conditions, ' or ') || ')';
  end if;

  if needle is not null then
    -- What is searched is found once, then counted and sorted: the planner would else walk the sort index hoping to meet it.
    execute 'with licenses as materialized (select * from public.licenses where ' || conditions || ')
      select (select count(*) from licenses), (select coalesce(jsonb_agg(private.license_row(matches)), ''[]'')
        from (select * from licenses order by ' || order_by || ' limit $6 offset $7) as matches)'
    into total, rows using pattern, found_ids, plans, auto_renew, expiring_within_days, page_size, (page - 1)::bigint * page_size;
  else
    execute 'select count(*) from public.licenses where ' || conditions into total
    using pattern, found_ids, plans, auto_renew, expiring_within_days;
    execute 'select coalesce(jsonb_agg(private.license_row(matches)), ''[]'')
      from (select licenses.* from public.licenses where ' || conditions || '
        order by ' || order_by || ' limit $6 offset $7) as matches'
    into rows using pattern, found_ids, plans, auto_renew, expiring_within_days, page_size, (page - 1)::bigint * page_size;
  end if;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;
comment on function public.search_licenses(text, text[], text[], int, boolean, text, boolean, int, int) is
  'A page of licences. query matches e-mail (part of it), customer name, whole key or its last group, whole hardware identifier. page_size 1 to 5000.
   → {total, rows: [licence as private.license_row]}. Needs licenses.read. Errors (hint): permission_denied, invalid_argument.';

create function private.find_anything(query text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  needle text := nullif(btrim(left(query, 300)), '');
  pattern text := '%' || private.escape_like(needle) || '%';
begin
  perform private.require_permission('licenses.read');
  if needle is null or length(needle) < 2 then
    return jsonb_build_object('licenses', '[]'::jsonb, 'customers', '[]'::jsonb);
  end if;
  return jsonb_build_object(
    'licenses', (select coalesce(jsonb_agg(jsonb_build_object('id', matches.id, 'email', matches.email,
        'license_key_hint', matches.license_key_hint, 'plan', matches.plan, 'status', matches.state)), '[]')
      from (select licenses.id, licenses.email, licenses.license_key_hint, licenses.plan, private.license_state(licenses) as state
        from public.licenses
        where deleted_at is null and (licenses.email ilike pattern or licenses.id in (select private.find_license_ids(needle)))
        order by created_at desc limit 8) as matches),
    'customers', (select coalesce(jsonb_agg(to_jsonb(matches)), '[]')
      from (select id, email, name from public.customers
        where private.has_permission('customers.read') and (customers.email ilike pattern or name ilike pattern)
        order by created_at desc limit 8) as matches));
end
$$;
comment on function private.find_anything(text) is 'Does the work of public.find_anything. Definer: reads the hashes.';
create function public.find_anything(query text) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.find_anything($1) $$;
comment on function public.find_anything(text) is
  'For the command palette: → {licenses: [{id, email, license_key_hint, plan, status}], customers: [{id, email, name}]}, 8 of each at most. Needs licenses.read.';
create index customers_email_trgm_idx on public.customers using gin (email extensions.gin_trgm_ops);

create function public.list_license_events(license_id uuid, before_sequence bigint default null, page_size int default 50) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  rows jsonb;
begin
  perform private.require_permission('licenses.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  end if;
  select coalesce(jsonb_agg(to_jsonb(matches) - array['hash', 'previous_hash']), '[]') into rows
  from (select * from public.events
    where events.license_id = list_license_events.license_id and (before_sequence is null or sequence < before_sequence)
    order by sequence desc limit page_size + 1) as matches;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function public.list_license_events(uuid, bigint, int) is
  'What happened to a licence, newest first, before a sequence number. → {rows: [events], has_more}. Needs licenses.read.';

create function public.search_events(query text default null, event_types text[] default null, actor_id uuid default null,
  license_id uuid default null, from_time timestamptz default null, to_time timestamptz default null,
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
  end if;
  if pattern is not null then
    conditions := conditions || ' and (events.actor ilike $1 or events.event_type ilike $1 or host(events.ip_address) like $1
      or events.event_data::text ilike $1 or events.license_id in (select licenses.id from public.licenses where licenses.email ilike $1))';
  end if;
  conditions := conditions
    || case when event_types is not null and event_types <> '{}' then ' and events.event_type = any ($2)' else '' end
    || case when actor_id is not null then ' and events.user_id = $3' else '' end
    || case when license_id is not null then ' and events.license_id = $4' else '' end
    || case when from_time is not null then ' and events.created_at >= $5' else '' end
    || case when to_time is not null then ' and events.created_at < $6' else '' end;
  execute 'select count(*) from public.events where ' || conditions into total
  using pattern, event_types, actor_id, license_id, from_time, to_time;
  execute 'select coalesce(jsonb_agg(to_jsonb(matches) - array[''hash'', ''previous_hash'']
      || jsonb_build_object(''hash'', encode(matches.hash, ''hex''), ''license_email'', (select licenses.email from public.licenses where licenses.id = matches.license_id))), ''[]'')
    from (select * from public.events where ' || conditions || ' order by sequence desc limit $7 offset $8) as matches'
  into rows using pattern, event_types, actor_id, license_id, from_time, to_time, page_size, (page - 1)::bigint * page_size;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;
comment on function public.search_events(text, text[], uuid, uuid, timestamptz, timestamptz, int, int) is
  'A page of the audit trail, newest first; query looks in actor, type, address, content and licence e-mail; from_time included, to_time not. → {total, rows}. Needs audit.read.';

do $$
declare
  signature text;
begin
  foreach signature in array array['search_licenses(text, text[], text[], int, boolean, text, boolean, int, int)',
    'find_anything(text)', 'list_license_events(uuid, bigint, int)',
    'search_events(text, text[], uuid, uuid, timestamptz, timestamptz, int, int)']
  loop
    execute format('revoke execute on function public.%s from public', signature);
    execute format('grant execute on function public.%s to authenticated, service_role', signature);
  end loop;
end
$$;
grant execute on function private.find_anything(text), private.find_license_ids(text), private.escape_like(text), private.is_license_key(text), private.license_key_alphabet(),
  private.normalize_license_key(text), private.license_key_check_character(text),
  private.license_row(public.licenses) to authenticated, service_role;
