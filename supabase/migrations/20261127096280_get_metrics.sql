-- Figures for staff: by bucket and in all, beside those of as many days before, with what is left out of them.

insert into private.export_subjects (subject, permission, filters) values
  ('metrics', 'analytics.export', '{from_day,to_day,granularity,plan,segment,currency}');

create function private.metric_period(from_day text, to_day text, granularity text, out starts date, out ends date)
language plpgsql stable set search_path = ''
as $$
declare
  today constant date := private.business_day(now());
begin
  ends := coalesce(private.require_day(to_day, 'to_day'), today);
  starts := coalesce(private.require_day(from_day, 'from_day'), ends - 29);
  if starts > ends then
    perform private.fail('invalid_argument', 'The period ends before it begins');
  elsif starts > today then
    perform private.fail('invalid_argument', 'The period lies ahead: figures end today');
  elsif ends - starts > 1830 then
    perform private.fail('invalid_argument', 'A period spans 1831 days at most');
  elsif granularity is null or granularity not in ('day', 'week', 'month', 'quarter', 'year') then
    perform private.fail('invalid_argument', 'granularity is day, week, month, quarter or year');
  end if;
  ends := least(ends, today);
end
$$;
comment on function private.metric_period(text, text, text) is
  'A period as figures take it: up to today, of 30 days unless told, 1831 at most. Errors: invalid_argument.';

create function private.metric_filters(filters jsonb, out currency text, out plan text, out customers uuid[])
language plpgsql stable security definer set search_path = ''
as $$
declare
  unknown text;
begin
  if jsonb_typeof(coalesce(filters, '{}')) <> 'object' then
    perform private.fail('invalid_argument', 'filters is an object');
  end if;
  select key into unknown from jsonb_each(filters)
  where key not in ('plan', 'segment', 'currency') or jsonb_typeof(value) not in ('string', 'null') limit 1;
  if unknown is not null then
    perform private.fail('invalid_argument', format('"%s" is not a filter: they are plan, segment and currency',
      left(unknown, 50)));
  end if;
  currency := coalesce(filters ->> 'currency', private.setting_text('business_currency'));
  plan := filters ->> 'plan';
  if currency !~ '^[A-Z]{3}$' then
    perform private.fail('invalid_argument', format('"%s" is not a currency', left(currency, 50)));
  elsif plan is not null and not exists (select from public.plans where code = plan) then
    perform private.fail('invalid_argument', format('"%s" is not a plan', left(plan, 50)));
  end if;
  if filters ->> 'segment' is not null then
    customers := private.segment_customers(filters ->> 'segment');
  end if;
end
$$;
comment on function private.metric_filters(jsonb) is
  'What {plan, segment, currency} name; currency is that of the business unless told. Errors: invalid_argument. '
  'Definer: reads plans and segments behind the policies.';

create function private.left_out(family text, from_day date, to_day date, currency text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('reason', reason, 'count', number,
      'currency', left_currency, 'amount_cents', cents)) order by reason, number desc, left_currency)
    from (
      select 'other_currency' as reason, count(*) as number, subscriptions.currency as left_currency,
        sum(paying_mrr_cents)::bigint as cents
      from public.subscriptions
      where $1 = 'recurring' and subscriptions.currency <> $4 and paying_mrr_cents > 0 group by subscriptions.currency
      union all
      select case when first_paid_at is null then 'never_paid'
          when pause_behavior in ('void', 'mark_uncollectible') then 'paused' else 'metered' end, count(*), null, null
      from public.subscriptions
      where $1 = 'recurring' and subscriptions.currency = $4 and status in ('active', 'past_due', 'trialing')
        and (paying_mrr_cents = 0 or left_out_items > 0) group by 1
      union all
      select 'courtesy', count(*), null, null from public.licenses
      where $1 = 'recurring' and payment_method = 'manual' and deleted_at is null and revoked_at is null
        and expires_at > now()
      union all
      select 'other_currency', count(*), moved.currency, sum(moved.amount_cents)::bigint
      from public.cash_movements as moved
      where $1 = 'cash' and moved.currency <> $4 and occurred_at >= private.start_of_day($2)
        and occurred_at < private.start_of_day($3 + 1) group by moved.currency
      union all
      select 'in_grace', count(*), null, null
      from private.dues_between(private.start_of_day($2), private.start_of_day($3 + 1), null) as due
      where $1 = 'licenses' and due.is_open) as parts
    where number > 0), '[]');
