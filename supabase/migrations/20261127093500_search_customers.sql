-- The list of customers and one of them whole, read behind the policies as licences are.

insert into private.export_subjects (subject, permission, filters) values
  ('customers', 'customers.export', '{segment,sort,descending}');
insert into private.role_permissions (role, permission) values
  ('admin', 'customers.export'), ('support', 'customers.export');

create function private.customer_row(customer public.customers) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  held record;
begin
  select count(*) as licenses, count(*) filter (where licensed.state in ('active', 'grace_period')) as active_licenses,
    max(licensed.last_check_in) as last_seen,
    min(array_position(array['active', 'grace_period', 'suspended', 'expired', 'revoked'], licensed.state)) as best
  into held
  from (select licenses.last_check_in, private.license_state(licenses) as state
    from public.licenses where licenses.customer_id = customer.id and licenses.deleted_at is null) as licensed;
  return jsonb_build_object('id', customer.id, 'email', customer.email, 'name', customer.name,
    'company', customer.company, 'locale', customer.locale, 'created_at', customer.created_at,
    'anonymized_at', customer.anonymized_at, 'licenses', held.licenses, 'active_licenses', held.active_licenses,
    'last_seen', held.last_seen,
    'state', coalesce((array['active', 'grace_period', 'suspended', 'expired', 'revoked'])[held.best], 'none'),
    'mrr', private.money_list((select jsonb_object_agg(currency, cents) from (
      select paying.currency, sum(paying.cents) as cents from (
        select licenses.currency, licenses.mrr_cents as cents from public.licenses
        where licenses.customer_id = customer.id and licenses.deleted_at is null
          and licenses.stripe_subscription_id is null
        union all
        select subscriptions.currency, subscriptions.paying_mrr_cents from public.subscriptions
        where subscriptions.customer_id = customer.id) as paying
      group by paying.currency) as sums)));
end
$$;
comment on function private.customer_row(public.customers) is
  'A customer as lists show it: counts of licences, last_seen (latest check-in), state (the best of their licences: '
  'active, grace_period, suspended, expired, revoked or none), mrr [{currency, cents}]. Never granted. Definer: reads '
  'behind the policies.';

create function private.search_customers(query text, segment text, sort text, descending boolean, page int,
  page_size int) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  needle text := nullif(private.clean_text(query), '');
  pattern text := private.search_pattern(needle);
  conditions text := 'true';
  direction text := case when descending then ' desc' else '' end;
  sort_by text := (select 'customers.' || name
    from unnest(array['created_at', 'email', 'name', 'company']) as name where name = sort);
  held constant text := 'select from public.licenses where licenses.customer_id = customers.id
    and licenses.deleted_at is null and licenses.revoked_at is null and ';
  live constant text := held || 'licenses.suspended_at is null and ';
  total bigint;
  rows jsonb;
