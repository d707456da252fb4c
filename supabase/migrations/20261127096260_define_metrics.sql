-- What each figure is: its family of numbers, its unit, who may read it, and its formula. Rates are numbers between 0
-- and 1; what cannot be divided is null, never 0.

create table private.metrics (
  metric text primary key,
  family text not null,
  unit text not null,
  permission text not null,
  rows text not null,
  constraint family_is_known check (family in ('recurring', 'cash', 'licenses', 'usage', 'support')),
  constraint unit_is_known check (unit in ('money', 'count', 'rate', 'ratio', 'seconds')),
  constraint rows_is_known check (rows in ('customers', 'movements', 'cash', 'licenses', 'dues', 'uses', 'tickets'))
);
comment on table private.metrics is 'The figures there are. A feature adds one by a row and its formula.';
comment on column private.metrics.metric is 'Its name in get_metric';
comment on column private.metrics.family is 'Which numbers it is made of: recurring, cash, licenses, usage or support';
comment on column private.metrics.unit is 'money (minor units), count, rate (0 to 1), ratio or seconds';
comment on column private.metrics.permission is 'What a reader of it must hold';
comment on column private.metrics.rows is 'What is listed behind it';

alter table private.metrics enable row level security;

insert into private.metrics (metric, family, unit, permission, rows) values
  ('mrr', 'recurring', 'money', 'payments.read', 'customers'),
  ('arr', 'recurring', 'money', 'payments.read', 'customers'),
  ('arpu', 'recurring', 'money', 'payments.read', 'customers'),
  ('paying_customers', 'recurring', 'count', 'payments.read', 'customers'),
  ('lifetime_value', 'recurring', 'money', 'payments.read', 'customers'),
  ('mrr_new', 'recurring', 'money', 'payments.read', 'movements'),
  ('mrr_expansion', 'recurring', 'money', 'payments.read', 'movements'),
  ('mrr_reactivation', 'recurring', 'money', 'payments.read', 'movements'),
  ('mrr_contraction', 'recurring', 'money', 'payments.read', 'movements'),
  ('mrr_churn', 'recurring', 'money', 'payments.read', 'movements'),
  ('mrr_net', 'recurring', 'money', 'payments.read', 'movements'),
  ('customers_new', 'recurring', 'count', 'payments.read', 'movements'),
  ('customers_reactivated', 'recurring', 'count', 'payments.read', 'movements'),
  ('customers_churned', 'recurring', 'count', 'payments.read', 'movements'),
  ('customer_churn_rate', 'recurring', 'rate', 'payments.read', 'movements'),
  ('gross_mrr_churn_rate', 'recurring', 'rate', 'payments.read', 'movements'),
  ('net_mrr_churn_rate', 'recurring', 'rate', 'payments.read', 'movements'),
  ('gross_revenue_retention', 'recurring', 'rate', 'payments.read', 'movements'),
  ('net_revenue_retention', 'recurring', 'rate', 'payments.read', 'movements'),
  ('quick_ratio', 'recurring', 'ratio', 'payments.read', 'movements'),
  ('cash_received', 'cash', 'money', 'payments.read', 'cash'),
  ('cash_new', 'cash', 'money', 'payments.read', 'cash'),
  ('cash_renewal', 'cash', 'money', 'payments.read', 'cash'),
  ('cash_upgrade', 'cash', 'money', 'payments.read', 'cash'),
  ('cash_other', 'cash', 'money', 'payments.read', 'cash'),
  ('refunds', 'cash', 'money', 'payments.read', 'cash'),
  ('disputes_lost', 'cash', 'money', 'payments.read', 'cash'),
  ('cash_net', 'cash', 'money', 'payments.read', 'cash'),
  ('licenses_total', 'licenses', 'count', 'licenses.read', 'licenses'),
  ('licenses_active', 'licenses', 'count', 'licenses.read', 'licenses'),
  ('licenses_in_grace', 'licenses', 'count', 'licenses.read', 'licenses'),
  ('licenses_expired', 'licenses', 'count', 'licenses.read', 'licenses'),
  ('renewal_rate', 'licenses', 'rate', 'licenses.read', 'dues'),
  ('messages_sent', 'usage', 'count', 'licenses.read', 'uses'),
  ('ai_queries', 'usage', 'count', 'licenses.read', 'uses'),
  ('campaigns_launched', 'usage', 'count', 'licenses.read', 'uses'),
  ('errors_count', 'usage', 'count', 'licenses.read', 'uses'),
  ('uptime', 'usage', 'rate', 'licenses.read', 'uses'),
  ('clients_day', 'usage', 'count', 'licenses.read', 'uses'),
  ('clients_week', 'usage', 'count', 'licenses.read', 'uses'),
  ('clients_month', 'usage', 'count', 'licenses.read', 'uses'),
  ('tickets_opened', 'support', 'count', 'tickets.read', 'tickets'),
  ('tickets_open', 'support', 'count', 'tickets.read', 'tickets'),
  ('tickets_breached', 'support', 'count', 'tickets.read', 'tickets'),
  ('first_response', 'support', 'seconds', 'tickets.read', 'tickets'),
  ('resolution', 'support', 'seconds', 'tickets.read', 'tickets');

