-- Before Stripe is asked: may he, is the object still what the dialog showed, and is nothing under way on it? Whoever
-- asks locks the object first, so that of two at once the second is answered by what the first did.

create function private.stripe_act_key(action text, request_id uuid) returns text
language sql immutable set search_path = ''
as $$ select 'wa-' || action || '-' || request_id $$;
comment on function private.stripe_act_key(text, uuid) is
  'The idempotency key of an act: the same for the same dialog, so that what is asked again is done once.';

create function private.changed_since(held jsonb, seen jsonb, columns text[]) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_object_agg(key, jsonb_build_object('seen', seen -> key, 'now', held -> key)), '{}')
  from unnest(columns) as key where held -> key is distinct from coalesce(seen -> key, 'null')
$$;
comment on function private.changed_since(jsonb, jsonb, text[]) is
  'What of a row is not as somebody saw it: {column: {seen, now}}; {} when nothing.';

create function private.refuse_changed(subscription public.subscriptions, payment public.payments, seen jsonb)
  returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  changed jsonb;
  opened_at timestamptz;
  act private.stripe_acts;
begin
  if jsonb_typeof(seen) is distinct from 'object' or not seen ? 'updated_at' then
    perform private.fail('invalid_argument', 'seen is what the dialog showed of the object, with its updated_at');
  end if;
  begin
    changed := case when payment.id is not null then private.changed_since(to_jsonb(payment),
        to_jsonb(jsonb_populate_record(null::public.payments, seen)), '{status,amount_refunded,dispute_status}')
      else private.changed_since(to_jsonb(subscription), to_jsonb(jsonb_populate_record(null::public.subscriptions,
        seen)), '{status,plan,quantity,amount_cents,current_period_end,cancel_at_period_end,cancel_at,discounts}') end;
    opened_at := (seen ->> 'updated_at')::timestamptz;
  exception when data_exception then
    -- An instant no calendar has, a number no column holds: nobody was shown that.
    perform private.fail('invalid_argument', format('seen holds a value that no row has: %s', sqlerrm));
  end;
  if changed = '{}' then
    return;
  end if;
  -- Who did it, if it was done here after the dialog was opened; else it was done at Stripe.
  select * into act from private.stripe_acts
  where (stripe_acts.payment_id = payment.id or stripe_acts.subscription_id = subscription.id)
    and state = 'done' and begun_at >= opened_at
    and action not in ('portal_link', 'revoke_license')
  order by begun_at desc limit 1;
  perform private.fail('seen_changed', 'It is not any more what the dialog showed', jsonb_strip_nulls(
    jsonb_build_object('changed', changed, 'act', case when act.id is not null then private.act_row(act) end,
      'currency', coalesce(payment.currency, subscription.currency)))::text);
end
$$;
comment on function private.refuse_changed(public.subscriptions, public.payments, jsonb) is
  'Raises seen_changed (409) when the object of an act is not what its dialog showed (seen: the row''s columns and its '
  'updated_at); details: {changed: {column: {seen, now}}, act: whose it was, currency}. invalid_argument (400) when '
  'seen is of no row. Definer: reads private tables.';

create function private.is_final_refusal(code text) returns boolean
language sql immutable set search_path = ''
as $$ select coalesce(code in ('already_canceled', 'nothing_to_refund', 'payment_disputed'), false) $$;
comment on function private.is_final_refusal(text) is
  'Whether an act is refused whatever its dialog showed: that is said before what has changed, for to look again would '
  'not make it possible.';

create function private.refuse_under_way(subscription_id uuid, payment_id uuid, license_id uuid default null)
  returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  act jsonb := private.open_act($1, $2, $3);
begin
  if act is not null then
    perform private.fail('act_under_way', 'Somebody''s act on it has no outcome yet',
      jsonb_build_object('act', act)::text);
  end if;
end
$$;
comment on function private.refuse_under_way(uuid, uuid, uuid) is
  'Raises act_under_way (409) while an act on the object waits for its outcome; details: {act}. Definer: reads private '
  'tables.';

