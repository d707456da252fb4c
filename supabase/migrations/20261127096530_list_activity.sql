-- One timeline of a customer or a licence. Its sources are kept where they belong; here they are laid over each other:
-- each gives as many as a page has, by an index of its own, and only what is on the page is made into rows.

create index events_customer_id_created_at_idx on public.events (customer_id, created_at desc, sequence desc);
create index events_license_id_created_at_idx on public.events (license_id, created_at desc, sequence desc);

create view private.activity_events with (security_invoker = true) as
  select id, created_at, sequence, 'event:' || lpad(sequence::text, 19, '0') as key, customer_id, license_id, user_id,
    subject_type, subject_id,
    case when subject_type in ('payment', 'subscription', 'checkout', 'invoice') or event_type like 'stripe\_%'
      then 'payment' else 'license' end as kind
  from public.events
  where subject_type is distinct from 'ticket'
    and event_type not in ('payment_succeeded', 'payment_failed', 'payment_processing');
comment on view private.activity_events is
  'Events of the audit as timelines have them: payment, or license for all that is done with licences and customer. '
  'Tickets and payments tell of themselves.';

create function private.activity_row(source text, ref text, at timestamptz, in_clear boolean, master_key bytea)
  returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  row jsonb;
begin
  if source = 'event' then
    select private.event_row(events, master_key) into row from public.events
    where id = ref::uuid and events.created_at = at;
  elsif source = 'payment' then
    select jsonb_build_object('id', id, 'license_id', license_id, 'status', status, 'amount_cents', amount,
      'refunded_cents', amount_refunded, 'currency', currency, 'invoice_number', invoice_number,
      'failure_code', failure_code, 'payment_method', payment_method, 'card_brand', card_brand,
      'card_last4', card_last4) into row
    from public.payments where id = ref::uuid;
  elsif source in ('ticket_opened', 'ticket_resolved') then
    select jsonb_build_object('number', number, 'subject', subject, 'status', status, 'priority', priority,
      'channel', channel) into row
    from public.support_tickets where id = ref::uuid;
  elsif source = 'log_group' then
    select jsonb_build_object('group_id', log_groups.id, 'title', title, 'level', level, 'status', log_groups.status)
    into row from public.log_groups where log_groups.id = ref::bigint;
  elsif source = 'check_in' then
    select jsonb_build_object('code', code, 'first_at', first_at, 'times', times, 'version', client_version,
      'is_own_machine', known.hwid_hash = license_secrets.hwid_hash, 'license_id', known.license_id,
      'license_key_hint', (select licenses.license_key_hint from public.licenses
        where licenses.id = known.license_id)) into row
    from private.license_checks as known join private.license_secrets on license_secrets.license_id = known.license_id
    where known.id = ref::bigint;
  else
    select private.email_row(email_outbox, in_clear) into row from public.email_outbox where id = ref::uuid;
  end if;
  return row;
end
$$;
comment on function private.activity_row(text, text, timestamptz, boolean, bytea) is
  'One entry of a timeline, as its source has it; in_clear: addresses of mails are not masked. Never granted. Definer: '
  'reads behind the policies, and opens what is sealed.';

