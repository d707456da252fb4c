-- What time itself does about Stripe.

do $$
begin
  if to_regnamespace('cron') is null then
    raise warning 'pg_cron is not there: Stripe is synchronised only when somebody asks';
    return;
  end if;
  perform cron.schedule('stripe-sync', '*/5 * * * *', $job$ select private.queue_stripe_sync('incremental') $job$);
  perform cron.schedule('stripe-sync-full', '40 3 * * *', $job$ select private.queue_stripe_sync('full') $job$);
  perform cron.schedule('stripe-retry', '* * * * *',
    $job$ select private.call_edge_function('stripe-sync')
          where exists (select from public.stripe_events where status in ('pending', 'failed') and next_attempt_at <= now())
            or exists (select from public.stripe_syncs where status = 'queued' or (status = 'running' and heartbeat_at < now() - interval '90 seconds')) $job$);
  perform cron.schedule('alert-dispatch', '* * * * *', $job$ select private.call_edge_function('alert-dispatch') where private.has_due_alerts() $job$);
  perform cron.schedule('revoke-unpaid-licenses', '25 * * * *', 'select private.revoke_unpaid_licenses()');
end
$$;
