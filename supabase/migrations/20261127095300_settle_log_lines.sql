-- Young lines move on to their day, oldest batch first: there they are in the text index, and they are counted by
-- minute, hour and group in the same transaction. What is not there yet is read and counted where it stands, so that an
-- answer never depends on this job; how far it is behind is shown and alerts.

create table private.log_minutes (
  minute timestamptz not null,
  source_id int not null,
  level text not null,
  lines int not null,
  primary key (minute, source_id, level)
);
comment on table private.log_minutes is 'Lines in their days by minute, source and level.';
comment on column private.log_minutes.source_id is 'Source of the lines';
comment on column private.log_minutes.level is 'Empty for lines without one';
comment on column private.log_minutes.lines is 'Lines that happened in the minute';

create table private.log_hours (
  hour timestamptz not null,
  source_id int not null,
  level text not null,
  lines int not null,
  primary key (hour, source_id, level)
);
comment on table private.log_hours is 'Lines in their days by hour, source and level.';
comment on column private.log_hours.source_id is 'Source of the lines';
comment on column private.log_hours.level is 'Empty for lines without one';
comment on column private.log_hours.lines is 'Lines that happened in the hour';

create table private.log_license_hours (
  license_id uuid not null,
  hour timestamptz not null,
  source_id int not null,
  level text not null,
  lines int not null,
  primary key (license_id, hour, source_id, level)
);
comment on table private.log_license_hours is 'Lines of licences in their days by hour, source and level.';
comment on column private.log_license_hours.source_id is 'Source of the lines';
comment on column private.log_license_hours.level is 'Empty for lines without one';
comment on column private.log_license_hours.lines is 'Lines that happened in the hour';

create index log_license_hours_hour_idx on private.log_license_hours (hour);

alter table private.log_minutes enable row level security;
alter table private.log_hours enable row level security;
alter table private.log_license_hours enable row level security;

create function private.count_log_groups(counted jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.log_group_counts as known (group_id, lines, last_seen_at, last_version)
  select hit.group_id, hit.lines, hit.last_at, hit.last_version
  from jsonb_to_recordset(counted) as hit (group_id bigint, lines bigint, last_at timestamptz, last_version text)
  order by hit.group_id
  on conflict on constraint log_group_counts_pkey do update set lines = known.lines + excluded.lines,
    last_version = case when excluded.last_seen_at >= known.last_seen_at
      then coalesce(excluded.last_version, known.last_version) else known.last_version end,
    last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at);
  update public.log_groups as groups set status = 'open', ignored_until = null, ignored_until_lines = null,
    level = case when hit.is_error then 'error' else groups.level end,
    first_seen_at = least(groups.first_seen_at, hit.first_at),
    reopened_at = case when groups.status = 'resolved' then now() else groups.reopened_at end,
    reopened_version = case when groups.status = 'resolved' then hit.last_version else groups.reopened_version end
  from jsonb_to_recordset(counted) as hit (group_id bigint, lines bigint, first_at timestamptz, last_at timestamptz,
    last_version text, is_error boolean)
  join private.log_group_counts as counts on counts.group_id = hit.group_id
  where groups.id = hit.group_id and (groups.status = 'resolved' and hit.last_at > groups.resolved_at
    or groups.status = 'ignored' and (groups.ignored_until <= now() or counts.lines >= groups.ignored_until_lines));
  update public.log_groups as groups set first_seen_at = least(groups.first_seen_at, hit.first_at),
    level = case when hit.is_error then 'error' else groups.level end
  from jsonb_to_recordset(counted) as hit (group_id bigint, first_at timestamptz, is_error boolean)
  where groups.id = hit.group_id
    and (hit.first_at < groups.first_seen_at or hit.is_error and groups.level <> 'error');
end
$$;
comment on function private.count_log_groups(jsonb) is
  'Counts lines to their groups: [{group_id, lines, first_at, last_at, last_version, is_error}]. A resolved group '
  'opens when a line happened after it was resolved, an ignored one at its time or count. Definer: called by its job.';

