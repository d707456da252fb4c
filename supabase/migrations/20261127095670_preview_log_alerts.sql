-- What a rule would have done: the lines of the last week held against it by the words that fire it, within a budget.
-- It is never blank: where nothing would have fired it says how near it came.

create function private.log_peak(hits private.log_hit[], rule public.log_rules) returns bigint
language sql stable set search_path = ''
as $$
  select max(total)::bigint from (select sum(given.lines) over (partition by given.key order by given.at
      range between make_interval(mins => coalesce($2.minutes, 1)) - interval '1 microsecond' preceding
        and current row) as total
    from unnest($1) as given) as summed
$$;
comment on function private.log_peak(private.log_hit[], public.log_rules) is
  'The most lines that one key had in one period of a rule; null without any.';

create function private.log_silences(hits private.log_hit[], rule public.log_rules, from_time timestamptz,
  to_time timestamptz) returns table (key text, at timestamptz, lines bigint)
language plpgsql immutable set search_path = ''
as $$
#variable_conflict use_column
declare
  period interval := make_interval(mins => rule.minutes);
  gap record;
  silent_at timestamptz;
  fired timestamptz;
begin
  for gap in
    select given.at as heard, lead(given.at, 1, to_time) over (order by given.at) as heard_next
    from (select from_time as at union select given.at from unnest(hits) as given) as given order by 1
  loop
    silent_at := greatest(gap.heard + period, fired + make_interval(mins => rule.cool_down_minutes));
    if silent_at < gap.heard_next then
      fired := silent_at;
      key := '';
      at := silent_at;
      lines := 0;
      return next;
    end if;
  end loop;
end
$$;
comment on function private.log_silences(private.log_hit[], public.log_rules, timestamptz, timestamptz) is
  'When a rule about silence would have fired between two times, the first of which counts as a line.';

create function private.walk_log_hits(rule public.log_rules, from_time timestamptz, to_time timestamptz,
  budget_ms int, out hits private.log_hit[], out looked_to timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  begun timestamptz;
  left_ms double precision := budget_ms;
  -- Lines of that time are placed 7 days before it at the earliest.
  condition private.log_condition := private.log_condition(rule.tree, from_time - interval '7 days', to_time
    + interval '5 minutes', to_time);
  lowest timestamptz := condition.from_time;
  width interval := interval '1 hour';
  part private.log_hit[];
begin
  hits := '{}';
  looked_to := condition.to_time;
  while looked_to > lowest and cardinality(hits) < 200000 and (left_ms > 0 or looked_to = condition.to_time) loop
    begun := clock_timestamp();
    execute format('select array_agg((key, heard_at, lines)::private.log_hit) from (
        select key, date_trunc(''second'', received_at) as heard_at, count(*) as lines
        from (select logs.*, %s from public.logs where at >= %L and at < %L and received_at >= $3 and received_at < $4)
          as logs
        where is_hit and key is not null and %s group by 1, 2) as counted', private.log_hit_sql(rule),
      greatest(lowest, looked_to - width), looked_to, condition.sql)
    into part using condition.words, condition.letters, from_time, to_time;
    hits := hits || coalesce(part, '{}');
    looked_to := greatest(lowest, looked_to - width);
    left_ms := budget_ms - extract(epoch from clock_timestamp() - started) * 1000;
    width := width * least(4, greatest(0.25, left_ms
      / greatest(extract(epoch from clock_timestamp() - begun) * 1000, 0.5) / 2));
  end loop;
  looked_to := case when looked_to <= lowest then from_time else greatest(from_time, looked_to) end;
  -- One second may be told in several slices.
  hits := array(select (given.key, given.at, sum(given.lines))::private.log_hit from unnest(hits) as given
    where given.at >= date_trunc('second', looked_to) group by given.key, given.at);
end
$$;
comment on function private.walk_log_hits(public.log_rules, timestamptz, timestamptz, int) is
  'Lines received between two times that a rule is about, by key and second, newest first as far as about so many '
  'milliseconds reach. → hits, looked_to: down to here. Definer: reads behind the policies.';

