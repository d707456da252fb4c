-- What staff must hear of at once: in every open console by Realtime, and on Telegram and Slack by alert-dispatch.
-- The key of a delivery alone makes each alert go out once a channel: a lock would let one channel hide it from the
-- other. Alerts of one transaction share their moment, so pages end at a moment and an id.

insert into private.role_permissions (role, permission) values
  ('admin', 'alerts.read'), ('support', 'alerts.read'), ('viewer', 'alerts.read');

create table private.alert_kinds (
  kind text primary key,
  severity text not null,
  permission text not null,
  constraint kind_is_snake_case check (kind ~ '^[a-z][a-z_]{2,63}$'),
  constraint severity_is_known check (severity in ('info', 'warning', 'error')),
  constraint permission_is_dotted check (permission ~ '^[a-z]+\.[a-z_]+$')
);
comment on table private.alert_kinds is
  'What can be alerted, how grave it is unless told, and the permission of those who hear of it. Each room adds its '
  'own rows.';
comment on column private.alert_kinds.severity is 'info stays in the console; warning and error go to messengers too';

create table public.alerts (
  id uuid primary key default gen_random_uuid(),
  kind text not null references private.alert_kinds (kind) on update cascade,
  severity text not null,
  permission text not null,
  subject_type text,
  subject_id text,
  customer_id uuid references public.customers (id) on delete restrict,
  data jsonb not null default '{}',
  dedupe_key text not null,
  channels text[],
  created_at timestamptz not null default now(),
  constraint alerts_dedupe_key_key unique (dedupe_key),
  constraint channels_are_known check (channels <@ array['telegram', 'slack']),
  constraint severity_is_known check (severity in ('info', 'warning', 'error')),
  constraint subject_has_type_and_id check ((subject_type is null) = (subject_id is null)),
  constraint data_is_an_object check (jsonb_typeof(data) = 'object')
);
comment on table public.alerts is 'What staff must hear of at once; dedupe_key makes each be said once.';
comment on column public.alerts.permission is 'Who hears of it: the permission of its kind when it was raised';
comment on column public.alerts.subject_type is
  'What it is about: license, subscription, payment, stripe_event …; the console knows where each lives';
comment on column public.alerts.subject_id is 'Key of the subject in its table';
comment on column public.alerts.customer_id is 'Whom it concerns; the name is looked up when it is read';
comment on column public.alerts.data is
  'What the words of its kind need: amount_cents and currency, days, count, failure_code; nothing personal';
comment on column public.alerts.dedupe_key is 'Said once: the kind and what makes the occasion unique';
comment on column public.alerts.channels is 'The messengers it may go to; null: all there are';

create index alerts_created_at_idx on public.alerts (created_at desc, id desc);
create index alerts_customer_id_idx on public.alerts (customer_id);
create index alerts_kind_idx on public.alerts (kind);

create table public.alert_reads (
  alert_id uuid not null references public.alerts (id) on delete cascade,
  user_id uuid not null references public.staff (user_id) on delete cascade,
  read_at timestamptz not null default now(),
  primary key (alert_id, user_id)
);
comment on table public.alert_reads is 'Who has read which alert.';

create index alert_reads_user_id_idx on public.alert_reads (user_id);

create table private.alert_deliveries (
  alert_id uuid not null references public.alerts (id) on delete cascade,
  channel text not null,
  status text not null default 'sending',
  attempts int not null default 1,
  claimed_at timestamptz not null default now(),
  next_attempt_at timestamptz,
  error text,
  primary key (alert_id, channel),
  constraint channel_is_known check (channel in ('telegram', 'slack')),
  constraint status_is_known check (status in ('sending', 'sent', 'retry', 'failed')),
  constraint retry_has_its_time check ((status = 'retry') = (next_attempt_at is not null))
);
comment on table private.alert_deliveries is 'Which alert went out on which channel; the key makes each go out once.';
comment on column private.alert_deliveries.channel is 'telegram or slack';
comment on column private.alert_deliveries.attempts is 'Times it was tried; 8 at most';
comment on column private.alert_deliveries.error is 'Why the last attempt failed, 500 characters at most';

alter table private.alert_kinds enable row level security;
alter table private.alert_deliveries enable row level security;
alter table public.alerts enable row level security;
revoke all on public.alerts from anon, authenticated, service_role;
alter table public.alert_reads enable row level security;
revoke all on public.alert_reads from anon, authenticated, service_role;
grant select on public.alerts, public.alert_reads to authenticated, service_role;

create policy alerts_select_staff on public.alerts for select to authenticated
  using (permission = any ((select private.held_permissions())::text[])
    and (select private.has_permission('alerts.read')));
comment on policy alerts_select_staff on public.alerts is 'Staff hear of what they may read.';
create policy alert_reads_select_staff on public.alert_reads for select to authenticated
  using (user_id = (select auth.uid()) and (select private.has_permission('alerts.read')));
comment on policy alert_reads_select_staff on public.alert_reads is 'Everybody sees what he has read himself.';

alter publication supabase_realtime add table public.alerts;

