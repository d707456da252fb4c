-- What a customer has brought in, and how well things stand with them: a score whose reasons are said. Reasons are
-- facts; their weights only sort.

create function private.months_begun(since timestamptz, until timestamptz) returns int
language plpgsql stable set search_path = ''
as $$
declare
  -- Whole days of the business: a payment some seconds after its period began is no month more.
  span interval := age(private.business_day(until), private.business_day(since));
begin
  return greatest(1, extract(year from span)::int * 12 + extract(month from span)::int
    + case when extract(day from span) > 0 then 1 else 0 end);
end
$$;
comment on function private.months_begun(timestamptz, timestamptz) is
  'Months from one instant to another, one begun counted whole: 15 January to 15 December are eleven, to the 16th '
  'twelve. At least 1.';

create function private.revenue_to_date(customer_id uuid, license_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('currency', currency,
      'cents', succeeded - refunded - lost, 'succeeded_cents', succeeded, 'refunded_cents', refunded,
      'lost_cents', lost, 'since', since, 'months', private.months_begun(since, least(now(), greatest(latest,
        (select max(licenses.paid_until) from public.licenses
          where case when $2 is not null then licenses.id = $2 else licenses.customer_id = $1 end
            and licenses.currency = paid.currency)))))
    order by succeeded - refunded - lost desc, currency), '[]')
  from (
    select payments.currency, sum(amount) as succeeded, sum(amount_refunded) as refunded, sum(amount_lost) as lost,
      min(payment_date) as since, max(payment_date) as latest
    from public.payments
    where case when $2 is not null then payments.license_id = $2 else payments.customer_id = $1 end
      and payments.status = 'succeeded'
    group by payments.currency) as paid
$$;
comment on function private.revenue_to_date(uuid, uuid) is
  'What a customer, or one licence, has paid less what was refunded or lost in disputes: [{currency, cents, '
  'succeeded_cents, refunded_cents, lost_cents, since (the first payment), months}], the largest first. months run to '
  'the end of what is paid for, today at most. Never granted. Definer: reads payments for whoever reads the customer.';

insert into public.settings (key, value, minimum, maximum, description) values
  ('health_weight_disputed', '40', 0, 100, 'What an open dispute takes from the health of its customer'),
  ('health_weight_urgent_ticket', '20', 0, 100, 'What a critical ticket that is open takes from it');

create table private.health_reasons (
  code text primary key,
  weight_setting text not null,
  permission text not null,
  constraint code_is_snake_case check (code ~ '^[a-z][a-z_]{2,63}$')
);
comment on table private.health_reasons is
  'What speaks against the health of a customer. Any of them is a fact; weights only sort.';
comment on column private.health_reasons.weight_setting is
  'Setting that says what it takes from 100, once however often it is so; those of who is at risk are the same';
comment on column private.health_reasons.permission is 'Who is told of it';

alter table private.health_reasons enable row level security;

insert into private.health_reasons (code, weight_setting, permission) values
  ('disputed', 'health_weight_disputed', 'payments.read'),
  ('payment_failed', 'risk_weight_payment_failed', 'payments.read'),
  ('expires_soon', 'risk_weight_expiring', 'licenses.read'), ('silent', 'risk_weight_silent', 'licenses.read'),
  ('errors_surge', 'risk_weight_errors', 'licenses.read'),
  ('urgent_ticket', 'health_weight_urgent_ticket', 'tickets.read');

create function private.error_surge(license_id uuid, out errors int, out mean numeric, out day date)
language sql stable security definer set search_path = ''
as $$
  select latest.errors_count, round(usual.mean, 1), latest.date
  from (select date, errors_count from public.usage_stats
    where usage_stats.license_id = $1 and date >= private.business_day(now()) - 2
    order by date desc limit 1) as latest,
    lateral (select avg(errors_count) as mean from public.usage_stats
      where usage_stats.license_id = $1 and date >= latest.date - 30 and date < latest.date) as usual
  where latest.errors_count >= 5 and latest.errors_count > 3 * usual.mean
$$;
comment on function private.error_surge(uuid) is
  'The errors of a licence on its last day reported, of these three, when they are above three times its own mean of '
  'the 30 days before, and five at least; else nothing. The rule of private.find_risks. Never granted. Definer: reads '
  'behind the policies.';

