-- An event is written down first and applied in the same transaction when that is safe. When its object may be older
-- than what we hold, or something it needs is unknown, the caller is told what to fetch: Stripe's own state decides,
-- whatever the order of arrival.

insert into private.alert_kinds (kind, severity, permission) values
  ('payment_action_required', 'warning', 'payments.read'), ('checkout_needs_attention', 'error', 'alerts.read'),
  ('stripe_event_failed', 'error', 'alerts.read');

create function private.stripe_needs(object jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  customer text := private.stripe_id(object -> 'customer');
  kind text := object ->> 'object';
begin
  return case when customer is not null and kind in ('subscription', 'invoice', 'charge') and not exists (
      select from private.stripe_customers where stripe_customer_id = customer)
    then jsonb_build_array(jsonb_build_object('kind', 'customer', 'id', customer)) else '[]' end
  || case when kind = 'subscription' and private.stripe_discounts(object) is null
    then jsonb_build_array(jsonb_build_object('kind', 'subscription', 'id', object ->> 'id')) else '[]' end
  || case when kind = 'subscription' and coalesce((object #>> '{items,has_more}')::boolean, false)
    then jsonb_build_array(jsonb_build_object('kind', 'subscription', 'id', object ->> 'id')) else '[]' end
  || case when kind = 'charge' and object ->> 'status' = 'failed' and object -> 'payment_intent' <> 'null'
    and not exists (
      select from private.stripe_invoice_payments
        where stripe_payment_intent_id = private.stripe_id(object -> 'payment_intent'))
    then jsonb_build_array(jsonb_build_object('kind', 'invoice_payments', 'id',
      private.stripe_id(object -> 'payment_intent'))) else '[]' end;
end
$$;
comment on function private.stripe_needs(jsonb) is
  'What must be fetched before an object can be applied: [{kind, id}]. Definer: reads the mirror.';

create function private.compare_stripe_object(object jsonb, created timestamptz) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  held_as_of timestamptz := (select as_of from private.stripe_objects where id = object ->> 'id');
  rank bigint[];
  held_rank bigint[];
begin
  if held_as_of is null then
    return 'newer';
  end if;
  case object ->> 'object'
    when 'invoice' then
      -- A paid or void invoice never opens again, and attempts only grow: no need to ask Stripe.
      rank := array[array_position(array['draft', 'open', 'uncollectible', 'paid', 'void'], object ->> 'status'),
        (object ->> 'attempt_count')::bigint];
      select array[array_position(array['draft', 'open', 'uncollectible', 'paid', 'void'], status), attempt_count]
        into held_rank
      from public.invoices where stripe_invoice_id = object ->> 'id';
    when 'charge' then
      rank := array[array_position(array['pending', 'failed', 'succeeded'], object ->> 'status'),
        (object ->> 'amount_refunded')::bigint];
      select array[array_position(array['pending', 'failed', 'succeeded'], status), amount_refunded] into held_rank
      from public.payments where stripe_payment_id = object ->> 'id';
    when 'subscription' then
      if exists (select from public.subscriptions where stripe_subscription_id = object ->> 'id'
        and status in ('canceled', 'incomplete_expired')) then
        return case when object ->> 'status' in ('canceled', 'incomplete_expired') and created > held_as_of
          then 'newer' else 'older' end;
      end if;
      return case when created > held_as_of then 'newer' else 'unsure' end;
    else
      return case when created > held_as_of then 'newer' else 'unsure' end;
  end case;
  if held_rank is null then
    return 'newer';
  elsif created > held_as_of then
    return case when rank >= held_rank then 'newer' else 'unsure' end;
  elsif created = held_as_of then
    return case when rank > held_rank then 'newer' else 'older' end;
  end if;
  return case when rank > held_rank then 'unsure' else 'older' end;
end
$$;
comment on function private.compare_stripe_object(jsonb, timestamptz) is
  'Whether an event''s object is newer than ours, older, or unsure. Stripe stamps events by the second and delivers '
  'them in any order. Definer: reads the mirror.';

create function private.mask_stripe_event(event jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  if event #>> '{data,object,object}' = 'checkout.session'
    and jsonb_typeof(event #> '{data,object,custom_fields}') = 'array' then
    return jsonb_set(event, '{data,object,custom_fields}', (select coalesce(jsonb_agg(
      case when value ->> 'key' = 'hwid' then jsonb_set(value,
        '{text,value}', to_jsonb(private.hwid_hint(coalesce(value #>> '{text,value}', '')))) else value end), '[]')
      from jsonb_array_elements(event #> '{data,object,custom_fields}')));
  end if;
  return event;
end
$$;
comment on function private.mask_stripe_event(jsonb) is
  'An event for the ledger: a hardware identifier typed at checkout is masked.';

create function private.running_subscriptions(stripe_customer_id text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('kind', 'subscription', 'id', stripe_subscription_id)), '[]')
    from public.subscriptions where subscriptions.stripe_customer_id = $1
      and status not in ('canceled', 'incomplete_expired'));
end
$$;
comment on function private.running_subscriptions(text) is
  'A Stripe customer''s running subscriptions, to be fetched: [{kind, id}]. Definer: reads the mirror.';

create function private.stripe_event_fetches(event jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  object jsonb := event #> '{data,object}';
  kind text := object ->> 'object';
  type text := event ->> 'type';
  created timestamptz := private.stripe_time(event -> 'created');
  customer text := private.stripe_id(object -> 'customer');
begin
  if type like 'invoice.%' and kind = 'invoice' and (object ->> 'id') ~ '^in_' then
    if private.compare_stripe_object(object, created) = 'unsure' or coalesce((object #>> '{lines,has_more}')::boolean,
      false) then
      return private.stripe_needs(object) || jsonb_build_array(jsonb_build_object('kind', 'invoice', 'id',
        object ->> 'id'));
    end if;
    return private.stripe_needs(object);
  elsif kind in ('subscription', 'customer', 'charge') then
    return case when private.compare_stripe_object(object, created) = 'unsure'
        then jsonb_build_array(jsonb_build_object('kind', kind, 'id', object ->> 'id')) else '[]' end
      || private.stripe_needs(object);
  elsif kind = 'discount' then
    return case when object ->> 'subscription' is not null
      then jsonb_build_array(jsonb_build_object('kind', 'subscription', 'id', object ->> 'subscription'))
      when customer is not null then jsonb_build_array(jsonb_build_object('kind', 'customer', 'id', customer))
        || private.running_subscriptions(customer)
      else '[]' end;
  elsif kind = 'dispute' then
    return case when private.compare_stripe_object(object, created) = 'unsure'
      then jsonb_build_array(jsonb_build_object('kind', 'dispute', 'id', object ->> 'id')) else '[]' end
      || case when exists (select from public.payments
        where stripe_payment_id = private.stripe_id(object -> 'charge')) then '[]'
        else jsonb_build_array(jsonb_build_object('kind', 'charge', 'id', private.stripe_id(object -> 'charge'))) end;
  elsif kind = 'refund' and object -> 'charge' <> 'null' then
    return jsonb_build_array(jsonb_build_object('kind', 'charge', 'id', private.stripe_id(object -> 'charge')));
  elsif kind = 'payment_method' then
    return private.running_subscriptions(coalesce(customer, event #>> '{data,previous_attributes,customer}'));
  elsif type in ('checkout.session.completed', 'checkout.session.async_payment_succeeded')
    and object ->> 'subscription' is not null then
    return case when exists (select from public.subscriptions
      where stripe_subscription_id = private.stripe_id(object -> 'subscription')) then '[]'
        else jsonb_build_array(jsonb_build_object('kind', 'subscription', 'id',
          private.stripe_id(object -> 'subscription'))) end
      || case when customer is null or exists (select from private.stripe_customers
        where stripe_customer_id = customer) then '[]'
        else jsonb_build_array(jsonb_build_object('kind', 'customer', 'id', customer)) end;
  end if;
  return '[]';
end
$$;
comment on function private.stripe_event_fetches(jsonb) is
  'What must be fetched from Stripe before the event can be applied: [{kind: '
  'customer|subscription|invoice|invoice_payments|charge|dispute, id}]. Definer: reads the mirror.';

create function private.apply_stripe_event(event jsonb, fetched text[] default '{}') returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  object jsonb := event #> '{data,object}';
  kind text := object ->> 'object';
  type text := event ->> 'type';
  created timestamptz := private.stripe_time(event -> 'created');
begin
  if (type like 'invoice.%' and kind = 'invoice' and (object ->> 'id') ~ '^in_')
    or kind in ('subscription', 'customer', 'charge', 'dispute') then
    if not (object ->> 'id') = any (fetched) and private.compare_stripe_object(object, created) = 'newer' then
      perform private.apply_stripe_object(object || case when type in ('customer.deleted', 'invoice.deleted')
        then '{"deleted": true}' else '{}'::jsonb end, created);
    end if;
    if type = 'invoice.payment_action_required' then
      perform private.alert_payment_action(object);
    end if;
  elsif kind = 'invoice_payment' then
    perform private.apply_stripe_invoice_payment(object);
  elsif type in ('checkout.session.completed', 'checkout.session.async_payment_succeeded')
    and object ->> 'subscription' is not null then
    perform private.complete_checkout(object, created);
  elsif type in ('coupon.updated') then
    update public.subscriptions set discounts = (select jsonb_agg(case when value ->> 'coupon_id' = object ->> 'id'
      then value || jsonb_build_object('name', object -> 'name') else value end)
      from jsonb_array_elements(discounts))
    where discounts @> jsonb_build_array(jsonb_build_object('coupon_id', object ->> 'id'));
  elsif kind not in ('discount', 'refund', 'payment_method') then
    return 'ignored';
  end if;
  return 'processed';
end
$$;
comment on function private.apply_stripe_event(jsonb, text[]) is
  'Applies an event whose needs are met; objects in fetched were applied from Stripe itself a moment ago. → '
  'processed or ignored. Definer: nobody writes the mirror directly.';

create function private.alert_payment_action(invoice jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known public.invoices;
  linked_license uuid;
begin
  select * into known from public.invoices where stripe_invoice_id = invoice ->> 'id';
  select license_id into linked_license from public.subscriptions where id = known.subscription_id;
  if known.status = 'open' and not exists (select from public.alerts where dedupe_key = 'payment_action_required:'
    || known.stripe_invoice_id) then
    perform private.record_event('invoice_payment_action_required', 'subscription', known.subscription_id::text,
      jsonb_build_object('source', 'stripe', 'amount_cents', known.amount_due, 'currency', known.currency,
        'invoice_number', known.number), known.customer_id, linked_license);
    perform private.raise_alert('payment_action_required', 'payment_action_required:' || known.stripe_invoice_id,
      jsonb_build_object('amount_cents', known.amount_due, 'currency', known.currency),
      'subscription', known.subscription_id::text, known.customer_id);
  end if;
end
$$;
comment on function private.alert_payment_action(jsonb) is
  'Tells staff that a customer must confirm a payment with his bank. Definer: nobody writes alerts directly.';

create function private.stripe_customer_of(object jsonb) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce(case when object ->> 'object' = 'customer' then object ->> 'id' end,
    private.stripe_id(object -> 'customer'),
    (select stripe_customers.stripe_customer_id from public.payments join private.stripe_customers
      on stripe_customers.customer_id = payments.customer_id
      where stripe_payment_id = private.stripe_id(object -> 'charge') limit 1),
    (select stripe_customers.stripe_customer_id from public.invoices join private.stripe_customers
      on stripe_customers.customer_id = invoices.customer_id
      where stripe_invoice_id = private.stripe_id(object -> 'invoice') limit 1));
end
$$;
comment on function private.stripe_customer_of(jsonb) is
  'The Stripe customer an object belongs to, by itself, its charge or its invoice; null when none is known. Definer: '
  'reads the mirror.';

create function private.settle_stripe_event(event_id text, outcome text, message text default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  settled public.stripe_events;
begin
  update public.stripe_events set status = outcome, attempts = attempts + 1,
    processed_at = case when outcome in ('processed', 'ignored') then now() end,
    error = case when outcome = 'failed' then left(coalesce(message, 'unknown error'), 1000) end,
    -- 30 s, 1 min, 2 min … 6 h, for ever: nothing is lost, and what someone mends heals by itself.
    next_attempt_at = case when outcome = 'failed'
      then now() + make_interval(secs => least(21600, 30 * 2 ^ least(attempts, 12))) end
  where id = event_id and status in ('pending', 'failed') returning * into settled;
  if outcome in ('processed', 'ignored') and exists (select from private.stripe_customers
      join public.customers on customers.id = stripe_customers.customer_id and anonymized_at is not null
      where stripe_customers.stripe_customer_id = private.stripe_customer_of(settled.payload #> '{data,object}')) then
    update public.stripe_events set payload = jsonb_build_object('id', id, 'type', type) where id = event_id;
  end if;
  if outcome = 'failed' and settled.type like 'checkout.session.%' then
    -- Somebody has paid and waits for his licence.
    perform private.raise_alert('checkout_needs_attention', 'checkout_needs_attention:' || settled.object_id,
      jsonb_build_object('error', left(settled.error, 300)), 'stripe_event', event_id);
  elsif outcome = 'failed' and settled.attempts >= 3 then
    perform private.raise_alert('stripe_event_failed', 'stripe_event_failed:' || event_id,
      jsonb_build_object('type', settled.type, 'error', left(settled.error, 300)), 'stripe_event', event_id);
  end if;
end
$$;
comment on function private.settle_stripe_event(text, text, text) is
  'What became of an event: processed, ignored, or failed with its error and the next attempt; from the third failure '
  'on staff are alerted. Of an event about somebody forgotten only its type stays. Definer: nobody writes the '
  'ledger directly.';

create function private.lock_stripe_customer(object jsonb) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  customer text := private.stripe_customer_of(object);
begin
  if customer is not null then
    perform pg_advisory_xact_lock(hashtextextended('stripe:' || customer, 0));
  end if;
end
$$;
comment on function private.lock_stripe_customer(jsonb) is
  'Events of one Stripe customer are applied one after another: no deadlock, no lost update.';

create function private.note_stripe_event(event jsonb, source text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.stripe_events (id, type, object_id, source, stripe_created_at, livemode, payload)
  values (event ->> 'id', event ->> 'type', event #>> '{data,object,id}', source,
    private.stripe_time(event -> 'created'), (event ->> 'livemode')::boolean,
    private.mask_stripe_event(event))
  on conflict (id) do nothing;
  return found or exists (select from public.stripe_events where id = event ->> 'id'
    and status in ('pending', 'failed'));
end
$$;
comment on function private.note_stripe_event(jsonb, text) is
  'Writes an event down, once; answers whether it is still to be applied. Definer: called by Edge Functions only.';

create function private.receive_stripe_event(event jsonb, source text default 'webhook') returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  held public.stripe_events;
  fetches jsonb;
  outcome text;
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
  if held.status in ('processed', 'ignored') then
    return jsonb_build_object('status', 'duplicate');
  end if;
  fetches := private.stripe_event_fetches(event);
  if fetches <> '[]' then
    -- Whoever fetches does it now; should he die, the event is due again in a minute.
    update public.stripe_events set next_attempt_at = now() + interval '1 minute' where id = held.id
      and status = 'pending';
    return jsonb_build_object('status', 'fetch', 'fetch', private.with_versions(fetches));
  end if;
  begin
    outcome := private.apply_stripe_event(event);
  exception when others then
    perform private.settle_stripe_event(held.id, 'failed', sqlerrm);
    return jsonb_build_object('status', 'failed', 'error', sqlerrm);
  end;
  perform private.settle_stripe_event(held.id, outcome);
  return jsonb_build_object('status', outcome);
end
$$;
comment on function private.receive_stripe_event(jsonb, text) is
  'Writes an event down, once, and applies it. source is webhook or sync. → {status: '
  'processed|ignored|duplicate|failed (kept, tried again)|fetch, fetch: [{kind, id, version}], error}. After fetch '
  'call private.apply_fetched_stripe_objects. Never raises for what an event contains, once it has an id, a type and '
  'a date. Definer: called by Edge Functions only.';

create function private.with_versions(fetches jsonb) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(wanted || jsonb_build_object('version', private.stripe_version(wanted ->> 'id'))
    order by array_position(array['customer', 'subscription', 'invoice', 'invoice_payments', 'charge', 'dispute'],
      wanted ->> 'kind')), '[]')
  from (select distinct value as wanted from jsonb_array_elements($1)) as fetches
$$;
comment on function private.with_versions(jsonb) is
  'What to fetch, each once, in the order to apply it, with the version now held. Definer: reads private tables.';

create function private.apply_fetched_stripe_objects(fetched jsonb, event jsonb default null,
  asked text[] default '{}') returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  one jsonb;
  needs jsonb := '[]';
  applied text[] := '{}';
  outcome text;
begin
  if event is not null then
    perform private.lock_stripe_customer(event #> '{data,object}');
    perform from public.stripe_events where id = event ->> 'id' and status in ('pending', 'failed') for update;
    if not found then
      return jsonb_build_object('status', 'duplicate');
    end if;
  elsif jsonb_array_length(fetched) > 0 then
    perform private.lock_stripe_customer(fetched #> '{0,object}');
  end if;
  begin
    for one in select value from jsonb_array_elements(fetched) loop
      needs := private.stripe_needs(one -> 'object');
      if needs = '[]' and one ? 'version'
        and private.stripe_version(one #>> '{object,id}') <> (one ->> 'version')::bigint then
        -- Changed while it was being fetched: what came may be older than what we hold by now.
        needs := jsonb_build_array(jsonb_build_object('kind', one #>> '{object,object}', 'id', one #>> '{object,id}'));
      end if;
      if needs <> '[]' then
        return jsonb_build_object('status', 'fetch', 'fetch', private.with_versions(needs || case
          when needs #>> '{0,id}' = one #>> '{object,id}' then '[]'
          else jsonb_build_array(jsonb_build_object('kind', one #>> '{object,object}', 'id', one #>> '{object,id}'))
            end));
      end if;
      perform private.apply_stripe_object(one -> 'object', private.stripe_time(one -> 'as_of'));
      applied := applied || (one #>> '{object,id}');
    end loop;
    if event is not null then
      -- Its own object may have come into doubt while something else was being fetched.
      select jsonb_agg(value) into needs from jsonb_array_elements(private.stripe_event_fetches(event))
        where not value ->> 'id' = any (asked || applied);
      if needs is not null then
        return jsonb_build_object('status', 'fetch', 'fetch', private.with_versions(needs));
      end if;
    end if;
    outcome := case when event is null then 'processed' else private.apply_stripe_event(event, applied) end;
  exception when others then
    if event is not null then
      perform private.settle_stripe_event(event ->> 'id', 'failed', sqlerrm);
    end if;
    return jsonb_build_object('status', 'failed', 'error', sqlerrm);
  end;
  if event is not null then
    perform private.settle_stripe_event(event ->> 'id', outcome);
  end if;
  return jsonb_build_object('status', outcome);
end
$$;
comment on function private.apply_fetched_stripe_objects(jsonb, jsonb, text[]) is
  'Applies objects fetched from Stripe, [{object, as_of (seconds), version}], then the event that asked for them; '
  'asked are all ids fetched for it so far. → as private.receive_stripe_event; fetch again when one changed '
  'meanwhile. Definer: called by Edge Functions only.';

create function private.fail_stripe_event(event_id text, message text) returns void
language sql volatile security definer set search_path = ''
as $$ select private.settle_stripe_event($1, 'failed', $2) $$;
comment on function private.fail_stripe_event(text, text) is
  'Notes that an event could not be applied, for instance because Stripe was down; it is tried again. Definer: called '
  'by Edge Functions only.';

create function private.claim_stripe_events(batch int default 20) returns setof jsonb
language sql volatile security definer set search_path = ''
as $$
  update public.stripe_events set next_attempt_at = now() + interval '2 minutes'
  where id in (select id from public.stripe_events where status in ('pending', 'failed') and next_attempt_at <= now()
    order by stripe_created_at, id limit $1 for update skip locked)
  returning payload
$$;
comment on function private.claim_stripe_events(int) is
  'Takes events that are due again, so that no other worker gets them for two minutes → their payloads. Definer: '
  'called by Edge Functions only.';
