import type {
  StripeAction,
  StripeActionName,
  StripeActionResponse,
} from '../../supabase/contracts/functions/stripe-action.ts';
import { ApiError } from '../_shared/errors.ts';
import { logError } from '../_shared/log.ts';
import type { Staff } from '../_shared/staff.ts';
import type { Act } from './actions.ts';
import { actUnknown, toApiError } from './errors.ts';
import { type Outcome, watchAct } from './outcome.ts';
import { permissions } from './permissions.ts';
import { refusalOf } from './refusals.ts';
import type { Begun, Dependencies, Target } from './types.ts';

export type Acts = ReturnType<typeof createActs>;
export type ChangingAction = Exclude<
  StripeAction,
  {
    action: 'preview_plan' | 'list_coupons' | 'list_prices' | 'upcoming_invoice' | 'revocation_mail' | 'revoke_license';
  }
>;

/**
 * Does what changes something at Stripe: looks how the object stands there now, writes the act down, asks, and notes
 * what came of it. Stripe's answer is noted before anything else is done with it.
 */
export function createActs({ stripe, store }: Dependencies, act: Act) {
  return { run, attempt, lookAgain };

  async function run(staff: Staff, input: ChangingAction): Promise<StripeActionResponse<StripeActionName>> {
    const permission = permissions[input.action];
    if ('seen' in input) await lookAgain(await store.target(staff, permission, input));
    const begun = await store.begin(staff, permission, input);
    if (begun.act.repeated) return answer(staff, begun);
    const { outcome, error, answered } = await attempt(staff, begun, (target) => act(staff, input, target));
    if (answered) return answered;
    if (outcome.state === 'unknown') throw actUnknown(error);
    if (outcome.state === 'done') return answer(staff, begun);
    throw (await refusalOf({ stripe, store }, staff, input, begun, error)) ?? toApiError(error);
  }

  /** Asks Stripe once, and settles the act by what it said. */
  async function attempt<T>(
    staff: Staff,
    begun: Begun,
    ask: (target: Target) => Promise<T>,
  ): Promise<{ outcome: Outcome; error?: unknown; answered?: T }> {
    const watch = watchAct(stripe, begun.act.idempotency_key);
    try {
      const answered = await ask(begun);
      await store.settle(staff, begun.act.id, 'done', null);
      return { outcome: { state: 'done', error: null }, answered };
    } catch (error) {
      const outcome = watch.outcome(error, begun.act.resumed);
      // It is done, and what came after was not: the webhook brings the rest.
      if (outcome.state === 'done') logError(`"${begun.act.idempotency_key}" was done, not mirrored`, error);
      await store.settle(staff, begun.act.id, outcome.state, outcome.error);
      return { outcome, error };
    } finally {
      watch.end();
    }
  }

  /** What the dialog showed is compared with what Stripe has now, not with what it had told by then. */
  async function lookAgain({ subscription, payment }: Target): Promise<void> {
    try {
      await store.mirror(null, [
        ...(subscription ? [{ kind: 'subscription' as const, id: subscription.stripe_subscription_id }] : []),
        ...(payment ? [{ kind: 'charge' as const, id: payment.stripe_payment_id }] : []),
      ]);
    } catch (error) {
      throw toApiError(error);
    }
  }

  async function answer(staff: Staff, { subscription, payment }: Target) {
    if (payment) return { payment: await store.paymentRow(staff, payment.id) };
    if (subscription) return { subscription: await store.subscriptionRow(staff, subscription.id) };
    throw new ApiError('unexpected_failure', 'An act on nothing was repeated');
  }
}