begin
  perform private.require_permission('customers.read');
  perform private.require_page(page, page_size, query);
  if sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif segment is not null and segment not in ('active', 'grace_period', 'suspended', 'expired', 'revoked',
      'none') then
    perform private.fail('invalid_argument', 'segment is active, grace_period, suspended, expired, revoked or none');
  end if;
  if needle is not null then
    conditions := conditions || ' and customers.id in (select private.find_customer_ids($1)
      union select id from public.customers where stripe_customer_id = $2)';
  end if;
  -- A customer is what the best of his licences is.
  conditions := conditions || case segment
    when 'active' then ' and exists (' || live || 'licenses.expires_at > now())'
    when 'grace_period' then ' and exists (' || live || 'licenses.grace_until > now()) and not exists (' || live
      || 'licenses.expires_at > now())'
    when 'suspended' then ' and exists (' || held || 'licenses.suspended_at is not null) and not exists (' || live
      || 'licenses.grace_until > now())'
    when 'expired' then ' and exists (' || held || 'true) and not exists (' || held
      || '(licenses.grace_until > now() or licenses.suspended_at is not null))'
    when 'revoked' then ' and not exists (' || held || 'true) and exists (select from public.licenses
      where licenses.customer_id = customers.id and licenses.deleted_at is null)'
    when 'none' then ' and not exists (select from public.licenses
      where licenses.customer_id = customers.id and licenses.deleted_at is null)'
    else '' end;
  execute 'select count(*) from public.customers where ' || conditions into total using pattern, needle;
  execute 'select coalesce(jsonb_agg(private.customer_row(row(matches.*)::public.customers)), ''[]'')
    from (select * from public.customers where ' || conditions || ' order by ' || sort_by || direction
    || case when sort in ('name', 'company') then ' nulls last' else '' end || ', customers.id' || direction
    || ' limit $3 offset $4) as matches'
  into rows using pattern, needle, page_size, (page - 1)::bigint * page_size;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;
comment on function private.search_customers(text, text, text, boolean, int, int) is
  'Does the work of public.search_customers. Definer: under a policy no index serves LIKE.';
grant execute on function private.search_customers(text, text, text, boolean, int, int) to authenticated, service_role;

create function public.search_customers(query text default null, segment text default null,
  sort text default 'created_at', descending boolean default true, page int default 1, page_size int default 25)
  returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.search_customers($1, $2, $3, $4, $5, $6) $$;
comment on function public.search_customers(text, text, text, boolean, int, int) is
  'A page of customers. query matches e-mail (former ones too), name or company (part of it, accents or not) or the '
  'whole cus_ id; segment is a state: active, grace_period, suspended, expired, revoked or none; sort is created_at, '
  'email, name or company. page_size 1 to 5000. → {total, rows: [customer as private.customer_row]}. Needs '
  'customers.read. Errors: permission_denied, invalid_argument.';
revoke execute on function public.search_customers(text, text, text, boolean, int, int)
  from public, anon, authenticated, service_role;
grant execute on function public.search_customers(text, text, text, boolean, int, int) to authenticated, service_role;

create function private.customer_actions(customer public.customers) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  held text[] := case when not private.is_system_caller() then private.held_permissions() end;
begin
  return jsonb_build_object(
    'update', private.refusal(held, 'customers.update', case
      when customer.anonymized_at is not null then 'customer_forgotten' end),
    'forget', private.refusal(held, 'customers.forget', case when private.is_in_use(customer) then 'customer_in_use'
      end));
end
$$;
comment on function private.customer_actions(public.customers) is
  'What the caller may do to a customer: each action with null, or the code with which it would be refused now. '
  'Definer: reads licences and subscriptions for whoever reads customers.';

create function private.is_in_use(customer public.customers) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (select from public.licenses where licenses.customer_id = customer.id and deleted_at is null
      and revoked_at is null and grace_until > now())
    or exists (select from public.subscriptions where subscriptions.customer_id = customer.id
      and status not in ('canceled', 'incomplete_expired'));
end
$$;
comment on function private.is_in_use(public.customers) is
  'Whether a licence of theirs is not over, suspended or not, or a subscription runs. Definer: reads behind the '
  'policies.';

create function private.get_customer(customer_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  customer public.customers;
begin
  perform private.require_permission('customers.read');
  select * into customer from public.customers where id = $1;
  if customer.id is null then
    perform private.fail('customer_not_found', 'No such customer');
  end if;
  return private.customer_row(customer) || jsonb_build_object('consent_at', customer.consent_at,
    'stripe_customer_id', customer.stripe_customer_id, 'updated_at', customer.updated_at,
    'stripe_email', (select stripe_customers.email from private.stripe_customers
      where stripe_customers.stripe_customer_id = customer.stripe_customer_id and deleted_at is null
        and stripe_customers.email <> customer.email),
    'mail_refused', customer.mail_refused, 'mail_refused_at', customer.mail_refused_at,
    'mail_refused_reason', customer.mail_refused_reason,
    'actions', private.customer_actions(customer),
    'former_emails', (select coalesce(jsonb_agg(former_emails.email order by changed_at desc), '[]')
      from private.former_emails where former_emails.customer_id = $1),
    'licenses', (select coalesce(jsonb_agg(private.license_row(licenses) order by licenses.created_at desc), '[]')
      from public.licenses where licenses.customer_id = $1 and licenses.deleted_at is null),
    'health', private.told_health($1), 'revenue', private.revenue_to_date($1, null));
end
$$;
comment on function private.get_customer(uuid) is
  'Does the work of public.get_customer. Definer: reads behind the policies, and former addresses.';
grant execute on function private.get_customer(uuid) to authenticated, service_role;

create function public.get_customer(customer_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_customer($1) $$;
comment on function public.get_customer(uuid) is
  'One customer whole: the row of lists, consent_at, stripe_customer_id, stripe_email (only while it differs), '
  'mail_refused (why nothing is written to the address: bounced or complained) with its time and reason, actions, '
  'former_emails, licenses (as in lists), '
  'health (as private.customer_health, what the caller may not read left out), revenue to date (as '
  'private.revenue_to_date). Needs customers.read. Errors: permission_denied, customer_not_found (404).';
revoke execute on function public.get_customer(uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_customer(uuid) to authenticated, service_role;

create function private.list_customer_events(customer_id uuid, before_sequence bigint, page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  rows jsonb;
  master_key bytea := private.master_key();
begin
  perform private.require_permission('customers.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  end if;
  select coalesce(jsonb_agg(private.event_row(row(matches.*)::public.events, master_key)
    order by matches.sequence desc), '[]') into rows
  from (select * from public.events where events.customer_id = $1 and ($2 is null or sequence < $2)
    order by sequence desc limit page_size + 1) as matches;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function private.list_customer_events(uuid, bigint, int) is
  'Does the work of public.list_customer_events. Definer: opens what is sealed for whoever may read customers.';
grant execute on function private.list_customer_events(uuid, bigint, int) to authenticated, service_role;

create function public.list_customer_events(customer_id uuid, before_sequence bigint default null,
  page_size int default 50) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_customer_events($1, $2, $3) $$;
comment on function public.list_customer_events(uuid, bigint, int) is
  'What happened to a customer, newest first, before a sequence number. → {rows: [event as private.event_row], '
  'has_more}. Needs customers.read. Errors: permission_denied, invalid_argument.';
revoke execute on function public.list_customer_events(uuid, bigint, int)
  from public, anon, authenticated, service_role;
grant execute on function public.list_customer_events(uuid, bigint, int) to authenticated, service_role;
