-- What the first page tells beside its figures: what happened lately, in groups, and since one's last visit. Open pages
-- hear of changes by one doorbell.

create table private.dashboard_visits (
  user_id uuid primary key references public.staff (user_id) on delete cascade,
  since timestamptz not null,
  visited_at timestamptz not null
);
comment on table private.dashboard_visits is 'When each of staff looked at the first page.';
comment on column private.dashboard_visits.since is 'The end of the visit before this one';
comment on column private.dashboard_visits.visited_at is 'The last look; half an hour without one ends a visit';

alter table private.dashboard_visits enable row level security;

create function private.note_dashboard_visit() returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  visitor constant uuid := private.current_staff_id();
  visit private.dashboard_visits;
  business constant text := private.setting_text('business_currency');
begin
  if visitor is null then
    perform private.fail('permission_denied', 'Only staff read the dashboard');
  end if;
  insert into private.dashboard_visits as held (user_id, since, visited_at)
  values (visitor, now() - interval '1 day', now())
  on conflict (user_id) do update set visited_at = excluded.visited_at,
    since = case when held.visited_at < now() - interval '30 minutes' then held.visited_at else held.since end
  returning * into visit;
  return jsonb_build_object('since', visit.since, 'currency', business)
    || case when private.has_permission('licenses.read') then (select jsonb_build_object(
        'licenses_created', count(*) filter (where event_type = 'license_created'),
        'licenses_revoked', count(*) filter (where event_type = 'license_revoked'))
      from public.events where created_at > visit.since and event_type in ('license_created', 'license_revoked'))
      else '{}' end
    || case when private.has_permission('payments.read') then (select jsonb_build_object(
        'payments_failed', (select count(*) from public.payments
          where payments.payment_date > visit.since and status = 'failed'),
        'customers_new', count(distinct customer_id) filter (where kind = 'new'),
        'customers_churned', count(distinct customer_id) filter (where kind = 'churn'),
        'mrr_delta_cents', coalesce(sum(amount_cents), 0))
      from public.mrr_movements as moved where moved.currency = business
        and occurred_at > visit.since) else '{}' end
    || case when private.has_permission('tickets.read') then jsonb_build_object('tickets_opened',
        (select count(*) from public.support_tickets where merged_into is null and created_at > visit.since))
      else '{}' end;
end
$$;
comment on function private.note_dashboard_visit() is
  'Does the work of public.note_dashboard_visit. Definer: the visits are private.';
grant execute on function private.note_dashboard_visit() to authenticated;

create function public.note_dashboard_visit() returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.note_dashboard_visit() $$;
comment on function public.note_dashboard_visit() is
  'Notes that the caller looks at the first page, and says what changed since the last visit (of yesterday at the '
  'first one). → {since, currency}; with licenses.read licenses_created, licenses_revoked; with payments.read '
  'payments_failed, customers_new, customers_churned, mrr_delta_cents; with tickets.read tickets_opened. Any staff. '
  'Errors: permission_denied.';
revoke execute on function public.note_dashboard_visit() from public, anon, authenticated, service_role;
grant execute on function public.note_dashboard_visit() to authenticated;

