-- The first page: what happened, beside what had happened before, and what asks for somebody.

insert into public.settings (key, value, minimum, maximum, is_public, description) values
  ('churn_alert_percent', '15', 1, 100, true, 'Customer churn of a month, in percent, above which figures warn');

create function private.dashboard_revenue(from_day date, to_day date, currency text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  today constant date := private.business_day(now());
  months_from constant date := (date_trunc('month', to_day::timestamp) - interval '11 months')::date;
  days constant int := to_day - from_day + 1;
begin
  return (
    with held as materialized (
      select * from private.recurring_numbers(from_day, to_day, 'total', $3, null, null)
    ), before as materialized (
      select * from private.recurring_numbers(from_day - days, from_day - 1, 'total', $3, null, null)
    ), series as (
      select jsonb_agg(jsonb_build_object('day', last_day, 'value', numbers -> 'closing') order by last_day) as list
      from private.recurring_numbers(from_day, to_day, case when days > 92 then 'week' else 'day' end, $3, null, null)
    ), months as materialized (
      select recurring.first_day, recurring.last_day, recurring.numbers, cash.numbers as cash
      from private.recurring_numbers(months_from, to_day, 'month', $3, null, null) as recurring
      join private.cash_numbers(months_from, to_day, 'month', $3, null, null) as cash using (first_day)
    )
    select jsonb_build_object('mrr_cents', held.numbers -> 'closing', 'mrr_before_cents', held.numbers -> 'opening',
      'mrr_series', series.list,
      'churn_rate', private.metric_value('customer_churn_rate', held.numbers),
      'churn_rate_before', private.metric_value('customer_churn_rate', before.numbers),
      'revenue', (select jsonb_agg(jsonb_build_object('day', first_day, 'partial', last_day >= today,
          'mrr_cents', months.numbers -> 'closing', 'new_cents', cash -> 'new', 'renewal_cents', cash -> 'renewal',
          'upgrade_cents', cash -> 'upgrade', 'other_cents', cash -> 'other',
          'refunded_cents', cash -> 'refund', 'lost_cents', cash -> 'dispute') order by first_day) from months),
      'churn', (select jsonb_agg(jsonb_build_object('day', first_day, 'partial', last_day >= today,
          'rate', private.metric_value('customer_churn_rate', months.numbers), 'left', months.numbers -> 'left',
          'paying_before', months.numbers -> 'paying_before') order by first_day) from months),
      'proof', (select jsonb_build_object('is_proven', is_proven, 'proved_at', proved_at)
        from public.revenue_proofs order by proved_at desc limit 1),
      'failed_payments_today', (select count(*) from public.payments
        where status = 'failed' and payment_date >= private.start_of_day(today)))
    from held, before, series);
end
$$;
comment on function private.dashboard_revenue(date, date, text) is
  'What the first page tells of revenue. Definer: reads ledgers and roll-ups behind the policies.';

create function private.dashboard_licenses(from_day date, to_day date) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  days constant int := to_day - from_day + 1;
begin
  return (
    with held as materialized (
      select numbers from private.license_numbers(from_day, to_day, 'total', null, null)
    ), before as (
      select numbers from private.license_numbers(from_day - days, from_day - 1, 'total', null, null)
    ), series as (
      select jsonb_agg(jsonb_build_object('day', day, 'value', active) order by day) as list
      from (select day, sum(active) as active from private.license_days where day between $1 and $2 group by day
        union all select $2, (held.numbers ->> 'active')::numeric from held
          where not exists (select from private.license_days where day = $2)) as levels
    )
    select jsonb_build_object('active_licenses', held.numbers -> 'active', 'total_licenses', held.numbers -> 'total',
      'in_grace', held.numbers -> 'in_grace', 'active_before', before.numbers -> 'active',
      'active_series', series.list, 'renewal_rate', private.metric_value('renewal_rate', held.numbers),
      'renewal_rate_before', private.metric_value('renewal_rate', before.numbers),
      'due', held.numbers -> 'due', 'renewed', held.numbers -> 'renewed',
      'expiring', (select count(*) from public.licenses where revoked_at is null and deleted_at is null
        and expires_at > now() and expires_at <= now() + interval '7 days'))
    from held, before, series);
end
$$;
comment on function private.dashboard_licenses(date, date) is
  'What the first page tells of licences; expiring: within 7 days. Definer: reads behind the policies.';

create function private.dashboard_tickets(from_day date, to_day date) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('open_tickets', count(*),
      'tickets', jsonb_build_object('critical', count(*) filter (where priority = 'critical'),
        'high', count(*) filter (where priority = 'high'), 'medium', count(*) filter (where priority = 'medium'),
        'low', count(*) filter (where priority = 'low'), 'overdue', count(*) filter (where due_at < now())),
      'open_tickets_before', (select count(*) from public.support_tickets
        where merged_into is null and created_at < private.start_of_day(from_day)
          and coalesce(resolved_at, closed_at, 'infinity') >= private.start_of_day(from_day)))
    from public.support_tickets where merged_into is null and status in ('open', 'in_progress', 'waiting'));
