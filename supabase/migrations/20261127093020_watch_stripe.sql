-- What staff see of the link to Stripe, and do with an event that cannot be applied.

insert into private.error_codes (code, status) values
  ('stripe_event_done', 409), ('stripe_event_not_found', 404);

create function private.retry_stripe_event(event_id text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  retried public.stripe_events;
begin
  perform private.require_permission('stripe.sync');
  update public.stripe_events set next_attempt_at = now() where id = $1 and status in ('pending', 'failed')
    returning * into retried;
  if retried.id is null then
    if exists (select from public.stripe_events where id = $1) then
      perform private.fail('stripe_event_done', 'The event has been processed');
    end if;
    perform private.fail('stripe_event_not_found', 'No such event');
  end if;
  perform private.record_event('stripe_event_retried', 'stripe_event', $1, jsonb_build_object('type', retried.type));
  perform private.call_edge_function('stripe-sync');
  return to_jsonb(retried);
end
$$;
comment on function private.retry_stripe_event(text) is
  'Does the work of public.retry_stripe_event. Definer: writes the ledger, calls the function.';
grant execute on function private.retry_stripe_event(text) to authenticated, service_role;

create function public.retry_stripe_event(event_id text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.retry_stripe_event($1) $$;
comment on function public.retry_stripe_event(text) is
  'Tries a failed or waiting Stripe event again at once. → its row. Needs stripe.sync. Errors: '
  'stripe_event_not_found (404), stripe_event_done (409).';
revoke execute on function public.retry_stripe_event(text) from public, anon, authenticated, service_role;
grant execute on function public.retry_stripe_event(text) to authenticated, service_role;

create function private.set_stripe_event_aside(event_id text, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  held public.stripe_events;
begin
  perform private.require_permission('stripe.sync');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  update public.stripe_events set status = 'set_aside', error = left($2, 1000), processed_at = now(),
    next_attempt_at = null
  where id = $1 and status in ('pending', 'failed') returning * into held;
  if held.id is null then
    if exists (select from public.stripe_events where id = $1) then
      perform private.fail('stripe_event_done', 'The event has been processed');
    end if;
    perform private.fail('stripe_event_not_found', 'No such event');
  end if;
  perform private.record_event('stripe_event_set_aside', 'stripe_event', $1,
    jsonb_build_object('type', held.type, 'reason', reason));
  return to_jsonb(held);
end
$$;
comment on function private.set_stripe_event_aside(text, text) is
  'Does the work of public.set_stripe_event_aside. Definer: writes the ledger.';
grant execute on function private.set_stripe_event_aside(text, text) to authenticated, service_role;

create function public.set_stripe_event_aside(event_id text, reason text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.set_stripe_event_aside($1, $2) $$;
comment on function public.set_stripe_event_aside(text, text) is
  'Ends a failed or waiting Stripe event without applying it: it is not tried again, its reason (1 to 500 characters) '
  'stands in its place. → its row. Needs stripe.sync. Errors: reason_required, stripe_event_not_found (404), '
  'stripe_event_done (409).';
revoke execute on function public.set_stripe_event_aside(text, text) from public, anon, authenticated, service_role;
grant execute on function public.set_stripe_event_aside(text, text) to authenticated, service_role;

create function private.note_stripe_account(found jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.stripe_account as held (account_id, livemode, endpoint_version, endpoint_status, missing_types)
  values ($1 ->> 'account_id', ($1 ->> 'livemode')::boolean, $1 ->> 'endpoint_version', $1 ->> 'endpoint_status',
    array(select jsonb_array_elements_text(coalesce($1 -> 'missing_types', '[]'))))
  on conflict (is_only) do update set account_id = coalesce(excluded.account_id, held.account_id),
    livemode = excluded.livemode, endpoint_version = excluded.endpoint_version,
    endpoint_status = excluded.endpoint_status, missing_types = excluded.missing_types, checked_at = now()
$$;
comment on function private.note_stripe_account(jsonb) is
  'Notes the account and its endpoint as found: {account_id, livemode, endpoint_version, endpoint_status, '
  'missing_types}. Definer: called by stripe-sync only.';

create function private.stripe_account_state() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('stripe.read');
  return (select jsonb_build_object('mode', case when held.livemode then 'live' else 'test' end,
      'api_version', private.stripe_api_version(), 'endpoint_version', held.endpoint_version,
      'endpoint_status', held.endpoint_status, 'missing_types', to_jsonb(held.missing_types),
      'checked_at', held.checked_at, 'rows_of_other_mode',
      (select count(*) from public.subscriptions where subscriptions.livemode <> held.livemode)
        + (select count(*) from public.payments where payments.livemode <> held.livemode))
    from private.stripe_account as held);
end
$$;
comment on function private.stripe_account_state() is
  'What is known of the account: → {mode, api_version (ours), endpoint_version, endpoint_status, missing_types, '
  'checked_at, rows_of_other_mode (subscriptions and payments the other mode left here)}, null before the first '
  'synchronisation. Definer: reads private tables.';
grant execute on function private.stripe_account_state() to authenticated, service_role;

create function public.stripe_health() returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  perform private.require_permission('stripe.read');
  return jsonb_build_object(
    'events', (select jsonb_build_object(
        'pending', (select count(*) from public.stripe_events where status = 'pending'),
        'failed', (select count(*) from public.stripe_events where status = 'failed'),
        'processed_24h', (select count(*) from public.stripe_events where status = 'processed'
          and received_at > now() - interval '1 day'),
        'ignored_24h', (select count(*) from public.stripe_events where status = 'ignored'
          and received_at > now() - interval '1 day'),
        'last_received_at', (select max(received_at) from public.stripe_events where source = 'webhook'))),
    'last_sync', (select to_jsonb(stripe_syncs) from public.stripe_syncs where status in ('succeeded', 'failed')
      order by created_at desc limit 1),
    'last_full_attempt', (select to_jsonb(stripe_syncs) from public.stripe_syncs where status in ('succeeded', 'failed')
      and kind = 'full' order by created_at desc limit 1),
    'last_full_sync', (select to_jsonb(stripe_syncs) from public.stripe_syncs where status = 'succeeded'
      and kind = 'full' order by created_at desc limit 1),
    'running', (select to_jsonb(stripe_syncs) from public.stripe_syncs where status in ('queued', 'running')
      order by created_at desc limit 1),
    'drift_7d', (select count(*) from public.stripe_drifts where created_at > now() - interval '7 days'),
    'mode', coalesce((private.stripe_account_state() ->> 'mode'), (select case when livemode then 'live' else 'test' end
      from public.stripe_events order by received_at desc limit 1)),
    'proof', (select to_jsonb(revenue_proofs) - 'id' from public.revenue_proofs order by proved_at desc limit 1),
    'account', private.stripe_account_state());
end
$$;
comment on function public.stripe_health() is
  'How the link to Stripe does: → {events: {pending, failed, processed_24h, ignored_24h (not for us), '
  'last_received_at}, last_sync, '
  'last_full_attempt, last_full_sync, running, drift_7d, mode, proof (when the revenue ledger was last held '
  'against what is paid: {proved_at, is_proven, currencies, suspects}), account: as '
  'private.stripe_account_state}. Needs stripe.read.';
revoke execute on function public.stripe_health() from public, anon, authenticated, service_role;
grant execute on function public.stripe_health() to authenticated, service_role;

select private.schedule_job('stripe-sync', '*/5 * * * *', $job$ select private.queue_stripe_sync('incremental') $job$);
select private.schedule_job('stripe-sync-full', '40 3 * * *', $job$ select private.queue_stripe_sync('full') $job$);
select private.schedule_job('stripe-retry', '* * * * *',
  $job$ select private.call_edge_function('stripe-sync')
        where exists (select from public.stripe_events where status in ('pending', 'failed')
          and next_attempt_at <= now())
          or exists (select from public.stripe_syncs where status = 'queued'
            or (status = 'running' and heartbeat_at < now() - interval '90 seconds'))
          -- What was asked and not answered is looked for at once; later, with the runs.
          or exists (select from private.stripe_acts where state in ('begun', 'unknown')
            and begun_at between now() - interval '10 minutes' and now() - interval '2 minutes') $job$);
