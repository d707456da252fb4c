-- How exports are made: a worker takes one up for a minute at a time, is given the text of a part, puts it into
-- Storage, and says so; only then the export moves on. PostgreSQL writes the text, the function passes it through.

insert into private.erasures (room) values ('log_exports');

-- All cells of a line at once: entering a function costs more than what is done for a cell.
create function private.csv_cells(texts text[]) returns text
language sql immutable parallel safe set search_path = ''
as $$
  -- What a spreadsheet would run gets an apostrophe (OWASP, “CSV injection”), as in the console's other exports.
  select string_agg(case when cell is null then ''
    else '"' || case when cell ~ '^''*[=+\-@\t\r＝＋－＠]' then '''' else '' end || replace(cell, '"', '""') || '"' end,
    ';' order by place)
  from unnest($1) with ordinality as each (cell, place)
$$;
comment on function private.csv_cells(text[]) is
  'Texts as cells of a CSV file that no spreadsheet runs, with semicolons between; empty for null.';

create function private.log_export_header() returns text
language sql immutable parallel safe set search_path = ''
as $$
  -- Excel reads UTF-8 only when a byte order mark says so.
  select u&'\FEFF' || 'at;level;source;client;version;message;stack;context;id;received_at;occurred_at;group_id;'
    'license_id;license_key_hint;customer_id;is_repaired;original_bytes' || e'\r\n'
$$;
comment on function private.log_export_header() is 'How a CSV file of the log begins.';

create function private.log_lines_text(lines public.logs[], format text, with_clients boolean, most_bytes int,
  out content text, out taken int, out bytes int)
language sql stable security definer set search_path = ''
as $$
  -- Materialized, or each line would be written once for itself and twice for its length.
  with written as materialized (
    select line.at, line.id, case $2 when 'csv'
      then concat(to_char(line.at, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM'), ';', line.level, ';',
        private.csv_cells(array[sources.name, customers.email, line.version, line.message, line.stack,
          line.context::text]), ';', line.id, ';',
        to_char(line.received_at, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM'), ';',
        to_char(line.occurred_at, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM'), ';', line.group_id, ';', line.license_id, ';',
        licenses.license_key_hint, ';', licenses.customer_id, ';', line.is_repaired::text, ';', line.original_bytes,
        e'\r\n')
      else json_build_object('id', line.id, 'at', line.at, 'received_at', line.received_at, 'occurred_at',
        line.occurred_at, 'level', line.level, 'source', sources.name, 'message', line.message, 'stack', line.stack,
        'context', line.context, 'version', line.version, 'group_id', line.group_id, 'license_id', line.license_id,
        'license_key_hint', licenses.license_key_hint, 'customer_id', licenses.customer_id, 'client',
        customers.email, 'is_repaired', line.is_repaired, 'original_bytes', line.original_bytes)::text || e'\n'
      end as text
    from unnest($1) as line
    join public.log_sources as sources on sources.id = line.source_id
    left join public.licenses on licenses.id = line.license_id and $3
    left join public.customers on customers.id = licenses.customer_id
  ), sized as (
    select at, id, text, octet_length(text) as length, sum(octet_length(text)) over (order by at desc, id desc) as upto
    from written
  )
  select coalesce(string_agg(text, '' order by at desc, id desc), ''), count(*)::int, coalesce(sum(length), 0)::int
  from sized where upto - length < $4
$$;
comment on function private.log_lines_text(public.logs[], text, boolean, int) is
  'The first of lines, newest first, as text of that format, up to the one that passes most_bytes; times in the '
  'session''s zone. → content, taken (how many), bytes. Definer: reads behind the policies.';

create function private.due_log_exports() returns setof public.log_exports
language sql stable security definer set search_path = ''
as $$
  select exports.* from public.log_exports as exports
  join private.log_export_work as work on work.export_id = exports.id
  where exports.finished_at is null and work.retry_at <= clock_timestamp()
    -- A resumed one waits for no lease: its run ends the one before.
    and (exports.state = 'queued' or work.leased_until is null or work.leased_until < clock_timestamp())
    and (exports.state = 'running' or (select count(*) from public.log_exports as beside
      where beside.created_by = exports.created_by and beside.state = 'running') < 2)
    and (select count(*) from private.log_export_work as held join public.log_exports as holding
      on holding.id = held.export_id and holding.state = 'running' where held.leased_until >= clock_timestamp()) < 4
  order by exports.state desc, exports.created_at, exports.id
$$;
comment on function private.due_log_exports() is
  'Exports a worker may take up: begun ones first, two of a person and four in all at a time. Definer: private table.';

create function private.end_log_export(export_id uuid, failure text) returns void
language sql volatile security definer set search_path = ''
as $$
  update public.log_exports set state = case when $2 is null then 'done' else 'failed' end, failure = $2,
    finished_at = clock_timestamp(),
    expires_at = clock_timestamp() + make_interval(days => private.setting_int('log_export_days'))
  where id = $1;
  update private.log_export_work set leased_until = null where log_export_work.export_id = $1;
$$;
comment on function private.end_log_export(uuid, text) is
  'Ends an export: done without a failure, failed with one. Definer: nobody writes exports directly.';

create function private.claim_log_export(out export_id uuid, out run int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  horizon bigint;
  export public.log_exports;
  work private.log_export_work;
begin
  perform pg_advisory_xact_lock(hashtextextended('private.claim_log_export', 0));
  -- Before the exports are read: what is below is there for every part.
  horizon := private.log_horizon();
  for export in select * from private.due_log_exports() loop
    select * into export from public.log_exports where id = export.id and finished_at is null for update skip locked;
    continue when not found;
    select * into work from private.log_export_work where log_export_work.export_id = export.id for update;
    continue when work.before_id > horizon * 1000;
    -- Whoever held it ended without a word.
    if export.state = 'running' and work.leased_until is not null then
      work.failures := work.failures + 1;
    end if;
    if not (private.staff_may(export.created_by, 'logs.export')
      and private.staff_may(export.created_by, 'logs.read')) then
      perform private.end_log_export(export.id, 'not_allowed');
    elsif work.failures >= 5 then
      perform private.end_log_export(export.id, 'interrupted');
    else
      update public.log_exports set state = 'running' where id = export.id and state <> 'running';
      update private.log_export_work set run = work.run + 1, failures = work.failures,
        leased_until = clock_timestamp() + interval '1 minute'
      where log_export_work.export_id = export.id;
      export_id := export.id;
      run := work.run + 1;
      return;
    end if;
  end loop;
end
$$;
comment on function private.claim_log_export() is
  'Takes an export up for a minute, which each part renews: no other worker has it. → export_id, run; both null when '
  'none is due. One whose workers ended five times without keeping a part fails. Definer: called by log-export only.';

create function private.write_log_export_part(export_id uuid, run int, most_lines int default 50000,
  most_bytes int default 8388608, budget_ms int default 5000, out number int, out object text, out bytes int,
  out content text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  export public.log_exports;
  work private.log_export_work;
  part private.log_export_parts;
  asked int;
  found record;
  written record;
  last public.logs;
  left_ms int := budget_ms;
  with_clients boolean;
begin
  update private.log_export_work set leased_until = clock_timestamp() + interval '1 minute'
  where log_export_work.export_id = $1 and log_export_work.run = $2 returning * into work;
  -- Unlocked, so that whoever cancels waits for no text: keep_log_export_part looks again.
  select * into export from public.log_exports where id = work.export_id and state = 'running';
  if export.id is null then
    return;
  end if;
  with_clients := private.staff_may(export.created_by, 'licenses.read');
  perform set_config('TimeZone', export.time_zone, true);
  work.condition.sql := format('id < %s and %s', work.before_id, (work.condition).sql);
  part.number := export.part_count + 1;
  part.lines := 0;
  part.end_at := work.cursor_at;
  part.end_id := work.cursor_id;
  content := case when export.part_count = 0 and export.format = 'csv' then private.log_export_header() else '' end;
  part.bytes := octet_length(content);
  loop
    asked := least(1000, most_lines - part.lines);
    found := private.walk_logs(work.condition, part.end_at, part.end_id, asked, left_ms);
    written := private.log_lines_text(found.lines, export.format, with_clients, greatest(most_bytes - part.bytes, 1));
    content := content || written.content;
    part.lines := part.lines + written.taken;
    part.bytes := part.bytes + written.bytes;
    part.is_last := false;
    if written.taken = asked or written.taken < cardinality(found.lines) then
      last := found.lines[written.taken];
      part.end_at := last.at;
      part.end_id := last.id;
    else
      part.end_at := found.searched_to;
      part.end_id := 0;
      part.is_last := found.searched_to <= (work.condition).from_time;
    end if;
    left_ms := budget_ms - extract(epoch from clock_timestamp() - started) * 1000;
    exit when part.is_last or part.lines >= most_lines or part.bytes >= most_bytes or left_ms <= 0;
  end loop;
  part.object := format('%s/%s-%s', $1, part.number, $2);
  insert into private.log_export_parts as known (export_id, number, run, object, lines, bytes, end_at, end_id, is_last)
  values ($1, part.number, $2, part.object, part.lines, part.bytes, part.end_at, part.end_id, part.is_last)
  on conflict on constraint log_export_parts_pkey do update set run = excluded.run, object = excluded.object,
    lines = excluded.lines, bytes = excluded.bytes, end_at = excluded.end_at, end_id = excluded.end_id,
    is_last = excluded.is_last;
  number := part.number;
  object := part.object;
  bytes := part.bytes;
end
$$;
comment on function private.write_log_export_part(uuid, int, int, int, int) is
  'The next part of an export: so many lines and bytes at most, in about so many milliseconds. → number, object (its '
  'name in Storage), bytes, content; all null when the run is over. Nothing has moved on until keep_log_export_part. '
  'Definer: called by log-export only.';

create function private.keep_log_export_part(export_id uuid, run int, number int) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.log_exports;
  work private.log_export_work;
  part private.log_export_parts;
begin
  select * into export from public.log_exports where id = $1 and state = 'running' for update;
  select * into work from private.log_export_work
  where log_export_work.export_id = export.id and log_export_work.run = $2 for update;
  select * into part from private.log_export_parts as parts
  where parts.export_id = work.export_id and parts.number = $3 and parts.run = $2 and not parts.is_stored;
  if part.export_id is null then
    return 'over';
  elsif part.bytes = 0 then
    delete from private.log_export_parts as parts where parts.export_id = $1 and parts.number = $3;
  else
    update private.log_export_parts as parts set is_stored = true where parts.export_id = $1 and parts.number = $3;
  end if;
  update private.log_export_work set cursor_at = part.end_at, cursor_id = part.end_id, failures = 0,
    leased_until = clock_timestamp() + interval '1 minute'
  where log_export_work.export_id = $1;
  update public.log_exports set line_count = line_count + part.lines, byte_count = byte_count + part.bytes,
    part_count = part_count + (part.bytes > 0)::int, searched_to = part.end_at
  where id = $1 returning * into export;
  if not part.is_last then
    return 'more';
  end if;
  perform private.end_log_export($1, null);
  perform private.record_event('log_export_done', 'log_export', $1::text, jsonb_build_object('format', export.format,
    'row_count', export.line_count, 'is_search', export.query <> '', 'filters', jsonb_build_object('from_time',
      export.from_time, 'to_time', export.to_time, 'time_zone', export.time_zone)));
  return 'done';
end
$$;
comment on function private.keep_log_export_part(uuid, int, int) is
  'A part lies in Storage (one of no bytes nowhere): the export moves on. → more, done, or over when the run is. '
  'Definer: called by log-export only.';

create function private.leave_log_export(export_id uuid, run int, failure text default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  export public.log_exports;
  work private.log_export_work;
begin
  select * into export from public.log_exports where id = $1 and state = 'running' for update;
  -- 5 s, 10 s, 20 s, 40 s.
  update private.log_export_work set leased_until = null,
    failures = case when $3 is null then failures else failures + 1 end,
    retry_at = case when $3 is null then retry_at else clock_timestamp() + make_interval(secs => 5 * 2 ^ failures) end
  where log_export_work.export_id = export.id and log_export_work.run = $2 returning * into work;
  if work.failures >= 5 then
    perform private.end_log_export($1, $3);
  elsif work.export_id is not null and $3 is null then
    perform private.call_edge_function('log-export');
  end if;
end
$$;
comment on function private.leave_log_export(uuid, int, text) is
  'A worker lets an export go: the next goes on at once, or a little later after a failure; the fifth in a row ends '
  'the export. Definer: called by log-export only.';
