-- An event is written down first and applied in the same transaction when that is safe. When its object may be older
-- than what we hold, or something it needs is unknown, the caller is told what to fetch: Stripe's own state decides,
-- whatever the order of arrival.

create function private.is_left_out(code text) returns boolean
language sql immutable set search_path = ''
as $$ select coalesce(code = 'stripe_customer_without_email', false) $$;
comment on function private.is_left_out(text) is
  'Whether an error says that an object cannot be mirrored as it is: trying again would change nothing, and what mends '
  'it brings it along.';

create function private.foreign_reason(event jsonb, livemode boolean) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return case
    when (event ->> 'livemode')::boolean <> livemode
      then format('It is of the %s mode, the key is of the other', case when livemode then 'test' else 'live' end)
    when event ->> 'account' is not null
        and event ->> 'account' <> coalesce((select account_id from private.stripe_account), '')
      then format('It belongs to the connected account "%s"', left(event ->> 'account', 50)) end;
end
$$;
comment on function private.foreign_reason(jsonb, boolean) is
  'Why an event is not ours, by its mode or its account; null when it is. Definer: reads private tables.';

create function private.receive_stripe_event(event jsonb, source text default 'webhook', livemode boolean default null)
  returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  held public.stripe_events;
  fetches jsonb;
  outcome text;
  reason text := private.foreign_reason(event, $3);
  code text;
