-- The list of subscriptions and what is behind one. Dynamic SQL is built from fixed pieces only, values always as
-- parameters; read behind the policies, as licences are.

insert into private.export_subjects (subject, permission, filters) values
  ('subscriptions', 'subscriptions.export', '{statuses,plans,attention,customer_id,sort,descending}');

create function private.subscription_row(subscription public.subscriptions) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select to_jsonb(subscription) - array['reminded_for', 'weights', 'named_license_id', 'carried_from']
    || jsonb_build_object(
    'customer_name', customers.name,
    'license_key_hint', (select license_key_hint from public.licenses where id = subscription.license_id),
    'confirmation', case when subscription.awaiting_customer_since is not null then (select jsonb_build_object(
        'url', hosted_invoice_url, 'number', number, 'amount_cents', amount_remaining, 'currency', currency,
        'expires_at', case when stripe_invoice_id = subscription.pending_update ->> 'invoice'
          then subscription.pending_update -> 'expires_at' end)
      from public.invoices where subscription_id = subscription.id and status = 'open'
        and (action_required_at is not null or stripe_invoice_id = subscription.pending_update ->> 'invoice')
      order by issued_at limit 1) end,
    'is_expiring', private.is_expiring(subscription), 'actions', private.subscription_actions(subscription),
    'open_act', private.open_act(subscription.id),
    'next_payment_at', case when subscription.status in ('active', 'trialing')
      and not subscription.cancel_at_period_end
      and (subscription.cancel_at is null or subscription.cancel_at > subscription.current_period_end)
      and not subscription.collection_paused and subscription.payment_failed_at is null
        then subscription.current_period_end
      when subscription.payment_failed_at is not null then (select min(next_payment_attempt) from public.invoices
        where subscription_id = subscription.id and status = 'open') end)
  from public.customers where customers.id = subscription.customer_id
$$;
comment on function private.subscription_row(public.subscriptions) is
  'A subscription as lists show it; actions says what may be done to it, next_payment_at is the renewal, or Stripe''s '
  'next attempt when payment fails; confirmation is where the customer pays or confirms what waits for him: {url, '
  'number, amount_cents, currency, expires_at}. Definer: callers hold subscriptions.read already.';
grant execute on function private.subscription_row(public.subscriptions) to authenticated, service_role;