create function private.list_recent_activity(page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  held constant text[] := private.held_permissions();
  kinds text[];
begin
  if private.current_staff_id() is null then
    perform private.fail('permission_denied', 'Only staff read the dashboard');
  elsif page_size is null or page_size not between 1 and 50 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 50');
  end if;
  kinds := array(select subject from (values ('license', 'licenses.read'), ('customer', 'customers.read'),
      ('subscription', 'subscriptions.read'), ('payment', 'payments.read'), ('ticket', 'tickets.read'),
      ('staff', 'audit.read'), ('setting', 'audit.read'), ('log_rule', 'logs.read')) as may (subject, permission)
    where permission = any (held));
  return (
    with latest as materialized (
      select sequence, event_type, user_id, actor_kind, subject_type, subject_id, customer_id, license_id, created_at
      from public.events where subject_type = any (kinds) and event_type <> 'staff_signed_in'
      order by sequence desc limit 500
    ), marked as (
      -- The same act of the same person goes on until something else of theirs, or an hour, lies between.
      select latest.*, case when lag(event_type) over who = event_type
          and lag(created_at) over who - created_at < interval '1 hour' then 0 else 1 end as begins
      from latest window who as (partition by user_id, actor_kind order by sequence desc)
    ), grouped as (
      select marked.*, sum(begins) over (partition by user_id, actor_kind order by sequence desc) as part from marked
    ), summed as (
      select user_id, actor_kind, min(event_type) as event_type, count(*) as times, max(sequence) as sequence,
        max(created_at) as last_at, min(created_at) as first_at,
        case when count(*) = 1 then min(subject_type) end as subject_type,
        case when count(*) = 1 then min(subject_id) end as subject_id,
        case when count(distinct customer_id) = 1 then min(customer_id::text)::uuid end as customer_id
      from grouped group by user_id, actor_kind, part
      order by max(sequence) desc limit page_size
    )
    select coalesce(jsonb_agg(jsonb_build_object('id', summed.sequence, 'event_type', event_type, 'times', times,
        'user_id', user_id, 'actor_kind', actor_kind, 'first_at', first_at, 'last_at', last_at,
        'subject_type', subject_type, 'subject_id', subject_id,
        'customer', case when 'customers.read' = any (held) then private.metric_person(customer_id) end)
      order by summed.sequence desc), '[]') from summed);
end
$$;
comment on function private.list_recent_activity(int) is
  'Does the work of public.list_recent_activity. Definer: reads the trail behind its policy, without what is sealed.';
grant execute on function private.list_recent_activity(int) to authenticated;

create function public.list_recent_activity(page_size int default 12) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_recent_activity($1) $$;
comment on function public.list_recent_activity(int) is
  'What happened lately, newest first: acts of one kind by one person within an hour are one. → [{id, event_type, '
  'times, user_id (null for the system), actor_kind, first_at, last_at, subject_type and subject_id (of a single one), '
  'customer {id, email, name} (when it is one, with customers.read)}], of what the caller may read. page_size 1 to 50. '
  'Any staff. Errors: permission_denied, invalid_argument.';
revoke execute on function public.list_recent_activity(int) from public, anon, authenticated, service_role;
grant execute on function public.list_recent_activity(int) to authenticated;

-- Unlogged: after a crash the bell rings once more than it must.
create unlogged table private.figure_doorbell (
  is_only boolean primary key default true,
  rung_at timestamptz not null,
  constraint there_is_one_bell check (is_only)
);
comment on table private.figure_doorbell is 'When open pages were last told that figures changed.';
comment on column private.figure_doorbell.is_only is 'True: there is one bell';

alter table private.figure_doorbell enable row level security;

create function private.after_ring_figures() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Nobody waits for the bell: whoever holds it is ringing.
  if private.is_backfill() or not pg_try_advisory_xact_lock(hashtextextended('private.figure_doorbell', 0))
    or exists (select from private.figure_doorbell where rung_at > clock_timestamp() - interval '5 seconds') then
    return null;
  end if;
  insert into private.figure_doorbell (rung_at) values (clock_timestamp())
  on conflict on constraint figure_doorbell_pkey do update set rung_at = excluded.rung_at;
  perform realtime.send('{}', 'changed', 'figures', true);
  return null;
end
$$;
comment on function private.after_ring_figures() is
  'Trigger: tells open pages that figures changed, once in five seconds; they look again five seconds after the last '
  'ring. Definer: the bell is private.';

create trigger mrr_movements_after_ring after insert or update or delete on public.mrr_movements
  for each statement execute function private.after_ring_figures();
create trigger cash_movements_after_ring after insert on public.cash_movements
  for each statement execute function private.after_ring_figures();
create trigger licenses_after_ring_insert after insert on public.licenses
  for each statement execute function private.after_ring_figures();
create trigger licenses_after_ring_update after update of expires_at, revoked_at, deleted_at on public.licenses
  for each statement execute function private.after_ring_figures();
create trigger support_tickets_after_ring after insert or update of status, priority on public.support_tickets
  for each statement execute function private.after_ring_figures();

create policy messages_select_figure_readers on realtime.messages for select to authenticated
  using ((select realtime.topic()) = 'figures' and (select private.current_staff_id()) is not null);