create function private.find_act_target(subscription_id uuid, payment_id uuid, locking boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  subscription public.subscriptions;
  payment public.payments;
begin
  if payment_id is not null then
    if locking then
      perform from public.payments where id = payment_id for update;
    end if;
    select * into payment from public.payments where id = payment_id;
    if payment.id is null then
      perform private.fail('payment_not_found', 'No such payment');
    end if;
  end if;
  if subscription_id is not null then
    if locking then
      perform from public.subscriptions where id = subscription_id for update;
    end if;
    select * into subscription from public.subscriptions where id = subscription_id;
    if subscription.id is null then
      perform private.fail('subscription_not_found', 'No such subscription');
    end if;
  end if;
  return jsonb_build_object('subscription', case when subscription.id is not null then to_jsonb(subscription) end,
    'payment', case when payment.id is not null then to_jsonb(payment) end);
end
$$;
comment on function private.find_act_target(uuid, uuid, boolean) is
  'What an act is about → {subscription, payment} rows, locked until commit if asked. Errors: subscription_not_found, '
  'payment_not_found. Definer: callers may not lock.';

create function private.look_at_act_target(permission text, subscription_id uuid, payment_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_permission(permission);
  return private.find_act_target(subscription_id, payment_id, false);
end
$$;
comment on function private.look_at_act_target(text, uuid, uuid) is
  'Before an act: whoever may do it is told what it is about, so that Stripe is asked how it stands now. Definer: as '
  'private.find_act_target.';

create function private.begin_stripe_action(permission text, action text, request_id uuid,
  subscription_id uuid default null, payment_id uuid default null, details jsonb default '{}', seen jsonb default null,
  asked_at timestamptz default now(), parent_id uuid default null) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  key text := private.stripe_act_key($2, $3);
  is_link boolean := action in ('portal_link', 'checkout_link');
  target jsonb;
  subscription public.subscriptions;
  payment public.payments;
  act private.stripe_acts;
  refused text;
  resumed boolean;
  -- A payment link's buyer is named by his row once he has one, never by the address that was typed.
  buyer uuid := (select customers.id from public.customers where customers.email = lower(btrim(details ->> 'email')));
begin
  perform private.require_permission(permission);
  target := private.find_act_target($4, $5, true);
  subscription := jsonb_populate_record(null::public.subscriptions, nullif(target -> 'subscription', 'null'));
  payment := jsonb_populate_record(null::public.payments, nullif(target -> 'payment', 'null'));
  details := details - array['email', 'hwid'] || jsonb_build_object('action', action);
  select * into act from private.stripe_acts where idempotency_key = key for update;
  if action = 'refund' and details ->> 'amount_cents' is null then
    details := details || jsonb_build_object('amount_cents', coalesce(act.arguments -> 'amount_cents',
      to_jsonb(payment.amount - payment.amount_refunded)));
  end if;
  resumed := coalesce(act.state in ('begun', 'unknown'), false);
  if act.id is not null and (act.arguments is distinct from jsonb_strip_nulls(details)
      or act.requested_by is distinct from private.actor_id()
      or act.subscription_id is distinct from $4 or act.payment_id is distinct from $5) then
    perform private.fail('request_id_reused', 'The same request asked for something else before');
  elsif act.state = 'done' and not is_link then
    return target || jsonb_build_object('act', jsonb_build_object('id', act.id, 'idempotency_key', key,
      'repeated', true, 'resumed', false));
  elsif resumed and act.asked_at < $8 - interval '23 hours' then
    -- Stripe forgets a key after 24 hours: the same again would be done again.
    perform private.refuse_under_way($4, $5);
  elsif not resumed then
    if not is_link then
      perform private.refuse_under_way($4, $5);
    end if;
    -- What is known beforehand is not asked of Stripe.
    refused := coalesce(
      case when subscription.id is not null then private.subscription_actions(subscription) ->> action end,
      case when payment.id is not null then private.payment_actions(payment) ->> action end,
      case when action = 'cancel' and details ->> 'when' = 'period_end'
        and (subscription.cancel_at_period_end or subscription.cancel_at <= subscription.current_period_end)
        then 'already_ending' end);
    if not is_link and not private.is_final_refusal(refused) then
      perform private.refuse_changed(subscription, payment, seen);
    end if;
    if refused is not null then
      perform private.fail(refused, format('"%s" is not possible as things stand', action));
    elsif (details ->> 'amount_cents')::bigint > payment.amount - payment.amount_refunded then
      perform private.fail('amount_too_large', 'The amount exceeds what is left to refund',
        jsonb_build_object('left_cents', payment.amount - payment.amount_refunded)::text);
    end if;
  end if;
  insert into private.stripe_acts as held (idempotency_key, action, subscription_id, payment_id, license_id, parent_id,
    requested_by, arguments, asked_at)
  values (key, action, $4, $5, coalesce(subscription.license_id, payment.license_id), $9, private.actor_id(),
    jsonb_strip_nulls(details), $8)
  on conflict (idempotency_key) do update set state = 'begun', error = null, begun_at = now(),
    settled_at = null, settled_by = null, asked_at = case when held.state in ('begun', 'unknown') then held.asked_at
      else excluded.asked_at end
  returning * into act;
  details := jsonb_strip_nulls(details || jsonb_build_object('act_id', coalesce($9, act.id)));
  if subscription.id is null and payment.id is null then
    perform private.record_event('stripe_action_requested', null, null, details, buyer);
  else
    perform private.record_stripe_action('stripe_action_requested', subscription, payment, details);
  end if;
  return target || jsonb_build_object('amount_cents', act.arguments -> 'amount_cents', 'act', jsonb_build_object(
    'id', act.id, 'idempotency_key', key, 'repeated', false, 'resumed', resumed));
end
$$;
comment on function private.begin_stripe_action(text, text, uuid, uuid, uuid, jsonb, jsonb, timestamptz, uuid) is
  'Checks the permission, what the dialog showed and that nothing is under way, writes the act and audits the request, '
  'before Stripe is asked; the same request again goes on where it was. → {subscription, payment: rows, '
  'amount_cents: to refund, act: {id, idempotency_key, repeated: it was done already, resumed: its outcome was not '
  'known}}. Errors: permission_denied, subscription_not_found, '
  'payment_not_found, act_under_way, seen_changed, request_id_reused, invalid_argument, and those of '
  'private.subscription_actions and private.payment_actions, amount_too_large (409). Definer: audits.';
