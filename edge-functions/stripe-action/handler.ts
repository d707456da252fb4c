import {
  type StripeAction,
  type StripeActionName,
  stripeActionRequest,
  type StripeActionResponse,
} from '../../supabase/contracts/functions/stripe-action.ts';
import type { Handler } from '../_shared/http.ts';
import { forStaff, type Staff } from '../_shared/staff.ts';
import { createActions, type PlainAction } from './actions.ts';
import { type ChangingAction, createActs } from './acts.ts';
import { toApiError } from './errors.ts';
import { permissions } from './permissions.ts';
import { refusalOf } from './refusals.ts';
import { createRevocations } from './revocations.ts';
import type { Dependencies, Target } from './types.ts';

/**
 * POST `{action, …}` with a token at aal2; the actions and their fields are in the contract.
 * Reads: preview_plan → `{preview}`, upcoming_invoice → `{invoice}`, list_coupons → `{coupons}`, list_prices →
 * `{prices}`, revocation_mail → `{mail}`. Changes → `{subscription}` or `{payment}`, the mirror being up to date;
 * retry_payment → each invoice besides; revoke_license → `{license, parts}`; links → `{url}`. Changes say what the
 * dialog showed (`seen`).
 * Errors: 400 invalid_input, amount_too_fine, 401, 403 permission_denied, 404 subscription_not_found,
 * payment_not_found or promotion_code_not_found, 409 act_under_way `{act}`, seen_changed `{changed, act, currency}`,
 * already_canceled, already_ending, not_ending, no_discount, nothing_to_retry, nothing_to_refund, payment_disputed,
 * stripe_customer_deleted, same_plan, amount_too_large, plan_has_no_price, coupon_unusable, no_payment_method,
 * portal_not_configured, stripe_object_gone, request_id_reused, 402/409/502 stripe_error `{type, code, decline_code,
 * param, request_id}`, 503 stripe_unavailable: nothing was done, 504 act_unknown: it may have been, and the row says
 * so until Stripe has told. Stripe's own text is in the audit alone.
 */
export function createHandler(dependencies: Dependencies): Handler {
  const act = createActions(dependencies);
  const acts = createActs(dependencies, act);
  const revocations = createRevocations(dependencies, acts, act);
  return forStaff(dependencies, { schema: stripeActionRequest }, (staff, input) => {
    if (input.action === 'revoke_license') return revocations.revoke(staff, input);
    if (input.action === 'revocation_mail') return revocations.mail(staff, input);
    return isReading(input) ? read(dependencies, act, staff, input) : acts.run(staff, input);
  });
}

const reading = new Set<StripeActionName>(['preview_plan', 'list_coupons', 'list_prices', 'upcoming_invoice']);
type PlainReading = Exclude<PlainAction, ChangingAction>;
const isReading = (input: StripeAction): input is PlainReading => reading.has(input.action);

async function read(
  { stripe, store }: Dependencies,
  act: ReturnType<typeof createActions>,
  staff: Staff,
  input: PlainReading,
): Promise<StripeActionResponse<StripeActionName>> {
  let target: Target = { subscription: null, payment: null };
  try {
    await store.requirePermission(staff, permissions[input.action]);
    const subscription = 'subscription_id' in input ? await store.subscription(staff, input.subscription_id) : null;
    target = { subscription, payment: null };
    return await act(staff, input, target);
  } catch (error) {
    throw (await refusalOf({ stripe, store }, staff, input, target, error)) ?? toApiError(error);
  }
}
