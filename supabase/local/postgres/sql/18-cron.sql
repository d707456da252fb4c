-- Stand-in for pg_cron: same tables and signatures; gateway/cron runs the jobs.
create sequence if not exists cron.jobid_seq;
create sequence if not exists cron.runid_seq;

create table if not exists cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default coalesce(inet_server_port(), 5432),
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);

create table if not exists cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
create index if not exists job_run_details_start_time_idx on cron.job_run_details (start_time);

alter table cron.job enable row level security;
alter table cron.job_run_details enable row level security;
drop policy if exists cron_job_policy on cron.job;
create policy cron_job_policy on cron.job using (username = current_user);
drop policy if exists cron_job_run_details_policy on cron.job_run_details;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

create or replace function cron._is_valid_field(field text, low integer, high integer, names text default null)
returns boolean
language plpgsql immutable set search_path = ''
as $$
declare
  part text;
  numbers text[];
  number text;
begin
  foreach part in array string_to_array(lower(field), ',') loop
    if names is not null then
      part := regexp_replace(part, '\y(' || names || ')\y', low::text, 'g');
    end if;
    numbers := regexp_match(part, '^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?$');
    if numbers is null or numbers[3]::integer = 0 then
      return false;
    end if;
    foreach number in array numbers[1:2] loop
      if number::integer not between low and high then
        return false;
      end if;
    end loop;
  end loop;
  return field <> '';
end
$$;

create or replace function cron._is_valid_schedule(schedule text) returns boolean
language plpgsql immutable set search_path = ''
as $$
declare
  fields text[] := regexp_split_to_array(trim(schedule), '\s+');
begin
  if schedule ~* '^\s*([1-9]|[1-5][0-9])\s+seconds?\s*$'
    or lower(trim(schedule)) in ('@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly',
      '@reboot')
  then
    return true;
  end if;
  return cardinality(fields) = 5
    and cron._is_valid_field(fields[1], 0, 59)
    and cron._is_valid_field(fields[2], 0, 23)
    and (fields[3] = '$' or cron._is_valid_field(fields[3], 1, 31))
    and cron._is_valid_field(fields[4], 1, 12, 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec')
    and cron._is_valid_field(fields[5], 0, 7, 'sun|mon|tue|wed|thu|fri|sat');
end
$$;

-- On hosted, `postgres` reads cron.job and writes it only through the functions. They run as their caller here, so
-- that a job belongs to whoever made it; the setting they raise is what lets their writes through.
create or replace function cron._check_job_write() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    return coalesce(new, old);
  end if;
  if current_setting('cron.writes_job', true) is distinct from 'on' then
    raise exception 'permission denied for table job' using errcode = '42501';
  end if;
  if coalesce(new.username, old.username) <> current_user then
    raise exception 'must be superuser to change a job of another role' using errcode = '42501';
  end if;
  return coalesce(new, old);
end
$$;
create or replace trigger job_before_write_check
  before insert or update or delete on cron.job
  for each row execute function cron._check_job_write();

create or replace function cron._notify_jobs() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform pg_catalog.pg_notify('local_cron_jobs', '');
  return null;
end
$$;
create or replace trigger job_after_write_notify
  after insert or update or delete or truncate on cron.job
  for each statement execute function cron._notify_jobs();

create or replace function cron._assert_schedule(schedule text) returns void
language plpgsql set search_path = ''
as $$
begin
  if not coalesce(cron._is_valid_schedule(schedule), false) then
    raise exception 'invalid schedule: %', schedule
      using errcode = '22023',
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
end
$$;

create or replace function cron.schedule(schedule text, command text) returns bigint
language plpgsql
set search_path = '' set cron.writes_job = 'on'
as $$
declare
  new_id bigint;
begin
  perform cron._assert_schedule(schedule);
  insert into cron.job as job (schedule, command) values (schedule.schedule, schedule.command)
    returning jobid into new_id;
  return new_id;
end
$$;

create or replace function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null, active boolean default true
) returns bigint
language plpgsql
set search_path = '' set cron.writes_job = 'on'
as $$
#variable_conflict use_variable
declare
  new_id bigint;
begin
  perform cron._assert_schedule(schedule);
  insert into cron.job as job (jobname, schedule, command, database, username, active)
  values (job_name, schedule, command, database, coalesce(username, current_user), active)
  on conflict on constraint jobname_username_uniq do update set
    schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
  returning job.jobid into new_id;
  return new_id;
end
$$;

create or replace function cron.schedule(job_name text, schedule text, command text) returns bigint
language plpgsql set search_path = ''
as $$
begin
  if job_name is null then
    raise exception 'job_name can not be NULL' using errcode = '22004';
  end if;
  return cron.schedule_in_database(job_name, schedule, command, current_database());
end
$$;

create or replace function cron.unschedule(job_id bigint) returns boolean
language plpgsql
set search_path = '' set cron.writes_job = 'on'
as $$
begin
  delete from cron.job where jobid = job_id and username = current_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_id;
  end if;
  return true;
end
$$;

create or replace function cron.unschedule(job_name text) returns boolean
language plpgsql
set search_path = '' set cron.writes_job = 'on'
as $$
begin
  delete from cron.job where jobname = job_name and username = current_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_name;
  end if;
  return true;
end
$$;

create or replace function cron.alter_job(
  job_id bigint,
  schedule text default null,
  command text default null,
  database text default null,
  username text default null,
  active boolean default null
) returns void
language plpgsql
set search_path = '' set cron.writes_job = 'on'
as $$
#variable_conflict use_variable
begin
  if schedule is not null then
    perform cron._assert_schedule(schedule);
  end if;
  update cron.job as job set
    schedule = coalesce(schedule, job.schedule),
    command = coalesce(command, job.command),
    database = coalesce(database, job.database),
    username = coalesce(username, job.username),
    active = coalesce(active, job.active)
  where job.jobid = job_id;
  if not found then
    raise exception 'Job % does not exist or you don''t own it', job_id;
  end if;
end
$$;

revoke execute on all functions in schema cron from public;
grant execute on all functions in schema cron to postgres;
grant usage on sequence cron.jobid_seq to postgres;
grant select, insert, update, delete on cron.job to postgres;
grant select, delete on cron.job_run_details to postgres;
