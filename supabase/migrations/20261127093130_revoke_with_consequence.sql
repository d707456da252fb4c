-- A licence that is revoked while its subscription runs leaves a customer cut off and billed on. So whoever revokes it
-- says what becomes of the subscription, in one act of three parts. Stripe comes first: the cancellation, then the
-- licence, then the refund. A cancellation that Stripe refuses leaves everything as it was; one without an answer
-- leaves the licence until Stripe has told, and then it goes by itself; a refund that fails leaves a customer who is
-- cut off, billed no more, and can be refunded. An abuse that must stop at once is stopped by suspending.

insert into private.error_codes (code, status) values
  ('subscription_running', 409), ('subscription_not_of_license', 409);

insert into private.alert_kinds (kind, severity, permission) values ('revocation_incomplete', 'error', 'licenses.read');

create function private.billing_subscription(license public.licenses) returns uuid
language sql stable security definer set search_path = ''
as $$
  select id from public.subscriptions where stripe_subscription_id = license.stripe_subscription_id
    and status not in ('canceled', 'incomplete_expired') and not cancel_at_period_end
    -- An end beyond the period that runs is one more debit at least.
    and (cancel_at is null or cancel_at > current_period_end)
$$;
comment on function private.billing_subscription(public.licenses) is
  'The subscription that goes on billing for a licence; null when there is none or it ends with its period. Definer: '
  'reads the mirror for whoever ends licences.';

create function private.end_license(license public.licenses, reason text, context jsonb) returns public.licenses
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.set_audit_context('license_revoked',
    jsonb_strip_nulls(jsonb_build_object('reason', reason) || context));
  update public.licenses set revoked_at = now(), revoked_reason = reason, auto_renew = false
  where id = license.id returning * into license;
  perform private.set_audit_context(null);
  return license;
end
$$;
comment on function private.end_license(public.licenses, text, jsonb) is
  'Revokes a licence that was locked and looked at; context goes into its event. Definer: callers may not update '
  'licences.';

create function private.list_license_consequences(license_ids uuid[]) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('licenses.read');
  perform private.require_permission('subscriptions.read');
  if coalesce(cardinality(license_ids), 0) not between 1 and 1000 then
    perform private.fail('invalid_argument', 'One to 1000 licences can be asked about at once');
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('license_id', licenses.id,
      'subscription', case when running.id is not null then private.subscription_row(running) end,
      'bills_on', private.billing_subscription(licenses) is not null,
      'payment', case when private.is_system_caller() or private.has_permission('payments.read') then
        (select to_jsonb(paid) || jsonb_build_object('actions', private.payment_actions(paid))
        from public.payments as paid where paid.subscription_id = running.id and paid.status = 'succeeded'
        order by paid.payment_date desc limit 1) end,
      'other_licenses', (select coalesce(jsonb_agg(jsonb_build_object('id', other.id, 'plan', other.plan,
          'status', private.license_state(other), 'license_key_hint', other.license_key_hint,
          'expires_at', other.expires_at) order by other.expires_at desc), '[]')
        from (select * from public.licenses as one where one.customer_id = licenses.customer_id
          and one.id <> licenses.id and one.deleted_at is null and one.revoked_at is null
          order by one.expires_at desc limit 20) as other)) order by licenses.id), '[]')
    from public.licenses
    left join public.subscriptions as running
      on running.stripe_subscription_id = licenses.stripe_subscription_id
      and running.status not in ('canceled', 'incomplete_expired')
    where licenses.id = any (license_ids) and licenses.deleted_at is null);
end
$$;
comment on function private.list_license_consequences(uuid[]) is
  'Does the work of public.list_license_consequences. Definer: reads the mirror for whoever ends licences.';
grant execute on function private.list_license_consequences(uuid[]) to authenticated, service_role;

create function public.list_license_consequences(license_ids uuid[]) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_license_consequences($1) $$;
comment on function public.list_license_consequences(uuid[]) is
  'What ending up to 1000 licences would leave behind: [{license_id, subscription: the running one as in lists, '
  'bills_on, payment: its last that succeeded, with actions (null without payments.read), other_licenses of the '
  'customer that are not revoked, 20 at most}]. Needs licenses.read and subscriptions.read. Errors: invalid_argument.';
