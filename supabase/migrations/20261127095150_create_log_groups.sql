-- Warnings and errors that say the same, whatever numbers, names and times stand in them, are one group. The function
-- that takes them in normalises them in a fixed order and names the group by a hash of what is left, so that it is the
-- same across restarts and versions; here they are counted and worked on.

insert into private.error_codes (code, status) values
  ('log_group_not_found', 404), ('log_group_status_unchanged', 409);

create table public.log_groups (
  id bigint primary key,
  fingerprint_version int not null,
  source_id int not null references public.log_sources (id) on delete restrict,
  level text not null,
  title text not null,
  status text not null default 'open',
  first_seen_at timestamptz not null default now(),
  first_version text,
  ignored_until timestamptz,
  ignored_until_lines bigint,
  resolved_at timestamptz,
  resolved_version text,
  reopened_at timestamptz,
  reopened_version text,
  assigned_to uuid references public.staff (user_id) on delete set null,
  updated_at timestamptz not null default now(),
  constraint level_is_grave check (level in ('warning', 'error')),
  constraint status_is_known check (status in ('open', 'resolved', 'ignored')),
  constraint title_is_short check (length(title) between 1 and 500),
  constraint only_ignored_ends check (status = 'ignored' or ignored_until is null and ignored_until_lines is null),
  constraint resolved_has_its_time check ((status = 'resolved') <= (resolved_at is not null))
);
comment on table public.log_groups is
  'Warnings and errors that say the same, as staff work on them. Changes are told at once; counts stand apart.';
comment on column public.log_groups.id is
  'First 53 bits of sha256 over the version of the normalisation, the source and the normalised message';
comment on column public.log_groups.fingerprint_version is 'Of the normalisation that named it';
comment on column public.log_groups.source_id is 'Source of its lines';
comment on column public.log_groups.level is 'The graver of what its lines had';
comment on column public.log_groups.title is 'The message with placeholders for what varies';
comment on column public.log_groups.status is 'open, resolved or ignored';
comment on column public.log_groups.first_seen_at is 'When its first line happened';
comment on column public.log_groups.first_version is 'Version of the product in its first line that had one';
comment on column public.log_groups.ignored_until is 'When it opens again with its next line, if ever';
comment on column public.log_groups.ignored_until_lines is 'At how many lines it opens again, if ever';
comment on column public.log_groups.resolved_version is 'Newest version it had been seen in when it was resolved';
comment on column public.log_groups.reopened_at is 'When it came back after it was resolved';
comment on column public.log_groups.reopened_version is 'Version in which it came back';
comment on column public.log_groups.assigned_to is 'Who looks into it';

create index log_groups_source_id_idx on public.log_groups (source_id);
create index log_groups_assigned_to_idx on public.log_groups (assigned_to);

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('log_groups', 'title', 'free_text', 'legitimate_interest', 'keep',
    'what varies from person to person is a placeholder');

-- Apart from the published row: a group that is hit each second must not tell every console so.
create table private.log_group_counts (
  group_id bigint primary key references public.log_groups (id) on delete cascade,
  lines bigint not null,
  last_seen_at timestamptz not null,
  last_version text
) with (fillfactor = 70);
comment on table private.log_group_counts is 'How often each group was hit; follows the log by some seconds.';
comment on column private.log_group_counts.group_id is 'The group';
comment on column private.log_group_counts.lines is 'Lines so far, those of dropped days too';
comment on column private.log_group_counts.last_seen_at is 'When its newest line happened';
comment on column private.log_group_counts.last_version is 'Version of the product in its newest line that had one';

create table private.log_group_licenses (
  group_id bigint not null references public.log_groups (id) on delete cascade,
  license_id uuid not null,
  lines bigint not null,
  last_seen_at timestamptz not null,
  primary key (group_id, license_id)
);
comment on table private.log_group_licenses is 'Which licences a group has hit.';
comment on column private.log_group_licenses.group_id is 'The group';
comment on column private.log_group_licenses.lines is 'Lines of the licence in the group';

create table private.log_group_versions (
  group_id bigint not null references public.log_groups (id) on delete cascade,
  version text not null,
  lines bigint not null,
  first_seen_at timestamptz not null,
  primary key (group_id, version)
);
comment on table private.log_group_versions is 'Which versions of the product a group was seen in.';
comment on column private.log_group_versions.group_id is 'The group';
comment on column private.log_group_versions.version is 'As the client said it';
comment on column private.log_group_versions.lines is 'Lines of the version in the group';

create table private.log_group_hours (
  group_id bigint not null references public.log_groups (id) on delete cascade,
  hour timestamptz not null,
  lines bigint not null,
  primary key (group_id, hour)
);
comment on table private.log_group_hours is 'Lines of each group by hour: its trend, and where to look for its lines.';
comment on column private.log_group_hours.group_id is 'The group';
comment on column private.log_group_hours.lines is 'Lines that happened in the hour';

create index log_group_licenses_license_id_idx on private.log_group_licenses (license_id);
create index log_group_hours_hour_idx on private.log_group_hours (hour);

alter table public.log_groups enable row level security;
alter table private.log_group_counts enable row level security;
alter table private.log_group_licenses enable row level security;
alter table private.log_group_versions enable row level security;
alter table private.log_group_hours enable row level security;
revoke all on public.log_groups from anon, authenticated, service_role;
grant select on public.log_groups to authenticated, service_role;

create policy log_groups_select_staff on public.log_groups for select to authenticated
  using ((select private.has_permission('logs.read')));
comment on policy log_groups_select_staff on public.log_groups is 'Staff who may read the log.';

create trigger log_groups_touch before update on public.log_groups
  for each row execute function private.touch_updated_at();

alter publication supabase_realtime add table public.log_groups;
