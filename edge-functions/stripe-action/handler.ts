import { methodNotAllowed } from '../_shared/errors.ts';
import { type Handler, readJson, withCors, withErrors } from '../_shared/http.ts';
import type { Authenticate, Staff } from '../_shared/staff.ts';
import type { Stripe } from '../_shared/stripe.ts';
import { createActions } from './actions.ts';
import { describe, toApiError } from './errors.ts';
import { type Action, actionSchema, permissions } from './schema.ts';

export interface SubscriptionRow {
  id: string;
  stripe_subscription_id: string;
  stripe_customer_id: string;
  plan: string | null;
  status: string;
  billing_interval: string;
  [column: string]: unknown;
}

export interface PaymentRow {
  id: string;
  stripe_payment_id: string;
  subscription_id: string | null;
  amount: number;
  amount_refunded: number;
  status: string;
  [column: string]: unknown;
}

export interface Target {
  subscription: SubscriptionRow | null;
  payment: PaymentRow | null;
}

/** The database's side; every method runs as that person. */
export interface ActionStore {
  requirePermission(staff: Staff, permission: string): Promise<void>;
  subscription(staff: Staff, id: string): Promise<SubscriptionRow>;
  /** Checks the permission, finds the target and audits the request, before Stripe is asked. */
  begin(staff: Staff, permission: string, action: Action): Promise<Target>;
  fail(staff: Staff, action: Action, error: object): Promise<void>;
  /** Brings the mirror to Stripe's state: fetches these objects and applies them. */
  mirror(staff: Staff, wanted: Array<{ kind: 'subscription' | 'invoice' | 'charge'; id: string }>): Promise<void>;
  subscriptionRow(staff: Staff, id: string): Promise<object>;
  paymentRow(staff: Staff, id: string): Promise<object>;
  prepareCheckout(
    staff: Staff,
    input: { id: string; email: string; plan: string; hwid: string | null; locale: string },
  ): Promise<{ id: string; email: string; plan: string; has_hwid: boolean; stripe_customer_id: string | null }>;
  noteCheckout(staff: Staff, checkoutId: string, sessionId: string): Promise<void>;
  notePortal(staff: Staff, subscriptionId: string): Promise<void>;
}

export interface Dependencies {
  authenticate: Authenticate;
  store: ActionStore;
  stripe: Stripe;
  consoleUrl: string;
  /** Where customers come back to from checkout and portal. */
  customerUrl: string;
}

/**
 * POST `{action, …}` with a token at aal2; the actions and their fields are in schema.ts.
 * Reads: preview_plan → `{preview}`, upcoming_invoice → `{invoice}`, list_coupons → `{coupons}`.
 * Changes → `{subscription}` or `{payment}`, the mirror being up to date; links → `{url}`.
 * Errors: 400 invalid_input, 401, 403 permission_denied, 404 subscription_not_found,
 * payment_not_found or promotion_code_not_found, 409 already_canceled, nothing_to_retry, same_plan, amount_too_large,
 * plan_has_no_price, request_id_reused, 402/409/502 stripe_error `{type, code, decline_code,
 * message, param, request_id}`, 503 stripe_unavailable.
 */
export function createHandler(dependencies: Dependencies): Handler {
  const actions = createActions(dependencies);
  return withCors(
    withErrors(async (request) => {
      if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
      const staff = await dependencies.authenticate(request);
      return Response.json(await run(dependencies, actions, staff, await readJson(request, actionSchema)));
    }),
    dependencies.consoleUrl,
  );
}

const reading = new Set<Action['action']>(['preview_plan', 'list_coupons', 'upcoming_invoice']);

async function run(
  { store }: Dependencies,
  actions: ReturnType<typeof createActions>,
  staff: Staff,
  input: Action,
): Promise<object> {
  const permission = permissions[input.action];
  try {
    if (reading.has(input.action)) {
      await store.requirePermission(staff, permission);
      const subscription = 'subscription_id' in input ? await store.subscription(staff, input.subscription_id) : null;
      return await actions(staff, input, { subscription, payment: null });
    }
    return await actions(staff, input, await store.begin(staff, permission, input));
  } catch (error) {
    const details = describe(error);
    if (details && !reading.has(input.action)) await store.fail(staff, input, details);
    throw toApiError(error);
  }
}