revoke execute on function public.list_license_consequences(uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.list_license_consequences(uuid[]) to authenticated, service_role;

create function private.revocation_mail(license_id uuid, mail_data jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.revoke');
  select * into license from public.licenses where id = $1 and deleted_at is null;
  if license.id is null then
    perform private.fail('license_not_found', 'No such licence');
  end if;
  return (select jsonb_build_object('locale', customers.locale, 'recipient', license.email,
      'refused', customers.mail_refused is not null,
      'data', mail_data || jsonb_build_object('time_zone', private.business_time_zone(),
        'license_key_hint', license.license_key_hint, 'plan_name', (select name from public.plans
          where code = license.plan)))
    from public.customers where customers.id = license.customer_id);
end
$$;
comment on function private.revocation_mail(uuid, jsonb) is
  'What the mail about a revocation is written with, before it leaves: {locale, recipient, refused, data}. Needs '
  'licenses.revoke. Definer: reads the customer for whoever revokes.';

create function private.begin_revocation(request_id uuid, license_id uuid, subscription_id uuid, arguments jsonb,
  seen jsonb, asked_at timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  key text := private.stripe_act_key('revoke_license', $1);
  license public.licenses;
  parent private.stripe_acts;
  payment public.payments;
  refused text;
  cancel jsonb;
begin
  -- Each part needs what it needs by itself, and all are asked before the first is done.
  perform private.require_permission('licenses.revoke');
  perform private.require_permission('subscriptions.manage');
  perform private.require_text(arguments ->> 'reason', 'reason_required', 1, 500);
  license := private.lock_license(license_id);
  select * into parent from private.stripe_acts where idempotency_key = key for update;
  if parent.id is null then
    perform private.refuse_revoked(license);
    perform private.refuse_under_way(null, null, license.id);
    if not exists (select from public.subscriptions where id = $3
        and stripe_subscription_id = license.stripe_subscription_id) then
      perform private.fail('subscription_not_of_license', 'The licence does not follow that subscription');
    end if;
    if arguments -> 'refund' is not null then
      perform private.require_permission('payments.refund');
      select * into payment from public.payments where id = (arguments #>> '{refund,payment_id}')::uuid
        and payments.subscription_id = $3 for update;
      if payment.id is null then
        perform private.fail('payment_not_found', 'The subscription has no such payment');
      end if;
      refused := private.payment_actions(payment) ->> 'refund';
      if not private.is_final_refusal(refused) then
        perform private.refuse_changed(null, payment, seen -> 'payment');
      end if;
      if refused is not null then
        perform private.fail(refused, 'The payment cannot be refunded');
      elsif (arguments #>> '{refund,amount_cents}')::bigint > payment.amount - payment.amount_refunded then
        perform private.fail('amount_too_large', 'The amount exceeds what is left to refund');
      end if;
    end if;
    insert into private.stripe_acts (idempotency_key, action, license_id, subscription_id, requested_by, arguments,
      asked_at)
    values (key, 'revoke_license', license.id, $3, private.actor_id(), arguments, $6) returning * into parent;
  elsif parent.arguments is distinct from arguments or parent.license_id <> license.id
      or parent.requested_by is distinct from private.actor_id() then
    perform private.fail('request_id_reused', 'The same request asked for something else before');
  end if;
  cancel := private.begin_stripe_action('subscriptions.manage', 'cancel', $1, $3, null,
    jsonb_build_object('when', arguments -> 'billing', 'reason', arguments -> 'reason'), seen -> 'subscription', $6,
    parent.id);
  update private.stripe_acts set state = 'begun', error = null, settled_at = null, settled_by = null, begun_at = now()
  where id = parent.id and state <> 'done' and not (cancel #>> '{act,repeated}')::boolean;
  return cancel || jsonb_build_object('parent_id', parent.id);
end
$$;
comment on function private.begin_revocation(uuid, uuid, uuid, jsonb, jsonb, timestamptz) is
  'Begins a revocation with what becomes of the subscription, and its first part, the cancellation. arguments: '
  '{reason, send_email, billing: now|period_end, refund: {payment_id, amount_cents, reason}}; seen: {subscription, '
  'payment}. → as private.begin_stripe_action of the cancellation, and parent_id. Needs licenses.revoke, '
  'subscriptions.manage and, for a refund, payments.refund. Definer: locks and audits.';

create function private.revocation_parts(parent private.stripe_acts) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'cancel', (select private.act_state(stripe_acts) from private.stripe_acts where parent_id = parent.id
      and action = 'cancel'),
    'license', (select case when revoked_at is not null then 'done' else 'begun' end from public.licenses
      where id = parent.license_id),
    'refund', case when parent.arguments -> 'refund' is not null then coalesce(
      (select private.act_state(stripe_acts) from private.stripe_acts where parent_id = parent.id
        and action = 'refund'),
      case when parent.state in ('begun', 'unknown') then 'begun' else 'failed' end) end))
$$;
comment on function private.revocation_parts(private.stripe_acts) is
  'How far a revocation is: {cancel, license, refund: the states of its parts; refund only if asked for}. Definer: '
  'reads private tables.';

create function private.close_revocation(parent_id uuid, settled_by text default 'answer') returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  parent private.stripe_acts;
  license public.licenses;
  parts jsonb;
begin
  update private.stripe_acts set state = 'done', settled_at = now(), settled_by = $2
  where id = $1 and state in ('begun', 'unknown') returning * into parent;
  if parent.id is null then
    return;
  end if;
  select * into license from public.licenses where id = parent.license_id;
  parts := private.revocation_parts(parent);
  perform private.record_license_event('license_revocation_settled', license, jsonb_strip_nulls(jsonb_build_object(
    'act_id', parent.id, 'parts', parts, 'billing', parent.arguments -> 'billing', 'refund_cents',
    parent.arguments #> '{refund,amount_cents}', 'currency', (select currency from public.payments
      where id = (parent.arguments #>> '{refund,payment_id}')::uuid))));
  if parts ->> 'refund' in ('refused', 'failed') then
    perform private.raise_alert('revocation_incomplete', 'revocation_incomplete:' || parent.id,
      jsonb_build_object('amount_cents', parent.arguments #> '{refund,amount_cents}', 'currency',
        (select currency from public.payments where id = (parent.arguments #>> '{refund,payment_id}')::uuid)),
      'license', license.id::text, license.customer_id);
  end if;
  if (parent.arguments ->> 'send_email')::boolean and license.revoked_at is not null then
    -- Nobody is told of money that does not come.
    perform private.queue_email('license_revoked', license, jsonb_strip_nulls(jsonb_build_object(
      'billing', parent.arguments -> 'billing',
      'ends_at', (select current_period_end from public.subscriptions where id = parent.subscription_id)))
      || case when parts ->> 'refund' = 'done' then jsonb_build_object(
        'amount_cents', parent.arguments #> '{refund,amount_cents}', 'currency', (select currency from public.payments
          where id = (parent.arguments #>> '{refund,payment_id}')::uuid)) else '{}' end);
  end if;
  perform private.touch_act_target(parent);
end
$$;
comment on function private.close_revocation(uuid, text) is
  'Ends a revocation whose parts have ended: one event with what became of each, the mail with what was done, an alert '
  'when a refund was not. Definer: audits.';

create function private.go_on_with_revocation(part private.stripe_acts) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  parent private.stripe_acts;
  license public.licenses;
begin
  select * into parent from private.stripe_acts where id = part.parent_id for update;
  if parent.state not in ('begun', 'unknown') then
    return;
  elsif part.state = 'unknown' then
    perform private.settle_stripe_act(parent.id, 'unknown');
  elsif part.action = 'cancel' and part.state <> 'done' then
    perform private.settle_stripe_act(parent.id, part.state, part.error, part.settled_by);
  elsif part.action = 'cancel' then
    select * into license from public.licenses where id = parent.license_id and revoked_at is null
      and deleted_at is null for update;
    if license.id is not null then
      perform private.end_license(license, parent.arguments ->> 'reason', jsonb_build_object('act_id', parent.id,
        'email_sent', coalesce((parent.arguments ->> 'send_email')::boolean, false), 'subscription_id',
        parent.subscription_id, 'billing', parent.arguments -> 'billing'));
    end if;
    if parent.arguments -> 'refund' is null then
      perform private.close_revocation(parent.id, part.settled_by);
    end if;
  else
    perform private.close_revocation(parent.id, part.settled_by);
  end if;
end
$$;
comment on function private.go_on_with_revocation(private.stripe_acts) is
  'A part of a revocation has its outcome: the licence goes once the cancellation is done, nothing when it is not. '
  'Definer: revokes what its begin was allowed to.';

create function private.finish_left_revocations() returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  parent private.stripe_acts;
begin
  -- Its function died between two parts. Money is never given back by itself.
  for parent in select * from private.stripe_acts as held where state in ('begun', 'unknown')
      and action = 'revoke_license' and begun_at < now() - interval '5 minutes'
      and not exists (select from private.stripe_acts as part where part.parent_id = held.id
        and part.state in ('begun', 'unknown'))
    for update skip locked
  loop
    perform set_config('private.acting_staff', parent.requested_by::text, true);
    perform private.close_revocation(parent.id, 'look');
    perform set_config('private.acting_staff', '', true);
  end loop;
end
$$;
comment on function private.finish_left_revocations() is
  'Ends revocations whose function died after the cancellation: what was left to refund stays, and staff are alerted. '
  'Definer: audits.';