create function public.get_subscription(subscription_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  found public.subscriptions;
begin
  perform private.require_permission('subscriptions.read');
  select * into found from public.subscriptions where id = $1;
  if found.id is null then
    perform private.fail('subscription_not_found', 'No such subscription');
  end if;
  return private.subscription_row(found) || jsonb_build_object(
    'customer', (select jsonb_build_object('id', id, 'email', email, 'name', name, 'company', company,
      'locale', locale) from public.customers where id = found.customer_id),
    'license', (select private.license_row(licenses) from public.licenses where id = found.license_id),
    'invoices', (select coalesce(jsonb_agg(to_jsonb(latest)
        - array['covers', 'prices', 'credited_amount', 'inclusive_taxes']
        || jsonb_build_object('credit_notes', (select coalesce(jsonb_agg(to_jsonb(credit_notes) - 'invoice_id'
          order by credit_notes.issued_at), '[]') from public.credit_notes where credit_notes.invoice_id = latest.id))
      order by latest.issued_at desc), '[]')
      from (select * from public.invoices where invoices.subscription_id = $1 order by issued_at desc
        limit 24) as latest),
    'payments', (select coalesce(jsonb_agg(to_jsonb(latest) order by latest.payment_date desc), '[]')
      from (select * from public.payments where payments.subscription_id = $1 order by payment_date desc
        limit 24) as latest),
    'movements', (select coalesce(jsonb_agg(to_jsonb(mrr_movements) order by occurred_at desc), '[]')
      from public.mrr_movements where mrr_movements.subscription_id = $1),
    'mrr_total', private.money_list((select jsonb_object_agg(currency, cents)
      from (select currency, sum(amount_cents) as cents from public.mrr_movements
        where mrr_movements.subscription_id = $1 group by currency) as sums)));
end
$$;
comment on function public.get_subscription(uuid) is
  'One subscription whole: list columns, customer, license, the latest 24 invoices (each with its credit_notes) and '
  'payments, movements and their sums by currency. Needs subscriptions.read. Errors: permission_denied, '
  'subscription_not_found (404).';
revoke execute on function public.get_subscription(uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_subscription(uuid) to authenticated, service_role;

create function private.list_subscription_events(subscription_id uuid, before_sequence bigint, page_size int)
  returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  rows jsonb;
  master_key bytea := private.master_key();
begin
  perform private.require_permission('subscriptions.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  end if;
  with told as (
    (select events.* from public.events
      where events.subject_type = 'subscription' and events.subject_id = $1::text
        and (before_sequence is null or sequence < before_sequence) order by sequence desc limit page_size + 1)
    union all
    -- What it did to its licence: renewed, changed plan.
    (select events.* from public.events
      where events.license_id = (select subscriptions.license_id from public.subscriptions where subscriptions.id = $1)
        and events.subject_type = 'license' and events.event_data ->> 'subscription_id' = $1::text
        and (before_sequence is null or sequence < before_sequence) order by sequence desc limit page_size + 1)
  )
  select coalesce(jsonb_agg(private.event_row(row(matches.*)::public.events, master_key)
    order by matches.sequence desc), '[]') into rows
  from (select * from told order by sequence desc limit page_size + 1) as matches;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function private.list_subscription_events(uuid, bigint, int) is
  'Does the work of public.list_subscription_events. Definer: a subscription''s own events are for whoever reads '
  'subscriptions.';
grant execute on function private.list_subscription_events(uuid, bigint, int) to authenticated, service_role;

create function public.list_subscription_events(subscription_id uuid, before_sequence bigint default null,
  page_size int default 50) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_subscription_events($1, $2, $3) $$;
comment on function public.list_subscription_events(uuid, bigint, int) is
  'What happened to a subscription, newest first, before a sequence number. → {rows: [events], has_more}. Needs '
  'subscriptions.read.';
revoke execute on function public.list_subscription_events(uuid, bigint, int) from public, anon, authenticated,
  service_role;
grant execute on function public.list_subscription_events(uuid, bigint, int) to authenticated, service_role;

create function public.subscriptions_summary() returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  perform private.require_permission('subscriptions.read');
  return jsonb_build_object(
    'failed_today', (select count(*) from public.payments
      where status = 'failed' and payment_date >= private.start_of_day(private.business_day(now()))),
    'failing', (select count(*) from public.subscriptions where payment_failed_at is not null),
    'expiring', (select count(*) from public.subscriptions where private.is_expiring(subscriptions)),
    'expiring_unreminded', (select count(*) from public.subscriptions where private.is_expiring(subscriptions)
      and reminded_for is distinct from coalesce(cancel_at, current_period_end)),
    'active', (select count(*) from public.subscriptions where status in ('active', 'past_due', 'trialing')),
    'left_out', (select coalesce(sum(left_out_items), 0) from public.subscriptions
      where status in ('active', 'past_due') and left_out_items > 0),
    'mrr', private.money_list((select jsonb_object_agg(currency, cents)
      from (select currency, sum(paying_mrr_cents) as cents from public.subscriptions group by currency) as paying)));
end
$$;
comment on function public.subscriptions_summary() is
  'What needs attention: → {failed_today (payments, day of the business), failing, expiring, expiring_unreminded, '
  'active, left_out (prices by use, which mrr does not count), mrr: [{currency, cents}]}. Needs subscriptions.read.';
revoke execute on function public.subscriptions_summary() from public, anon, authenticated, service_role;
grant execute on function public.subscriptions_summary() to authenticated, service_role;

create function private.search_subscriptions(query text, statuses text[], plans text[], attention text,
  customer_id uuid, sort text, descending boolean, page int, page_size int) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  needle text := nullif(private.clean_text(query), '');
  conditions text := 'true';
  sort_by text := (select 'subscriptions.' || case name when 'created_at' then 'started_at'
      when 'mrr_cents' then 'paying_mrr_cents' else name end
    from unnest(array['email', 'plan', 'amount_cents', 'mrr_cents', 'current_period_end', 'status',
      'created_at']) as name where name = sort);
  total bigint;
  rows jsonb;
begin
  perform private.require_permission('subscriptions.read');
  perform private.require_page(page, page_size, query);
  if sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif attention is not null and attention not in ('failed', 'waiting', 'expiring', 'canceling', 'unlinked') then
    perform private.fail('invalid_argument', 'attention is failed, waiting, expiring, canceling or unlinked');
  elsif not (coalesce(statuses, '{}') <@ array['incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due',
    'canceled', 'unpaid', 'paused']) then
    perform private.fail('invalid_argument', 'statuses are those of Stripe');
  end if;
  conditions := conditions
    || case when needle is not null then ' and subscriptions.id in (
        select found.id from public.customers join public.subscriptions as found on found.customer_id = customers.id
          where customers.search_text like $1
        union select found.id from public.subscriptions as found where found.stripe_subscription_id = $2
          or found.stripe_customer_id = $2)' else '' end
    || case when statuses is not null and statuses <> '{}' then ' and subscriptions.status = any ($3)' else '' end
    || case when plans is not null and plans <> '{}' then ' and subscriptions.plan = any ($4)' else '' end
    || case when customer_id is not null then ' and subscriptions.customer_id = $7' else '' end
    || case attention when 'failed' then ' and subscriptions.payment_failed_at is not null'
        when 'waiting' then ' and subscriptions.awaiting_customer_since is not null'
        when 'expiring' then ' and private.is_expiring(subscriptions)'
        when 'canceling' then ' and (subscriptions.cancel_at_period_end or subscriptions.cancel_at is not null)
          and subscriptions.status <> ''canceled'''
        when 'unlinked' then ' and subscriptions.license_id is null
          and subscriptions.status not in (''canceled'', ''incomplete_expired'')' else '' end;
  execute 'select count(*) from public.subscriptions where ' || conditions into total
    using private.search_pattern(needle), needle, statuses, plans, null::int, null::bigint, customer_id;
  execute 'select coalesce(jsonb_agg(private.subscription_row(matches)), ''[]'')
    from (select subscriptions.* from public.subscriptions where ' || conditions
    || ' order by ' || sort_by || case when descending then ' desc nulls last' else ' nulls first' end
      || ', subscriptions.id' || case when descending then ' desc' else '' end
    || ' limit $5 offset $6) as matches'
  into rows using private.search_pattern(needle), needle, statuses, plans, page_size, (page - 1)::bigint * page_size,
    customer_id;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;
comment on function private.search_subscriptions(text, text[], text[], text, uuid, text, boolean, int, int) is
  'Does the work of public.search_subscriptions. Definer: under a policy no index serves LIKE.';
grant execute on function private.search_subscriptions(text, text[], text[], text, uuid, text, boolean, int, int)
  to authenticated, service_role;

create function public.search_subscriptions(query text default null, statuses text[] default null,
  plans text[] default null, attention text default null, customer_id uuid default null,
  sort text default 'created_at', descending boolean default true, page int default 1, page_size int default 25)
  returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.search_subscriptions($1, $2, $3, $4, $5, $6, $7, $8, $9) $$;
comment on function public.search_subscriptions(text, text[], text[], text, uuid, text, boolean, int, int) is
  'A page of subscriptions. query matches the customer''s e-mail, name or company (part of it, accents or not), whole '
  'sub_ or cus_ id; attention: failed, waiting, expiring, canceling, unlinked. page_size 1 to 5000. → {total, rows: '
  '[subscription as private.subscription_row]}. Needs subscriptions.read. Errors (hint): permission_denied, '
  'invalid_argument.';
revoke execute on function public.search_subscriptions(text, text[], text[], text, uuid, text, boolean, int, int)
  from public, anon, authenticated, service_role;
grant execute on function public.search_subscriptions(text, text[], text[], text, uuid, text, boolean, int, int)
  to authenticated, service_role;
