-- Alerts reached no messenger: "channel" named parameter and column at once. And while one channel
-- took the alerts, the other skipped the locked rows and lost them: the key alone makes each go out once.

create or replace function private.claim_alerts(channel text, batch int default 100)
returns table (id uuid, kind text, severity text, data jsonb, created_at timestamptz)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not private.is_system_caller() then
    perform private.fail('permission_denied', 'Only the alert dispatcher claims alerts', '42501');
  end if;
  return query
  with due as (
    select alerts.id from public.alerts
    left join private.alert_deliveries as delivery on delivery.alert_id = alerts.id and delivery.channel = $1
    where alerts.severity <> 'info' and alerts.created_at > now() - interval '1 day'
      and (delivery.alert_id is null or (delivery.status = 'retry' and delivery.next_attempt_at <= now()))
    order by alerts.created_at limit $2
  ), claimed as (
    insert into private.alert_deliveries as delivery (alert_id, channel)
    select due.id, $1 from due
    on conflict on constraint alert_deliveries_pkey do update set status = 'sending', attempts = delivery.attempts + 1, claimed_at = now(), next_attempt_at = null
      where delivery.status = 'retry'
    returning delivery.alert_id
  )
  select alerts.id, alerts.kind, alerts.severity, alerts.data, alerts.created_at
  from public.alerts join claimed on claimed.alert_id = alerts.id order by alerts.created_at;
end
$$;
