import type { StripeAction } from '../../supabase/contracts/functions/stripe-action.ts';
import type { PaymentRow, SubscriptionRow } from '../../supabase/contracts/rows/billing.ts';
import { asStaff, type Sql } from '../_shared/database.ts';
import type { Staff } from '../_shared/staff.ts';
import type { Stripe } from '../_shared/stripe.ts';
import { settle } from '../_shared/stripe-events.ts';
import { createLedger } from '../_shared/stripe-ledger.ts';
import type { ActionStore, Begun, HeldSubscription, Target } from './types.ts';

export function createActionStore(sql: Sql, stripe: Stripe, livemode: boolean, now: () => Date): ActionStore {
  /** One value of one row, as that person. */
  const value = <T>(staff: Staff, query: (transaction: Sql) => Promise<Iterable<unknown>>): Promise<T> =>
    asStaff(sql, staff, async (transaction) => {
      const [row] = [...(await query(transaction as unknown as Sql))] as Array<{ value: T }>;
      return row?.value as T;
    });
  const ids = (action: StripeAction) => ({
    subscriptionId: 'subscription_id' in action ? action.subscription_id : null,
    paymentId: 'payment_id' in action ? action.payment_id : null,
  });

  return {
    async requirePermission(staff, permission) {
      await value(staff, (query) => query`select private.require_permission(${permission}) as value`);
    },
    subscription: (staff, id) =>
      value<HeldSubscription>(staff, (query) => query`select public.get_subscription(${id}) as value`),
    target(staff, permission, action) {
      const { subscriptionId, paymentId } = ids(action);
      return value<Target>(
        staff,
        (query) => query`select private.look_at_act_target(${permission}, ${subscriptionId}, ${paymentId}) as value`,
      );
    },
    begin(staff, permission, action, parentId) {
      const { subscriptionId, paymentId } = ids(action);
      const seen = 'seen' in action ? JSON.stringify(action.seen) : null;
      return value<Begun>(
        staff,
        (query) => query`
        select private.begin_stripe_action(${permission}, ${action.action}, ${requestOf(action)}, ${subscriptionId},
          ${paymentId}, ${JSON.stringify(auditable(action))}::text::jsonb, ${seen}::text::jsonb,
          ${now().toISOString()}::text::timestamptz, ${parentId ?? null}) as value`,
      );
    },
    async settle(staff, actId, state, error) {
      await value(
        staff,
        (query) => query`select private.settle_stripe_act(${actId}, ${state},
          ${error && JSON.stringify(error)}::text::jsonb) as value`,
      );
    },
    beginRevocation: (staff, { request_id, license_id, subscription_id, seen, reason, send_email, billing, refund }) =>
      value(
        staff,
        (query) => query`
        select private.begin_revocation(${request_id}, ${license_id}, ${subscription_id},
          ${JSON.stringify({ reason, send_email, billing, ...(refund ? { refund } : {}) })}::text::jsonb,
          ${JSON.stringify(seen)}::text::jsonb, ${now().toISOString()}::text::timestamptz) as value`,
      ),
    async closeRevocation(staff, parentId) {
      await value(staff, (query) => query`select private.close_revocation(${parentId}) as value`);
    },
    revocation: (staff, parentId) =>
      value(
        staff,
        (query) => query`
        select jsonb_build_object('license', private.license_row(licenses),
          'parts', private.revocation_parts(parent)) as value
        from private.stripe_acts as parent join public.licenses on licenses.id = parent.license_id
        where parent.id = ${parentId}`,
      ),
    revocationMail: (staff, licenseId, data) =>
      value(
        staff,
        (query) => query`select private.revocation_mail(${licenseId}, ${JSON.stringify(data)}::text::jsonb) as value`,
      ),
    async mirror(staff, wanted) {
      const versions = await sql<Array<{ id: string; version: number }>>`
        select id, private.stripe_version(id)::int as version from unnest(${wanted.map(({ id }) => id)}::text[]) as id`;
      const fetch = wanted.map((one) => ({ ...one, version: versions.find(({ id }) => id === one.id)!.version }));
      const ledger = createLedger(sql, livemode);
      // What changes is told in the name of the person who did it; what is only found, in nobody's.
      const asPerson = {
        ...ledger,
        applyFetched: (...args: Parameters<typeof ledger.applyFetched>) =>
          staff
            ? asStaff(sql, staff, (transaction) =>
                createLedger(transaction as unknown as Sql, livemode).applyFetched(...args),
              )
            : ledger.applyFetched(...args),
      };
      const answer = await settle({ ledger: asPerson, stripe, now }, { status: 'fetch', fetch }, null);
      if (answer.status === 'failed') throw new Error(`The mirror could not be updated: ${answer.error}`);
    },
    subscriptionRow: (staff, id) =>
      value<SubscriptionRow>(
        staff,
        (query) =>
          query`select private.subscription_row(subscriptions) as value from public.subscriptions where id = ${id}`,
      ),
    paymentRow: (staff, id) =>
      value<PaymentRow>(
        staff,
        (query) => query`select to_jsonb(payments) as value from public.payments where id = ${id}`,
      ),
    prepareCheckout: (staff, { id, email, plan, rhythm, hwid, locale }) =>
      value(
        staff,
        (query) => query`select private.prepare_checkout(${id}, ${email}, ${plan}, ${rhythm}, ${hwid},
          ${locale}, ${livemode}) as value`,
      ),
    async noteCheckout(staff, checkoutId, sessionId) {
      await value(staff, (query) => query`select private.note_checkout_session(${checkoutId}, ${sessionId}) as value`);
    },
    async notePortal(staff, subscriptionId) {
      await value(staff, (query) => query`select private.note_portal_link(${subscriptionId}) as value`);
    },
  };
}

const requestOf = (action: StripeAction) => ('request_id' in action ? action.request_id : null);

/** What of an action the audit keeps: a hardware identifier never. */
function auditable(action: StripeAction): object {
  const { action: _name, ...rest } = action;
  const left = ['request_id', 'subscription_id', 'payment_id', 'hwid', 'seen'];
  return Object.fromEntries(Object.entries(rest).filter(([key]) => !left.includes(key)));
}
