-- Lines of the log, in two stages. What comes in is appended to one young partition without a text index, so that
-- nothing that is slow or absent holds up an acknowledgement; a job moves it on to its day, where it is counted and
-- found by its text. Every reader sees both stages in one snapshot. Days have no default partition, and no insert waits
-- for one to be made or dropped. Partitions live in `private`, because the API exposes every table of `public`.

create table public.logs (
  id bigint not null,
  at timestamptz not null,
  received_at timestamptz not null default now(),
  occurred_at timestamptz,
  license_id uuid,
  group_id bigint,
  source_id int not null,
  original_bytes int,
  is_indexed boolean not null default false,
  is_repaired boolean not null default false,
  level text,
  version text,
  message text not null,
  stack text,
  context jsonb,
  primary key (at, id, is_indexed),
  constraint level_is_known check (level in ('debug', 'info', 'warning', 'error'))
) partition by list (is_indexed);
comment on table public.logs is
  'Lines of clients and servers by the day they happened; read through search_logs, which answers within a budget.';
comment on column public.logs.id is
  'Number of the batch times 1,000 and the place in it: the order of sending. Unique by its making';
comment on column public.logs.at is
  'When it happened, held between 7 days before it was received and 5 minutes after';
comment on column public.logs.occurred_at is 'When it happened as the sender said, where `at` had to be held';
comment on column public.logs.license_id is 'Whose client wrote it; null for servers. No foreign key: it would lock';
comment on column public.logs.group_id is 'Its group in log_groups, for warnings and errors';
comment on column public.logs.source_id is 'Its row in log_sources';
comment on column public.logs.original_bytes is 'Bytes of message, stack and context before they were cut to 16 KiB';
comment on column public.logs.is_indexed is 'Whether it is in its day, counted and found by its text index';
comment on column public.logs.is_repaired is 'Whether something PostgreSQL cannot hold was replaced by U+FFFD';
comment on column public.logs.level is 'debug, info, warning or error; null when the sender gave none';
comment on column public.logs.version is 'Version of the product that wrote it';
comment on column public.logs.message is 'What was said, secrets masked; 16 KiB at most';
comment on column public.logs.stack is 'Stack trace, one frame a line; what of 16 KiB the message left';
comment on column public.logs.context is 'An object of the sender''s, secrets masked';

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('logs', 'message', 'free_text', 'legitimate_interest', 'clear', 'lines of a forgotten customer''s licences go'),
  ('logs', 'stack', 'free_text', 'legitimate_interest', 'clear', 'goes with its line'),
  ('logs', 'context', 'free_text', 'legitimate_interest', 'clear', 'goes with its line');

create index logs_license_id_at_id_idx on public.logs (license_id, at, id);
create index logs_grave_at_id_idx on public.logs (at, id) where level in ('warning', 'error');

-- Filled and emptied all the time: vacuum must be quick, or scans of the few young lines pass the many dead ones.
create table private.logs_young partition of public.logs for values in (false)
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_threshold = 20000);
comment on table private.logs_young is 'Lines that no job has moved to their day yet.';
create index logs_young_id_idx on private.logs_young (id);

create table private.logs_kept partition of public.logs for values in (true) partition by range (at);
comment on table private.logs_kept is 'Lines in their days: counted, and found by their text.';

create sequence private.log_batch_numbers;

alter table public.logs enable row level security;
alter table private.logs_young enable row level security;
alter table private.logs_kept enable row level security;
revoke all on public.logs from anon, authenticated, service_role;
grant select on public.logs to authenticated, service_role;

create policy logs_select_staff on public.logs for select to authenticated
  using ((select private.has_permission('logs.read')));
comment on policy logs_select_staff on public.logs is 'Staff who may read the log.';

create function private.log_words(message text, stack text, context jsonb) returns text
language sql immutable parallel safe cost 300 set search_path = ''
as $$
  select lower(extensions.unaccent('extensions.unaccent'::regdictionary,
    $1 || coalesce(e'\n' || $2, '') || coalesce(e'\n' || $3::text, '')) collate pg_c_utf8)
$$;
comment on function private.log_words(text, text, jsonb) is
  'What a line is searched in: message, stack and context, small and without accents. A needle goes through it too.';

-- pg_trgm ends words at punctuation, and people look for addresses, paths and codes: letters stand in for it. That
-- two signs share a letter only finds too much, and what is found is compared with the words themselves.
create function private.log_letters(words text) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select translate($1, '.:/-_@=\,;"''()[]{}<>#%&*+?!|$^~`', 'qxzjkwvyqqqqwwwwwwwwxzjkvyqxzjkv')
$$;
comment on function private.log_letters(text) is 'Words with letters for their punctuation: what the text index holds.';

create function private.log_partition(day date) returns text
language sql immutable parallel safe set search_path = '' as $$ select 'logs_' || to_char($1, 'YYYYMMDD') $$;
comment on function private.log_partition(date) is 'Name in `private` of the partition of a day in UTC.';

create function private.log_days() returns setof date
language sql stable security definer set search_path = ''
as $$
  select to_date(substr(relname::text, 6), 'YYYYMMDD') from pg_catalog.pg_inherits
  join pg_catalog.pg_class on pg_class.oid = pg_inherits.inhrelid
  where inhparent = 'private.logs_kept'::regclass and not inhdetachpending order by 1 desc
$$;
comment on function private.log_days() is
  'Days in UTC that have their partition, newest first. Definer: looks into the private schema.';
