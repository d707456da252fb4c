-- The ledger of events: each is written down once, and what became of it is noted there.

insert into private.alert_kinds (kind, severity, permission) values
  ('checkout_needs_attention', 'error', 'alerts.read'), ('stripe_event_failed', 'error', 'alerts.read');

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