begin
  if exists (select from public.stripe_events where id = event ->> 'id') then
    -- Written down for good before: should the server fall now, the event waits still and is applied again. So this
    -- commit need not wait for the disk while it holds the end of the audit chain.
    perform set_config('synchronous_commit', 'off', true);
  else
    perform private.note_stripe_event(event, source);
  end if;
  perform private.lock_stripe_customer(event #> '{data,object}');
  select * into held from public.stripe_events where id = event ->> 'id' for update;
  if held.status not in ('pending', 'failed') then
    return jsonb_build_object('status', 'duplicate');
  elsif reason is not null then
    perform private.settle_stripe_event(held.id, 'ignored', reason);
    return jsonb_build_object('status', 'ignored', 'error', reason);
  end if;
  perform private.enter_backfill(held.source = 'sync');
  perform private.enter_act(event);
  begin
    fetches := private.stripe_event_fetches(event);
    if fetches <> '[]' then
      -- Whoever fetches does it now; should he die, the event is due again in a minute.
      update public.stripe_events set next_attempt_at = now() + interval '1 minute' where id = held.id
        and status = 'pending';
      return jsonb_build_object('status', 'fetch', 'fetch', private.with_versions(fetches));
    end if;
    outcome := private.apply_stripe_event(event);
  exception when others then
    get stacked diagnostics code = pg_exception_hint;
    outcome := case when private.is_left_out(code) then 'ignored' else 'failed' end;
    reason := sqlerrm;
  end;
  perform private.settle_stripe_event(held.id, outcome, reason);
  perform private.close_act(event);
  return jsonb_strip_nulls(jsonb_build_object('status', outcome, 'error', reason));
end
$$;
comment on function private.receive_stripe_event(jsonb, text, boolean) is
  'Writes an event down, once, and applies it. source is webhook or sync; livemode that of our key. → {status: '
  'processed|ignored|duplicate|failed (kept, tried again)|fetch, fetch: [{kind, id, version}], error}. After fetch '
  'call private.apply_fetched_stripe_objects. Never raises for what an event contains, once it has an id, a type and '
  'a date. Definer: called by Edge Functions only.';

create function private.apply_fetched_stripe_objects(fetched jsonb, event jsonb default null,
  asked text[] default '{}') returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  one jsonb;
  place bigint;
  needs jsonb := '[]';
  applied text[] := '{}';
  outcome text;
  source text;
  sought jsonb := '[]';
  histories jsonb := '[]';
  code text;
  reason text;
begin
  if event is not null then
    if private.with_fetched_object(event, fetched) is distinct from event then
      sought := private.foreign_event_fetches(event);
      event := private.with_fetched_object(event, fetched);
    end if;
    perform private.lock_stripe_customer(event #> '{data,object}');
    select stripe_events.source into source from public.stripe_events where id = event ->> 'id'
      and status in ('pending', 'failed') for update;
    if not found then
      return jsonb_build_object('status', 'duplicate');
    end if;
  elsif jsonb_array_length(fetched) > 0 then
    perform private.lock_stripe_customer((select value -> 'object' from jsonb_array_elements(fetched)
      where value #>> '{object,object}' not in ('price', 'coupon') limit 1));
  end if;
  -- What the synchronisation brings is the past until everything was compared once; what a person does is not.
  perform private.enter_backfill(source = 'sync' or (event is null and private.is_system_caller()));
  if event is not null then
    perform private.enter_act(event);
  end if;
  begin
    for one, place in select value, ordinality from jsonb_array_elements(fetched) with ordinality
        where value #>> '{object,object}' not in ('checkout.session', 'refund', 'payment_method')
          and not (value #>> '{object,object}' = 'invoice_payment'
            and value #>> '{object,id}' = coalesce(event #>> '{data,object,id}', '')) loop
      needs := private.stripe_needs(one -> 'object');
      if needs = '[]' and one ? 'version'
        and private.stripe_version(one #>> '{object,id}') <> (one ->> 'version')::bigint then
        -- Changed while it was being fetched: what came may be older than what we hold by now.
        needs := jsonb_build_array(private.fetch_of(one -> 'object'));
      end if;
      if needs <> '[]' then
        -- With it all that was not applied yet: nobody else asks for that again.
        return jsonb_build_object('status', 'fetch', 'fetch', private.with_versions(needs
          || (select jsonb_agg(private.fetch_of(value -> 'object')) from jsonb_array_elements(fetched) with ordinality
            where ordinality >= place
              and value #>> '{object,object}' not in ('checkout.session', 'refund', 'payment_method', 'coupon'))));
      end if;
      -- Who bought and was deleted at Stripe since left his address at the checkout.
      if one #>> '{object,object}' = 'subscription' and event #>> '{data,object,object}' = 'checkout.session'
        and exists (select from private.stripe_customers where customer_id is null
          and stripe_customer_id = private.stripe_id(event #> '{data,object,customer}')) then
        perform private.name_stripe_customer(event #> '{data,object}');
      end if;
      histories := histories || private.history_fetches(one -> 'object');
      perform private.apply_stripe_object(one -> 'object', private.stripe_time(one -> 'as_of'));
      applied := applied || (one #>> '{object,id}');
    end loop;
    if histories <> '[]' then
      return jsonb_build_object('status', 'fetch', 'fetch', private.with_versions(histories || sought));
    end if;
    if event is not null then
      -- Its own object may have come into doubt while something else was being fetched.
      select jsonb_agg(value) into needs from jsonb_array_elements(private.stripe_event_fetches(event))
        where not value ->> 'id' = any (asked || applied);
      if needs is not null then
        -- What took the place of the event's object is needed again with the rest.
        return jsonb_build_object('status', 'fetch', 'fetch', private.with_versions(needs || sought));
      end if;
    end if;
    outcome := case when event is null then 'processed' else private.apply_stripe_event(event, applied) end;
  exception when others then
    get stacked diagnostics code = pg_exception_hint;
    outcome := case when private.is_left_out(code) then 'ignored' else 'failed' end;
    reason := sqlerrm;
  end;
  if event is not null then
    perform private.settle_stripe_event(event ->> 'id', outcome, reason);
    perform private.close_act(event);
  end if;
  return jsonb_strip_nulls(jsonb_build_object('status', outcome, 'error', reason));
end
$$;
comment on function private.apply_fetched_stripe_objects(jsonb, jsonb, text[]) is
  'Applies objects fetched from Stripe, [{object, as_of (seconds), version}], then the event that asked for them; '
  'asked are all ids fetched for it so far. → as private.receive_stripe_event; fetch again when one changed '
  'meanwhile. Definer: called by Edge Functions only.';
