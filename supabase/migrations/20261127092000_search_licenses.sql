-- The list of licences. Under a policy LIKE uses no index: PostgreSQL checks the policy first, row by row. The search
-- checks the caller's permission itself and reads behind the policy, which asks the same question. What is searched
-- lies in memory: reading it by index costs what reading it in order does. A first name is many customers: their
-- licences are found by the customers' ids, not one by one. Dynamic SQL is built from fixed pieces only, values always
-- as parameters.

create function private.find_license_ids(query text) returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select license_id from private.license_secrets where license_key_hash = private.license_key_hash($1)
  union
  select license_id from private.former_license_keys where license_key_hash = private.license_key_hash($1)
  union
  select license_id from private.license_secrets where hwid_hash = private.hwid_hash($1, private.secret('hwid_pepper'))
  union
  select licenses.id from public.licenses where license_key_hint = private.normalize_license_key($1)
$$;
comment on function private.find_license_ids(text) is
  'Licences whose key, former key, key ending or hardware identifier is the text. Definer: reads the hashes. Answers '
  'ids only; rows stay behind their policy.';
grant execute on function private.find_license_ids(text) to authenticated, service_role;

create function private.search_licenses(query text, statuses text[], plans text[], expiring_within_days int,
  auto_renew boolean, import_id uuid, customer_id uuid, sort text, descending boolean, page int, page_size int)
    returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  needle text := nullif(private.clean_text(query), '');
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
  perform private.require_page(page, page_size, needle);
  -- Written as the indexes are, or every page would sort the whole table. Never connected comes last when newest
  -- come first.
  sort_by := case sort
    when 'status' then 'array_position(array[''active'', ''grace_period'', ''suspended'', ''expired'', ''revoked''],
      licenses.status)'
    when 'last_check_in' then 'licenses.last_check_in'
    else (select 'licenses.' || name from unnest(array['email', 'plan', 'expires_at', 'mrr_cents',
      'created_at']) as name where name = sort) end;
  order_by := sort_by || case when descending then ' desc' else '' end
    || case when sort <> 'last_check_in' then '' when descending then ' nulls last' else ' nulls first' end
    || ', licenses.id' || case when descending then ' desc' else '' end;
  if sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif not (coalesce(statuses, '{}') <@ array['active', 'grace_period', 'suspended', 'expired', 'revoked']) then
    perform private.fail('invalid_argument', 'statuses are active, grace_period, suspended, expired and revoked');
  end if;

  if plans is not null and plans <> '{}' then
    conditions := conditions || ' and licenses.plan = any ($3)';
  end if;
  if auto_renew is not null then
    conditions := conditions || ' and licenses.auto_renew = $4';
  end if;
  if expiring_within_days is not null then
    conditions := conditions
      || ' and licenses.revoked_at is null and licenses.expires_at >= now()
        and licenses.expires_at < now() + make_interval(days => $5)';
  end if;
  if import_id is not null then
    conditions := conditions || ' and licenses.import_id = $6';
  end if;
  if customer_id is not null then
    conditions := conditions || ' and licenses.customer_id = $9';
  end if;
  if statuses is not null and statuses <> '{}' then
    if 'active' = any (statuses) then state_conditions := state_conditions
      || 'licenses.revoked_at is null and licenses.suspended_at is null and licenses.expires_at > now()'::text; end if;
    if 'grace_period' = any (statuses) then state_conditions := state_conditions
      || 'licenses.revoked_at is null and licenses.suspended_at is null and licenses.expires_at <= now()
        and licenses.grace_until > now()'::text; end if;
    if 'suspended' = any (statuses) then state_conditions := state_conditions
      || 'licenses.suspended_at is not null'::text; end if;
    if 'expired' = any (statuses) then state_conditions := state_conditions
      || 'licenses.revoked_at is null and licenses.suspended_at is null
        and licenses.grace_until <= now()'::text; end if;
    if 'revoked' = any (statuses) then state_conditions := state_conditions
      || 'licenses.revoked_at is not null'::text; end if;
    conditions := conditions || ' and (' || array_to_string(state_conditions, ' or ') || ')';
  end if;

  if needle is not null then
    found_ids := array(select private.find_license_ids(needle));
    -- Under three characters only beginnings match: a trigram index cannot help there. A key is no part of a name.
    pattern := case when private.is_license_key(needle) then null
      else case when length(needle) >= 3 then '%' else '' end || private.escape_like(private.search_form(needle))
        || '%' end;
    -- What is searched is found once, then counted and sorted: the planner would else walk the sort index hoping to
    -- meet it.
    execute 'with licenses as materialized (
        select licenses.* from public.customers join public.licenses on licenses.customer_id = customers.id
        where customers.search_text like $1 and ' || conditions || '
        union all
        select licenses.* from public.licenses where licenses.id = any ($2) and ' || conditions || '
          and not exists (select from public.customers where customers.id = licenses.customer_id
            and customers.search_text like $1))
      select (select count(*) from licenses), (select coalesce(jsonb_agg(private.license_row(matches)), ''[]'')
        from (select * from licenses order by ' || order_by || ' limit $7 offset $8) as matches)'
    into total, rows using pattern, found_ids, plans, auto_renew, expiring_within_days, import_id, page_size,
      (page - 1)::bigint * page_size, customer_id;
  else
    if conditions = 'licenses.deleted_at is null' then
      total := private.license_count();
    else
      execute 'select count(*) from public.licenses where ' || conditions into total
      using pattern, found_ids, plans, auto_renew, expiring_within_days, import_id, null::int, null::bigint,
        customer_id;
    end if;
    execute 'select coalesce(jsonb_agg(private.license_row(matches)), ''[]'')
      from (select licenses.* from public.licenses where ' || conditions || '
        order by ' || order_by || ' limit $7 offset $8) as matches'
    into rows using pattern, found_ids, plans, auto_renew, expiring_within_days, import_id, page_size,
      (page - 1)::bigint * page_size, customer_id;
  end if;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;
comment on function private.search_licenses(text, text[], text[], int, boolean, uuid, uuid, text, boolean, int, int) is
  'Does the work of public.search_licenses. Definer: under a policy no index serves LIKE.';
grant execute on function private.search_licenses(text, text[], text[], int, boolean, uuid, uuid, text, boolean, int,
  int)
  to authenticated, service_role;

create function public.search_licenses(query text default null, statuses text[] default null, plans text[] default null,
  expiring_within_days int default null, auto_renew boolean default null, import_id uuid default null,
  customer_id uuid default null, sort text default 'created_at', descending boolean default true, page int default 1,
    page_size int default 25) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.search_licenses($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) $$;
comment on function public.search_licenses(text, text[], text[], int, boolean, uuid, uuid, text, boolean, int, int) is
  'A page of licences. query matches the customer''s e-mail, name or company (part of it, accents or not), whole key '
  'or its last group, whole hardware identifier; import_id asks for what that import made, customer_id for one '
  'customer''s. page_size 1 to 5000. → {total, rows: [licence as private.license_row]}. Needs licenses.read. Errors '
  '(hint): permission_denied, invalid_argument.';
revoke execute on function public.search_licenses(text, text[], text[], int, boolean, uuid, uuid, text, boolean, int,
  int)
  from public, anon, authenticated, service_role;
grant execute on function public.search_licenses(text, text[], text[], int, boolean, uuid, uuid, text, boolean, int,
  int)
  to authenticated, service_role;
