-- How events are written, by hand and by triggers, and how one is read again with its people.

create function private.actor_id() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select staff.user_id from public.staff
    where staff.user_id = coalesce((select auth.uid()), nullif(current_setting('private.acting_staff', true), '')::uuid)
  );
end
$$;
comment on function private.actor_id() is
  'The member of staff in whose name something is told: who calls, or the one whose act an event of Stripe is the '
  'outcome of (private.acting_staff, which gives no permission). Definer: reads staff.';

create function private.record_event(event_type text, subject_type text default null, subject_id text default null,
  event_data jsonb default '{}', customer_id uuid default null, license_id uuid default null,
  personal jsonb default '{}', is_client boolean default false) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  staff_id uuid := case when not is_client then private.actor_id() end;
  address inet := private.request_ip();
  browser text := left(private.request_header('user-agent'), 500);
begin
  if is_client then
    personal := personal || jsonb_strip_nulls(jsonb_build_object('ip_address', host(address), 'user_agent', browser));
    address := null;
    browser := null;
  end if;
  insert into public.events (event_type, subject_type, subject_id, customer_id, license_id, user_id, actor_kind,
    event_data, sealed, ip_address, user_agent)
  values ($1, $2, $3, $5, $6, staff_id,
    case when staff_id is not null then 'staff' when is_client then 'client' else 'system' end,
    $4, private.seal($5, personal), address, browser);
end
$$;
comment on function private.record_event(text, text, text, jsonb, uuid, uuid, jsonb, boolean) is
  'Appends one audit event for the caller, with his address and browser. personal is sealed under the customer''s key '
  'before it is written; is_client: a desktop client did it, whose address is sealed too. Definer: nobody inserts into '
  'events directly.';
grant execute on function private.record_event(text, text, text, jsonb, uuid, uuid, jsonb, boolean) to service_role;

create function private.set_audit_context(event_type text, context jsonb default '{}') returns void
language plpgsql volatile set search_path = ''
as $$
begin
  perform set_config('private.audit_event', coalesce(event_type, ''), true),
    set_config('private.audit_context', coalesce(context, '{}')::text, true);
end
$$;
comment on function private.set_audit_context(text, jsonb) is
  'Names the event, and what it carries besides before and after, that the audit triggers write for the statements '
  'that follow in this transaction; null resets; audited_in_bulk writes none, because the '
  'caller writes its own.';

-- What is derived is no change of its own.
create function private.audit_after_row() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  subject text := tg_argv[0];
  old_row jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  new_row jsonb := to_jsonb(new);
  customer uuid := (new_row ->> tg_argv[2])::uuid;
  before jsonb;
  after jsonb;
  personal jsonb := '{}';
  hidden jsonb;
  named_event text := nullif(current_setting('private.audit_event', true), '');
  context jsonb := coalesce(nullif(current_setting('private.audit_context', true), '')::jsonb, '{}');
begin
  if named_event = 'audited_in_bulk' then
    return null;
  end if;
  select coalesce(jsonb_object_agg(key, old_row -> key) filter (where old_row ? key), '{}'),
    coalesce(jsonb_object_agg(key, value), '{}')
  into before, after
  from jsonb_each(new_row)
  where old_row -> key is distinct from value
    and key not in ('updated_at', 'created_at', 'last_sign_in_at')
    and not exists (select from pg_catalog.pg_attribute
      where attrelid = tg_relid and attname = key and attgenerated <> '');
  if tg_op = 'UPDATE' and after = '{}' then
    return null;
  end if;
  -- What is personal of somebody who is no customer yet is not kept at all: no key could be destroyed for him.
  if tg_argv[2] <> '' then
    select split.plain, split.personal into before, hidden from private.split_personal(tg_table_name, before) as split;
    personal := case when hidden <> '{}' then jsonb_build_object('before', hidden) else '{}' end;
    select split.plain, split.personal into after, hidden from private.split_personal(tg_table_name, after) as split;
    personal := personal || case when hidden <> '{}' then jsonb_build_object('after', hidden) else '{}' end;
  end if;
  perform private.record_event(
    coalesce(named_event, tg_argv[3], subject || case when tg_op = 'INSERT' then '_created' else '_updated' end),
    subject, new_row ->> tg_argv[1],
    context || case when tg_op = 'INSERT' then '{}' else jsonb_build_object('before', before) end
      || jsonb_build_object('after', after),
    customer, null, personal);
  return null;
end
$$;
comment on function private.audit_after_row() is
  'Trigger (subject, key column, column that names the customer or "", event type if not <subject>_created and '
  '_updated): audits what a row change altered, a customer''s personal columns sealed. Definer: nobody inserts into '
  'events directly.';

create trigger staff_after_audit after insert or update on public.staff
  for each row execute function private.audit_after_row('staff', 'user_id', '');

create function private.event_row(event public.events, master_key bytea) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  opened jsonb := case when event.sealed is not null
    then private.unseal(event.customer_id, event.sealed, master_key) end;
  data jsonb := event.event_data;
begin
  if opened is not null then
    data := data || (opened - array['before', 'after'])
      || case when opened ? 'before' or data ? 'before' then jsonb_build_object('before',
        coalesce(data -> 'before', '{}') || coalesce(opened -> 'before', '{}')) else '{}' end
      || case when opened ? 'after' or data ? 'after' then jsonb_build_object('after',
        coalesce(data -> 'after', '{}') || coalesce(opened -> 'after', '{}')) else '{}' end;
  end if;
  return to_jsonb(event) - array['sealed', 'previous_hash'] || jsonb_build_object(
    'hash', encode(event.hash, 'hex'), 'event_data', data,
    'is_forgotten', event.sealed is not null and opened is null,
    'actor', coalesce((select staff.email from public.staff where staff.user_id = event.user_id), event.actor_kind),
    'customer_email', (select customers.email from public.customers where customers.id = event.customer_id));
end
$$;
comment on function private.event_row(public.events, bytea) is
  'An event as lists show it: its people resolved (actor: e-mail of the staff member, else system or client; '
  'customer_email), its sealed values opened into event_data; is_forgotten once their key is gone. Never granted: '
  'whoever calls it has asked for the permission. Definer: opens what is sealed.';