create function private.list_customer_activity(customer_id uuid, license_id uuid, kinds text[], before timestamptz,
  before_key text, page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  known constant text[] := array['license', 'payment', 'ticket', 'log', 'check_in', 'mail', 'staff'];
  wanted text[] := coalesce(nullif(kinds, '{}'), known);
  may_all constant boolean := private.is_system_caller();
  held text[] := private.held_permissions();
  until timestamptz := coalesce(before, 'infinity');
  last_key text := coalesce(before_key, '');
  wants_events boolean;
  ids uuid[];
  subscription_ids text[];
  master_key bytea := private.master_key();
  rows jsonb;
  has_more boolean;
begin
  perform private.require_permission(case when $2 is null then 'customers.read' else 'licenses.read' end);
  if num_nonnulls($1, $2) <> 1 then
    perform private.fail('invalid_argument', 'Activity is listed of one customer or of one licence');
  elsif page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  elsif not wanted <@ known then
    perform private.fail('invalid_argument', format('kinds are %s', array_to_string(known, ', ')));
  end if;
  ids := case when $2 is not null then array[$2] else array(select licenses.id from public.licenses
    where licenses.customer_id = $1 and deleted_at is null) end;
  subscription_ids := array(select id::text from public.subscriptions where subscriptions.license_id = $2);
  if not may_all then
    wanted := array(select unnest(wanted) except select kind from (values ('payment', 'payments.read'),
      ('ticket', 'tickets.read'), ('log', 'logs.read'), ('check_in', 'licenses.read'), ('mail', 'customers.read'))
      as needs (kind, permission) where not permission = any (held));
  end if;
  wants_events := wanted && array['license', 'payment', 'staff'];
  with told (at, key, source, ref, count) as (
    (select created_at, key, 'event', id::text, null::bigint from private.activity_events
      where wants_events and activity_events.customer_id = $1
        and (kind = any (wanted) or 'staff' = any (wanted) and user_id is not null)
        and created_at <= until and (created_at < until or key < last_key collate "C")
      order by created_at desc, sequence desc limit page_size + 1)
    union all
    (select created_at, key, 'event', id::text, null::bigint from private.activity_events
      where wants_events and activity_events.license_id = $2
        and (kind = any (wanted) or 'staff' = any (wanted) and user_id is not null)
        and created_at <= until and (created_at < until or key < last_key collate "C")
      order by created_at desc, sequence desc limit page_size + 1)
    union all
    -- What was told of its subscriptions before they had it.
    (select created_at, key, 'event', id::text, null::bigint from private.activity_events
      where wants_events and activity_events.license_id is null and activity_events.subject_type = 'subscription'
        and activity_events.subject_id = any (subscription_ids)
        and (kind = any (wanted) or 'staff' = any (wanted) and user_id is not null)
        and created_at <= until and (created_at < until or key < last_key collate "C")
      order by created_at desc, sequence desc limit page_size + 1)
    union all
    (select payment_date, 'payment:' || id, 'payment', id::text, null from public.payments
      where 'payment' = any (wanted) and (payments.customer_id = $1 or payments.license_id = $2)
        and payment_date <= until and (payment_date < until or 'payment:' || id < last_key collate "C")
      order by payment_date desc, id desc limit page_size + 1)
    union all
    (select created_at, 'ticket_opened:' || id, 'ticket_opened', id::text, null from public.support_tickets
      where 'ticket' = any (wanted) and (support_tickets.customer_id = $1 or support_tickets.license_id = $2)
        and created_at <= until and (created_at < until or 'ticket_opened:' || id < last_key collate "C")
      order by created_at desc, id desc limit page_size + 1)
    union all
    (select resolved_at, 'ticket_resolved:' || id, 'ticket_resolved', id::text, null from public.support_tickets
      where 'ticket' = any (wanted) and (support_tickets.customer_id = $1 or support_tickets.license_id = $2)
        and merged_into is null
        and resolved_at <= until and (resolved_at < until or 'ticket_resolved:' || id < last_key collate "C")
      order by resolved_at desc, id desc limit page_size + 1)
    union all
    (select at, key, 'log_group', group_id::text, lines from (
        select group_id, 'log_group:' || lpad(group_id::text, 19, '0') as key, max(last_seen_at) as at,
          sum(lines)::bigint as lines
        from private.log_group_licenses
        where 'log' = any (wanted) and log_group_licenses.license_id = any (ids) group by group_id) as hit
      where at <= until and (at < until or key < last_key collate "C")
      order by at desc, group_id desc limit page_size + 1)
    union all
    (select checked_at, 'check_in:' || lpad(id::text, 19, '0'), 'check_in', id::text, null
      from private.license_checks
      where 'check_in' = any (wanted) and license_checks.license_id = any (ids) and checked_at <= until
        and (checked_at < until or 'check_in:' || lpad(id::text, 19, '0') < last_key collate "C")
      order by checked_at desc, id desc limit page_size + 1)
    union all
    (select created_at, 'mail:' || id, 'mail', id::text, null from public.email_outbox
      where 'mail' = any (wanted) and (email_outbox.customer_id = $1 or email_outbox.license_id = $2)
        and created_at <= until and (created_at < until or 'mail:' || id < last_key collate "C")
      order by created_at desc, id desc limit page_size + 1)
  ), page as materialized (
    select told.*, row_number() over (order by at desc, key collate "C" desc) as place from told
    order by at desc, key collate "C" desc limit page_size + 1
  )
  select coalesce(jsonb_agg(jsonb_build_object('at', at, 'key', key, 'source', source, 'data',
      private.activity_row(source, ref, at, may_all or 'emails.read' = any (held), master_key)
        || case when source = 'log_group' then jsonb_build_object('lines', count) else '{}' end)
    order by place) filter (where place <= page_size), '[]'), count(*) > page_size
  into rows, has_more from page;
  return jsonb_build_object('rows', rows, 'has_more', has_more);
end
$$;
comment on function private.list_customer_activity(uuid, uuid, text[], timestamptz, text, int) is
  'Does the work of public.list_customer_activity. Definer: reads behind the policies what the caller may read, and '
  'opens what is sealed.';
grant execute on function private.list_customer_activity(uuid, uuid, text[], timestamptz, text, int)
  to authenticated, service_role;

create function public.list_customer_activity(customer_id uuid default null, license_id uuid default null,
  kinds text[] default null, before timestamptz default null, before_key text default null, page_size int default 50)
  returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.list_customer_activity($1, $2, $3, $4, $5, $6) $$;
comment on function public.list_customer_activity(uuid, uuid, text[], timestamptz, text, int) is
  'What happened to one customer or one licence, newest first, after the place (at and key) of the last entry seen. '
  'kinds narrows: license (and all else done with the customer), payment, ticket, log, check_in, mail; staff is what '
  'members of staff did, of whatever kind. Without the permission to read payments, tickets, logs, licences or '
  'customers theirs are left out. → {rows: [{at, key, source, data}], has_more}; source is event (data as '
  'private.event_row), payment, ticket_opened, ticket_resolved, log_group, check_in or mail (as list_emails). Needs '
  'customers.read, or licenses.read of a licence. Errors: permission_denied, invalid_argument.';
revoke execute on function public.list_customer_activity(uuid, uuid, text[], timestamptz, text, int)
  from public, anon, authenticated, service_role;
grant execute on function public.list_customer_activity(uuid, uuid, text[], timestamptz, text, int)
  to authenticated, service_role;
