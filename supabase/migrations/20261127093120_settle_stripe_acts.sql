-- What became of an act. Stripe's answer ends it; where none came it is unknown until an event of Stripe with its key
-- arrives, or a look at what Stripe has shows that there is none. Nothing is asked of Stripe a second time by itself:
-- Stripe keeps even an answer of 500 under the key and would only repeat it, and what had not happened would be done
-- minutes later, after somebody has looked elsewhere.

create function private.touch_act_target(act private.stripe_acts) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Lists are told by Realtime.
  update public.subscriptions set updated_at = now() where id = act.subscription_id;
  update public.payments set updated_at = now() where id = act.payment_id;
  update public.licenses set updated_at = now() where id = act.license_id and act.action = 'revoke_license';
end
$$;
comment on function private.touch_act_target(private.stripe_acts) is
  'Tells whoever looks at the object of an act that its state is another. Definer: nobody writes the mirror directly.';

create function private.record_act_event(event_type text, act private.stripe_acts, event_data jsonb default '{}')
  returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  subscription public.subscriptions;
  payment public.payments;
  license public.licenses;
begin
  select * into subscription from public.subscriptions where id = act.subscription_id;
  select * into payment from public.payments where id = act.payment_id;
  event_data := jsonb_strip_nulls(jsonb_build_object('action', act.action, 'act_id', coalesce(act.parent_id, act.id),
    'amount_cents', act.arguments -> 'amount_cents', 'currency', payment.currency) || event_data);
  if act.action = 'revoke_license' then
    select * into license from public.licenses where id = act.license_id;
    perform private.record_event($1, 'license', license.id::text, event_data, license.customer_id, license.id);
  elsif subscription.id is null and payment.id is null then
    perform private.record_event($1, null, null, event_data);
  else
    perform private.record_stripe_action($1, subscription, payment, event_data);
  end if;
end
$$;
comment on function private.record_act_event(text, private.stripe_acts, jsonb) is
  'One event about an act, where its object has its timeline. Definer: nobody inserts into events directly.';

create function private.settle_stripe_act(act_id uuid, outcome text, error jsonb default null,
  settled_by text default 'answer') returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  before private.stripe_acts;
  act private.stripe_acts;
  in_name_of text := coalesce(current_setting('private.acting_staff', true), '');
begin
  select * into before from private.stripe_acts where id = act_id for update;
  -- Stripe's answer to a refusal says more than an event; what has ended is not unknown again.
  if before.id is null or (before.state not in ('begun', 'unknown')
      and ($4 <> 'answer' or before.settled_by = 'answer' or outcome not in ('done', 'refused')))
    or before.state = outcome then
    return;
  end if;
  update private.stripe_acts set state = outcome,
    -- Stripe quotes the address it was given.
    error = case when before.action = 'checkout_link' then $3 - 'message' else $3 end,
    settled_at = case when outcome <> 'unknown' then now() end,
    settled_by = case when outcome <> 'unknown' then $4 end
  where id = act_id returning * into act;
  perform set_config('private.acting_staff', act.requested_by::text, true);
  if outcome = 'unknown' then
    perform private.record_act_event('stripe_action_unknown', act);
  elsif outcome in ('refused', 'failed') then
    perform private.record_act_event('stripe_action_failed', act, jsonb_build_object('error', act.error,
      'settled_by', act.settled_by));
  elsif before.state = 'unknown' then
    perform private.record_act_event('stripe_action_confirmed', act, jsonb_build_object('settled_by', act.settled_by));
  end if;
  if 'unknown' in (before.state, outcome) or $4 <> 'answer' then
    perform private.touch_act_target(act);
  end if;
  if act.parent_id is not null then
    perform private.go_on_with_revocation(act);
  end if;
  perform set_config('private.acting_staff', in_name_of, true);
end
$$;
comment on function private.settle_stripe_act(uuid, text, jsonb, text) is
  'What became of an act: done, refused (with Stripe''s error), unknown, or failed (it never happened); settled_by is '
  'answer, event or look. Audited in the name of whoever asked; what it was a part of goes on. Definer: audits.';

create function private.act_outcome(act private.stripe_acts, event jsonb) returns text
language sql stable security definer set search_path = ''
as $$
  select case
    when act.action = 'refund' then case
      when event ->> 'type' in ('refund.created', 'refund.failed')
        and event #>> '{data,object,status}' in ('failed', 'canceled') then 'refused'
      when event ->> 'type' in ('charge.refunded', 'refund.created') then 'done' end
    when act.action = 'retry_payment' then case
      when event ->> 'type' in ('invoice.paid', 'invoice.payment_succeeded', 'charge.succeeded', 'charge.pending')
        then 'done'
      -- Of several invoices one may be refused and the next one paid.
      when event ->> 'type' in ('charge.failed', 'invoice.payment_failed', 'invoice.payment_action_required')
        and (select count(*) from public.invoices where subscription_id = act.subscription_id and status = 'open') < 2
        then 'refused' end
    when event ->> 'type' in ('customer.subscription.updated', 'customer.subscription.deleted',
      'customer.discount.created', 'customer.discount.updated', 'customer.discount.deleted') then 'done' end
