import type { SoldRhythm, StripeAction } from '../../supabase/contracts/functions/stripe-action.ts';
import type { PaymentRow, SubscriptionRow } from '../../supabase/contracts/rows/billing.ts';
import type { Authenticate, Staff } from '../_shared/staff.ts';
import type { Stripe } from '../_shared/stripe.ts';

/** What an action reads of the subscription it is about. */
export interface HeldSubscription {
  id: string;
  stripe_subscription_id: string;
  stripe_customer_id: string;
  /** The item whose price names the plan. */
  stripe_item_id: string | null;
  plan: string | null;
  status: string;
  [column: string]: unknown;
}

/** What an action reads of the payment it is about. */
export interface HeldPayment {
  id: string;
  stripe_payment_id: string;
  subscription_id: string | null;
  amount: number;
  amount_refunded: number;
  currency: string;
  status: string;
  [column: string]: unknown;
}

export interface Target {
  subscription: HeldSubscription | null;
  payment: HeldPayment | null;
}

/** A payment link as the database notes it, and what the settings say of it. */
export interface PreparedCheckout {
  id: string;
  email: string;
  plan: string;
  rhythm: SoldRhythm;
  has_hwid: boolean;
  stripe_customer_id: string | null;
  automatic_tax: boolean;
  tax_ids: boolean;
  billing_address: boolean;
}

/** The database's side; every method runs as that person. */
export interface ActionStore {
  requirePermission(staff: Staff, permission: string): Promise<void>;
  subscription(staff: Staff, id: string): Promise<HeldSubscription>;
  /** Checks the permission, finds the target and audits the request, before Stripe is asked. */
  begin(staff: Staff, permission: string, action: StripeAction): Promise<Target>;
  fail(staff: Staff, action: StripeAction, error: object): Promise<void>;
  /** Brings the mirror to Stripe's state: fetches these objects and applies them. */
  mirror(staff: Staff, wanted: Array<{ kind: 'subscription' | 'invoice' | 'charge'; id: string }>): Promise<void>;
  subscriptionRow(staff: Staff, id: string): Promise<SubscriptionRow>;
  paymentRow(staff: Staff, id: string): Promise<PaymentRow>;
  prepareCheckout(
    staff: Staff,
    input: { id: string; email: string; plan: string; rhythm: SoldRhythm; hwid: string | null; locale: string },
  ): Promise<PreparedCheckout>;
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