end
$$;
comment on function private.left_out(text, date, date, text) is
  'What a family of figures leaves out, [{reason, count, currency?, amount_cents?}]: other_currency (of now for MRR, '
  'of the period for cash), never_paid (trials and unpaid), paused, metered, courtesy; in_grace for renewals. Definer: '
  'reads behind the policies.';

create function private.require_metrics(metrics text[]) returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  asked text;
  known private.metrics;
begin
  if coalesce(cardinality(metrics), 0) not between 1 and 50 then
    perform private.fail('invalid_argument', 'metrics are 1 to 50 names');
  end if;
  foreach asked in array metrics loop
    select * into known from private.metrics where private.metrics.metric = asked;
    if known.metric is null then
      perform private.fail('invalid_argument', format('"%s" is not a metric', left(asked, 50)));
    end if;
    perform private.require_permission(known.permission);
  end loop;
end
$$;
comment on function private.require_metrics(text[]) is
  'Raises invalid_argument for what is no metric, permission_denied for what the caller may not read. Definer: reads '
  'private tables.';

create function private.family_answers(family text, metrics text[], starts date, ends date, granularity text,
  currency text, plan text, customers uuid[]) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  today constant date := private.business_day(now());
  has_value constant boolean := 'lifetime_value' = any (metrics);
begin
  return (
    with numbers as materialized (
      select 'bucket' as part, held.* from private.metric_numbers($1, $3, $4, $5, $6, $7, $8) as held
      union all select 'total', held.* from private.metric_numbers($1, $3, $4, 'total', $6, $7, $8) as held
      union all select 'before', held.* from private.metric_numbers($1, $3 - ($4 - $3 + 1), $3 - 1, 'total', $6, $7,
        $8) as held
    ), means as materialized (
      select 'bucket' as part, mean.* from private.mean_churns($3, $4, $5, $6, $7, $8) as mean where has_value
      union all select 'total', mean.* from private.mean_churns($3, $4, 'total', $6, $7, $8) as mean where has_value
      union all select 'before', mean.*
        from private.mean_churns($3 - ($4 - $3 + 1), $3 - 1, 'total', $6, $7, $8) as mean where has_value
    ), valued as (
      select metrics.metric, numbers.part, numbers.first_day, numbers.last_day, private.metric_value(metrics.metric,
        numbers.numbers || jsonb_build_object('mean_churn', means.mean)) as value
      from private.metrics join numbers on true left join means using (part, first_day)
      where metrics.metric = any ($2)
    )
    select jsonb_object_agg(metric, answer) from (
      select metric, jsonb_build_object('metric', metric,
        'unit', (select unit from private.metrics as one where one.metric = valued.metric),
        'buckets', coalesce(jsonb_agg(jsonb_build_object('day', first_day, 'value', value,
          'partial', last_day >= today) order by first_day) filter (where part = 'bucket'), '[]'),
        'total', max(value) filter (where part = 'total'),
        'before', max(value) filter (where part = 'before')) as answer
      from valued group by metric) as answers);
end
$$;
comment on function private.family_answers(text, text[], date, date, text, text, text, uuid[]) is
  'Figures of one family, {metric: {metric, unit, buckets, total, before}}. Definer: reads behind the policies.';

create function private.get_metrics(metrics text[], from_day text, to_day text, granularity text, filters jsonb)
  returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  period record := private.metric_period(from_day, to_day, granularity);
  filter record;
  answers jsonb := '{}';
  asked record;
begin
  perform private.require_metrics($1);
  filter := private.metric_filters($5);
  for asked in select family, array_agg(metric) as names from private.metrics where metric = any ($1) group by family
  loop
    answers := answers || (
      select jsonb_object_agg(key, value || jsonb_build_object('left_out', held.list)) from jsonb_each(
        private.family_answers(asked.family, asked.names, period.starts, period.ends, $4, filter.currency,
          filter.plan, filter.customers)),
        (select private.left_out(asked.family, period.starts, period.ends, filter.currency) as list) as held);
  end loop;
  return jsonb_build_object('as_of', now(), 'currency', filter.currency, 'zone', private.business_time_zone(),
    'from_day', period.starts, 'to_day', period.ends, 'granularity', $4,
    'metrics', (select jsonb_agg(answers -> name order by place)
      from unnest($1) with ordinality as names (name, place)));
end
$$;
comment on function private.get_metrics(text[], text, text, text, jsonb) is
  'Does the work of public.get_metrics. Definer: reads ledgers and roll-ups behind the policies.';
grant execute on function private.get_metrics(text[], text, text, text, jsonb) to authenticated, service_role;