create function private.metric_value(metric text, numbers jsonb) returns numeric
language plpgsql immutable set search_path = ''
as $$
declare
  opening constant numeric := nullif((numbers ->> 'opening')::numeric, 0);
  contraction constant numeric := (numbers ->> 'contraction')::numeric;
  churn constant numeric := (numbers ->> 'churn')::numeric;
begin
  return case metric
    when 'mrr' then (numbers ->> 'closing')::numeric
    when 'arr' then (numbers ->> 'closing')::numeric * 12
    when 'arpu' then round((numbers ->> 'closing')::numeric / nullif((numbers ->> 'paying')::numeric, 0))
    when 'paying_customers' then (numbers ->> 'paying')::numeric
    when 'lifetime_value' then round((numbers ->> 'closing')::numeric / nullif((numbers ->> 'paying')::numeric, 0)
      / nullif((numbers ->> 'mean_churn')::numeric, 0))
    when 'mrr_new' then (numbers ->> 'new')::numeric
    when 'mrr_expansion' then (numbers ->> 'expansion')::numeric
    when 'mrr_reactivation' then (numbers ->> 'reactivation')::numeric
    when 'mrr_contraction' then contraction
    when 'mrr_churn' then churn
    when 'mrr_net' then (numbers ->> 'closing')::numeric - (numbers ->> 'opening')::numeric
    when 'customers_new' then (numbers ->> 'came')::numeric
    when 'customers_reactivated' then (numbers ->> 'returned')::numeric
    when 'customers_churned' then (numbers ->> 'churned')::numeric
    when 'customer_churn_rate' then (numbers ->> 'left')::numeric / nullif((numbers ->> 'paying_before')::numeric, 0)
    when 'gross_mrr_churn_rate' then -(churn + contraction) / opening
    when 'net_mrr_churn_rate' then -(churn + contraction + (numbers ->> 'expansion')::numeric
      + (numbers ->> 'reactivation')::numeric) / opening
    when 'gross_revenue_retention' then (opening + contraction + churn) / opening
    when 'net_revenue_retention' then (opening + (numbers ->> 'expansion')::numeric + contraction + churn) / opening
    when 'quick_ratio' then ((numbers ->> 'new')::numeric + (numbers ->> 'expansion')::numeric)
      / nullif(-(contraction + churn), 0)
    when 'cash_received' then (numbers ->> 'new')::numeric + (numbers ->> 'renewal')::numeric
      + (numbers ->> 'upgrade')::numeric + (numbers ->> 'other')::numeric
    when 'cash_new' then (numbers ->> 'new')::numeric
    when 'cash_renewal' then (numbers ->> 'renewal')::numeric
    when 'cash_upgrade' then (numbers ->> 'upgrade')::numeric
    when 'cash_other' then (numbers ->> 'other')::numeric
    when 'refunds' then (numbers ->> 'refund')::numeric
    when 'disputes_lost' then (numbers ->> 'dispute')::numeric
    when 'cash_net' then (numbers ->> 'new')::numeric + (numbers ->> 'renewal')::numeric
      + (numbers ->> 'upgrade')::numeric + (numbers ->> 'other')::numeric + (numbers ->> 'refund')::numeric
      + (numbers ->> 'dispute')::numeric
    when 'licenses_total' then (numbers ->> 'total')::numeric
    when 'licenses_active' then (numbers ->> 'active')::numeric
    when 'licenses_in_grace' then (numbers ->> 'in_grace')::numeric
    when 'licenses_expired' then (numbers ->> 'expired')::numeric
    when 'renewal_rate' then (numbers ->> 'renewed')::numeric / nullif((numbers ->> 'due')::numeric, 0)
    when 'uptime' then (numbers ->> 'uptime_minutes')::numeric / nullif((numbers ->> 'reports')::numeric * 1440, 0)
    when 'clients_day' then (numbers ->> 'active_day')::numeric
    when 'clients_week' then (numbers ->> 'active_week')::numeric
    when 'clients_month' then (numbers ->> 'active_month')::numeric
    when 'tickets_opened' then (numbers ->> 'opened')::numeric
    when 'tickets_open' then (numbers ->> 'open')::numeric
    when 'tickets_breached' then (numbers ->> 'breached')::numeric
    else (numbers ->> metric)::numeric end;
