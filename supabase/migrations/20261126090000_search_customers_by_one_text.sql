-- Customers are found by any part of e-mail, name or company, with or without accents, through one index.

create function private.search_form(value text) returns text
language sql immutable parallel safe set search_path = ''
as $$ select regexp_replace(normalize(lower($1), nfkd), '[\u0300-\u036f]', '', 'g') $$;
comment on function private.search_form(text) is 'The text as searches compare it: lower case, without accents.';
revoke execute on function private.search_form(text) from public;
grant execute on function private.search_form(text) to authenticated, service_role;

alter table public.customers add column search_text text not null
  generated always as (private.search_form(email || ' ' || coalesce(name, '') || ' ' || coalesce(company, ''))) stored;
comment on column public.customers.search_text is 'E-mail, name and company as searches compare them; begins with the e-mail';
create index customers_search_text_trgm_idx on public.customers using gin (search_text extensions.gin_trgm_ops);
drop index public.customers_name_trgm_idx;

-- What is derived is no change of its own.
create or replace function private.audit_after_row() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  entity text := tg_argv[0];
  old_row jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  new_row jsonb := to_jsonb(new);
  before jsonb;
  after jsonb;
  named_event text := nullif(current_setting('private.audit_event', true), '');
  context jsonb := coalesce(nullif(current_setting('private.audit_context', true), '')::jsonb, '{}');
begin
  select coalesce(jsonb_object_agg(key, old_row -> key) filter (where old_row ? key), '{}'), coalesce(jsonb_object_agg(key, value), '{}')
  into before, after
  from jsonb_each(new_row)
  where key not in ('updated_at', 'created_at', 'last_sign_in_at', 'search_text') and old_row -> key is distinct from value;
  if tg_op = 'UPDATE' and after = '{}' then
    return null;
  end if;
  perform private.record_event(
    coalesce(named_event, case
      when entity = 'settings' then 'settings_changed'
      when entity = 'plan' then 'plan_changed'
      when tg_op = 'INSERT' then entity || '_created'
      else entity || '_updated' end),
    null,
    context || jsonb_build_object('id', new_row -> tg_argv[1])
      || case when tg_op = 'INSERT' then '{}' else jsonb_build_object('before', before) end
      || jsonb_build_object('after', after));
  return null;
end
$$;

create or replace function private.find_customer_ids(query text) returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select id from public.customers
  where search_text like case when length(btrim($1)) >= 3 then '%' else '' end || private.escape_like(private.search_form(btrim($1))) || '%'
$$;
comment on function private.find_customer_ids(text) is
  'Customers whose e-mail, name or company contains the text, or whose e-mail begins with it when it is shorter than three characters. Definer: under a policy no index serves LIKE; answers ids only.';

create or replace function private.find_anything(query text) returns jsonb
language plpgsql stable security definer set search_path = ''
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
      select licenses.* from found_ids join public.licenses on licenses.id = found_ids.id where deleted_at is null order by created_at desc limit 8
    )
    select jsonb_build_object(
      'licenses', (select coalesce(jsonb_agg(jsonb_build_object('id', matches.id, 'email', matches.email, 'license_key_hint', matches.license_key_hint,
        'plan', matches.plan, 'status', private.license_state(row(matches.*)::public.licenses)) order by matches.created_at desc), '[]') from found_licenses as matches),
      'customers', (select coalesce(jsonb_agg(jsonb_build_object('id', matches.id, 'email', matches.email, 'name', matches.name)), '[]')
        from (select * from found_customers where private.has_permission('customers.read') order by created_at desc limit 8) as matches)));
end
$$;

create or replace function public.search_subscriptions(query text default null, statuses text[] default null, plans text[] default null, attention text default null,
  sort text default 'created_at', descending boolean default true, page int default 1, page_size int default 25) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  needle text := nullif(btrim(query), '');
  pattern text := case when length(needle) >= 3 then '%' else '' end || private.escape_like(needle) || '%';
  conditions text := 'true';
  sort_by text := (select 'subscriptions.' || case name when 'created_at' then 'started_at' else name end
    from unnest(array['email', 'plan', 'amount_cents', 'mrr_cents', 'current_period_end', 'status', 'created_at']) as name where name = sort);
  total bigint;
  rows jsonb;