create function public.get_metrics(metrics text[], from_day text default null, to_day text default null,
  granularity text default 'day', filters jsonb default '{}') returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.get_metrics($1, $2, $3, $4, $5) $$;
comment on function public.get_metrics(text[], text, text, text, jsonb) is
  'Several figures at once, of one moment. Arguments as get_metric. → {as_of, currency, zone, from_day, to_day, '
  'granularity, metrics: [{metric, unit, buckets, total, before, left_out}] in the order asked for}. Errors: '
  'permission_denied, invalid_argument.';
revoke execute on function public.get_metrics(text[], text, text, text, jsonb)
  from public, anon, authenticated, service_role;
grant execute on function public.get_metrics(text[], text, text, text, jsonb) to authenticated, service_role;

create function private.get_metric(metric text, from_day text, to_day text, granularity text, filters jsonb)
  returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  answer constant jsonb := private.get_metrics(array[$1], $2, $3, $4, $5);
begin
  return (answer - 'metrics') || (answer #> '{metrics,0}');
end
$$;
comment on function private.get_metric(text, text, text, text, jsonb) is
  'Does the work of public.get_metric. Definer: reads ledgers and roll-ups behind the policies.';
grant execute on function private.get_metric(text, text, text, text, jsonb) to authenticated, service_role;

create function public.get_metric(metric text, from_day text default null, to_day text default null,
  granularity text default 'day', filters jsonb default '{}') returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.get_metric($1, $2, $3, $4, $5) $$;
comment on function public.get_metric(text, text, text, text, jsonb) is
  'A figure (private.metrics lists them) from one day to another, both included, where the business is; the last 30 '
  'days unless told. granularity is day, week (from Monday), month, quarter or year; filters {plan, segment, '
  'currency}. → {metric, unit (money in minor units, count, rate of 1, ratio, seconds), currency, zone, from_day, '
  'to_day, granularity, as_of, buckets: [{day (its first), value, partial (it is not over)}], total (of the whole '
  'period: at its end for what stands, the sum for what flows), before (the same of as many days before), left_out: '
  '[{reason, count, currency?, amount_cents?}]}. A value is null where there is none. Errors: permission_denied, '
  'invalid_argument (400).';
revoke execute on function public.get_metric(text, text, text, text, jsonb)
  from public, anon, authenticated, service_role;
grant execute on function public.get_metric(text, text, text, text, jsonb) to authenticated, service_role;

create function private.get_mrr_waterfall(from_day text, to_day text, granularity text, filters jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  period record := private.metric_period(from_day, to_day, granularity);
  filter record;
begin
  perform private.require_permission('payments.read');
  filter := private.metric_filters($4);
  return (select jsonb_agg(jsonb_build_object('day', first_day, 'opening_cents', numbers -> 'opening',
      'new_cents', numbers -> 'new', 'expansion_cents', numbers -> 'expansion',
      'reactivation_cents', numbers -> 'reactivation', 'contraction_cents', numbers -> 'contraction',
      'churn_cents', numbers -> 'churn', 'closing_cents', numbers -> 'closing',
      'partial', last_day >= private.business_day(now())) order by first_day)
    from private.recurring_numbers(period.starts, period.ends, $3, filter.currency, filter.plan, filter.customers));
end
$$;
comment on function private.get_mrr_waterfall(text, text, text, jsonb) is
  'Does the work of public.get_mrr_waterfall. Definer: reads ledger and roll-ups behind the policies.';
grant execute on function private.get_mrr_waterfall(text, text, text, jsonb) to authenticated, service_role;

create function public.get_mrr_waterfall(from_day text default null, to_day text default null,
  granularity text default 'month', filters jsonb default '{}') returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.get_mrr_waterfall($1, $2, $3, $4) $$;
comment on function public.get_mrr_waterfall(text, text, text, jsonb) is
  'How recurring revenue came from its opening to its closing. Arguments as get_metric. → [{day (first of the bucket), '
  'opening_cents, new_cents, expansion_cents, reactivation_cents, contraction_cents, churn_cents, closing_cents, '
  'partial}], minor units a month; contraction and churn are negative, so that opening and movements add up to the '
  'closing, which is the next opening. Needs payments.read. Errors: permission_denied, invalid_argument (400).';
revoke execute on function public.get_mrr_waterfall(text, text, text, jsonb)
  from public, anon, authenticated, service_role;
grant execute on function public.get_mrr_waterfall(text, text, text, jsonb) to authenticated, service_role;
