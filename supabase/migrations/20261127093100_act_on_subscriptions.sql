-- What staff do to subscriptions: the Edge Function stripe-action asks Stripe, these functions say who may and leave
-- the trace, whatever Stripe answers.

insert into private.error_codes (code, status) values
  ('subscription_not_found', 404), ('payment_not_found', 404), ('promotion_code_not_found', 404),
  ('already_canceled', 409), ('nothing_to_retry', 409), ('same_plan', 409), ('plan_has_no_price', 409),
  ('not_ending', 409), ('no_discount', 409), ('nothing_to_refund', 409), ('payment_disputed', 409),
  ('stripe_customer_deleted', 409), ('not_expiring', 409), ('already_reminded', 409),
  ('amount_too_large', 409), ('stripe_error', 409), ('stripe_unavailable', 503);

insert into private.error_codes (code, status) values
  ('already_ending', 409), ('coupon_unusable', 409), ('no_payment_method', 409), ('portal_not_configured', 409),
  ('stripe_object_gone', 409);

create function private.record_stripe_action(event_type text, subscription public.subscriptions,
  payment public.payments, event_data jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  on_subscription uuid := coalesce(subscription.id, payment.subscription_id);
begin
  perform private.record_event($1,
    case when on_subscription is not null then 'subscription' when payment.id is not null then 'payment' end,
    coalesce(on_subscription, payment.id)::text,
    jsonb_strip_nulls(event_data || jsonb_build_object('payment_id', payment.id)),
    coalesce(subscription.customer_id, payment.customer_id), coalesce(subscription.license_id, payment.license_id));
end
$$;
comment on function private.record_stripe_action(text, public.subscriptions, public.payments, jsonb) is
  'One event about what somebody asked of Stripe. Definer: nobody inserts into events directly.';

create function private.subscription_actions(subscription public.subscriptions) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  held text[] := case when not private.is_system_caller() then private.held_permissions() end;
  ended text := case when subscription.status in ('canceled', 'incomplete_expired') then 'already_canceled' end;
  is_ending boolean := subscription.cancel_at_period_end or subscription.cancel_at is not null;
  under_way text := case when private.open_act(subscription.id) is not null then 'act_under_way' end;
begin
  return jsonb_build_object(
    'retry_payment', private.refusal(held, 'subscriptions.update', coalesce(under_way, case
      when ended is not null or (subscription.payment_failed_at is null and not exists (select from public.invoices
        where invoices.subscription_id = subscription.id and invoices.status = 'open')) then 'nothing_to_retry' end)),
    'portal_link', private.refusal(held, 'subscriptions.update', case when exists (
      select from private.stripe_customers where stripe_customer_id = subscription.stripe_customer_id
        and deleted_at is not null) then 'stripe_customer_deleted' end),
    'remind', private.refusal(held, 'subscriptions.update', case
      when not private.is_expiring(subscription) then 'not_expiring'
      when subscription.reminded_for = coalesce(subscription.cancel_at, subscription.current_period_end)
        then 'already_reminded'
      when exists (select from public.customers where customers.id = subscription.customer_id
        and mail_refused is not null) then 'address_refused' end),
    'change_plan', private.refusal(held, 'subscriptions.manage', coalesce(ended, under_way)),
    'apply_coupon', private.refusal(held, 'subscriptions.manage', coalesce(ended, under_way)),
    'remove_coupon', private.refusal(held, 'subscriptions.manage', coalesce(ended, under_way,
      case when subscription.discounts = '[]' then 'no_discount' end)),
    'undo_cancel', private.refusal(held, 'subscriptions.manage', coalesce(ended, under_way,
      case when not is_ending then 'not_ending' end)),
    'link_license', private.refusal(held, 'subscriptions.manage', coalesce(ended,
      case when subscription.license_id is not null then 'subscription_linked' end)),
    'cancel', private.refusal(held, 'subscriptions.manage', coalesce(ended, under_way)));
end
$$;
comment on function private.subscription_actions(public.subscriptions) is
  'What the caller may do to a subscription: each action with null, or the code with which it would be refused now. '
  'Definer: reads customers for whoever reads subscriptions.';

create function private.payment_actions(payment public.payments) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return jsonb_build_object('refund', private.refusal(
    case when not private.is_system_caller() then private.held_permissions() end, 'payments.refund', case
      when payment.status <> 'succeeded' or payment.amount_refunded >= payment.amount then 'nothing_to_refund'
      when private.open_act(null, payment.id) is not null then 'act_under_way'
      -- The bank has the money back or is about to. What is only asked about may be refunded.
      when payment.dispute_status in ('needs_response', 'under_review', 'appeal_needs_response',
        'appeal_under_review', 'lost') then 'payment_disputed' end));
end
$$;
comment on function private.payment_actions(public.payments) is
  'What the caller may do to a payment: refund with null, or the code with which it would be refused now. Definer: '
  'reads the permissions.';

create function private.note_portal_link(subscription_id uuid) returns void
language sql volatile security definer set search_path = ''
as $$
  select private.record_event('portal_link_created', 'subscription', id::text, '{}', customer_id, license_id)
  from public.subscriptions where id = $1
$$;
comment on function private.note_portal_link(uuid) is
  'Audits that a customer''s portal was opened to somebody. Definer: audits.';

create function private.is_expiring(subscription public.subscriptions) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return subscription.status in ('active', 'trialing', 'past_due')
    and (subscription.cancel_at_period_end or subscription.cancel_at is not null
      or subscription.payment_failed_at is not null)
    and coalesce(subscription.cancel_at, subscription.current_period_end) between now() and now() + interval '7 days';
end
$$;
comment on function private.is_expiring(public.subscriptions) is
  'Whether it ends within 7 days and will not renew by itself: cancelled at the period''s end, or its payment fails.';
grant execute on function private.is_expiring(public.subscriptions) to authenticated, service_role;

create function private.send_subscription_reminders(subscription_ids uuid[]) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  due record;
  ends_at timestamptz;
  recipient_locale text;
  sent int := 0;
  skipped jsonb := '[]';
begin
  perform private.require_permission('subscriptions.update');
  if cardinality(subscription_ids) > 1000 then
    perform private.fail('invalid_argument', 'Up to 1000 customers can be reminded at once');
  end if;
  for due in
    select wanted.id as wanted_id, subscriptions.*, private.is_expiring(subscriptions) as is_due
    from (select distinct unnest(subscription_ids) as id
      union select id from public.subscriptions where subscription_ids is null
        and private.is_expiring(subscriptions)) as wanted
    left join public.subscriptions on subscriptions.id = wanted.id
    order by wanted.id
  loop
    -- Two colleagues at once: the second waits, then finds it done.
    perform from public.subscriptions where id = due.id for update;
    ends_at := coalesce(due.cancel_at, due.current_period_end);
    if due.id is null then
      skipped := skipped || jsonb_build_object('subscription_id', due.wanted_id, 'reason', 'not_found');
    elsif not due.is_due then
      skipped := skipped || jsonb_build_object('subscription_id', due.id, 'reason', 'not_expiring');
    elsif exists (select from public.subscriptions where id = due.id and reminded_for = ends_at) then
      skipped := skipped || jsonb_build_object('subscription_id', due.id, 'reason', 'already_reminded');
    elsif exists (select from public.customers where id = due.customer_id and mail_refused is not null) then
      skipped := skipped || jsonb_build_object('subscription_id', due.id, 'reason', 'address_refused');
    else
      select locale into recipient_locale from public.customers where id = due.customer_id;
      insert into public.email_outbox (template, locale, recipient, customer_id, license_id, data)
      values ('subscription_ending', recipient_locale, due.email, due.customer_id, due.license_id,
        jsonb_build_object('ends_at', ends_at, 'payment_failed', due.payment_failed_at is not null,
        'plan_name', (select name from public.plans where code = due.plan)));
      update public.subscriptions set reminded_at = now(), reminded_for = ends_at where id = due.id;
      perform private.record_event('reminder_sent', 'subscription', due.id::text,
        jsonb_build_object('ends_at', ends_at), due.customer_id, due.license_id);
      sent := sent + 1;
    end if;
  end loop;
  return jsonb_build_object('sent', sent, 'skipped', skipped);
end
$$;
comment on function private.send_subscription_reminders(uuid[]) is
  'Does the work of public.send_subscription_reminders. Definer: writes the outbox.';
grant execute on function private.send_subscription_reminders(uuid[]) to authenticated, service_role;

create function public.send_subscription_reminders(subscription_ids uuid[] default null) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.send_subscription_reminders($1) $$;
comment on function public.send_subscription_reminders(uuid[]) is
  'Mails the customers whose subscription ends within 7 days without renewing (all when null), each once per period. '
  '→ {sent, skipped: [{subscription_id, reason: already_reminded|not_expiring|address_refused|'
  'not_found}]}. Needs '
  'subscriptions.update.';
revoke execute on function public.send_subscription_reminders(uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.send_subscription_reminders(uuid[]) to authenticated, service_role;
