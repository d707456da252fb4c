-- An event is written down first and applied in the same transaction when that is safe. When its object may be older
-- than what we hold, or something it needs is unknown, the caller is told what to fetch: Stripe's own state decides,
-- whatever the order of arrival.

insert into private.alert_kinds (kind, severity, permission) values
  ('payment_action_required', 'warning', 'payments.read'), ('checkout_needs_attention', 'error', 'alerts.read'),
  ('stripe_event_failed', 'error', 'alerts.read');

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
    -- Of another version only what was fetched is believed.
    if not (object ->> 'id') = any (fetched) and event ->> 'api_version' = private.stripe_api_version()
      and private.compare_stripe_object(object, created) = 'newer' then
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
  elsif type = 'checkout.session.async_payment_failed' and object ->> 'subscription' is not null then
    perform private.fail_checkout(object);
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
    error = case when outcome = 'failed' then left(coalesce(message, 'unknown error'), 1000)
      else left(message, 1000) end,
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
  'What became of an event: processed, ignored (with the reason, if it was left out), or failed with its error and '
  'the next attempt; from the third failure on staff are alerted. Of an event about somebody forgotten only its type '
  'stays. Definer: nobody writes the ledger directly.';

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

create function private.is_left_out(code text) returns boolean
language sql immutable set search_path = ''
as $$ select coalesce(code = 'stripe_customer_without_email', false) $$;
comment on function private.is_left_out(text) is
  'Whether an error says that an object cannot be mirrored as it is: trying again would change nothing, and what mends '
  'it brings it along.';

create function private.foreign_reason(event jsonb, livemode boolean) returns text
language sql stable security definer set search_path = ''
as $$
  select case
    when (event ->> 'livemode')::boolean <> livemode
      then format('It is of the %s mode, the key is of the other', case when livemode then 'test' else 'live' end)
    when event ->> 'account' is not null
        and event ->> 'account' <> coalesce((select account_id from private.stripe_account), '')
      then format('It belongs to the connected account "%s"', left(event ->> 'account', 50)) end
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
    perform private.lock_stripe_customer(fetched #> '{0,object}');
  end if;
  -- What the synchronisation brings is the past until everything was compared once; what a person does is not.
  perform private.enter_backfill(source = 'sync' or (event is null and private.is_system_caller()));
  begin
    for one in select value from jsonb_array_elements(fetched)
        where value #>> '{object,object}' not in ('checkout.session', 'coupon', 'refund', 'payment_method')
          and not (value #>> '{object,object}' = 'invoice_payment'
            and value #>> '{object,id}' = coalesce(event #>> '{data,object,id}', '')) loop
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
  end if;
  return jsonb_strip_nulls(jsonb_build_object('status', outcome, 'error', reason));
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

create function private.end_stripe_event(event_id text, reason text) returns void
language sql volatile security definer set search_path = ''
as $$ select private.settle_stripe_event($1, 'ignored', $2) $$;
comment on function private.end_stripe_event(text, text) is
  'Notes that an event is about nothing any more, for instance because Stripe does not know its object: it is not '
  'tried again. Definer: called by Edge Functions only.';

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
