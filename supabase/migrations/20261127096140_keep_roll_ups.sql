-- The job that rolls days up, the one that makes all anew, and the nightly look at whether both say the same.

insert into private.alert_kinds (kind, severity, permission) values ('metrics_differ', 'error', 'payments.read');

create function private.roll_days(family text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
  -- An hour late: whoever began yesterday has ended by then.
  ends constant date := ((now() - interval '1 hour') at time zone zone)::date;
  rolled private.rolled_up;
  starts date;
  marked date;
  whom uuid[];
begin
  insert into private.rolled_up (family, until) values ($1, '0001-01-01') on conflict do nothing;
  select * into rolled from private.rolled_up where rolled_up.family = $1 for update;
  -- What is marked after this statement stays marked.
  with gone as (delete from private.metric_marks where metric_marks.family = $1 returning day, customer_id)
  select min(day), array_agg(distinct customer_id) filter (where customer_id is not null) into marked, whom from gone;
  starts := least(rolled.until, marked, ends);
  if starts = ends and marked is null then
    return;
  end if;
  if $1 = 'recurring' then
    whom := case when rolled.until > '0001-01-01' then array(select unnest(whom) union select customer_id
      from public.mrr_movements where occurred_at >= rolled.until::timestamp at time zone zone) end;
    perform private.roll_recurring(whom, starts, ends, zone);
  else
    delete from private.cash_days where day >= starts;
    insert into private.cash_days (day, currency, kind, plan, amount_cents, payments)
    select day, currency, kind, plan, sum(amount_cents), count(distinct payment_id)
    from private.cash_entries(nullif(starts, '0001-01-01'), zone, null) where day < ends
    group by day, currency, kind, plan;
  end if;
  update private.rolled_up set until = ends, rolled_at = now() where rolled_up.family = $1;
end
$$;
comment on function private.roll_days(text) is
  'Rolls up a family of figures, recurring or cash, to the end of yesterday, from the earliest day that is marked or '
  'not rolled up yet. Definer: nobody writes figures directly.';

create function private.roll_recurring(customers uuid[], from_day date, until_day date, zone text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- Each day is the sum of all who moved in it.
  moved uuid[] := case when customers is not null then array(select distinct customer_id from public.mrr_movements
    where occurred_at >= from_day::timestamp at time zone zone) end;
begin
  delete from private.movement_days where day >= from_day;
  insert into private.movement_days (day, currency, kind, plan, term, amount_cents, movements)
  select day, currency, kind, plan, term, sum(amount_cents), count(distinct movement_id) filter (where is_whole)
  from private.movement_entries(moved, zone) where day >= from_day and day < until_day
  group by day, currency, kind, plan, term;
  if customers is null then
    delete from private.customer_points;
  else
    delete from private.customer_points where customer_id = any (customers);
  end if;
  insert into private.customer_points select * from private.points_of(customers, zone, until_day);
  delete from private.customer_days where day >= from_day;
  insert into private.customer_days (day, currency, kind, plan, customers)
  select points.from_day, points.currency, turned.kind, turned.plan, count(*)
  from private.customer_points as points, private.point_turns(points) as turned
  where points.from_day >= $2 group by points.from_day, points.currency, turned.kind, turned.plan;
  delete from private.month_departures where month >= date_trunc('month', $2::timestamp);
  insert into private.month_departures (month, currency, plan, customers)
  select turned.month, turned.currency, turned.plan, count(*)
  from (
    select date_trunc('month', points.from_day::timestamp)::date as month, points.currency,
      (array_agg(points.plan_before order by points.from_day))[1] as plan,
      (array_agg(points.before_cents order by points.from_day))[1] as before_cents,
      (array_agg(points.mrr_cents order by points.from_day desc))[1] as after_cents
    from private.customer_points as points
    where points.from_day >= date_trunc('month', greatest($2, '1900-01-01')::timestamp)
      and points.from_day < date_trunc('month', $3::timestamp)
    group by points.customer_id, points.currency, 1) as turned
  where turned.before_cents > 0 and turned.after_cents <= 0 group by turned.month, turned.currency, turned.plan;
end
$$;
comment on function private.roll_recurring(uuid[], date, date, text) is
  'Makes the recurring figures of the days from one until before another anew, and the points of some customers (all '
  'for null). Definer: nobody writes figures directly.';

create function private.keep_figures() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.roll_days('recurring');
  perform private.roll_days('cash');
end
$$;
comment on function private.keep_figures() is
  'Rolls up what is marked or over, each minute: most often nothing. Definer: nobody writes figures directly.';

create function private.rebuild_figures() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.rolled_up set until = '0001-01-01';
  perform private.keep_figures();
  perform private.roll_licenses();
  perform private.roll_usage(null);
end
$$;
comment on function private.rebuild_figures() is
  'Makes every figure by day anew from the ledgers. Definer: nobody writes figures directly.';

create function private.check_figures() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  zone constant text := private.business_time_zone();
  recurring date;
  cash date;
  worst date;
begin
  perform private.keep_figures();
  select until into recurring from private.rolled_up where family = 'recurring';
  select until into cash from private.rolled_up where family = 'cash';
  select min(day) into worst from (
    (select day, currency, kind, plan, term, amount_cents from private.movement_days
      except select day, currency, kind, plan, term, sum(amount_cents) from private.movement_entries(null, zone)
        where day < recurring group by day, currency, kind, plan, term)
    union all
    (select day, currency, kind, plan, term, sum(amount_cents) from private.movement_entries(null, zone)
        where day < recurring group by day, currency, kind, plan, term
      except select day, currency, kind, plan, term, amount_cents from private.movement_days)
    union all
    (select day, currency, kind, plan, '', amount_cents from private.cash_days
      except select day, currency, kind, plan, '', sum(amount_cents) from private.cash_entries(null, zone, null)
        where day < cash group by day, currency, kind, plan)
    union all
    (select day, currency, kind, plan, '', sum(amount_cents) from private.cash_entries(null, zone, null)
        where day < cash group by day, currency, kind, plan
      except select day, currency, kind, plan, '', amount_cents from private.cash_days)
    union all
    (select from_day, currency, customer_id::text, plan, '', mrr_cents from private.customer_points
      except select from_day, currency, customer_id::text, plan, '', mrr_cents
        from private.points_of(null, zone, recurring))
    union all
    (select from_day, currency, customer_id::text, plan, '', mrr_cents from private.points_of(null, zone, recurring)
      except select from_day, currency, customer_id::text, plan, '', mrr_cents from private.customer_points)) as off;
  if worst is not null then
    perform private.raise_alert('metrics_differ', 'metrics_differ:' || to_char(now() at time zone 'UTC', 'YYYY-MM-DD'),
      jsonb_build_object('day', worst));
    perform private.rebuild_figures();
  end if;
  return worst is null;
end
$$;
comment on function private.check_figures() is
  'Holds what is rolled up against the ledgers, each night: what differs is alerted with its earliest day and made '
  'anew. → whether nothing differed. Definer: reads behind the policies.';

select private.schedule_job('keep-figures', '* * * * *', 'select private.keep_figures()');
select private.schedule_job('check-figures', '40 4 * * *', 'select private.check_figures()');
