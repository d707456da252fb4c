-- The counters that slow abuse.

-- Unlogged: losing the counters in a crash forgives a minute of requests, and the write is
-- on the path of every licence check.
create unlogged table private.rate_limits (
  bucket text primary key,
  window_started_at timestamptz not null,
  hits int not null,
  constraint hits_is_positive check (hits > 0)
) with (fillfactor = 50);
comment on table private.rate_limits is 'Requests counted per bucket (what:whom) in fixed windows.';
comment on column private.rate_limits.bucket is 'what:whom, for instance license_check:ip:<address>';
comment on column private.rate_limits.hits is 'Requests in the window so far';

alter table private.rate_limits enable row level security;

create function private.hit_rate_limit(bucket text, max_hits int, window_seconds int, out allowed boolean,
  out retry_after_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ends_at timestamptz;
  counted int;
begin
  insert into private.rate_limits as counters (bucket, window_started_at, hits)
  values ($1, now(), 1)
  on conflict on constraint rate_limits_pkey do update set
    window_started_at = case when counters.window_started_at <= now() - make_interval(secs => $3) then now()
      else counters.window_started_at end,
    hits = case when counters.window_started_at <= now() - make_interval(secs => $3) then 1 else counters.hits + 1 end
  returning counters.hits, counters.window_started_at + make_interval(secs => $3) into counted, ends_at;
  allowed := counted <= max_hits;
  retry_after_seconds := greatest(1, ceil(extract(epoch from ends_at - now())));
end
$$;
comment on function private.hit_rate_limit(text, int, int) is
  'Counts one request in the bucket. → allowed: at most max_hits in the window; retry_after_seconds: when the window '
  'ends. Definer: the table is private.';

create function private.rate_limit_address(address text) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  -- One subscriber holds a whole /64 of IPv6 addresses; an IPv4 address written as one is still one.
  if $1 like '%:%' and pg_input_is_valid($1, 'inet') and not $1::inet <<= '::ffff:0:0/96'::inet then
    return network(set_masklen($1::inet, 64))::text;
  end if;
  return $1;
end
$$;
comment on function private.rate_limit_address(text) is 'What an address is counted as: itself, for IPv6 its /64.';

create function private.forget_rate_limits() returns int
language sql volatile security definer set search_path = ''
as $$
  with gone as (delete from private.rate_limits where window_started_at < now() - interval '1 hour' returning 1)
  select count(*)::int from gone
$$;
comment on function private.forget_rate_limits() is
  'Deletes counters of windows long past. Definer: the table is private.';

select private.schedule_job('forget-rate-limits', '*/10 * * * *', 'select private.forget_rate_limits()');
