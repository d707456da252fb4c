-- What Stripe sent with an event is kept while somebody may look at it; then its identifiers alone. Should it ever be
-- applied again, it counts as of another version of the API: what it names is fetched.

insert into public.settings (key, value, minimum, maximum, description) values
  ('stripe_event_payload_days', '90', 7, 3660,
    'Days what Stripe sent with an event is kept once it is over; its type, object and outcome stay');

create function private.prune_stripe_events(batch int default 100000) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  pruned int;
begin
  update public.stripe_events set pruned_at = now(), payload = jsonb_build_object('id', id, 'type', type,
    'created', extract(epoch from stripe_created_at)::bigint, 'livemode', livemode, 'data', jsonb_build_object('object',
      jsonb_strip_nulls(jsonb_build_object('id', object_id, 'object', payload #>> '{data,object,object}'))))
  where id in (select id from public.stripe_events
    where status in ('processed', 'ignored', 'set_aside') and pruned_at is null
      and received_at < now() - make_interval(days => private.setting_int('stripe_event_payload_days'))
    order by received_at limit $1 for update skip locked);
  get diagnostics pruned = row_count;
  return pruned;
end
$$;
comment on function private.prune_stripe_events(int) is
  'Leaves of events that are over for longer than stripe_event_payload_days their identifiers alone, the oldest first; '
  'answers how many. What failed or waits keeps all it has. Run by cron. Definer: nobody writes the ledger directly.';

select private.schedule_job('prune-stripe-events', '10 3 * * *', 'select private.prune_stripe_events()');
