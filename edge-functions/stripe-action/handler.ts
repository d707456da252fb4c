import {
  type StripeAction,
  type StripeActionName,
  stripeActionRequest,
  type StripeActionResponse,
} from '../../supabase/contracts/functions/stripe-action.ts';
import type { Handler } from '../_shared/http.ts';
import { forStaff, type Staff } from '../_shared/staff.ts';
import { createActions } from './actions.ts';
import { describe, toApiError } from './errors.ts';
import { permissions } from './permissions.ts';
import { refusalOf } from './refusals.ts';
import type { Dependencies, Target } from './types.ts';

/**
 * POST `{action, …}` with a token at aal2; the actions and their fields are in the contract.
 * Reads: preview_plan → `{preview}`, upcoming_invoice → `{invoice}`, list_coupons → `{coupons}`, list_prices →
 * `{prices}`. Changes → `{subscription}` or `{payment}`, the mirror being up to date; retry_payment → each invoice
 * besides; links → `{url}`.
 * Errors: 400 invalid_input, 401, 403 permission_denied, 404 subscription_not_found,
 * payment_not_found or promotion_code_not_found, 409 already_canceled, already_ending, not_ending, no_discount,
 * nothing_to_retry, nothing_to_refund, payment_disputed, stripe_customer_deleted, same_plan, amount_too_large,
 * amount_too_fine (400),
 * plan_has_no_price, coupon_unusable, no_payment_method, portal_not_configured, stripe_object_gone,
 * request_id_reused, 402/409/502 stripe_error `{type, code, decline_code, param, request_id}`, 503
 * stripe_unavailable. Stripe's own text is in the audit alone.
 */
export function createHandler(dependencies: Dependencies): Handler {
  const actions = createActions(dependencies);
  return forStaff(dependencies, { schema: stripeActionRequest }, (staff, input) =>
    run(dependencies, actions, staff, input),
  );
}

const reading = new Set<StripeActionName>(['preview_plan', 'list_coupons', 'list_prices', 'upcoming_invoice']);

async function run(
  dependencies: Dependencies,
  actions: ReturnType<typeof createActions>,
  staff: Staff,
  input: StripeAction,
): Promise<StripeActionResponse<StripeActionName>> {
  const { store } = dependencies;
  const permission = permissions[input.action];
  let target: Target = { subscription: null, payment: null };
  try {
    if (reading.has(input.action)) {
      await store.requirePermission(staff, permission);
      const subscription = 'subscription_id' in input ? await store.subscription(staff, input.subscription_id) : null;
      target = { subscription, payment: null };
    } else target = await store.begin(staff, permission, input);
    return await actions(staff, input, target);
  } catch (error) {
    const details = describe(error);
    if (details && !reading.has(input.action)) await store.fail(staff, input, details);
    throw (await refusalOf(dependencies, staff, input, target, error)) ?? toApiError(error);
  }
}
