-- What a report says: every figure of one moment, asked of the same functions as the console's pages. Files, screen and
-- mail are drawn from it alone. It names no customer: a licence is told by the end of its key.

create function private.report_period(frequency text, due_at timestamptz, out starts date, out ends date)
language plpgsql stable set search_path = ''
as $$
declare
  due_day constant date := private.business_day(due_at);
begin
  ends := case frequency when 'monthly' then date_trunc('month', due_day::timestamp)::date else due_day end - 1;
  starts := case frequency when 'daily' then ends when 'weekly' then ends - 6
    else date_trunc('month', ends::timestamp)::date end;
end
$$;
comment on function private.report_period(text, timestamptz) is
  'What a report is about, by when it was due and not by when it ran: the day before, the seven days before, or the '
  'calendar month before, where the business is.';

create function private.report_metrics(template text) returns text[]
language sql immutable set search_path = ''
as $$
  select case template
    when 'support' then array['tickets_opened', 'tickets_open', 'tickets_breached', 'first_response', 'resolution']
    when 'at_risk' then array['licenses_active', 'renewal_rate', 'mrr', 'mrr_churn', 'customer_churn_rate']
    else array['mrr', 'mrr_new', 'mrr_expansion', 'mrr_reactivation', 'mrr_contraction', 'mrr_churn',
        'customers_new', 'customers_churned', 'paying_customers', 'customer_churn_rate', 'cash_received', 'refunds',
        'licenses_active', 'renewal_rate', 'tickets_opened', 'tickets_open']
      || case template when 'monthly' then array['arr', 'arpu', 'net_revenue_retention', 'quick_ratio']
        else '{}' end end
$$;
comment on function private.report_metrics(text) is 'The figures of a template, in the order they are told.';

create function private.report_alerts(from_day date, to_day date) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'severity', severity, 'count', number)
    order by severity = 'error' desc, severity = 'warning' desc, number desc, kind), '[]')
  from (select kind, severity, count(*) as number from public.alerts
    where created_at >= private.start_of_day(from_day) and created_at < private.start_of_day(to_day + 1)
    group by kind, severity) as counted
$$;
comment on function private.report_alerts(date, date) is
  'Alerts of a period by kind, gravest first: [{kind, severity, count}]. Definer: reads behind the policies.';

create function private.report_risks(plan text, customers uuid[]) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('license', license_key_hint, 'plan', listed.plan,
      'mrr_cents', mrr_cents, 'currency', currency, 'expires_at', expires_at, 'reasons', reasons, 'score', score)
    order by score desc, id), '[]')
  from (select risks.id, risks.reasons, risks.score, licenses.license_key_hint, licenses.plan, licenses.mrr_cents,
      licenses.currency, licenses.expires_at
    from public.license_risks as risks join public.licenses on licenses.id = risks.license_id
    where risks.ended_at is null and ($1 is null or licenses.plan = $1)
      and ($2 is null or risks.customer_id = any ($2))
    order by risks.score desc, risks.id limit 200) as listed
$$;
comment on function private.report_risks(text, uuid[]) is
  'The 200 licences most at risk, highest score first: [{license (end of its key), plan, mrr_cents, currency, '
  'expires_at, reasons, score}]. Definer: reads behind the policies.';

create function private.report_snapshot(schedule public.report_schedules, due_at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  period record := private.report_period(schedule.frequency, due_at);
  filters constant jsonb := jsonb_strip_nulls(jsonb_build_object('plan', schedule.plan, 'segment', schedule.segment));
  months_from constant date := (date_trunc('month', period.ends::timestamp) - interval '11 months')::date;
  names constant text[] := private.report_metrics(schedule.template);
  is_revenue constant boolean := schedule.template in ('weekly', 'monthly');
  held jsonb := private.get_metrics(names, period.starts::text, period.ends::text, 'day', filters);
  figures constant jsonb := (select jsonb_agg(jsonb_build_object('metric', one -> 'metric', 'unit', one -> 'unit',
    'total', one -> 'total', 'before', one -> 'before') order by place)
    from jsonb_array_elements(held -> 'metrics') with ordinality as listed (one, place));
begin
  return jsonb_build_object('name', schedule.name, 'template', schedule.template, 'language', schedule.language,
    'frequency', schedule.frequency, 'time_zone', schedule.time_zone, 'due_at', due_at, 'filters', filters,
    'as_of', held -> 'as_of', 'currency', held -> 'currency', 'zone', held -> 'zone',
    'from_day', period.starts, 'to_day', period.ends, 'figures', figures,
    'is_empty', not exists (select from jsonb_array_elements(figures) as one
      where coalesce((one ->> 'total')::numeric, 0) <> 0),
    'is_unchanged', not exists (select from jsonb_array_elements(figures) as one
      where one -> 'total' is distinct from one -> 'before'),
    'series', (select jsonb_build_object('metric', one -> 'metric', 'unit', one -> 'unit', 'granularity',
        case when is_revenue then 'month' else 'day' end, 'buckets', one -> 'buckets')
      from (select case when is_revenue
          then private.get_metrics(array['mrr'], months_from::text, period.ends::text, 'month', filters)
            #> '{metrics,0}' else held #> '{metrics,0}' end as one) as drawn),
    'waterfall', case when is_revenue
      then private.get_mrr_waterfall(months_from::text, period.ends::text, 'month', filters) end,
    'alerts', case when is_revenue then private.report_alerts(period.starts, period.ends) end,
    'risks', case when schedule.template = 'at_risk'
      then private.report_risks(schedule.plan, (private.metric_filters(filters)).customers) end,
    'left_out', coalesce(held #> '{metrics,0,left_out}', '[]'));
end
$$;
comment on function private.report_snapshot(public.report_schedules, timestamptz) is
  'A report of one moment, as one statement sees it: {name, template, language, frequency, time_zone, due_at, filters, '
  'as_of, currency, zone, from_day, to_day, figures: [{metric, unit, total, before}], is_empty, is_unchanged, series: '
  '{metric, unit, granularity, buckets}, waterfall (as get_mrr_waterfall), alerts, risks, left_out}; waterfall and '
  'alerts are null where revenue is not the subject, risks unless it is who may leave. Definer: reads behind the '
  'policies; get_metrics asks for the caller''s permission.';