create function private.is_backfill() returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return coalesce(current_setting('private.stripe_backfill', true), '') = 'on';
end
$$;
comment on function private.is_backfill() is
  'Whether the past is being read in: then nobody is alerted or mailed about it, and the audit, which says when we '
  'learned something, stays silent.';

create function private.raise_alert(kind text, dedupe_key text, data jsonb default '{}',
  subject_type text default null, subject_id text default null, customer_id uuid default null,
  severity text default null, channels text[] default null) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into public.alerts (kind, severity, permission, dedupe_key, data, subject_type, subject_id, customer_id,
    channels)
  select alert_kinds.kind, coalesce($7, alert_kinds.severity), alert_kinds.permission, $2, jsonb_strip_nulls($3), $4,
    $5, $6, $8
  from private.alert_kinds where alert_kinds.kind = $1 and not private.is_backfill()
  on conflict on constraint alerts_dedupe_key_key do nothing
$$;
comment on function private.raise_alert(text, text, jsonb, text, text, uuid, text, text[]) is
  'Alerts the staff who hold the permission of its kind, once per dedupe_key, on all messengers unless they are named; '
  'silent while the past is read in. Definer: nobody writes alerts directly.';

create function private.alerts_after_dispatch() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if exists (select from inserted where severity <> 'info' and (channels is null or channels <> '{}')) then
    perform private.call_edge_function('alert-dispatch');
  end if;
  return null;
end
$$;
comment on function private.alerts_after_dispatch() is
  'Trigger: new alerts wake alert-dispatch. Definer: callers may not read the vault.';

create trigger alerts_after_dispatch after insert on public.alerts
  referencing new table as inserted for each statement execute function private.alerts_after_dispatch();

create function private.alert_hint(alert public.alerts) returns text
language sql stable security definer set search_path = ''
as $$
  select licenses.license_key_hint from public.licenses
  where case alert.subject_type
    when 'license' then licenses.id::text = alert.subject_id
    else licenses.customer_id = alert.customer_id and licenses.deleted_at is null end
  order by licenses.created_at desc limit 1
$$;
comment on function private.alert_hint(public.alerts) is
  'Last group of the licence key an alert is about: what messengers say instead of a customer''s address, which would '
  'stay with them for ever. Definer: called by the dispatcher.';

create function private.claim_alerts(channel text, batch int default 100)
returns table (id uuid, kind text, severity text, data jsonb, created_at timestamptz, subject_type text,
    subject_id text, license_key_hint text)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not private.is_system_caller() then
    perform private.fail('permission_denied', 'Only the alert dispatcher claims alerts');
  end if;
  return query
  with due as (
    select alerts.id from public.alerts
    left join private.alert_deliveries as delivery on delivery.alert_id = alerts.id and delivery.channel = $1
    where alerts.severity <> 'info' and alerts.created_at > now() - interval '1 day'
      and (alerts.channels is null or $1 = any (alerts.channels))
      and (delivery.alert_id is null or (delivery.status = 'retry' and delivery.next_attempt_at <= now()))
    order by alerts.created_at limit $2
  ), claimed as (
    insert into private.alert_deliveries as delivery (alert_id, channel)
    select due.id, $1 from due
    on conflict on constraint alert_deliveries_pkey do update set status = 'sending',
      attempts = delivery.attempts + 1, claimed_at = now(), next_attempt_at = null
      where delivery.status = 'retry'
    returning delivery.alert_id
  )
  select alerts.id, alerts.kind, alerts.severity, alerts.data, alerts.created_at, alerts.subject_type,
    alerts.subject_id, private.alert_hint(alerts)
  from public.alerts join claimed on claimed.alert_id = alerts.id order by alerts.created_at;
end
$$;
comment on function private.claim_alerts(text, int) is
  'Takes the warnings and errors of the last day not yet sent on a channel (telegram, slack), so that no other worker '
  'gets them. Definer: reads and writes deliveries.';

create function private.settle_alerts(channel text, alert_ids uuid[], outcome text, error text default null,
  retry_after_seconds int default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not private.is_system_caller() then
    perform private.fail('permission_denied', 'Only the alert dispatcher settles alerts');
  end if;
  update private.alert_deliveries as delivery set
    status = case when $3 = 'retry' and delivery.attempts >= 8 then 'failed' else $3 end,
    next_attempt_at = case when $3 = 'retry' and delivery.attempts < 8
      then now() + make_interval(secs => greatest(least(3600, 15 * 2 ^ delivery.attempts), least($5, 86400))) end,
    error = left($4, 500)
  where delivery.channel = $1 and delivery.alert_id = any ($2) and delivery.status = 'sending';
  if exists (select from private.alert_deliveries as delivery where delivery.channel = $1
    and delivery.alert_id = any ($2) and delivery.status = 'failed') then
    -- Once a day and channel: the other channel and the bell still tell.
    perform private.raise_alert('alert_delivery_failed',
      format('alert_delivery_failed:%s:%s', $1, to_char(now() at time zone 'UTC', 'YYYY-MM-DD')),
      jsonb_build_object('channel', $1, 'error', left($4, 300)));
  end if;
end
$$;
comment on function private.settle_alerts(text, uuid[], text, text, int) is
  'What became of claimed alerts: sent, retry (with back-off, never before the messenger allows, eight times) or '
  'failed, which is alerted itself. Definer: writes deliveries.';

create function private.has_due_alerts() returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select from private.alert_deliveries where status = 'retry' and next_attempt_at <= now())
    or exists (select from public.alerts where severity <> 'info' and created_at between now() - interval '10 minutes'
      and now() - interval '30 seconds' and (channels is null or channels <> '{}')
      and not exists (select from private.alert_deliveries where alert_id = alerts.id))
