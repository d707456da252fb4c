-- Every change of a licence leaves an event, whichever way it came. Inserts are audited by statement, so that an
-- import of thousands is one pass; updates by row, and not at all for the columns a check-in writes.
-- The first payment of a purchase is often told before its licence exists, and the audit is never rewritten: a
-- licence's timeline also holds what was told of its subscriptions before they had it.

alter table public.events add constraint events_license_id_fkey
  foreign key (license_id) references public.licenses (id) on delete restrict;

create function private.licenses_after_audit_insert() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  context jsonb := coalesce(nullif(current_setting('private.audit_context', true), '')::jsonb, '{}');
  caller uuid := private.actor_id();
  address inet := private.request_ip();
  browser text := left(private.request_header('user-agent'), 500);
  master_key bytea := private.master_key();
begin
  perform private.ensure_subject_keys(array(select distinct customer_id from inserted));
  insert into public.events (event_type, subject_type, subject_id, customer_id, license_id, user_id, actor_kind,
    event_data, sealed, ip_address, user_agent)
  select 'license_created', 'license', inserted.id::text, inserted.customer_id, inserted.id, caller,
    case when caller is null then 'system' else 'staff' end,
    context || jsonb_build_object('after', jsonb_build_object('plan', inserted.plan, 'expires_at', inserted.expires_at,
      'auto_renew', inserted.auto_renew, 'payment_method', inserted.payment_method)),
    private.encrypt_bytes(convert_to(jsonb_build_object('after', jsonb_build_object('email', inserted.email,
      'notes', inserted.notes, 'hwid_hint', inserted.hwid_hint))::text, 'UTF8'),
      private.decrypt_bytes(subject_keys.wrapped_key, master_key)),
    address, browser
  from inserted left join private.subject_keys on subject_keys.customer_id = inserted.customer_id;
  return null;
end
$$;
comment on function private.licenses_after_audit_insert() is
  'Trigger: one license_created event per new licence. Definer: nobody inserts into events directly.';

create trigger licenses_after_audit_insert after insert on public.licenses
  referencing new table as inserted for each statement execute function private.licenses_after_audit_insert();