end
$$;
comment on function private.metric_value(text, jsonb) is
  'A figure from the numbers of its family: as metrics are defined (ChartMogul 207340419, 203359341, 203359061). Null '
  'where there is nothing to divide by, or nothing was reported.';

create function private.metric_numbers(family text, from_day date, to_day date, granularity text, currency text,
  plan text, customers uuid[]) returns table (first_day date, last_day date, numbers jsonb)
language plpgsql stable security definer set search_path = ''
as $$
begin
  case family
    when 'recurring' then
      return query select * from private.recurring_numbers($2, $3, $4, $5, $6, $7);
    when 'cash' then
      return query select * from private.cash_numbers($2, $3, $4, $5, $6, $7);
    when 'licenses' then
      return query select * from private.license_numbers($2, $3, $4, $6, $7);
    when 'usage' then
      return query select * from private.usage_numbers($2, $3, $4, $6, $7);
    when 'support' then
      return query select * from private.support_numbers($2, $3, $4, $7);
  end case;
end
$$;
comment on function private.metric_numbers(text, date, date, text, text, text, uuid[]) is
  'The numbers of a family for each bucket of a period. Definer: reads behind the policies.';

create function private.mean_churns(from_day date, to_day date, granularity text, currency text, plan text,
  customers uuid[]) returns table (first_day date, mean numeric)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with months as (
    select first_day, private.metric_value('customer_churn_rate', numbers) as churn
    from private.recurring_numbers((date_trunc('month', $1::timestamp) - interval '6 months')::date, $2, 'month', $4,
      $5, $6)
  )
  select buckets.first_day, avg(months.churn)
  from private.metric_buckets($1, $2, $3) as buckets
  left join months on months.first_day < date_trunc('month', buckets.last_day::timestamp)
    and months.first_day >= date_trunc('month', buckets.last_day::timestamp) - interval '6 months'
  group by buckets.first_day;
end
$$;
comment on function private.mean_churns(date, date, text, text, text, uuid[]) is
  'Of each bucket, the mean churn of customers in the six whole months before its last. Definer: reads behind the '
  'policies.';