$$;
comment on function private.has_due_alerts() is
  'Whether alert-dispatch has anything to try again. Definer: reads deliveries.';

create function public.list_alerts(before timestamptz default null, before_id uuid default null,
  page_size int default 30) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  rows jsonb;
begin
  perform private.require_permission('alerts.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  end if;
  select coalesce(jsonb_agg(to_jsonb(matches) - array['dedupe_key', 'channels'] || jsonb_build_object('is_read',
    exists (select from public.alert_reads where alert_id = matches.id and user_id = (select auth.uid())),
    'customer_email', (select customers.email from public.customers where customers.id = matches.customer_id))
      order by matches.created_at desc, matches.id desc), '[]') into rows
  from (select * from public.alerts
    where $1 is null or (created_at, id) < ($1, coalesce($2, '00000000-0000-0000-0000-000000000000'))
    order by created_at desc, id desc limit page_size + 1) as matches;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function public.list_alerts(timestamptz, uuid, int) is
  'Alerts, newest first, after the place of the last one seen (its created_at and id); before alone means before that '
  'moment. → {rows: [alert + is_read, customer_email], has_more}. Needs alerts.read.';
revoke execute on function public.list_alerts(timestamptz, uuid, int) from public, anon, authenticated, service_role;
grant execute on function public.list_alerts(timestamptz, uuid, int) to authenticated, service_role;

create function public.count_unread_alerts() returns int
language plpgsql stable security invoker set search_path = ''
as $$
begin
  perform private.require_permission('alerts.read');
  return (select count(*) from public.alerts where created_at > now() - interval '30 days'
    and not exists (select from public.alert_reads where alert_id = alerts.id and user_id = (select auth.uid())));
end
$$;
comment on function public.count_unread_alerts() is
  'Alerts of the last 30 days the caller has not read. Needs alerts.read.';
revoke execute on function public.count_unread_alerts() from public, anon, authenticated, service_role;
grant execute on function public.count_unread_alerts() to authenticated, service_role;

create function private.mark_alerts_read(alert_ids uuid[]) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  marked int;
begin
  perform private.require_permission('alerts.read');
  if (select auth.uid()) is null then
    return 0;
  elsif cardinality(alert_ids) > 1000 then
    perform private.fail('invalid_argument', 'Up to 1000 alerts can be marked at once');
  end if;
  insert into public.alert_reads (alert_id, user_id)
  select alerts.id, (select auth.uid()) from public.alerts
  where alerts.permission = any (private.held_permissions())
    and case when $1 is null then created_at > now() - interval '30 days' else alerts.id = any ($1) end
  on conflict do nothing;
  get diagnostics marked = row_count;
  return marked;
end
$$;
comment on function private.mark_alerts_read(uuid[]) is
  'Does the work of public.mark_alerts_read. Definer: callers may not write alert_reads.';
grant execute on function private.mark_alerts_read(uuid[]) to authenticated, service_role;

create function public.mark_alerts_read(alert_ids uuid[] default null) returns int
language sql volatile security invoker set search_path = '' as $$ select private.mark_alerts_read($1) $$;
comment on function public.mark_alerts_read(uuid[]) is
  'Marks alerts the caller may read as read by him, all of the last 30 days when null; answers how many were new. '
  'Needs alerts.read.';
revoke execute on function public.mark_alerts_read(uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.mark_alerts_read(uuid[]) to authenticated, service_role;

select private.schedule_job('alert-dispatch', '* * * * *',
  $job$ select private.call_edge_function('alert-dispatch') where private.has_due_alerts() $job$);

insert into private.alert_kinds (kind, severity, permission) values
  ('audit_partitions_low', 'warning', 'audit.read'), ('alert_delivery_failed', 'warning', 'settings.read'),
  ('email_failed', 'warning', 'emails.read');

create function private.check_event_partitions() returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  months int := private.event_months_ahead();
begin
  if months < 3 then
    perform private.raise_alert('audit_partitions_low', 'audit_partitions_low:' || to_char(now(), 'YYYY_MM'),
      jsonb_build_object('count', months));
  end if;
  return months;
end
$$;
comment on function private.check_event_partitions() is
  'Alerts administrators when the audit has its partitions for fewer than three months ahead: events would be refused '
  'then. → months. Definer: alerts.';

select private.schedule_job('check-event-partitions', '45 2 * * *', 'select private.check_event_partitions()');
