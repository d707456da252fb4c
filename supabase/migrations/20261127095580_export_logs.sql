-- All that a query means, as one file, however long: asked for here, written part by part by a function, and fetched
-- through a link. An export is of the lines that had been received when it was asked for, in the order of the list.

insert into private.error_codes (code, status) values
  ('too_many_log_exports', 409), ('log_export_not_found', 404), ('log_export_not_done', 409),
  ('log_export_link_gone', 404);
insert into public.settings (key, value, minimum, maximum, is_public, description) values
  ('log_export_days', '7', 1, 366, true, 'Days for which a finished export of the log is kept');

create table public.log_exports (
  id uuid primary key default gen_random_uuid(),
  created_by uuid not null references public.staff (user_id) on delete restrict,
  query text not null default '',
  from_time timestamptz,
  to_time timestamptz,
  time_zone text not null,
  format text not null,
  state text not null default 'queued',
  line_count bigint not null default 0,
  byte_count bigint not null default 0,
  part_count int not null default 0,
  expected_lines bigint,
  searched_to timestamptz,
  failure text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  expires_at timestamptz,
  removed_at timestamptz,
  constraint query_is_short check (length(query) <= 4000),
  constraint to_time_is_not_before_from_time check (to_time >= from_time),
  constraint format_is_known check (format in ('csv', 'ndjson')),
  constraint state_is_known check (state in ('queued', 'running', 'done', 'cancelled', 'failed')),
  constraint counts_are_not_negative check (line_count >= 0 and byte_count >= 0 and part_count >= 0
    and expected_lines >= 0),
  constraint parts_have_bytes check ((part_count = 0) = (byte_count = 0) and (byte_count > 0 or line_count = 0)),
  constraint failure_is_known check (failure in ('storage_refused', 'interrupted', 'not_allowed', 'unexpected',
    'customer_forgotten')),
  constraint failure_comes_with_failed check ((failure is not null) = (state = 'failed')),
  constraint finished_at_comes_with_an_end check (
    (finished_at is not null) = (state in ('done', 'cancelled', 'failed'))),
  constraint expires_at_comes_with_an_end check ((expires_at is not null) = (finished_at is not null)),
  constraint removed_at_is_after_the_end check (removed_at is null or finished_at is not null),
  constraint removed_ones_say_nothing check (removed_at is null or query = '')
);
comment on table public.log_exports is
  'Exports of the log and how far they are; their parts lie in Storage, in log-exports. Removed ones stay without '
  'their query.';
comment on column public.log_exports.query is 'What was typed, in the language of private.parse_log_query';
comment on column public.log_exports.from_time is 'Lines from then on; null: all that is kept';
comment on column public.log_exports.to_time is 'Lines before then; null: up to when it was asked for';
comment on column public.log_exports.time_zone is 'In which the file says times, with their offset';
comment on column public.log_exports.format is
  'csv (semicolons, UTF-8 with its mark, cells no spreadsheet runs) or ndjson (one object a line, as search_logs)';
comment on column public.log_exports.state is
  'queued, running, done, cancelled or failed; the last two go on where they stopped when they are resumed';
comment on column public.log_exports.line_count is 'Lines written so far';
comment on column public.log_exports.byte_count is 'Bytes written so far';
comment on column public.log_exports.part_count is 'Parts that lie in Storage';
comment on column public.log_exports.expected_lines is 'Lines counted when it was asked for; null when that took long';
comment on column public.log_exports.searched_to is 'Down to here all lines were looked at';
comment on column public.log_exports.failure is
  'storage_refused, interrupted (the worker ended again and again), not_allowed (who asked lost the permission), '
  'customer_forgotten (the file may have held lines of somebody forgotten since), unexpected';
comment on column public.log_exports.expires_at is 'When its file is removed';
comment on column public.log_exports.removed_at is 'When its file was removed';

create index log_exports_created_by_idx on public.log_exports (created_by, created_at desc);
create index log_exports_unfinished_idx on public.log_exports (created_at) where finished_at is null;
create index log_exports_expires_at_idx on public.log_exports (expires_at) where removed_at is null;

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('log_exports', 'query', 'free_text', 'legitimate_interest', 'clear', 'one that names a forgotten customer goes');

alter table public.log_exports enable row level security;
revoke all on public.log_exports from anon, authenticated, service_role;
grant select on public.log_exports to authenticated, service_role;

create policy log_exports_select_staff on public.log_exports for select to authenticated
  using ((created_by = (select private.current_staff_id()) and (select private.has_permission('logs.export')))
    or (select private.has_permission('logs.configure')));