end
$$;
comment on function private.dashboard_tickets(date, date) is
  'What the first page tells of tickets: open now, by urgency, past their deadline, and open when the period began. '
  'Definer: reads behind the policies.';

create function private.get_dashboard(from_day text, to_day text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  period record := private.metric_period(from_day, to_day, 'day');
  currency constant text := private.setting_text('business_currency');
begin
  if not private.is_system_caller() and private.current_staff_id() is null then
    perform private.fail('permission_denied', 'Only staff read the dashboard');
  end if;
  return jsonb_build_object('as_of', now(), 'currency', currency, 'zone', private.business_time_zone(),
      'from_day', period.starts, 'to_day', period.ends, 'churn_alert_rate',
      private.setting_int('churn_alert_percent')::numeric * 0.01,
      'mrr_cents', null, 'mrr_before_cents', null, 'active_licenses', null, 'total_licenses', null,
      'renewal_rate', null, 'churn_rate', null, 'open_tickets', null)
    || case when private.is_system_caller() or private.has_permission('payments.read')
      then private.dashboard_revenue(period.starts, period.ends, currency) else '{}' end
    || case when private.is_system_caller() or private.has_permission('licenses.read')
      then private.dashboard_licenses(period.starts, period.ends) else '{}' end
    || case when private.is_system_caller() or private.has_permission('tickets.read')
      then private.dashboard_tickets(period.starts, period.ends) else '{}' end;
end
$$;
comment on function private.get_dashboard(text, text) is
  'Does the work of public.get_dashboard. Definer: reads ledgers and roll-ups behind the policies.';
grant execute on function private.get_dashboard(text, text) to authenticated, service_role;

create function public.get_dashboard(from_day text default null, to_day text default null) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_dashboard($1, $2) $$;
comment on function public.get_dashboard(text, text) is
  'The first page, from one day to another, both included (the last 30 unless told), in one answer of one moment. → '
  '{as_of, currency, zone, from_day, to_day, churn_alert_rate}; with payments.read mrr_cents, mrr_before_cents, '
  'mrr_series [{day, value}], churn_rate, churn_rate_before (customers; of as many days before), revenue (twelve '
  'months: [{day, partial, mrr_cents, new_cents, renewal_cents, upgrade_cents, other_cents, refunded_cents, '
  'lost_cents}]), churn (the same months: [{day, partial, rate, left, paying_before}]), proof {is_proven, proved_at}, '
  'failed_payments_today; with licenses.read active_licenses, total_licenses, in_grace, active_before, active_series, '
  'renewal_rate, renewal_rate_before, due, renewed, expiring (within 7 days); with tickets.read open_tickets, tickets '
  '{critical, high, medium, low, overdue}, open_tickets_before. What the caller may not read is null or absent. Any '
  'staff. Errors: permission_denied, invalid_argument (400).';
revoke execute on function public.get_dashboard(text, text) from public, anon, authenticated, service_role;
grant execute on function public.get_dashboard(text, text) to authenticated, service_role;
