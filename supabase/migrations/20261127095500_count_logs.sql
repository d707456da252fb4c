-- How many lines a query means, when, and of what kind: from counts where those know, from the lines where they do not.
-- Bars, their sum and what is exported are the same lines.

create function private.log_bucket_seconds(from_time timestamptz, to_time timestamptz, buckets int) returns int
language sql immutable set search_path = ''
as $$
  select coalesce((select width from unnest(array[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800,
    21600, 43200, 86400, 604800]) as width
    where extract(epoch from $2 - $1) / width <= $3 - 1 order by width limit 1), 2592000)
$$;
comment on function private.log_bucket_seconds(timestamptz, timestamptz, int) is
  'Width of bars in seconds, a round one, so that at most so many cover the period.';

create function private.log_counts_sql(condition private.log_condition, grain int) returns text
language plpgsql immutable set search_path = ''
as $$
declare
  by_license boolean := 'license' = any (condition.columns);
  from_minute timestamptz := date_trunc('minute', condition.from_time + interval '1 minute - 1 microsecond');
  to_minute timestamptz := date_trunc('minute', condition.to_time);
  from_hour timestamptz := date_trunc('hour', condition.from_time + interval '1 hour - 1 microsecond', 'UTC');
  to_hour timestamptz := date_trunc('hour', condition.to_time, 'UTC');
  minutes text := 'select minute as at, source_id, nullif(level, '''') as level, null::uuid as license_id, lines
    from private.log_minutes where minute >= %L and minute < %L';
  hours text := case when by_license
    then 'select hour as at, source_id, nullif(level, '''') as level, license_id, lines
      from private.log_license_hours where hour >= %L and hour < %L'
    else 'select hour as at, source_id, nullif(level, '''') as level, null::uuid as license_id, lines
      from private.log_hours where hour >= %L and hour < %L' end;
  lines text := 'select at, source_id, level, license_id, 1 as lines from private.logs_kept where at >= %L and at < %L';
  parts text[] := array[format('select at, source_id, level, license_id, 1 as lines from private.logs_young
    where at >= %L and at < %L', condition.from_time, condition.to_time)];
begin
  if by_license then
    from_minute := from_hour;
    to_minute := to_hour;
  end if;
  if condition.has_text or not condition.columns <@ array['level', 'source', 'license']
    or grain % (case when by_license then 3600 else 60 end) <> 0 or from_minute >= to_minute then
    return null;
  elsif grain % 3600 <> 0 or from_hour >= to_hour then
    from_hour := from_minute;
    to_hour := from_minute;
  end if;
  parts := parts || format(hours, from_hour, to_hour) || format(minutes, from_minute, from_hour)
    || format(minutes, to_hour, to_minute) || format(lines, condition.from_time, from_minute)
    || format(lines, to_minute, condition.to_time);
  return format('select at, source_id, level, license_id, lines from (%s) as logs where %s',
    array_to_string(parts, ' union all '), condition.sql);
end
$$;
comment on function private.log_counts_sql(private.log_condition, int) is
  'A query (at, source_id, level, license_id, lines) that counts what meets the condition, exact to so many seconds '
  'and at both ends; null when only the lines themselves know.';

create function private.log_bucket_sql(seconds int, origin timestamptz) returns text
language sql stable set search_path = ''
as $$
  select case when $1 < 86400 then format('date_bin(%L, at, %L::timestamptz)', make_interval(secs => $1), $2)
    else format('date_trunc(%L, at, %L)', case $1 when 86400 then 'day' when 604800 then 'week' else 'month' end,
      private.business_time_zone()) end
$$;
comment on function private.log_bucket_sql(int, timestamptz) is
  'The beginning of the bar of `at`: from an origin on, days, weeks and months where the business is.';

create function private.get_log_histogram(query text, from_time timestamptz, to_time timestamptz, buckets int,
  counted_from timestamptz) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  condition private.log_condition := private.read_log_query(query, from_time, to_time, now());
  begins timestamptz := condition.from_time;
  seconds int;
  bucket text;
  counts text;
  started timestamptz := clock_timestamp();
  begun timestamptz;
  width interval := interval '1 hour';
  lower timestamptz;
  part jsonb;
  counted jsonb := '[]';
begin
  if buckets is null or buckets not between 1 and 1000 then
    perform private.fail('invalid_argument', 'buckets must be between 1 and 1000');
  elsif condition.from_time >= condition.to_time then
    return jsonb_build_object('total', 0, 'buckets', '[]'::jsonb, 'counted_from', condition.from_time,
      'bucket_seconds', 1);
  end if;
  seconds := private.log_bucket_seconds(condition.from_time, condition.to_time, buckets);
  bucket := private.log_bucket_sql(seconds, private.start_of_day(private.business_day(condition.from_time)));
  condition.to_time := least(condition.to_time, counted_from);
  counts := private.log_counts_sql(condition, case when seconds % 3600 = 0 and mod(extract(epoch from
    private.start_of_day(private.business_day(condition.from_time))), 3600) <> 0 then 60 else seconds end);
  if counts is not null then
    execute format('select jsonb_agg(jsonb_build_array(bucket, level, lines)) from (select %s as bucket, level,
      sum(lines) as lines from (%s) as counted group by 1, 2) as grouped', bucket, counts)
    into counted using condition.words, condition.letters;
    lower := begins;
  else
    lower := condition.to_time;
    while lower > begins and (clock_timestamp() - started < interval '150 milliseconds' or lower = condition.to_time)
    loop
      begun := clock_timestamp();
      execute format('select jsonb_agg(jsonb_build_array(bucket, level, lines)) from (select %s as bucket, level,
        count(*) as lines from public.logs where at >= %L and at < %L and %s group by 1, 2) as grouped', bucket,
        greatest(begins, lower - width), lower, condition.sql)
      into part using condition.words, condition.letters;
      counted := counted || coalesce(part, '[]');
      lower := greatest(begins, lower - width);
      width := width * least(4, greatest(0.25, extract(epoch from interval '150 milliseconds' - (clock_timestamp()
        - started)) / greatest(extract(epoch from clock_timestamp() - begun), 0.0005) / 2));
    end loop;
  end if;
  return (select jsonb_build_object('total', coalesce(sum(bar.total), 0), 'counted_from', lower,
      'bucket_seconds', seconds, 'buckets', coalesce(jsonb_agg(jsonb_build_object('at', bar.at, 'debug', bar.debug,
        'info', bar.info, 'warning', bar.warning, 'error', bar.error, 'none', bar.none) order by bar.at), '[]'))
    from (select (item ->> 0)::timestamptz as at, sum((item ->> 2)::bigint) as total,
        coalesce(sum((item ->> 2)::bigint) filter (where item ->> 1 = 'debug'), 0) as debug,
        coalesce(sum((item ->> 2)::bigint) filter (where item ->> 1 = 'info'), 0) as info,
        coalesce(sum((item ->> 2)::bigint) filter (where item ->> 1 = 'warning'), 0) as warning,
        coalesce(sum((item ->> 2)::bigint) filter (where item ->> 1 = 'error'), 0) as error,
        coalesce(sum((item ->> 2)::bigint) filter (where item ->> 1 is null), 0) as none
      from jsonb_array_elements(counted) as item group by 1) as bar);
end
$$;
comment on function private.get_log_histogram(text, timestamptz, timestamptz, int, timestamptz) is
  'Does the work of public.get_log_histogram. Definer: counts are private.';
grant execute on function private.get_log_histogram(text, timestamptz, timestamptz, int, timestamptz)
  to authenticated, service_role;

create function public.get_log_histogram(query text default '', from_time timestamptz default null,
  to_time timestamptz default null, buckets int default 60, counted_from timestamptz default null) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.get_log_histogram($1, $2, $3, $4, $5) $$;
comment on function public.get_log_histogram(text, timestamptz, timestamptz, int, timestamptz) is
  'How many lines a query means, by level and time, in at most so many bars of a round width; bars without lines are '
  'left out, the first and the last may begin before and end after the period. → {total, bucket_seconds, buckets: '
  '[{at, debug, info, warning, error, none}], counted_from}: later than from_time when the budget ran out; the same '
  'call with that counted_from counts on before it, and both are added. Needs logs.read. Errors: permission_denied, '
  'query_invalid, invalid_argument.';
revoke execute on function public.get_log_histogram(text, timestamptz, timestamptz, int, timestamptz)
  from public, anon, authenticated, service_role;
grant execute on function public.get_log_histogram(text, timestamptz, timestamptz, int, timestamptz)
  to authenticated, service_role;

create function private.log_facets(lines public.logs[]) returns jsonb
language sql stable security definer set search_path = ''
as $$
  with line as materialized (select * from unnest($1))
  select jsonb_build_object(
    'levels', (select coalesce(jsonb_agg(jsonb_build_object('value', value, 'count', lines) order by lines desc, value),
      '[]') from (select coalesce(level, 'none') as value, count(*) as lines from line group by 1) as found),
    'sources', (select coalesce(jsonb_agg(jsonb_build_object('value', name, 'count', lines) order by lines desc, name),
      '[]') from (select source_id, count(*) as lines from line group by 1 order by 2 desc limit 20) as found
      join public.log_sources on log_sources.id = found.source_id),
    'clients', (select coalesce(jsonb_agg(jsonb_build_object('value', licenses.id, 'client', customers.email,
        'license_key_hint', licenses.license_key_hint, 'count', lines) order by lines desc, licenses.id), '[]')
      from (select license_id, count(*) as lines from line group by 1 order by 2 desc limit 20) as found
      join public.licenses on licenses.id = found.license_id
      join public.customers on customers.id = licenses.customer_id
      where private.is_system_caller() or private.has_permission('licenses.read')),
    'versions', (select coalesce(jsonb_agg(jsonb_build_object('value', version, 'count', lines)
        order by lines desc, version), '[]')
      from (select version, count(*) as lines from line where version is not null group by 1 order by 2 desc limit 20)
        as found),
    'groups', (select coalesce(jsonb_agg(jsonb_build_object('value', groups.id, 'title', groups.title, 'count', lines)
        order by lines desc, groups.id), '[]')
      from (select group_id, count(*) as lines from line group by 1 order by 2 desc limit 20) as found
      join public.log_groups as groups on groups.id = found.group_id))
$$;
comment on function private.log_facets(public.logs[]) is
  'What lines have in common, most frequent first, 20 of each. Definer: reads behind the policies.';

create function private.get_log_facets(query text, from_time timestamptz, to_time timestamptz) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  condition private.log_condition := private.read_log_query(query, from_time, to_time, now());
  sample record;
  counts text;
  exact jsonb;
begin
  sample := private.walk_logs(condition, null, null, 10000, 100);
  if cardinality(sample.lines) >= 10000 or sample.searched_to > condition.from_time then
    counts := private.log_counts_sql(condition, 3600);
  end if;
  if counts is not null then
    execute format('with counted as materialized (select source_id, level, sum(lines) as lines from (%s) as one
        group by 1, 2)
      select jsonb_build_object(
        ''levels'', (select coalesce(jsonb_agg(jsonb_build_object(''value'', value, ''count'', lines)
          order by lines desc, value), ''[]'')
          from (select coalesce(level, ''none'') as value, sum(lines) as lines from counted group by 1) as found),
        ''sources'', (select coalesce(jsonb_agg(jsonb_build_object(''value'', name, ''count'', lines)
          order by lines desc, name), ''[]'')
          from (select source_id, sum(lines) as lines from counted group by 1 order by 2 desc limit 20) as found
          join public.log_sources on log_sources.id = found.source_id))', counts)
    into exact using condition.words, condition.letters;
  end if;
  return private.log_facets(sample.lines) || coalesce(exact, '{}') || jsonb_build_object(
    'sampled', cardinality(sample.lines),
    'is_sample', cardinality(sample.lines) >= 10000 or sample.searched_to > condition.from_time,
    'are_levels_exact', exact is not null
      or cardinality(sample.lines) < 10000 and sample.searched_to <= condition.from_time);
end
$$;
comment on function private.get_log_facets(text, timestamptz, timestamptz) is
  'Does the work of public.get_log_facets. Definer: counts are private.';
grant execute on function private.get_log_facets(text, timestamptz, timestamptz) to authenticated, service_role;

create function public.get_log_facets(query text default '', from_time timestamptz default null,
  to_time timestamptz default null) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_log_facets($1, $2, $3) $$;
comment on function public.get_log_facets(text, timestamptz, timestamptz) is
  'What the lines of a query have in common. → {levels, sources, versions: [{value, count}], clients: [{value '
  '(licence), client, license_key_hint, count}], groups: [{value, title, count}], sampled, is_sample, '
  'are_levels_exact}: most frequent first, 20 at most; counted over the newest 10,000 lines when is_sample, levels '
  'and sources over all when are_levels_exact. Needs logs.read. Errors: permission_denied, query_invalid, '
  'invalid_argument.';
revoke execute on function public.get_log_facets(text, timestamptz, timestamptz)
  from public, anon, authenticated, service_role;
grant execute on function public.get_log_facets(text, timestamptz, timestamptz) to authenticated, service_role;
