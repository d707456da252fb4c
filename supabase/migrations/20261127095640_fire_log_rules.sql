-- When a rule fires: a function of how many lines came in which second, so that what is tried on the past and what
-- happens are judged by the same words. Lines count by the time they were received: who was offline for a week and
-- sends it at once makes one peak, not an alarm a day.

create type private.log_hit as (key text, at timestamptz, lines bigint);
comment on type private.log_hit is 'Lines of one key that were received in one second.';

create function private.log_hit_sql(rule public.log_rules) returns text
language sql immutable set search_path = ''
as $$
  select case $1.counted_by when 'license' then 'logs.license_id::text' when 'group' then 'logs.group_id::text'
      else '''''' end
    || ' as key, ' || case $1.kind
      when 'new_group' then 'exists (select from public.log_groups as groups where groups.id = logs.group_id
        and groups.created_at = logs.received_at)'
      when 'returned_group' then 'exists (select from public.log_groups as groups where groups.id = logs.group_id
        and groups.resolved_at < logs.at and (groups.status = ''resolved'' or groups.reopened_at >= logs.received_at
          and groups.reopened_at > groups.resolved_at))'
      else 'true' end || ' as is_hit'
$$;
comment on function private.log_hit_sql(public.log_rules) is
  'Columns over public.logs for a rule: key (null: none of its business) and is_hit: the first lines of a new group, '
  'or those that happened after a group was resolved and bring it back; else every line.';

create function private.log_crossings(hits private.log_hit[], rule public.log_rules, limits jsonb, states jsonb,
  from_time timestamptz, moment timestamptz) returns table (key text, at timestamptz, lines bigint)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
  hit record;
  period interval := make_interval(mins => coalesce(rule.minutes, 1)) - interval '1 microsecond';
  cool_down interval := make_interval(mins => rule.cool_down_minutes);
  last_key text;
  is_firing boolean;
  fired timestamptz;
  noted timestamptz;
begin
  for hit in
    select counted.key, counted.at, counted.total, counted.total - counted.lines as before, counted.most
    from (select summed.*, coalesce((limits ->> extract(epoch from date_trunc('hour', summed.at, 'UTC'))::bigint::text)
        ::bigint, rule.threshold, 0) as most
      from (select given.key, given.at, given.lines,
          sum(given.lines) over (partition by given.key order by given.at range between period preceding
            and current row)::bigint as total
        from unnest(hits) as given) as summed) as counted
    where counted.at >= from_time and counted.total > counted.most
    order by counted.key, counted.at
  loop
    if last_key is distinct from hit.key then
      last_key := hit.key;
      is_firing := coalesce((states -> hit.key ->> 'is_firing')::boolean, false);
      fired := (states -> hit.key ->> 'fired_at')::timestamptz;
      noted := (states -> hit.key ->> 'noted_at')::timestamptz;
    end if;
    if rule.threshold is null or hit.before <= hit.most and hit.at > fired then
      is_firing := false;
    end if;
    -- What is told long after it happened, because nobody watched, counts as now: a day's rest makes no storm.
    if not is_firing and (fired is null or hit.at >= fired + cool_down)
      and (noted is null or hit.at > moment - interval '10 minutes' or moment >= noted + cool_down) then
      is_firing := true;
      fired := hit.at;
      noted := moment;
      key := hit.key;
      at := hit.at;
      lines := hit.total;
      return next;
    end if;
  end loop;
end
$$;
comment on function private.log_crossings(private.log_hit[], public.log_rules, jsonb, jsonb, timestamptz,
  timestamptz) is
  'When hits make a rule fire, from a time on: once as more lines than the limit come in one period, then not before '
  'they were fewer again and the cool-down is over. limits: {second an hour began: lines that are not too many}, else '
  'the threshold; states: {key: {is_firing, fired_at, noted_at}}; moment: now, null for the past. → key, at, lines '
  'of the period.';

create function private.count_log_lines(condition private.log_condition) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
declare
  counts text := private.log_counts_sql(condition, 3600);
  counted bigint;
begin
  if counts is not null then
    execute format('select sum(lines) from (%s) as counted', counts)
    into counted using condition.words, condition.letters;
  else
    execute format('select count(*) from public.logs where at >= %L and at < %L and %s', condition.from_time,
      condition.to_time, condition.sql)
    into counted using condition.words, condition.letters;
  end if;
  return coalesce(counted, 0);
end
$$;
comment on function private.count_log_lines(private.log_condition) is
  'How many lines meet a condition, from counts where they know. Definer: counts are private.';

create function private.log_weeks_before(hour timestamptz) returns setof timestamptz
language sql stable set search_path = ''
as $$
  select ($1 at time zone private.business_time_zone() - make_interval(weeks => weeks))
    at time zone private.business_time_zone()
  from generate_series(1, 4) as weeks
$$;
comment on function private.log_weeks_before(timestamptz) is
  'The same hour of the four weeks before, by the clock where the business is.';

create function private.log_most(rule public.log_rules, usual numeric) returns bigint
language sql immutable set search_path = ''
as $$ select greatest($1.threshold, floor($1.factor * coalesce($2, 0) * $1.minutes / 60))::bigint $$;
comment on function private.log_most(public.log_rules, numeric) is
  'Lines of a period that are not too many for a rule about a rate, when so many an hour are usual.';

create function private.log_hour_most(rule public.log_rules, hour timestamptz) returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  most bigint := (select log_rule_hours.most from private.log_rule_hours
    where rule_id = rule.id and log_rule_hours.hour = $2);
  usual numeric;
begin
  if most is null then
    -- Weeks before the log began say nothing about what is usual.
    select avg(private.count_log_lines(private.log_condition(rule.tree, week, week + interval '1 hour',
      week + interval '1 hour')))
    into usual from private.log_weeks_before(hour) as week
    where week >= (select min(log_hours.hour) from private.log_hours);
    most := private.log_most(rule, usual);
    delete from private.log_rule_hours where rule_id = rule.id and log_rule_hours.hour < $2 - interval '2 days';
    insert into private.log_rule_hours (rule_id, hour, most) values (rule.id, $2, most)
    on conflict on constraint log_rule_hours_pkey do nothing;
  end if;
  return most;
end
$$;
comment on function private.log_hour_most(public.log_rules, timestamptz) is
  'Lines of a period that are not too many in an hour for a rule about a rate; counted once. Without a week to compare '
  'with: its threshold. Definer: the tables are private.';
