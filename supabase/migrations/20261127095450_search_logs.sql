-- Reading the log within a budget: slices of time from the newest on, or from the oldest, as long as there is budget
-- and the page is not full. A page may be partial; it says how far everything was looked at, and its cursor goes on.

create function private.log_rows(lines public.logs[]) returns json
language sql stable security definer set search_path = ''
as $$
  -- Rows of one shape as text: half the time of jsonb built key by key, and every open tail asks for them.
  select coalesce(json_agg(line_row order by line_row.at desc, line_row.id desc), '[]')
  from (select line.id, line.at, line.received_at, line.occurred_at, line.level, sources.name as source, line.message,
      line.stack, line.context, line.version, line.group_id, line.license_id, licenses.license_key_hint,
      licenses.customer_id, customers.email as client, line.is_repaired, line.original_bytes
    from unnest($1) as line
    join public.log_sources as sources on sources.id = line.source_id
    left join public.licenses on licenses.id = line.license_id
      and (select private.is_system_caller() or private.has_permission('licenses.read'))
    left join public.customers on customers.id = licenses.customer_id) as line_row
$$;
comment on function private.log_rows(public.logs[]) is
  'Lines as the API answers them, newest first. Definer: reads behind the policies.';

create function private.log_cursor(at timestamptz, id bigint) returns text
language sql immutable set search_path = ''
as $$ select (extract(epoch from $1) * 1000000)::bigint || '_' || $2 $$;
comment on function private.log_cursor(timestamptz, bigint) is 'A place in the log: microseconds since 1970, and id.';

create function private.read_log_cursor(cursor text, out at timestamptz, out id bigint)
language plpgsql immutable set search_path = ''
as $$
declare
  parts text[] := regexp_match(cursor, '^(\d{1,17})_(\d{1,18})$');
begin
  if cursor is not null and parts is null then
    perform private.fail('invalid_argument', 'cursor must be a next_cursor of an earlier answer');
  end if;
  at := to_timestamp(0) + parts[1]::bigint * interval '1 microsecond';
  id := parts[2]::bigint;
end
$$;
comment on function private.read_log_cursor(text) is 'What private.log_cursor wrote. Errors: invalid_argument.';

