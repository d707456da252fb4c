-- What staff want to hear of without looking: rules over the log. A rule keeps its query as it was typed and as the
-- tree that is matched; each line that comes in is held against it once, and every firing is kept with the lines behind
-- it.

insert into private.error_codes (code, status) values
  ('invalid_log_rule', 400), ('log_rule_never_fires', 400), ('log_rule_not_found', 404), ('log_rule_changed', 409),
  ('too_many_log_rules', 409);
insert into private.alert_kinds (kind, severity, permission) values ('log_rule_fired', 'error', 'logs.read');
insert into private.email_templates (template, description, outlives_license) values
  ('log_rule_fired', 'A rule of the log that fired, to colleagues who work on the log', false);

alter table public.log_groups add column created_at timestamptz not null default now();
comment on column public.log_groups.created_at is
  'When its first line was received: what a rule about new groups goes by, however late that line is';

create table public.log_rules (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  kind text not null,
  query text not null default '',
  tree jsonb not null,
  counted_by text not null default 'all',
  threshold int,
  minutes int,
  factor numeric(6, 2),
  cool_down_minutes int not null default 60,
  severity text not null default 'error',
  channels text[] not null default '{}',
  is_enabled boolean not null default true,
  enabled_at timestamptz not null default now(),
  firing_count int not null default 0,
  last_fired_at timestamptz,
  created_by uuid references public.staff (user_id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint name_is_one_short_line check (length(btrim(name)) between 1 and 120 and name !~ '[[:cntrl:]]'),
  constraint name_holds_no_address check (name !~ '[^\s@]@[^\s@]'),
  constraint kind_is_known check (kind in ('count', 'rate', 'new_group', 'returned_group', 'silence')),
  constraint query_is_short check (length(query) <= 4000),
  constraint tree_is_an_object check (jsonb_typeof(tree) = 'object'),
  constraint counted_by_is_known check (counted_by in ('all', 'license', 'group')),
  constraint groups_count_by_group check (kind not in ('new_group', 'returned_group') or counted_by = 'group'),
  constraint rate_and_silence_count_all check (kind not in ('rate', 'silence') or counted_by = 'all'),
  constraint threshold_is_of_counts check ((threshold is not null) = (kind in ('count', 'rate'))),
  constraint threshold_is_not_negative check (threshold between 0 and 100000000),
  constraint minutes_are_of_periods check ((minutes is not null) = (kind in ('count', 'rate', 'silence'))),
  constraint minutes_are_a_day_at_most check (minutes between 1 and case kind when 'rate' then 60 else 1440 end),
  constraint factor_is_of_rates check ((factor is not null) = (kind = 'rate')),
  constraint factor_is_more_than_usual check (factor between 1 and 1000),
  constraint cool_down_is_a_week_at_most check (cool_down_minutes between 1 and 10080),
  constraint severity_is_known check (severity in ('info', 'warning', 'error')),
  constraint channels_are_known check (channels <@ array['telegram', 'slack', 'email']),
  constraint info_stays_in_the_console check (severity <> 'info' or channels = '{}')
);
comment on table public.log_rules is
  'What is told when it happens in the log. Written by save_log_rule; deleted ones stay for their firings.';
comment on column public.log_rules.name is 'What messengers say: 120 characters, no address in it';
comment on column public.log_rules.kind is
  'count: more than threshold lines in so many minutes; rate: more than that and than factor times the usual of the '
  'hour of the week; new_group; returned_group: one that was resolved; silence: no line for so many minutes';
comment on column public.log_rules.query is 'The lines it is about, as they were typed';
comment on column public.log_rules.tree is 'The query as private.parse_log_query read it';
comment on column public.log_rules.counted_by is 'What fires by itself: all lines, each licence, each group';
comment on column public.log_rules.threshold is 'It takes more lines than these';
comment on column public.log_rules.minutes is 'Length of the period, by the time lines were received';
comment on column public.log_rules.factor is 'How many times the usual';
comment on column public.log_rules.cool_down_minutes is 'For so long after a firing the same key stays silent';
comment on column public.log_rules.channels is 'Where it is told beside the console: telegram, slack, email';
comment on column public.log_rules.enabled_at is 'Lines received before are none of its business';
comment on column public.log_rules.firing_count is 'Keys that fire at the moment';
comment on column public.log_rules.updated_at is 'When the row last changed, by its firings too';

create index log_rules_created_by_idx on public.log_rules (created_by);

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('log_rules', 'query', 'free_text', 'legitimate_interest', 'clear', 'a rule that names a forgotten customer goes'),
  ('log_rules', 'tree', 'free_text', 'legitimate_interest', 'clear', 'goes with its query');

create table public.log_firings (
  id bigint generated always as identity primary key,
  rule_id uuid not null references public.log_rules (id) on delete cascade,
  key text not null,
  label text,
  fired_at timestamptz not null,
  ended_at timestamptz,
  lines bigint not null,
  line_refs jsonb not null default '[]',
  alert_id uuid references public.alerts (id) on delete set null,
  created_at timestamptz not null default now(),
  constraint ended_at_is_after_fired_at check (ended_at >= fired_at),
  constraint line_refs_are_few check (jsonb_typeof(line_refs) = 'array' and jsonb_array_length(line_refs) <= 20)
);
comment on table public.log_firings is 'Each time a rule fired, and the lines behind it; kept for a year.';
comment on column public.log_firings.id is 'Order of firing';
comment on column public.log_firings.key is 'Licence or group it fired for; empty for all lines';
comment on column public.log_firings.label is 'End of the licence''s key, or title of the group';
comment on column public.log_firings.fired_at is 'By the time lines were received';
comment on column public.log_firings.ended_at is 'When there were no longer too many lines, or the silence ended';
comment on column public.log_firings.lines is 'Lines of the period when it fired';
comment on column public.log_firings.line_refs is 'The first lines behind it, 20 at most: [{id, at}]';
comment on column public.log_firings.alert_id is 'The alert that told it; null until one does';
comment on column public.log_firings.created_at is 'When it was noticed';

create index log_firings_rule_id_idx on public.log_firings (rule_id, id desc);
create index log_firings_alert_id_idx on public.log_firings (alert_id);
create index log_firings_untold_idx on public.log_firings (rule_id) where alert_id is null;
create index log_firings_open_idx on public.log_firings (rule_id, key) where ended_at is null;

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('log_firings', 'label', 'free_text', 'legitimate_interest', 'keep', 'end of a licence key, or placeholders');

create table private.log_rule_hits (
  rule_id uuid not null references public.log_rules (id) on delete cascade,
  key text not null,
  heard_at timestamptz not null,
  lines int not null,
  line_refs jsonb not null,
  primary key (rule_id, key, heard_at)
);
comment on table private.log_rule_hits is 'Lines that met a rule, by key and second of receipt, as long as they count.';
comment on column private.log_rule_hits.rule_id is 'The rule';
comment on column private.log_rule_hits.key is 'Licence or group; empty for all lines';
comment on column private.log_rule_hits.lines is 'Lines of that second';
comment on column private.log_rule_hits.line_refs is 'The first of them, 20 at most: [{id, at}]';

create index log_rule_hits_heard_at_idx on private.log_rule_hits (heard_at);

-- Apart from what the rule is: how grave it is and how it stands are two things.
create table private.log_rule_states (
  rule_id uuid not null references public.log_rules (id) on delete cascade,
  key text not null,
  is_firing boolean not null default false,
  fired_at timestamptz,
  noted_at timestamptz,
  heard_at timestamptz,
  primary key (rule_id, key)
);
comment on table private.log_rule_states is 'How each rule stands for each key.';
comment on column private.log_rule_states.rule_id is 'The rule';
comment on column private.log_rule_states.key is 'Licence or group; empty for all lines';
comment on column private.log_rule_states.fired_at is 'Its last firing, by the time lines were received';
comment on column private.log_rule_states.noted_at is 'When that firing was noticed';
comment on column private.log_rule_states.heard_at is 'When its last line was received, for silence';

create index log_rule_states_firing_idx on private.log_rule_states (rule_id) where is_firing;

create table private.log_rule_hours (
  rule_id uuid not null references public.log_rules (id) on delete cascade,
  hour timestamptz not null,
  most bigint not null,
  primary key (rule_id, hour)
);
comment on table private.log_rule_hours is 'What rules about a rate compare with, counted once an hour.';
comment on column private.log_rule_hours.rule_id is 'The rule';
comment on column private.log_rule_hours.most is 'Lines of one period that are not too many in that hour';

create table private.log_watch (
  is_only boolean primary key default true,
  batch_id bigint not null default 0,
  heard_at timestamptz not null default '-infinity',
  watched_at timestamptz not null default now(),
  resumed_at timestamptz not null default now(),
  constraint one_row check (is_only)
);
comment on table private.log_watch is 'How far the rules have followed the log.';
comment on column private.log_watch.is_only is 'Makes it one row';
comment on column private.log_watch.batch_id is 'The last batch';
comment on column private.log_watch.heard_at is 'When the newest line so far was received';
comment on column private.log_watch.watched_at is 'The last look, to half a minute';
comment on column private.log_watch.resumed_at is 'The first look after a rest: who rested has heard no silence';

insert into private.log_watch default values;

alter table private.log_rule_hits enable row level security;
alter table private.log_rule_states enable row level security;
alter table private.log_rule_hours enable row level security;
alter table private.log_watch enable row level security;
alter table public.log_rules enable row level security;
alter table public.log_firings enable row level security;
revoke all on public.log_rules, public.log_firings from anon, authenticated, service_role;
grant select on public.log_rules, public.log_firings to authenticated, service_role;

create policy log_rules_select_staff on public.log_rules for select to authenticated
  using ((select private.has_permission('logs.read')));
comment on policy log_rules_select_staff on public.log_rules is 'Who reads the log knows what is told of it.';
create policy log_firings_select_staff on public.log_firings for select to authenticated
  using ((select private.has_permission('logs.read')));
comment on policy log_firings_select_staff on public.log_firings is 'Who reads the log knows what was told of it.';

create trigger log_rules_touch before update on public.log_rules
  for each row execute function private.touch_updated_at();

alter publication supabase_realtime add table public.log_rules;