$$;
comment on function private.act_outcome(private.stripe_acts, jsonb) is
  'What an event that an act caused says of it: done or refused; null when it settles nothing. Definer: reads the '
  'mirror.';

create function private.act_of_event(event jsonb) returns private.stripe_acts
language plpgsql stable security definer set search_path = ''
as $$
declare
  key text := substring(event #>> '{request,idempotency_key}' from '^wa-[a-z_]+-[0-9a-f-]{36}');
  act private.stripe_acts;
begin
  if key is not null then
    select * into act from private.stripe_acts where idempotency_key = key;
  elsif event ->> 'type' = 'customer.subscription.deleted' then
    -- A cancellation at once is a DELETE, of which Stripe keeps no key: whatever ended it, it has ended as asked.
    select stripe_acts.* into act from private.stripe_acts
    join public.subscriptions on subscriptions.id = stripe_acts.subscription_id
    where subscriptions.stripe_subscription_id = event #>> '{data,object,id}'
      and stripe_acts.action = 'cancel' and stripe_acts.arguments ->> 'when' = 'now'
      and stripe_acts.state in ('begun', 'unknown');
  end if;
  return act;
end
$$;
comment on function private.act_of_event(jsonb) is
  'The act that caused an event, by its idempotency key; of no id when it was none of ours. Definer: reads a private '
  'table.';

create function private.enter_act(event jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  act private.stripe_acts;
begin
  -- Most events are nobody's: they cost no statement.
  if event #>> '{request,idempotency_key}' like 'wa-%' or event ->> 'type' = 'customer.subscription.deleted' then
    act := private.act_of_event(event);
  end if;
  if act.requested_by is not null or current_setting('private.acting_staff', true) <> '' then
    perform set_config('private.acting_staff', coalesce(act.requested_by::text, ''), true);
  end if;
end
$$;
comment on function private.enter_act(jsonb) is
  'What follows in this transaction is told in the name of the person whose act caused the event; of nobody when there '
  'is none. Definer: reads a private table.';

create function private.close_act(event jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  act private.stripe_acts;
  object jsonb := event #> '{data,object}';
  outcome text;
begin
  if event #>> '{request,idempotency_key}' like 'wa-%' or event ->> 'type' = 'customer.subscription.deleted' then
    act := private.act_of_event(event);
    outcome := private.act_outcome(act, event);
    if outcome is not null and act.state in ('begun', 'unknown') then
      perform private.settle_stripe_act(act.id, outcome, case when outcome = 'refused' then jsonb_strip_nulls(
        jsonb_build_object('type', 'card_error', 'code', object ->> 'failure_code',
          'decline_code', object #>> '{outcome,reason}')) end, 'event');
    end if;
  end if;
end
$$;
comment on function private.close_act(jsonb) is
  'An event of Stripe that an act caused ends it, whether or not its answer ever came. Definer: audits.';

create function private.claim_unknown_acts(at timestamptz) returns setof jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  act private.stripe_acts;
begin
  for act in select * from private.stripe_acts where state = 'begun' and begun_at < now() - interval '2 minutes'
    order by begun_at for update skip locked
  loop
    perform private.settle_stripe_act(act.id, 'unknown');
  end loop;
  perform private.finish_left_revocations();
  -- No request to Stripe lives for five minutes: what it has not done by then it never does.
  return query select jsonb_build_object('id', open.id, 'action', open.action, 'idempotency_key', open.idempotency_key,
      'asked_at', open.asked_at, 'is_due', open.asked_at < at - interval '5 minutes',
      'cancels_now', open.action = 'cancel' and open.arguments ->> 'when' = 'now',
      'subscription', subscriptions.stripe_subscription_id, 'charge', payments.stripe_payment_id)
    from private.stripe_acts as open
    left join public.subscriptions on subscriptions.id = open.subscription_id
    left join public.payments on payments.id = open.payment_id
    -- Of a link Stripe tells nothing, and one more does no harm: whether it was made stays unknown.
    where open.state = 'unknown' and open.action not in ('revoke_license', 'portal_link', 'checkout_link')
    order by open.begun_at limit 100;
end
$$;
comment on function private.claim_unknown_acts(timestamptz) is
  'The acts whose outcome is unknown and can be found out, those first noted whose function died: {id, action, '
  'idempotency_key, asked_at, is_due: whether what has not happened by now never will, cancels_now, subscription, '
  'charge: ids at Stripe}. at is Stripe''s time. Definer: called by stripe-sync only.';

create function private.settle_looked_at_act(act_id uuid, event jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  act private.stripe_acts;
begin
  select * into act from private.stripe_acts where id = act_id;
  perform private.settle_stripe_act(act_id, coalesce(private.act_outcome(act, event),
    case when event is null then 'failed' else 'refused' end), null, 'look');
end
$$;
comment on function private.settle_looked_at_act(uuid, jsonb) is
  'Ends an unknown act by what was found at Stripe: the event it caused, or null when there is none and it never '
  'happened. Definer: called by stripe-sync only.';