create function private.customer_health(customer_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  with licensed as materialized (
    select licenses.id, licenses.license_key_hint as hint, licenses.expires_at, licenses.last_check_in,
      licenses.issued_at, private.license_state(licenses) as state,
      licenses.auto_renew and not exists (select from public.subscriptions
        where subscriptions.license_id = licenses.id and subscriptions.payment_failed_at is not null) as renews
    from public.licenses
    where licenses.customer_id = $1 and deleted_at is null and revoked_at is null and grace_until > now()
  ), found (code, at, license_id, license_key_hint, details) as (
    select 'expires_soon', expires_at, id, hint, '{}'::jsonb from licensed
    where state in ('active', 'grace_period') and not renews and expires_at < now() + interval '7 days'
    union all
    select 'silent', last_check_in, id, hint, '{}' from licensed
    where state = 'active' and coalesce(last_check_in, issued_at) < now() - interval '7 days'
    union all
    select 'errors_surge', private.start_of_day(surge.day), id, hint,
      jsonb_build_object('errors', surge.errors, 'mean', surge.mean)
    from licensed, private.error_surge(licensed.id) as surge where surge.errors is not null and state <> 'suspended'
    union all
    -- What counts is the last attempt of each subscription that runs, and of what was paid without one.
    select 'payment_failed', payment_failed_at, subscriptions.license_id, null,
      jsonb_build_object('failure_code', failure_code)
    from public.subscriptions where subscriptions.customer_id = $1 and payment_failed_at is not null
    union all
    select 'payment_failed', payment_date, last_one.license_id, null, jsonb_build_object('failure_code', failure_code)
    from (select payments.* from public.payments where payments.customer_id = $1 and subscription_id is null
      and status <> 'pending' order by payment_date desc limit 1) as last_one where status = 'failed'
    union all
    select 'disputed', payment_date, payments.license_id, null,
      jsonb_build_object('amount_cents', amount, 'currency', currency)
    from public.payments where payments.customer_id = $1 and not private.is_dispute_over(dispute_status)
    union all
    select 'urgent_ticket', created_at, support_tickets.license_id, null,
      jsonb_build_object('ticket_number', number, 'subject', subject)
    from public.support_tickets where support_tickets.customer_id = $1 and priority = 'critical'
      and status in ('open', 'in_progress', 'waiting')
  ), told as (
    select found.*, reasons.points from found
    join lateral (select private.setting_int(weight_setting) as points from private.health_reasons
      where health_reasons.code = found.code) as reasons on true
  )
  select jsonb_build_object(
    'score', case when exists (select from licensed) then greatest(0, 100 - coalesce((select sum(points)
      from (select distinct code, points from told) as each_once), 0)) end,
    'reasons', coalesce((select jsonb_agg(jsonb_build_object('code', code, 'points', points, 'at', at,
        'license_id', license_id, 'license_key_hint', coalesce(license_key_hint, (select licenses.license_key_hint
          from public.licenses where licenses.id = told.license_id)), 'details', details)
        order by points desc, code, at) from told), '[]'))
$$;
comment on function private.customer_health(uuid) is
  'How things stand with a customer: {score, reasons: [{code, points, at, license_id, license_key_hint, details}]}. '
  'score is 100 less the points of each code found, null without a licence in force. Codes: expires_soon (within 7 '
  'days or in grace, without renewal), payment_failed (last attempt; details {failure_code}), silent (active, no '
  'check-in for 7 days), errors_surge ({errors, mean}), urgent_ticket ({ticket_number, subject}), disputed '
  '({amount_cents, currency}). Never granted. Definer: reads behind the policies.';

create function private.told_health(customer_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select health || jsonb_build_object('reasons', coalesce((select jsonb_agg(reason order by place)
    from jsonb_array_elements(health -> 'reasons') with ordinality as found (reason, place)
    where private.is_system_caller() or (select permission from private.health_reasons
      where code = reason ->> 'code') = any (private.held_permissions())), '[]'))
  from private.customer_health($1) as health
$$;
comment on function private.told_health(uuid) is
  'private.customer_health with the reasons the caller may read; the score is one for everybody. Never granted. '
  'Definer: asks what the caller holds.';
