-- As for licences: under a policy LIKE uses no index. Customers are found by their one text, payments and
-- subscriptions by them; the permission is asked for first, the policy's own question.

create index payments_invoice_number_idx on public.payments (invoice_number) where invoice_number is not null;
drop index public.payments_email_trgm_idx;
drop index public.subscriptions_email_trgm_idx;

create function private.search_pattern(needle text) returns text
language sql stable set search_path = ''
as $$ select case when length(needle) >= 3 then '%' else '' end || private.escape_like(private.search_form(needle)) || '%' $$;
comment on function private.search_pattern(text) is
  'What customers.search_text is compared with by LIKE. Under three characters only beginnings match: a trigram index cannot help there.';
revoke execute on function private.search_pattern(text) from public;

create function private.search_payments(query text, statuses text[], from_time timestamptz, to_time timestamptz, license_id uuid,
  sort text, descending boolean, page int, page_size int) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  needle text := nullif(btrim(query), '');
  conditions text := 'true';
  state_conditions text[] := '{}';
  sort_by text := (select 'payments.' || name from unnest(array['payment_date', 'amount', 'email', 'status']) as name where name = sort);
  answer jsonb;
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
    || case when from_time is not null then ' and payments.payment_date >= $3' else '' end
    || case when to_time is not null then ' and payments.payment_date < $4' else '' end
    || case when license_id is not null then ' and payments.license_id = $5' else '' end;
  -- What is searched is found once, then counted and sorted.
  execute case when needle is null then 'with ' else 'with payments as materialized (
      select payments.* from public.customers join public.payments on payments.customer_id = customers.id where customers.search_text like $1 and ' || conditions || '
      union all
      select payments.* from public.payments where (payments.invoice_number = $2 or payments.stripe_payment_id = $2 or payments.stripe_payment_intent_id = $2
        or payments.stripe_invoice_id = $2) and ' || conditions || '
        and not exists (select from public.customers where customers.id = payments.customer_id and customers.search_text like $1)), ' end
    || 'page as (select payments.* from ' || case when needle is null then 'public.payments where ' || conditions else 'payments' end
    || ' order by ' || sort_by || case when descending then ' desc' else '' end || ', payments.id' || case when descending then ' desc' else '' end || ' limit $6 offset $7)
    select jsonb_build_object(''total'', count(*), ''totals'', jsonb_build_object(
      ''succeeded_cents'', coalesce(sum(amount) filter (where status = ''succeeded''), 0), ''refunded_cents'', coalesce(sum(amount_refunded), 0),
      ''failed_cents'', coalesce(sum(amount) filter (where status = ''failed''), 0),
      ''succeeded_count'', count(*) filter (where status = ''succeeded''), ''failed_count'', count(*) filter (where status = ''failed'')),
      ''rows'', (select coalesce(jsonb_agg(to_jsonb(page) || jsonb_build_object(
        ''customer_name'', (select customers.name from public.customers where customers.id = page.customer_id),
        ''plan'', (select subscriptions.plan from public.subscriptions where subscriptions.id = page.subscription_id))), ''[]'') from page))
    from ' || case when needle is null then 'public.payments where ' || conditions else 'payments' end
  into answer using private.search_pattern(needle), needle, from_time, to_time, license_id, page_size, (page - 1)::bigint * page_size;
  return answer;
end
$$;
comment on function private.search_payments(text, text[], timestamptz, timestamptz, uuid, text, boolean, int, int) is
  'Does the work of public.search_payments. Definer: under a policy no index serves LIKE.';

create or replace function public.search_payments(query text default null, statuses text[] default null, from_time timestamptz default null, to_time timestamptz default null,
  license_id uuid default null, sort text default 'payment_date', descending boolean default true, page int default 1, page_size int default 25) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.search_payments($1, $2, $3, $4, $5, $6, $7, $8, $9) $$;
comment on function public.search_payments(text, text[], timestamptz, timestamptz, uuid, text, boolean, int, int) is
  'A page of payments. query matches the customer''s e-mail, name or company (part of it, accents or not), whole invoice number or Stripe id; from_time included, to_time not. page_size 1 to 5000.
   → {total, totals: {succeeded_cents, refunded_cents, failed_cents, succeeded_count, failed_count}, rows}. Needs payments.read. Errors (hint): permission_denied, invalid_argument.';

create function private.search_subscriptions(query text, statuses text[], plans text[], attention text, sort text, descending boolean, page int, page_size int) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  needle text := nullif(btrim(query), '');
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
    || case when needle is not null then ' and subscriptions.id in (
        select found.id from public.customers join public.subscriptions as found on found.customer_id = customers.id where customers.search_text like $1
        union select found.id from public.subscriptions as found where found.stripe_subscription_id = $2 or found.stripe_customer_id = $2)' else '' end
    || case when statuses is not null and statuses <> '{}' then ' and subscriptions.status = any ($3)' else '' end
    || case when plans is not null and plans <> '{}' then ' and subscriptions.plan = any ($4)' else '' end
    || case attention when 'failed' then ' and subscriptions.payment_failed_at is not null'
        when 'expiring' then ' and private.is_expiring(subscriptions)'
        when 'canceling' then ' and (subscriptions.cancel_at_period_end or subscriptions.cancel_at is not null) and subscriptions.status <> ''canceled'''
        when 'unlinked' then ' and subscriptions.license_id is null and subscriptions.status not in (''canceled'', ''incomplete_expired'')' else '' end;
  execute 'select count(*) from public.subscriptions where ' || conditions into total using private.search_pattern(needle), needle, statuses, plans;
  execute 'select coalesce(jsonb_agg(private.subscription_row(matches)), ''[]'') from (select subscriptions.* from public.subscriptions where ' || conditions
    || ' order by ' || sort_by || case when descending then ' desc nulls last' else ' nulls first' end || ', subscriptions.id' || case when descending then ' desc' else '' end
    || ' limit $5 offset $6) as matches'
  into rows using private.search_pattern(needle), needle, statuses, plans, page_size, (page - 1)::bigint * page_size;
  return jsonb_build_object('total', total, 'rows', rows);
end
$$;
comment on function private.search_subscriptions(text, text[], text[], text, text, boolean, int, int) is
  'Does the work of public.search_subscriptions. Definer: under a policy no index serves LIKE.';

create or replace function public.search_subscriptions(query text default null, statuses text[] default null, plans text[] default null, attention text default null,
  sort text default 'created_at', descending boolean default true, page int default 1, page_size int default 25) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.search_subscriptions($1, $2, $3, $4, $5, $6, $7, $8) $$;
comment on function public.search_subscriptions(text, text[], text[], text, text, boolean, int, int) is
  'A page of subscriptions. query matches the customer''s e-mail, name or company (part of it, accents or not), whole sub_ or cus_ id; attention: failed, expiring, canceling, unlinked. page_size 1 to 5000.
   → {total, rows: [subscription as private.subscription_row]}. Needs subscriptions.read. Errors (hint): permission_denied, invalid_argument.';

revoke execute on function private.search_payments(text, text[], timestamptz, timestamptz, uuid, text, boolean, int, int),
  private.search_subscriptions(text, text[], text[], text, text, boolean, int, int) from public;
grant execute on function private.search_payments(text, text[], timestamptz, timestamptz, uuid, text, boolean, int, int),
  private.search_subscriptions(text, text[], text[], text, text, boolean, int, int) to authenticated, service_role;
drop function private.find_customer_ids(text);