create function private.settle_log_lines(most int default 5000) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  days date[] := array(select private.log_days());
  settled int;
  groups jsonb;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('private.settle_log_lines', 0)) then
    return 0;
  end if;
  with gone as (
    delete from private.logs_young where ctid = any (array(
      select ctid from private.logs_young where (at at time zone 'UTC')::date = any (days) order by id limit most))
    returning *
  ), kept as (
    insert into private.logs_kept (id, at, received_at, occurred_at, license_id, group_id, source_id, original_bytes,
      is_indexed, is_repaired, level, version, message, stack, context)
    select id, at, received_at, occurred_at, license_id, group_id, source_id, original_bytes, true, is_repaired, level,
      version, message, stack, context
    from gone order by at, id
  ), by_minute as (
    insert into private.log_minutes as known (minute, source_id, level, lines)
    select date_trunc('minute', at), source_id, coalesce(level, ''), count(*) from gone
    group by 1, 2, 3 order by 1, 2, 3
    on conflict on constraint log_minutes_pkey do update set lines = known.lines + excluded.lines
  ), by_hour as (
    insert into private.log_hours as known (hour, source_id, level, lines)
    select date_trunc('hour', at, 'UTC'), source_id, coalesce(level, ''), count(*) from gone
    group by 1, 2, 3 order by 1, 2, 3
    on conflict on constraint log_hours_pkey do update set lines = known.lines + excluded.lines
  ), by_license_hour as (
    insert into private.log_license_hours as known (license_id, hour, source_id, level, lines)
    select license_id, date_trunc('hour', at, 'UTC'), source_id, coalesce(level, ''), count(*) from gone
    where license_id is not null group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict on constraint log_license_hours_pkey do update set lines = known.lines + excluded.lines
  ), by_group_hour as (
    insert into private.log_group_hours as known (group_id, hour, lines)
    select group_id, date_trunc('hour', at, 'UTC'), count(*) from gone where group_id is not null
    group by 1, 2 order by 1, 2
    on conflict on constraint log_group_hours_pkey do update set lines = known.lines + excluded.lines
  ), by_group_license as (
    insert into private.log_group_licenses as known (group_id, license_id, lines, last_seen_at)
    select group_id, license_id, count(*), max(at) from gone where group_id is not null and license_id is not null
    group by 1, 2 order by 1, 2
    on conflict on constraint log_group_licenses_pkey do update set lines = known.lines + excluded.lines,
      last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)
  ), by_group_version as (
    insert into private.log_group_versions as known (group_id, version, lines, first_seen_at)
    select group_id, version, count(*), min(at) from gone where group_id is not null and version is not null
    group by 1, 2 order by 1, 2
    on conflict on constraint log_group_versions_pkey do update set lines = known.lines + excluded.lines,
      first_seen_at = least(known.first_seen_at, excluded.first_seen_at)
  ), by_source as (
    update public.log_sources set last_line_at = newest.received_at
    from (select source_id, max(received_at) as received_at from gone group by 1) as newest
    where log_sources.id = newest.source_id
      and (last_line_at is null or last_line_at < newest.received_at - interval '5 seconds')
  ), by_group as (
    select group_id, count(*) as lines, min(at) as first_at, max(at) as last_at,
      (array_agg(version order by at desc) filter (where version is not null))[1] as last_version,
      bool_or(level = 'error') as is_error
    from gone where group_id is not null group by 1
  )
  select (select count(*) from gone), (select jsonb_agg(to_jsonb(by_group)) from by_group) into settled, groups;
  if groups is not null then
    perform private.count_log_groups(groups);
  end if;
  return settled;
end
$$;
comment on function private.settle_log_lines(int) is
  'Moves the oldest young lines to their days and counts them, so many at most; → how many. One at a time: while '
  'another does it, nothing. Lines whose day has no partition wait. Definer: the tables are private.';

create function private.settle_logs(seconds int) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ends_at timestamptz := clock_timestamp() + make_interval(secs => seconds);
  part int;
  settled int := 0;
begin
  loop
    part := private.settle_log_lines();
    settled := settled + part;
    exit when part = 0 or clock_timestamp() >= ends_at;
  end loop;
  return settled;
end
$$;
comment on function private.settle_logs(int) is
  'Moves young lines on until none is left, or for about so many seconds; → how many. Definer: run by its job.';

create function private.watch_log_lag() returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  lag jsonb := private.log_lag();
begin
  if (lag ->> 'oldest_at')::timestamptz < now() - interval '10 minutes' then
    perform private.raise_alert('log_lag', 'log_lag:' || to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24'),
      jsonb_build_object('lines', lag -> 'lines'));
  end if;
  return lag;
end
$$;
comment on function private.watch_log_lag() is
  'Alerts once an hour while the oldest young line waits for more than ten minutes; → the lag. Definer: private table.';

create function private.forget_log_counts() returns int
language sql volatile security definer set search_path = ''
as $$
  with gone_minutes as (delete from private.log_minutes
      where minute < now() - make_interval(days => private.setting_int('log_retention_days') + 1) returning 1),
    gone_hours as (delete from private.log_hours
      where hour < now() - make_interval(days => private.setting_int('log_retention_days') + 1) returning 1),
    gone_license_hours as (delete from private.log_license_hours
      where hour < now() - make_interval(days => private.setting_int('log_retention_days') + 1) returning 1),
    gone_group_hours as (delete from private.log_group_hours
      where hour < now() - make_interval(days => private.setting_int('log_retention_days') + 1) returning 1)
  select ((select count(*) from gone_minutes) + (select count(*) from gone_hours)
    + (select count(*) from gone_license_hours) + (select count(*) from gone_group_hours))::int
$$;
comment on function private.forget_log_counts() is
  'Deletes counts of days that are dropped; → how many rows. Definer: the tables are private.';

select private.schedule_job('settle-logs', '5 seconds', 'select private.settle_logs(4)');
select private.schedule_job('watch-log-lag', '* * * * *', 'select private.watch_log_lag()');
select private.schedule_job('forget-log-counts', '45 2 * * *', 'select private.forget_log_counts()');