begin
  perform private.require_permission('subscriptions.read');
  perform private.require_page(page, page_size, query);
  if sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif attention is not null and attention not in ('failed', 'expiring', 'canceling', 'unlinked') then
    perform private.fail('invalid_argument', 'attention is failed, expiring, canceling or unlinked');
  elsif not (coalesce(statuses, '{}') <@ array['incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused']) then
    perform private.fail('invalid_argument', 'statuses are those of Stripe');
  end if;
  conditions := conditions
    || case when needle is not null then ' and (subscriptions.email ilike $1 or subscriptions.stripe_subscription_id = $2 or subscriptions.stripe_customer_id = $2
        or subscriptions.customer_id in (select private.find_customer_ids($2)))' else '' end
    || case when statuses is not null and statuses <> '{}' then ' and subscriptions.status = any ($3)' else '' end
    || case when plans is not null and plans <> '{}' then ' and subscriptions.plan = any ($4)' else '' end
    || case attention when 'failed' then ' and subscriptions.payment_failed_at is not null'
        when 'expiring' then ' and private.is_expiring(subscriptions)'
        when 'canceling' then ' and (subscriptions.cancel_at_period_end or subscriptions.cancel_at is not null) and subscriptions.status <> ''canceled'''
        when 'unlinked' then ' and subscriptions.license_id is null and subscriptions.status not in (''canceled'', ''incomplete_expired'')' else '' end;
  execute 'select count(*) from public.subscriptions where ' || conditions into total using pattern, needle, statuses, plans;
  execute 'select coalesce(jsonb_agg(private.subscription_row(matches)), ''[]'') from (select subscriptions.* from public.subscriptions where ' || conditions
    || ' order by ' || sort_by || case when descending then ' desc nulls last' else ' nulls first' end || ', subscriptions.id' || case when descending then ' desc' else '' end
    || ' limit $5 offset $6) as matches'
  into rows using pattern, needle, statuses, plans, page_size, (page - 1)::bigint * page_size;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;

create or replace function public.search_payments(query text default null, statuses text[] default null, from_time timestamptz default null, to_time timestamptz default null,
  license_id uuid default null, sort text default 'payment_date', descending boolean default true, page int default 1, page_size int default 25) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  needle text := nullif(btrim(query), '');
  pattern text := case when length(needle) >= 3 then '%' else '' end || private.escape_like(needle) || '%';
  conditions text := 'true';
  state_conditions text[] := '{}';
  sort_by text := (select 'payments.' || name from unnest(array['payment_date', 'amount', 'email', 'status']) as name where name = sort);
  totals jsonb;
  rows jsonb;
begin
  perform private.require_permission('payments.read');
  perform private.require_page(page, page_size, query);
  if sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif not (coalesce(statuses, '{}') <@ array['succeeded', 'failed', 'pending', 'refunded', 'disputed']) then
    perform private.fail('invalid_argument', 'statuses are succeeded, failed, pending, refunded and disputed');
  end if;
  if statuses is not null and statuses <> '{}' then
    state_conditions := array(select format('payments.status = %L', status) from unnest(statuses) as status where status in ('succeeded', 'failed', 'pending'))
      || case when 'refunded' = any (statuses) then array['payments.amount_refunded > 0'] else '{}' end
      || case when 'disputed' = any (statuses) then array['payments.dispute_status is not null'] else '{}' end;
    conditions := conditions || ' and (' || array_to_string(state_conditions, ' or ') || ')';
  end if;
  conditions := conditions
    || case when needle is not null then ' and (payments.email ilike $1 or payments.invoice_number = $2 or payments.stripe_payment_id = $2 or payments.stripe_payment_intent_id = $2
        or payments.stripe_invoice_id = $2 or payments.customer_id in (select private.find_customer_ids($2)))' else '' end
    || case when from_time is not null then ' and payments.payment_date >= $3' else '' end
    || case when to_time is not null then ' and payments.payment_date < $4' else '' end
    || case when license_id is not null then ' and payments.license_id = $5' else '' end;
  execute 'select jsonb_build_object(''total'', count(*), ''totals'', jsonb_build_object(
      ''succeeded_cents'', coalesce(sum(amount) filter (where status = ''succeeded''), 0), ''refunded_cents'', coalesce(sum(amount_refunded), 0),
      ''failed_cents'', coalesce(sum(amount) filter (where status = ''failed''), 0),
      ''succeeded_count'', count(*) filter (where status = ''succeeded''), ''failed_count'', count(*) filter (where status = ''failed'')))
    from public.payments where ' || conditions into totals using pattern, needle, from_time, to_time, license_id;
  execute 'select coalesce(jsonb_agg(to_jsonb(matches) || jsonb_build_object(
      ''customer_name'', (select customers.name from public.customers where customers.id = matches.customer_id),
      ''plan'', (select subscriptions.plan from public.subscriptions where subscriptions.id = matches.subscription_id))), ''[]'')
    from (select payments.* from public.payments where ' || conditions
    || ' order by ' || sort_by || case when descending then ' desc' else '' end || ', payments.id' || case when descending then ' desc' else '' end
    || ' limit $6 offset $7) as matches'
  into rows using pattern, needle, from_time, to_time, license_id, page_size, (page - 1)::bigint * page_size;
  return totals || jsonb_build_object('rows', rows);
end
$$;