create function private.walk_logs(condition private.log_condition, before_at timestamptz, before_id bigint, most int,
  budget_ms int, out lines public.logs[], out searched_to timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  begun timestamptz;
  spent double precision;
  upper timestamptz := least(condition.to_time, before_at);
  lower timestamptz;
  width interval := interval '1 hour';
  part public.logs[];
  chunk int := 1000;
  looked record;
begin
  lines := '{}';
  -- The first slice reaches over the moment of the cursor itself, which may have more lines. Not as (at, id) < …:
  -- PostgreSQL 17 read a backward index scan with that beside at < … past the bound.
  upper := upper + case when before_at <= condition.to_time and before_id > 0 then interval '1 microsecond'
    else interval '0' end;
  searched_to := upper;
  -- Of what is common the newest lines are enough, read as they lie: the index of texts collects a whole day first, and
  -- each line it names is folded again.
  lower := greatest(condition.from_time, upper - width);
  while condition.has_text and searched_to > lower and chunk < 10000 loop
    execute format('select array_agg(logs order by at desc, id desc) filter (where %s) as found, count(*) as seen,
        (array_agg(at order by at, id))[1] as last_at, (array_agg(id order by at, id))[1] as last_id
      from (select * from public.logs where at >= %L and at < %L and ($3 is null or at < $3 or id < $4)
        order by at desc, id desc limit %s) as logs', condition.sql, lower, searched_to, chunk)
    into looked using condition.words, condition.letters, before_at, before_id;
    part := coalesce(looked.found, '{}');
    lines := (lines || part)[:most];
    if looked.seen < chunk then
      searched_to := lower;
      exit;
    end if;
    before_at := looked.last_at;
    before_id := looked.last_id;
    searched_to := before_at + interval '1 microsecond';
    exit when cardinality(lines) = most or cardinality(part) < chunk / 100;
    chunk := chunk * 2;
  end loop;
  upper := searched_to;
  while searched_to > condition.from_time and cardinality(lines) < most
    and (clock_timestamp() - started < make_interval(secs => budget_ms / 1000.0) or searched_to = upper)
  loop
    lower := greatest(condition.from_time, searched_to - width);
    begun := clock_timestamp();
    execute format('select array_agg(line) from (select logs as line from public.logs where at >= %L and at < %L
      and ($3 is null or at < $3 or id < $4) and %s order by at desc, id desc limit %s) as found', lower, searched_to,
      condition.sql, most - cardinality(lines))
    into part using condition.words, condition.letters, before_at, before_id;
    lines := lines || coalesce(part, '{}');
    searched_to := lower;
    spent := extract(epoch from clock_timestamp() - begun) * 1000;
    width := width * least(4, greatest(0.25, (budget_ms - extract(epoch from clock_timestamp() - started) * 1000)
      / greatest(spent, 0.5) / 2));
  end loop;
end
$$;
comment on function private.walk_logs(private.log_condition, timestamptz, bigint, int, int) is
  'Lines that meet a condition, newest first, before a place (null: from the newest on), so many at most, in about so '
  'many milliseconds. → lines; searched_to: down to here every line was looked at, unless the page is full. One slice '
  'is always looked through. Definer: reads behind the policies.';

create function private.walk_logs_up(condition private.log_condition, after_at timestamptz, after_id bigint,
  most int, budget_ms int, out lines public.logs[], out searched_to timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  begun timestamptz;
  spent double precision;
  lower timestamptz := greatest(condition.from_time, after_at);
  upper timestamptz;
  width interval := interval '1 hour';
  part public.logs[];
begin
  lines := '{}';
  searched_to := lower;
  while searched_to < condition.to_time and cardinality(lines) < most
    and (clock_timestamp() - started < make_interval(secs => budget_ms / 1000.0) or searched_to = lower)
  loop
    upper := least(condition.to_time, searched_to + width);
    begun := clock_timestamp();
    execute format('select array_agg(line) from (select logs as line from public.logs where at >= %L and at < %L
      and ($3 is null or at > $3 or id > $4) and %s order by at, id limit %s) as found', searched_to, upper,
      condition.sql, most - cardinality(lines))
    into part using condition.words, condition.letters, after_at, after_id;
    lines := lines || coalesce(part, '{}');
    searched_to := upper;
    spent := extract(epoch from clock_timestamp() - begun) * 1000;
    width := width * least(4, greatest(0.25, (budget_ms - extract(epoch from clock_timestamp() - started) * 1000)
      / greatest(spent, 0.5) / 2));
  end loop;
end
$$;
comment on function private.walk_logs_up(private.log_condition, timestamptz, bigint, int, int) is
  'As private.walk_logs, oldest first and after a place (null: from the oldest on). Definer: reads behind the '
  'policies.';

create function private.search_logs(query text, from_time timestamptz, to_time timestamptz, cursor text,
  page_size int, oldest_first boolean) returns json
language plpgsql stable security definer set search_path = ''
as $$
declare
  condition private.log_condition := private.read_log_query(query, from_time, to_time, now());
  place record;
  found record;
  rows json;
  last public.logs;
  is_full boolean;
  is_complete boolean;
begin
  if page_size is null or page_size not between 1 and 1000 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 1000');
  end if;
  place := private.read_log_cursor(cursor);
  if oldest_first then
    found := private.walk_logs_up(condition, place.at, place.id, page_size, 100);
    is_complete := found.searched_to >= condition.to_time;
    rows := (select coalesce(json_agg(each.line order by each.place desc), '[]')
      from json_array_elements(private.log_rows(found.lines)) with ordinality as each (line, place));
  else
    found := private.walk_logs(condition, place.at, place.id, page_size, 100);
    is_complete := found.searched_to <= condition.from_time;
    rows := private.log_rows(found.lines);
  end if;
  is_full := cardinality(found.lines) = page_size;
  last := found.lines[cardinality(found.lines)];
  return json_build_object('rows', rows,
    'next_cursor', case when is_full then private.log_cursor(last.at, last.id)
      when not is_complete then private.log_cursor(found.searched_to, 0) end,
    'complete', is_full or is_complete,
    'searched_to', case when is_full then last.at
      when oldest_first then found.searched_to else greatest(found.searched_to, condition.from_time) end);
end
$$;
comment on function private.search_logs(text, timestamptz, timestamptz, text, int, boolean) is
  'Does the work of public.search_logs. Definer: reads behind the policies, in slices.';
grant execute on function private.search_logs(text, timestamptz, timestamptz, text, int, boolean)
  to authenticated, service_role;

create function public.search_logs(query text default '', from_time timestamptz default null,
  to_time timestamptz default null, cursor text default null, page_size int default 100,
  oldest_first boolean default false) returns json
language sql stable security invoker set search_path = ''
as $$ select private.search_logs($1, $2, $3, $4, $5, $6) $$;
comment on function public.search_logs(text, timestamptz, timestamptz, text, int, boolean) is
  'Lines of the log, newest first unless oldest_first: those a query means (see private.parse_log_query), from '
  'from_time to before to_time. → {rows: [{id, at, received_at, occurred_at, level, source, message, stack, context, '
  'version, group_id, license_id, license_key_hint, customer_id, client, is_repaired, original_bytes}], next_cursor '
  '(null at the end), complete (false when the budget of about 100 ms ran out: the cursor goes on), searched_to}. A '
  'cursor goes on in its direction only. Needs logs.read. Errors: permission_denied, query_invalid, invalid_argument.';
revoke execute on function public.search_logs(text, timestamptz, timestamptz, text, int, boolean)
  from public, anon, authenticated, service_role;
grant execute on function public.search_logs(text, timestamptz, timestamptz, text, int, boolean)
  to authenticated, service_role;

create function private.follow_logs(query text, cursor text, most int) returns json
language plpgsql volatile security definer set search_path = ''
as $$
declare
  condition private.log_condition := private.read_log_query(query, null, null, now());
  horizon bigint;
  batches private.log_batches[];
  lines public.logs[];
begin
  if cursor !~ '^\d{1,18}$' or most is null or most not between 1 and 1000 then
    perform private.fail('invalid_argument', 'cursor must be of an earlier answer, most between 1 and 1000');
  end if;
  -- Before the batches are read, and by a statement of its own: what is below is then there.
  horizon := private.log_horizon();
  if cursor is null then
    return json_build_object('rows', '[]'::json, 'left_out', false, 'has_more', false,
      'cursor', greatest(horizon - 1, 0)::text);
  end if;
  batches := array(select log_batches from private.log_batches
    where id > cursor::bigint and id < horizon order by id limit 200);
  -- Anew, now that they are known: the first line of a source makes a source that the query may name.
  condition := private.read_log_query(query, null, null, now());
  -- The offset is a fence: batch by batch, each looked up in its day. Without it PostgreSQL 17 walked all lines there
  -- are in the order that is asked for, and compared each with every batch.
  execute format('select array_agg(line) from (select logs as line from unnest($3) as batch
    cross join lateral (select * from public.logs where at between batch.first_at and batch.last_at
      and id between batch.id * 1000 and batch.id * 1000 + 999 and %s offset 0) as logs
    order by logs.at desc, logs.id desc limit $4) as found', condition.sql)
  into lines using condition.words, condition.letters, batches, most + 1;
  return json_build_object('rows', private.log_rows(coalesce(lines[:most], '{}')),
    'left_out', coalesce(cardinality(lines), 0) > most, 'has_more', cardinality(batches) = 200,
    'cursor', coalesce((select newest.id::text from unnest(batches[cardinality(batches):]) as newest), cursor));
end
$$;
comment on function private.follow_logs(text, text, int) is
  'Does the work of public.follow_logs. Definer: batches are private.';
grant execute on function private.follow_logs(text, text, int) to authenticated, service_role;

create function public.follow_logs(query text default '', cursor text default null, most int default 500)
returns json
language sql volatile security invoker set search_path = '' as $$ select private.follow_logs($1, $2, $3) $$;
comment on function public.follow_logs(text, text, int) is
  'What came into the log since an earlier answer, whatever its time, each batch once: the newest `most` lines of the '
  'next 200 batches that a query means. Without a cursor: where to begin. → {rows as search_logs, left_out (older ones '
  'of these batches are not among them), cursor, has_more}. The private channel `logs` (or `logs:<license_id>`) rings '
  'when there is more. Needs logs.read. Errors: permission_denied, query_invalid, invalid_argument.';
revoke execute on function public.follow_logs(text, text, int) from public, anon, authenticated, service_role;
grant execute on function public.follow_logs(text, text, int) to authenticated, service_role;