create function private.walk_log_limits(rule public.log_rules, from_time timestamptz, to_time timestamptz,
  budget_ms int, out limits jsonb, out known_from timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  since timestamptz := (select min(hour) from private.log_hours);
  counts jsonb := '{}';
  hour timestamptz;
  week timestamptz;
  usual numeric;
  known int;
begin
  limits := '{}';
  known_from := to_time;
  for hour in select generate_series(date_trunc('hour', to_time, 'UTC'), date_trunc('hour', from_time, 'UTC'),
    interval '-1 hour')
  loop
    exit when clock_timestamp() > started + make_interval(secs => budget_ms / 1000.0);
    usual := 0;
    known := 0;
    for week in select private.log_weeks_before(hour) loop
      continue when week < since or since is null;
      if not counts ? week::text then
        counts := counts || jsonb_build_object(week::text, private.count_log_lines(private.log_condition(rule.tree,
          week, week + interval '1 hour', week + interval '1 hour')));
      end if;
      usual := usual + (counts ->> week::text)::numeric;
      known := known + 1;
    end loop;
    limits := limits || jsonb_build_object(extract(epoch from hour)::bigint::text,
      private.log_most(rule, usual / nullif(known, 0)));
    known_from := greatest(from_time, hour);
  end loop;
end
$$;
comment on function private.walk_log_limits(public.log_rules, timestamptz, timestamptz, int) is
  'Lines of a period that were not too many in each hour, newest first as far as about so many milliseconds reach. → '
  'limits as private.log_crossings takes them, known_from. Definer: counts are private.';

create function private.preview_log_alert(given jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  to_time timestamptz := date_trunc('second', now());
  from_time timestamptz := to_time - interval '7 days';
  rule public.log_rules;
  walked record;
  most record;
  looked_to timestamptz;
  fires jsonb;
  total int;
begin
  perform private.require_permission('logs.read');
  rule := private.read_log_rule(jsonb_build_object('name', '-') || case when jsonb_typeof(given) = 'object'
    and coalesce(given ->> 'name', '') = '' then given - 'name' else given end, now());
  walked := private.walk_log_hits(rule, from_time, to_time, 2000);
  looked_to := walked.looked_to;
  if rule.kind = 'rate' then
    most := private.walk_log_limits(rule, looked_to, to_time, 2000);
    looked_to := most.known_from;
    select jsonb_agg(to_jsonb(fired)), count(*) into fires, total
    from private.log_crossings(walked.hits, rule, most.limits, null, looked_to, null) as fired;
  elsif rule.kind = 'silence' then
    -- What came before is not known to be silence.
    select jsonb_agg(to_jsonb(fired)), count(*) into fires, total
    from private.log_silences(walked.hits, rule, looked_to, to_time) as fired;
  else
    select jsonb_agg(to_jsonb(fired)), count(*) into fires, total
    from private.log_crossings(walked.hits, rule, null, null, looked_to, null) as fired;
  end if;
  return jsonb_build_object('total', total, 'from_time', looked_to, 'to_time', to_time,
    'complete', looked_to <= from_time, 'unknown_sources', private.unknown_log_sources(rule.tree),
    'unknown_licenses', private.unknown_log_licenses(rule.tree),
    'lines', (select coalesce(sum(hit.lines), 0) from unnest(walked.hits) as hit),
    'peak', coalesce(private.log_peak(walked.hits, rule), 0),
    'buckets', (select coalesce(jsonb_agg(jsonb_build_object('at', hour, 'lines', lines) order by hour), '[]')
      from (select date_trunc('hour', hit.at, 'UTC') as hour, sum(hit.lines) as lines from unnest(walked.hits) as hit
        group by 1) as hours),
    'fires', (select coalesce(jsonb_agg(jsonb_build_object('at', fire -> 'at', 'key', fire -> 'key',
        'label', private.log_key_label(rule, fire ->> 'key'), 'lines', fire -> 'lines')
        order by fire ->> 'at' desc), '[]')
      from (select fire from jsonb_array_elements(fires) as fire order by fire ->> 'at' desc limit 200) as newest));
end
$$;
comment on function private.preview_log_alert(jsonb) is
  'Does the work of public.preview_log_alert. Definer: reads behind the policies.';
grant execute on function private.preview_log_alert(jsonb) to authenticated, service_role;

create function public.preview_log_alert(rule jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.preview_log_alert($1) $$;
comment on function public.preview_log_alert(jsonb) is
  'What a rule (as save_log_rule takes it, a name not needed) would have done in the last 7 days, by the time lines '
  'were received. → {total, fires: [{at, key, label, lines}] newest first, 200 at most, from_time, to_time, complete '
  '(false when the budget of some seconds ended at from_time), lines (that it is about), peak (the most in one '
  'period), buckets: [{at, lines}] by hour, unknown_sources: [names], unknown_licenses: [licences and clients '
  'that nobody has]}. Returns of groups are known by the last one only. Needs logs.read. Errors: permission_denied, '
  'invalid_log_rule, log_rule_never_fires, query_invalid.';
revoke execute on function public.preview_log_alert(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.preview_log_alert(jsonb) to authenticated, service_role;
