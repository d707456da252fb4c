-- How lines come in: a batch is one row and its lines, kept in the transaction that is acknowledged. The same key of
-- the same sender is the same batch, whatever it holds.

insert into private.alert_kinds (kind, severity, permission) values ('log_lag', 'error', 'logs.configure');
insert into private.error_codes (code, status, is_shown) values
  ('invalid_log_line', 400, false), ('invalid_usage', 400, false), ('invalid_feature', 400, false),
  ('too_many_log_lines', 413, false), ('log_lag', 503, false);
insert into public.settings (key, value, minimum, maximum, is_public, description) values
  ('log_lag_lines', '5000000', 100, 100000000, false,
    'Lines that may wait to be moved to their day before clients are told to come again later');

create table private.log_batches (
  id bigint primary key,
  sender text not null,
  idempotency_key text not null,
  received_at timestamptz not null default now(),
  lines int not null,
  first_at timestamptz,
  last_at timestamptz,
  answer jsonb,
  constraint log_batches_sender_idempotency_key_key unique (sender, idempotency_key),
  constraint lines_is_a_batch check (lines between 0 and 1000)
);
comment on table private.log_batches is
  'What was acknowledged, for repeats and for whoever follows the log; forgotten after 8 days.';
comment on column private.log_batches.id is 'Its lines have this number times 1,000 and their place as id';
comment on column private.log_batches.sender is 
  'license:<id>, source:<id>, or function:<name> for what our own functions say';
comment on column private.log_batches.idempotency_key is 'Of the sender: the same key is the same batch';
comment on column private.log_batches.lines is 'Lines that were kept';
comment on column private.log_batches.first_at is 'The earliest `at` of its lines';
comment on column private.log_batches.last_at is 'The latest `at` of its lines';
comment on column private.log_batches.answer is 'What the sender was told';

create index log_batches_received_at_idx on private.log_batches (received_at);

alter table private.log_batches enable row level security;

-- A number is given before its commit: whoever follows must not pass over one that may still appear. Who adds a batch
-- says so by a lock before he takes its number, and by another that names it, until his transaction ends. The oldest
-- transaction of the server would do as well, but any long one, of anybody, would hold up every tail.
create function private.next_log_batch() returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  number bigint;
begin
  perform pg_advisory_xact_lock_shared(hashtext('private.log_batches'), 0);
  number := nextval('private.log_batch_numbers');
  perform pg_advisory_xact_lock_shared(hashtext('private.log_batches'), (number % 2000000000)::int + 1);
  return number;
end
$$;
comment on function private.next_log_batch() is
  'The number of a batch that is being added, announced to private.log_horizon until the transaction ends. Definer: '
  'the sequence is private.';

create function private.log_horizon() returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  newest bigint;
  horizon bigint;
begin
  for attempt in 1..20 loop
    select case when is_called then last_value else 0 end into newest from private.log_batch_numbers;
    select case when count(*) = 0 then newest + 1 when not bool_or(named is null) then min(named) end into horizon
    from (select min(case when place > newest then place - 2000000000 else place end) as named
      from (select virtualtransaction, case when objid > 0
          then newest - newest % 2000000000 + objid::bigint - 1 end as place
        from pg_catalog.pg_locks
        where locktype = 'advisory' and classid = hashtext('private.log_batches')::oid and objsubid = 2 and granted
          and database = (select oid from pg_catalog.pg_database where datname = current_database())) as held
      group by virtualtransaction) as adding;
    exit when horizon is not null;
    -- Somebody is just taking his number.
    perform pg_sleep(0.001);
  end loop;
  return coalesce(horizon, 0);
end
$$;
comment on function private.log_horizon() is
  'All batches with smaller numbers are there for every statement that begins after this call, or never will be. 0 '
  'when it cannot be told for the moment. Definer: the sequence is private.';

create function private.add_log_groups(lines jsonb, version text, license_id uuid default null) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into public.log_groups (id, fingerprint_version, source_id, level, title, first_version, first_seen_at)
  select distinct on (line.group_id) line.group_id, line.fingerprint_version, 
    private.log_source_id(line.source, $3), line.level, line.title, $2, held.at
  from jsonb_to_recordset($1) as line (group_id bigint, fingerprint_version int, source text, level text, title text,
    occurred_at timestamptz)
  cross join lateral (select greatest(least(coalesce(line.occurred_at, now()), now() + interval '5 minutes'),
    now() - interval '7 days') as at) as held
  where line.group_id is not null and not exists (select from public.log_groups where id = line.group_id)
  order by line.group_id, line.occurred_at
  on conflict (id) do nothing
$$;
comment on function private.add_log_groups(jsonb, text, uuid) is
  'Makes the groups of lines that have none yet; they are counted when the lines reach their day. Definer: nobody '
  'writes groups directly.';

create function private.add_log_lines(sender text, idempotency_key text, lines jsonb, license_id uuid, version text)
returns private.log_batches
language plpgsql volatile security definer set search_path = ''
as $$
declare
  batch private.log_batches;
  sources jsonb;
