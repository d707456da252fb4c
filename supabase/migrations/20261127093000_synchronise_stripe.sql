-- The synchronisation: what the webhook missed is found, repaired and reported.

insert into private.error_codes (code, status) values
  ('sync_running', 409);

insert into private.alert_kinds (kind, severity, permission) values
  ('stripe_drift_found', 'warning', 'alerts.read'), ('stripe_sync_incomplete', 'error', 'alerts.read');

create function private.queue_stripe_sync(kind text) returns public.stripe_syncs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  queued public.stripe_syncs;
begin
  perform private.require_permission('stripe.sync');
  if kind is null or kind not in ('incremental', 'full') then
    perform private.fail('invalid_argument', 'kind is incremental or full');
  end if;
  -- A run that died is no secret: it ends as failed and is alerted.
  update public.stripe_syncs set status = 'running'
  where status = 'queued' and heartbeat_at < now() - interval '30 minutes';
  perform private.finish_stripe_sync(id, 'no sign of life for 30 minutes') from public.stripe_syncs
  where status = 'running' and heartbeat_at < now() - interval '30 minutes';
  begin
    insert into public.stripe_syncs (kind, requested_by)
    values ($1, (select user_id from public.staff where user_id = (select auth.uid()))) returning * into queued;
  exception when unique_violation then
    if private.is_system_caller() then
      return null;
    end if;
    perform private.fail('sync_running', 'A synchronisation is running already');
  end;
  if queued.requested_by is not null then
    perform private.record_event('stripe_sync_requested', 'stripe_sync', queued.id::text,
      jsonb_build_object('kind', kind));
  end if;
  perform private.call_edge_function('stripe-sync');
  return queued;
end
$$;
comment on function private.queue_stripe_sync(text) is
  'Does the work of public.start_stripe_sync; also for cron, to which a running one is no error. Definer: writes '
  'stripe_syncs, calls the function.';
grant execute on function private.queue_stripe_sync(text) to authenticated, service_role;