comment on policy log_exports_select_staff on public.log_exports is
  'Whoever exports the log sees his own exports; administrators see all.';

alter publication supabase_realtime add table public.log_exports;

-- One type for all, and no policy for anybody: only the functions reach the parts.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('log-exports', 'log-exports', false, 20971520, array['application/octet-stream'])
on conflict (id) do update set public = false, file_size_limit = excluded.file_size_limit,
  allowed_mime_types = excluded.allowed_mime_types;

create policy log_exports_nobody on storage.objects as restrictive for all to anon, authenticated
  using (bucket_id <> 'log-exports') with check (bucket_id <> 'log-exports');

create table private.log_export_work (
  export_id uuid primary key references public.log_exports (id) on delete cascade,
  condition private.log_condition not null,
  before_id bigint not null,
  cursor_at timestamptz,
  cursor_id bigint,
  run int not null default 0,
  leased_until timestamptz,
  failures int not null default 0,
  retry_at timestamptz not null default now(),
  constraint cursor_is_whole check ((cursor_at is null) = (cursor_id is null))
);
comment on table private.log_export_work is 'How exports that are not removed are made.';
comment on column private.log_export_work.condition is 'The query as it was read when the export was asked for';
comment on column private.log_export_work.before_id is 'Lines of later batches are none of it';
comment on column private.log_export_work.cursor_at is 'The next part goes on after this place; null: begins';
comment on column private.log_export_work.cursor_id is 'Its line; 0 before all lines of that moment';
comment on column private.log_export_work.run is 'How often a worker took it up: an earlier one keeps nothing any more';
comment on column private.log_export_work.leased_until is 'No other worker takes it up before';
comment on column private.log_export_work.failures is 'Tries in a row that kept nothing';
comment on column private.log_export_work.retry_at is 'Not taken up before';

create table private.log_export_parts (
  export_id uuid not null references private.log_export_work (export_id) on delete cascade,
  number int not null,
  run int not null,
  object text not null,
  lines int not null,
  bytes int not null,
  end_at timestamptz not null,
  end_id bigint not null,
  is_last boolean not null,
  is_stored boolean not null default false,
  primary key (export_id, number),
  constraint log_export_parts_object_key unique (object),
  constraint number_is_positive check (number > 0),
  constraint stored_parts_have_bytes check (bytes > 0 or not is_stored)
);
comment on table private.log_export_parts is
  'Parts of exports: what is written and may be on its way, and what is known to lie in Storage.';
comment on column private.log_export_parts.number is 'Its place in the file, from 1 on';
comment on column private.log_export_parts.run is 'The run of the worker it was written for';
comment on column private.log_export_parts.object is 'Its object: export/number-run, which no late upload replaces';
comment on column private.log_export_parts.lines is 'Lines in it';
comment on column private.log_export_parts.bytes is 'Bytes of it; 0 where a stretch of time held nothing';
comment on column private.log_export_parts.end_at is 'The place after which the next part goes on';
comment on column private.log_export_parts.end_id is 'Its line; 0 before all lines of that moment';

create table private.log_export_links (
  token_hash bytea primary key,
  export_id uuid not null references public.log_exports (id) on delete cascade,
  created_by uuid not null references public.staff (user_id) on delete cascade,
  expires_at timestamptz not null default now() + interval '5 minutes',
  opened_at timestamptz
);
comment on table private.log_export_links is
  'Links to files, for who asked: five minutes to begin a download, an hour from then on to take a broken one up.';
comment on column private.log_export_links.token_hash is 'sha256 of the token, which has 256 random bits';
comment on column private.log_export_links.created_by is 'Who asked; it is dead once he may not export any more';
comment on column private.log_export_links.opened_at is 'When a download began';

create index log_export_links_export_id_idx on private.log_export_links (export_id);
create index log_export_links_created_by_idx on private.log_export_links (created_by);

alter table private.log_export_work enable row level security;
alter table private.log_export_parts enable row level security;
alter table private.log_export_links enable row level security;

create function private.staff_may(staff_id uuid, permission text) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select from public.staff join private.role_permissions on role_permissions.role = staff.role
    where staff.user_id = $1 and staff.is_active and role_permissions.permission = $2)
$$;
comment on function private.staff_may(uuid, text) is
  'Whether somebody is active staff whose role holds the permission: asked of who is not there. Definer: reads tables '
  'callers may not.';

create function private.log_export_row(export public.log_exports) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select to_jsonb($1) - 'removed_at' || jsonb_build_object('created_by_name',
    (select display_name from public.staff where user_id = $1.created_by))
$$;
comment on function private.log_export_row(public.log_exports) is
  'An export as the API answers it. Definer: reads behind the policies.';
