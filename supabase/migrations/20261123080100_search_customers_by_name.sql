-- A first name is many customers: their licences are found by the customers' ids, not one by one.

create or replace function private.find_license_ids(query text) returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select license_id from private.license_secrets where license_key_hash = private.license_key_hash($1)
  union
  select license_id from private.license_secrets where hwid_hash = private.hwid_hash($1, private.secret('hwid_pepper'))
  union
  select licenses.id from public.licenses where license_key_hint = upper(btrim($1))
$$;
comment on function private.find_license_ids(text) is
  'Licences whose key, key ending or hardware identifier is the text. Definer: reads the hashes. Answers ids only; rows stay behind their policy.';

create function private.find_customer_ids(query text) returns setof uuid
language sql stable security definer set search_path = ''
as $$ select id from public.customers where length($1) >= 3 and name ilike '%' || private.escape_like($1) || '%' $$;
comment on function private.find_customer_ids(text) is
  'Customers whose name contains the text, of three characters at least. Definer: as private.find_license_ids; answers ids only.';
revoke execute on function private.find_customer_ids(text) from public;
grant execute on function private.find_customer_ids(text) to authenticated, service_role;

create or replace function public.search_licenses(query text default null, statuses text[] default null, plans text[] default null,
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
  found_customer_ids uuid[];
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
    found_customer_ids := array(select private.find_customer_ids(needle));
    -- Under three characters only beginnings match: a trigram index cannot help there. A key is no part of an e-mail.
    -- E-mails are kept in lower case.
    pattern := case when length(needle) >= 3 then '%' else '' end || private.escape_like(lower(needle)) || '%';
    conditions := conditions || case when private.is_license_key(needle) then ' and licenses.id = any ($2)'
      else ' and (licenses.email like $1 or licenses.id = any ($2) or licenses.customer_id = any ($8))' end;
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
    into total, rows using pattern, found_ids, plans, auto_renew, expiring_within_days, page_size, (page - 1)::bigint * page_size, found_customer_ids;
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

create or replace function private.find_anything(query text) returns jsonb
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
        where deleted_at is null and (licenses.email ilike pattern or licenses.id in (select private.find_license_ids(needle))
          or licenses.customer_id in (select private.find_customer_ids(needle)))
        order by created_at desc limit 8) as matches),
    'customers', (select coalesce(jsonb_agg(to_jsonb(matches)), '[]')
      from (select id, email, name from public.customers
        where private.has_permission('customers.read') and (customers.email ilike pattern or name ilike pattern)
        order by created_at desc limit 8) as matches));
end
$$;