create function private.record_license_event(event_type text, license public.licenses, event_data jsonb default '{}',
  before jsonb default null, after jsonb default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  plain_before jsonb;
  plain_after jsonb;
  personal_before jsonb := '{}';
  personal_after jsonb := '{}';
begin
  if before is not null then
    select split.plain, split.personal into plain_before, personal_before
    from private.split_personal('licenses', before) as split;
  end if;
  if after is not null then
    select split.plain, split.personal into plain_after, personal_after
    from private.split_personal('licenses', after) as split;
  end if;
  perform private.record_event($1, 'license', license.id::text,
    event_data || case when before is null then '{}' else jsonb_build_object('before', plain_before) end
      || case when after is null then '{}' else jsonb_build_object('after', plain_after) end,
    license.customer_id, license.id,
    case when personal_before = '{}' then '{}' else jsonb_build_object('before', personal_before) end
      || case when personal_after = '{}' then '{}' else jsonb_build_object('after', personal_after) end);
end
$$;
comment on function private.record_license_event(text, public.licenses, jsonb, jsonb, jsonb) is
  'One event about a licence; what is personal in before and after is sealed. Definer: nobody inserts into events '
  'directly.';

create function private.licenses_after_audit_update() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  audited constant text[] := array['email', 'plan', 'status', 'expires_at', 'auto_renew', 'payment_method', 'notes',
    'revoked_reason', 'suspended_reason', 'deleted_at', 'hwid_hint', 'stripe_subscription_id'];
  old_row jsonb := to_jsonb(old);
  new_row jsonb := to_jsonb(new);
  before jsonb;
  after jsonb;
  context jsonb := coalesce(nullif(current_setting('private.audit_context', true), '')::jsonb, '{}');
begin
  -- A bulk change writes its events in one statement of its own; row by row, thousands would outlast the timeout.
  if current_setting('private.audit_event', true) = 'audited_in_bulk' then
    return null;
  end if;
  select jsonb_object_agg(key, old_row -> key), jsonb_object_agg(key, new_row -> key) into before, after
  from unnest(audited) as key where old_row -> key is distinct from new_row -> key;
  if after is null then
    return null;
  end if;
  perform private.record_license_event(
    coalesce(nullif(current_setting('private.audit_event', true), ''), case
      when after ?& array['status'] and after - 'status' = '{}' then case new.status
        when 'grace_period' then 'license_grace_started'
        when 'expired' then 'license_expired'
        else 'license_reactivated' end
      when after - 'notes' = '{}' then 'license_notes_changed'
      else 'license_updated' end),
    new, context, before, after);
  return null;
end
$$;
comment on function private.licenses_after_audit_update() is
  'Trigger: one event per changed licence with before and after. Definer: nobody inserts into events directly.';

create trigger licenses_after_audit_update after update of email, plan, status, expires_at, auto_renew, payment_method,
  notes, revoked_at, suspended_at, deleted_at, hwid_hint, stripe_subscription_id, grace_until on public.licenses
  for each row execute function private.licenses_after_audit_update();

create function private.record_license_events(event_type text, license_ids uuid[], event_data jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  caller uuid := private.actor_id();
begin
  insert into public.events (event_type, subject_type, subject_id, customer_id, license_id, user_id, actor_kind,
    event_data, ip_address, user_agent)
  select $1, 'license', licenses.id::text, licenses.customer_id, licenses.id, caller,
    case when caller is null then 'system' else 'staff' end, $3, private.request_ip(),
    left(private.request_header('user-agent'), 500)
  from public.licenses where licenses.id = any (license_ids);
end
$$;
comment on function private.record_license_events(text, uuid[], jsonb) is
  'One event for each of many licences changed alike under the audit context audited_in_bulk; event_data holds nothing '
  'personal. Definer: nobody inserts into events directly.';

create function private.refresh_license_status() returns int
language sql volatile security definer set search_path = ''
as $$
  with changed as (
    update public.licenses set status = private.license_state(licenses)
    where deleted_at is null and revoked_at is null
      and ((status = 'active' and expires_at <= now())
        or (status = 'grace_period' and grace_until <= now())
        or (status = 'suspended' and grace_until <= now() and mrr_cents <> 0))
    returning 1)
  select count(*)::int from changed
$$;
comment on function private.refresh_license_status() is
  'Writes the computed state back where time has changed it; answers how many. Run by cron. Definer: updates '
  'licences.';

create function private.list_license_events(license_id uuid, before_sequence bigint, page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  rows jsonb;
  master_key bytea := private.master_key();
begin
  perform private.require_permission('licenses.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  end if;
  with told as (
    (select events.* from public.events
      where events.license_id = $1 and ($2 is null or sequence < $2) order by sequence desc limit $3 + 1)
    union all
    (select events.* from public.events
      where events.license_id is null and events.subject_type = 'subscription'
        and events.subject_id = any (array(select id::text from public.subscriptions
          where subscriptions.license_id = $1))
        and ($2 is null or sequence < $2) order by sequence desc limit $3 + 1)
  )
  select coalesce(jsonb_agg(private.event_row(row(matches.*)::public.events, master_key)
    order by matches.sequence desc), '[]') into rows
  from (select * from told order by sequence desc limit $3 + 1) as matches;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function private.list_license_events(uuid, bigint, int) is
  'Does the work of public.list_license_events. Definer: what was told of a subscription before it had its licence is '
  'for whoever reads licences.';
grant execute on function private.list_license_events(uuid, bigint, int) to authenticated, service_role;

create function public.list_license_events(license_id uuid, before_sequence bigint default null,
  page_size int default 50) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_license_events($1, $2, $3) $$;
comment on function public.list_license_events(uuid, bigint, int) is
  'What happened to a licence, newest first, before a sequence number. → {rows: [events as private.event_row], '
  'has_more}. Needs licenses.read.';
revoke execute on function public.list_license_events(uuid, bigint, int) from public, anon, authenticated, service_role;
grant execute on function public.list_license_events(uuid, bigint, int) to authenticated, service_role;

select private.schedule_job('refresh-license-status', '* * * * *', 'select private.refresh_license_status()');
