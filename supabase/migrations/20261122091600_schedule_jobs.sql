-- What time itself does. Jobs run as the role that schedules them.

do $$
begin
  if to_regnamespace('cron') is null then
    raise warning 'pg_cron is not there: licence states are written back and mails retried only when something else asks';
    return;
  end if;
  perform cron.schedule('refresh-license-status', '* * * * *', 'select private.refresh_license_status()');
  perform cron.schedule('mail-dispatch', '* * * * *',
    $job$ select private.call_edge_function('mail-dispatch')
          where exists (select from public.email_outbox where status = 'pending' and next_attempt_at <= now()) $job$);
  perform cron.schedule('ensure-event-partitions', '15 2 * * *',
    $job$ select private.ensure_event_partitions(now()::date, (now() + interval '3 months')::date) $job$);
  perform cron.schedule('forget-rate-limits', '*/10 * * * *', 'select private.forget_rate_limits()');
end
$$;