begin
  if jsonb_array_length(lines) > 0 then
    select jsonb_object_agg(name, private.log_source_id(name, $4)) into sources
    from (select distinct line ->> 'source' as name from jsonb_array_elements(lines) as line order by 1) as named;
    perform private.add_log_groups(lines, version, license_id);
  end if;
  batch.id := private.next_log_batch();
  with kept as (
    insert into private.logs_young (id, at, received_at, occurred_at, license_id, group_id, source_id, original_bytes,
      is_repaired, level, version, message, stack, context)
    select batch.id * 1000 + place - 1, held.at, now(), nullif(line.occurred_at, held.at), $4, line.group_id,
      (sources ->> line.source)::int, line.original_bytes, coalesce(line.is_repaired, false), line.level,
      coalesce(line.version, $5), line.message, line.stack, line.context
    from rows from (jsonb_to_recordset(lines) as (source text, group_id bigint, original_bytes int,
      is_repaired boolean, level text, version text, message text, stack text, context jsonb,
      occurred_at timestamptz)) with ordinality as line (source, group_id, original_bytes, is_repaired, level, version,
      message, stack, context, occurred_at, place)
    cross join lateral (select greatest(least(coalesce(line.occurred_at, now()), now() + interval '5 minutes'),
      now() - interval '7 days') as at) as held
    order by place
    returning at
  )
  select count(*), min(at), max(at) into batch.lines, batch.first_at, batch.last_at from kept;
  insert into private.log_batches (id, sender, idempotency_key, lines, first_at, last_at)
  values (batch.id, $1, $2, batch.lines, batch.first_at, batch.last_at)
  returning * into batch;
  if batch.lines > 0 then
    perform private.ring_log_doorbell('logs');
    if license_id is not null then
      perform private.ring_log_doorbell('logs:' || license_id);
    end if;
  end if;
  return batch;
end
$$;
comment on function private.add_log_lines(text, text, jsonb, uuid, text) is
  'Keeps lines as the functions made them: [{level, source, message, stack, context, occurred_at, group_id, '
  'fingerprint_version, title, original_bytes, is_repaired, version}], 1,000 at most, in the order they were sent. '
  '→ the batch. Errors: unique_violation when the key was used meanwhile. Definer: called by the functions only.';

create function private.log_lag() returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('lines', (select count(*) from private.logs_young),
    'oldest_at', (select received_at from private.logs_young order by id limit 1))
$$;
comment on function private.log_lag() is
  'Lines that wait to be moved to their day. → {lines, oldest_at: when the oldest was received, or null}. Definer: the '
  'table is private.';

create function private.require_log_room() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Numbers tell without counting: those between the oldest line that waits and the newest batch.
  if (select (last_value + 1) * 1000 from private.log_batch_numbers)
      - coalesce((select id from private.logs_young order by id limit 1), 9223372036854775807)
      > private.setting_int('log_lag_lines')::bigint
    and (select count(*) from (select from private.logs_young
      limit private.setting_int('log_lag_lines')) as waiting) >= private.setting_int('log_lag_lines') then
    perform private.fail('log_lag', 'Too many lines wait to be indexed: send the same batch again later');
  end if;
end
$$;
comment on function private.require_log_room() is
  'Refuses lines while more than log_lag_lines wait. Errors: log_lag (503): the same batch may come again. Definer: '
  'the table is private.';

create function private.serve_log_ingest(ip text, token text, idempotency_key text, lines jsonb, answer jsonb,
  out allowed boolean, out retry_after_seconds int, out code text, out message text, out source text,
  out result jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known record;
  batch private.log_batches;
begin
  allowed := true;
  if lines is null then
    select hit.allowed, hit.retry_after_seconds into allowed, retry_after_seconds from private.hit_rate_limit(
      'log_ingest:ip:' || private.rate_limit_address(left(ip, 64)), private.setting_int('log_ingest_per_minute'), 60)
      as hit;
    if not allowed then
      return;
    end if;
  end if;
  select tokens.id, tokens.source_id, tokens.last_used_at, sources.name into known
  from private.log_tokens as tokens join public.log_sources as sources on sources.id = tokens.source_id
  where tokens.token_hash = sha256(convert_to($2, 'UTF8')) and tokens.revoked_at is null;
  if known.id is null then
    code := 'unauthorized';
    message := 'No such token, or it was revoked';
    return;
  end if;
  source := known.name;
  if known.last_used_at is null or known.last_used_at < now() - interval '1 minute' then
    update private.log_tokens set last_used_at = now()
    where id = (select id from private.log_tokens where id = known.id for no key update skip locked);
  end if;
  if lines is null then
    return;
  end if;
  begin
    select log_batches.answer into result from private.log_batches
    where log_batches.sender = 'source:' || known.source_id and log_batches.idempotency_key = $3;
    if result is null then
      perform private.require_log_room();
      batch := private.add_log_lines('source:' || known.source_id, $3, $4, null, null);
      update private.log_batches set answer = $5 where id = batch.id;
      result := $5;
    end if;
  exception
    when unique_violation then
      select log_batches.answer into result from private.log_batches
      where log_batches.sender = 'source:' || known.source_id and log_batches.idempotency_key = $3;
    when sqlstate 'PT503' then
      code := 'log_lag';
      message := sqlerrm;
  end;
end
$$;
comment on function private.serve_log_ingest(text, text, text, jsonb, jsonb) is
  'Lines of a server: its token looked up, kept once per key. Before it reads them the function asks with null for '
  'key, lines and answer, which counts against the address and only tells whose token it is. → source, result (the '
  'answer, the first one''s when repeated), or the code of a refusal: unauthorized, log_lag. Definer: called by '
  'log-ingest only.';

insert into public.settings (key, value, minimum, maximum, is_public, description) values
  ('log_ingest_per_minute', '600', 1, 1000000, false, 'Batches a minute that servers may send from one address'),
  ('client_report_per_minute', '100', 1, 1000000, false,
    'Reports of desktop clients a minute allowed from one address or licence');

create function private.forget_log_batches() returns int
language sql volatile security definer set search_path = ''
as $$
  with gone as (delete from private.log_batches where received_at < now() - interval '8 days' returning 1)
  select count(*)::int from gone
$$;
comment on function private.forget_log_batches() is
  'Deletes batches of more than 8 days ago: nobody repeats or follows them any more. Definer: the table is private.';

select private.schedule_job('forget-log-batches', '40 2 * * *', 'select private.forget_log_batches()');
