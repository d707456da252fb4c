-- Days of the log are made a week ahead by one job and dropped by another, so that neither stops the other. Nothing
-- waits long for either: a partition is made aside and attached, and what cannot be locked at once is tried again.

insert into public.settings (key, value, minimum, maximum, is_public, description) values
  ('log_retention_days', '90', 10, 730, true, 'Days for which lines of the log are kept');

insert into private.alert_kinds (kind, severity, permission) values
  ('log_days_missing', 'error', 'logs.configure'), ('log_days_kept', 'warning', 'logs.configure');

create function private.make_log_day(day date) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  partition text := private.log_partition(day);
begin
  execute format('create table private.%I (like private.logs_kept including defaults including constraints)',
    partition);
  execute format('alter table private.%I enable row level security', partition);
  execute format('alter table private.%I set (autovacuum_analyze_scale_factor = 0.1,
    autovacuum_vacuum_insert_scale_factor = 0.1)', partition);
  execute format('create index %I on private.%I using gin (private.log_letters(private.log_words(message, stack,
    context)) extensions.gin_trgm_ops) with (fastupdate = on, gin_pending_list_limit = 8192)',
    partition || '_letters_idx', partition);
  execute format('alter table private.logs_kept attach partition private.%I for values from (%L) to (%L)', partition,
    day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
end
$$;
comment on function private.make_log_day(date) is
  'Makes the partition of a day in UTC aside and attaches it, which holds up neither readers nor writers. Definer: '
  'only the owner may create tables.';

create function private.ensure_log_days(from_day date, to_day date) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  day date;
  made int := 0;
begin
  perform set_config('lock_timeout', '80ms', true);
  for day in select wanted::date from generate_series(from_day::timestamp, to_day, interval '1 day') as wanted
    where to_regclass('private.' || private.log_partition(wanted::date)) is null
  loop
    begin
      perform private.make_log_day(day);
      made := made + 1;
    exception when lock_not_available or deadlock_detected then
      -- The next run tries again; a week is made ahead.
      exit;
    end;
  end loop;
  return made;
end
$$;
comment on function private.ensure_log_days(date, date) is
  'Makes the partitions of the days from one to another, both included; answers how many. What cannot be locked in '
  '80 ms is left to the next run. Definer: only the owner may create tables.';

create function private.log_days_ahead() returns int
language sql stable security definer set search_path = ''
as $$
  select count(*)::int from private.log_days() as day where day > (now() at time zone 'UTC')::date
$$;
comment on function private.log_days_ahead() is
  'For how many days after today in UTC the log has its partition. Definer: looks into the private schema.';

create function private.drop_log_day(day date) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  partition text := private.log_partition(day);
begin
  perform set_config('lock_timeout', '80ms', true);
  begin
    -- Space comes back even while a reader of other days keeps the partition attached.
    execute format('truncate private.%I', partition);
  exception when lock_not_available or deadlock_detected then
    return false;
  end;
  begin
    -- In the order readers lock: the parent, then its part.
    lock table private.logs_kept in access exclusive mode;
    execute format('alter table private.logs_kept detach partition private.%I', partition);
    execute format('drop table private.%I', partition);
  exception when lock_not_available or deadlock_detected then
    return false;
  end;
  return true;
end
$$;
comment on function private.drop_log_day(date) is
  'Empties the partition of a day and drops it; → whether it is gone. Waits 80 ms at most for each lock: whoever comes '
  'meanwhile waits behind it. Definer: only the owner may drop tables.';

create function private.drop_old_log_days() returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  first_kept date := (now() at time zone 'UTC')::date - private.setting_int('log_retention_days');
  day date := (select min(days) from private.log_days() as days);
begin
  -- One at a time: locks end with the transaction.
  if day is null or day >= first_kept then
    return 0;
  end if;
  if day < first_kept - 2 then
    perform private.raise_alert('log_days_kept', 'log_days_kept:' || first_kept, jsonb_build_object('day', day));
  end if;
  return private.drop_log_day(day)::int;
end
$$;
comment on function private.drop_old_log_days() is
  'Drops the oldest day beyond log_retention_days, one a call; → how many. Alerts when days stay two beyond it. '
  'Definer: only the owner may drop tables.';

create function private.watch_log_days() returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ahead int := private.log_days_ahead();
begin
  if ahead < 2 then
    perform private.raise_alert('log_days_missing', 'log_days_missing:' || (now() at time zone 'UTC')::date,
      jsonb_build_object('days', ahead));
  end if;
  return ahead;
end
$$;
comment on function private.watch_log_days() is
  'Alerts once a day while the log has not its partitions for the next two days; → days ahead. Lines come in '
  'nevertheless and wait. Definer: looks into the private schema.';

select private.ensure_log_days((now() - interval '8 days')::date, (now() + interval '7 days')::date);

select private.schedule_job('ensure-log-days', '*/15 * * * *',
  $job$ select private.ensure_log_days((now() - interval '8 days')::date, (now() + interval '7 days')::date) $job$);
select private.schedule_job('drop-old-log-days', '*/2 * * * *', 'select private.drop_old_log_days()');
select private.schedule_job('watch-log-days', '7 * * * *', 'select private.watch_log_days()');