create function public.start_stripe_sync(kind text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select to_jsonb(private.queue_stripe_sync($1)) $$;
comment on function public.start_stripe_sync(text) is
  'Starts a synchronisation with Stripe, incremental or full. → the row of stripe_syncs, to be watched by Realtime. '
  'Needs stripe.sync. Errors: invalid_argument, sync_running (409).';
revoke execute on function public.start_stripe_sync(text) from public, anon, authenticated, service_role;
grant execute on function public.start_stripe_sync(text) to authenticated, service_role;

create function private.claim_stripe_sync(worker_seconds int default 60) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claimed public.stripe_syncs;
begin
  select * into claimed from public.stripe_syncs
  where status = 'queued' or (status = 'running' and heartbeat_at < now() - make_interval(secs => worker_seconds))
  order by created_at limit 1 for update skip locked;
  if claimed.id is null then
    return null;
  end if;
  update public.stripe_syncs set status = 'running', started_at = coalesce(started_at, now()), heartbeat_at = now(),
    attempts = attempts + 1,
    phase = coalesce(phase, case kind when 'incremental' then 'events' else 'customers' end),
    since = coalesce(since, case when claimed.kind = 'incremental'
      then coalesce((select max(until) from public.stripe_syncs where status = 'succeeded'),
        now() - interval '1 day') - interval '5 minutes'
      when private.has_stripe_baseline() then now() - interval '90 days' end),
    until = coalesce(until, now() - case when requested_by is null then interval '30 seconds' else interval '0' end),
    total_count = coalesce(total_count, case when kind = 'full' then
      nullif((select count(*) from private.stripe_customers) + (select count(*) from public.subscriptions), 0) end)
  where id = claimed.id returning * into claimed;
  return to_jsonb(claimed) || jsonb_build_object('has_baseline', private.has_stripe_baseline());
end
$$;
comment on function private.claim_stripe_sync(int) is
  'Takes the synchronisation that waits, or the one whose worker gave no sign for so many seconds. → its row and '
  'has_baseline (whether everything was ever compared), or null. Definer: called by stripe-sync only.';

create function private.advance_stripe_sync(sync_id uuid, phase text, page_cursor text, done int) returns timestamptz
language sql volatile security definer set search_path = ''
as $$
  update public.stripe_syncs set phase = $2, page_cursor = $3, done_count = done_count + $4,
    heartbeat_at = clock_timestamp(),
    total_count = case when total_count is null then null else greatest(total_count, done_count + $4) end
  where id = $1 and status = 'running' returning clock_timestamp()
$$;
comment on function private.advance_stripe_sync(uuid, text, text, int) is
  'Notes how far a synchronisation is. → our clock, to be given back with the next page; null when it is no longer '
  'running. Definer: called by stripe-sync only.';

create function private.release_stripe_sync(sync_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.stripe_syncs set status = 'queued' where id = $1 and status = 'running';
  perform private.call_edge_function('stripe-sync');
end
$$;
comment on function private.release_stripe_sync(uuid) is
  'Hands a synchronisation whose worker''s time is up to the next worker. Definer: called by stripe-sync only.';

create function private.finish_stripe_sync(sync_id uuid, error text default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  finished public.stripe_syncs;
  failures int;
  news int;
  is_first boolean := not private.has_stripe_baseline();
begin
  -- Whoever was named later in the run took along what was left out before.
  with mirrored as (
    delete from public.stripe_drifts where stripe_drifts.sync_id = $1 and action = 'left_out'
      and exists (select from private.stripe_objects where stripe_objects.id = object_id)
    returning id
  )
  update public.stripe_syncs set left_out_count = left_out_count - (select count(*) from mirrored) where id = $1;
  update public.stripe_syncs set status = case when $2 is null then 'succeeded' else 'failed' end,
    error = left($2, 1000), finished_at = now(),
    total_count = case when $2 is null then done_count else total_count end
  where id = $1 and status = 'running' returning * into finished;
  select count(*) filter (where action = 'failed'),
    -- What the past cannot give is shown, and told to nobody.
    count(*) filter (where action = 'failed' or (action = 'left_out' and not is_first)) into failures, news
  from public.stripe_drifts where stripe_drifts.sync_id = finished.id;
  if finished.status = 'failed' or news > 0 then
    -- Once a day: an incremental run follows every five minutes.
    perform private.raise_alert('stripe_sync_incomplete',
      format('stripe_sync_incomplete:%s:%s', finished.kind, to_char(now() at time zone 'UTC', 'YYYY-MM-DD')),
      jsonb_build_object('count', news, 'error', left(finished.error, 300)), 'stripe_sync', finished.id::text);
  end if;
  if finished.status = 'succeeded' and finished.kind = 'full' then
    perform private.prove_revenue();
  end if;
  if finished.drift_count > failures then
    perform private.raise_alert('stripe_drift_found', 'stripe_drift_found:' || finished.id,
      jsonb_build_object('count', finished.drift_count - failures), 'stripe_sync', finished.id::text);
  end if;
end
$$;
comment on function private.finish_stripe_sync(uuid, text) is
  'Ends a synchronisation, well or with an error; drift is alerted, and so is, once a day, a run that failed or left '
  'out objects not told before. Definer: called by stripe-sync only.';

create function private.report_stripe_drift(sync_id uuid, object_type text, object_id text, fields jsonb, action text)
  returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.stripe_drifts (sync_id, object_type, object_id, fields, action)
  select $1, $2, $3, $4, $5
  where $5 <> 'left_out' or not exists (select from public.stripe_drifts as told
    where told.object_id = $3 and told.action = 'left_out' and told.fields = $4);
  update public.stripe_syncs set drift_count = drift_count + case when $5 = 'left_out' then 0 else 1 end,
    left_out_count = left_out_count + case when $5 in ('left_out', 'failed') then 1 else 0 end
  where id = $1;
end
$$;
comment on function private.report_stripe_drift(uuid, text, text, jsonb, text) is
  'Reports a difference found: fields {name: {mirror, stripe}}, action repaired, created, reported, failed, or '
  'left_out, which is counted each time and told once for each reason. Definer: called by stripe-sync only.';

create function private.unknown_stripe_events(event_ids text[]) returns setof text
language sql stable security definer set search_path = ''
as $$ select id from unnest($1) as id where not exists (select from public.stripe_events
  where stripe_events.id = id.id) $$;
comment on function private.unknown_stripe_events(text[]) is
  'Which of these events the ledger has never seen. Definer: called by stripe-sync only.';

create function private.stripe_difference(object jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  columns jsonb;
  held jsonb;
begin
  case object ->> 'object'
    when 'customer' then
      columns := jsonb_build_object('exists', not coalesce((object ->> 'deleted')::boolean, false))
        || case when private.is_email(private.spell_email(object ->> 'email')) then '{"has_address": true}'
          else '{}'::jsonb end;
      select jsonb_build_object('exists', deleted_at is null, 'has_address', customer_id is not null) into held
        from private.stripe_customers
        where stripe_customer_id = object ->> 'id';
    when 'subscription' then
      -- The card is decoration, known from events only when a payment names it.
      columns := private.stripe_subscription_columns(object) - array['card_brand', 'card_last4'];
      select to_jsonb(subscriptions) into held from public.subscriptions where stripe_subscription_id = object ->> 'id';
    when 'invoice' then
      columns := private.stripe_invoice_columns(object);
      select to_jsonb(invoices) into held from public.invoices where stripe_invoice_id = object ->> 'id';
    when 'charge' then
      columns := private.stripe_charge_columns(object);
      select to_jsonb(payments) into held from public.payments where stripe_payment_id = object ->> 'id';
    when 'dispute' then
      columns := private.stripe_dispute_columns(object);
      select to_jsonb(stripe_disputes) into held from private.stripe_disputes where stripe_dispute_id = object ->> 'id';
    when 'radar.early_fraud_warning' then
      columns := private.stripe_fraud_warning_columns(object);
      select to_jsonb(stripe_fraud_warnings) into held from private.stripe_fraud_warnings
        where stripe_warning_id = object ->> 'id';
    when 'credit_note' then
      columns := private.stripe_credit_note_columns(object);
      select to_jsonb(credit_notes) into held from public.credit_notes where stripe_credit_note_id = object ->> 'id';
  end case;
  if held is null then
    return jsonb_build_object('exists', jsonb_build_object('mirror', false, 'stripe', true));
  elsif held @> columns then
    return null;
  end if;
  return (select jsonb_object_agg(key, jsonb_build_object('mirror', held -> key, 'stripe', value))
    from jsonb_each(columns) where held -> key is distinct from value);
end
$$;
comment on function private.stripe_difference(jsonb) is
  'What differs between a Stripe object and our row: {field: {mirror, stripe}}, null when nothing. Definer: reads the '
  'mirror.';

create function private.reconcile_stripe_objects(sync_id uuid, objects jsonb, listed_at timestamptz,
  as_of timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  object jsonb;
  link jsonb;
  difference jsonb;
  fetches jsonb := '[]';
  -- The first run fills an empty mirror: the past is no drift and no news.
  has_baseline boolean := private.has_stripe_baseline();
  code text;
  nameless text;
begin
  perform set_config('private.stripe_backfill', case when has_baseline then '' else 'on' end, true);
  for object in select value from jsonb_array_elements(objects) loop
    -- One object that cannot be mirrored never costs the others theirs.
    begin
      difference := private.stripe_needs(object);
      if difference <> '[]' then
        fetches := fetches || difference || jsonb_build_array(private.fetch_of(object));
        continue;
      end if;
      for link in select value from jsonb_array_elements(coalesce(object #> '{payments,data}', '[]')) loop
        if not exists (select from private.stripe_invoice_payments
          where stripe_payment_intent_id = private.stripe_id(link #> '{payment,payment_intent}')) then
          perform private.apply_stripe_invoice_payment(link);
        end if;
      end loop;
      difference := private.stripe_difference(object);
      continue when difference is null;
      if private.history_fetches(object) <> '[]' or exists (select from private.stripe_objects
        where id = object ->> 'id' and applied_at >= listed_at) then
        -- An event changed it after the list was read, or much comes along with it: ask for this one alone.
        fetches := fetches || jsonb_build_array(private.fetch_of(object));
        continue;
      end if;
      perform private.lock_stripe_customer(object);
      nameless := (select stripe_customer_id from private.stripe_customers
        where stripe_customer_id = private.stripe_id(object -> 'customer') and customer_id is null);
      perform private.apply_stripe_object(object, as_of);
      if nameless is not null and object ->> 'object' in ('subscription', 'invoice') then
        -- What names him brings the rest of his along.
        fetches := fetches || jsonb_build_array(jsonb_build_object('kind', 'customer_history', 'id', nameless));
      end if;
      if has_baseline then
        perform private.report_stripe_drift(sync_id, object ->> 'object', object ->> 'id', difference, case
          when difference ? 'exists' then 'created' else 'repaired' end);
      end if;
    exception when others then
      -- Locks, resources and the server's own faults are no fault of the object: the run is tried again.
      if left(sqlstate, 2) in ('40', '53', '55', '57', '58', 'XX') then
        raise;
      end if;
      get stacked diagnostics code = pg_exception_hint;
      perform private.report_stripe_drift(sync_id, object ->> 'object', object ->> 'id',
        jsonb_build_object('error', jsonb_build_object('mirror', null, 'stripe', left(sqlerrm, 300))),
        case when private.is_left_out(code) then 'left_out' else 'failed' end);
    end;
  end loop;
  perform set_config('private.stripe_backfill', '', true);
  update private.stripe_objects set seen_in = sync_id
  where id in (select value ->> 'id' from jsonb_array_elements(objects) where value ->> 'object' = 'subscription');
  return private.with_versions(fetches);
end
$$;
comment on function private.reconcile_stripe_objects(uuid, jsonb, timestamptz, timestamptz) is
  'Compares a page of objects listed from Stripe with the mirror, applies and reports what differs. listed_at: our '
  'clock before the request; as_of: Stripe''s. → [{kind, id, version}] to be fetched one by one. Definer: called by '
  'stripe-sync only.';

create function private.unseen_stripe_subscriptions(sync_id uuid) returns setof text
language sql stable security definer set search_path = ''
as $$
  select stripe_subscription_id from public.subscriptions
  join private.stripe_objects on stripe_objects.id = stripe_subscription_id
  join public.stripe_syncs on stripe_syncs.id = $1
  where seen_in is distinct from $1 and subscriptions.status not in ('canceled', 'incomplete_expired')
    and subscriptions.created_at < stripe_syncs.started_at
  limit 1000
$$;
comment on function private.unseen_stripe_subscriptions(uuid) is
  'Subscriptions of the mirror that a full synchronisation has not met at Stripe. Definer: called by stripe-sync '
  'only.';
