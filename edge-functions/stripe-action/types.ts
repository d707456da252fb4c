import type { Locale } from '../../supabase/contracts/constants/staff.ts';
import type {
  SoldRhythm,
  StripeAction,
  StripeActionOf,
  StripeActionResponse,
} from '../../supabase/contracts/functions/stripe-action.ts';
import type { PaymentRow, SubscriptionRow } from '../../supabase/contracts/rows/billing.ts';
import type { LicenseRow } from '../../supabase/contracts/rows/license.ts';
import type { Authenticate, Staff } from '../_shared/staff.ts';
import type { Stripe } from '../_shared/stripe.ts';
import type { MailData } from '../mail-dispatch/content.ts';

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
  /** What is refunded. */
  amount_cents?: number | null;
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

/** An act that was written down. */
export interface Begun extends Target {
  act: {
    id: string;
    idempotency_key: string;
    /** It was done before, by the same request. */
    repeated: boolean;
    /** Its outcome was not known when the same request came again. */
    resumed: boolean;
  };
}

/** What became of each part of a revocation. */
export type RevocationParts = StripeActionResponse<'revoke_license'>['parts'];

/** The database's side; every method runs as that person. */
export interface ActionStore {
  requirePermission(staff: Staff, permission: string): Promise<void>;
  subscription(staff: Staff, id: string): Promise<HeldSubscription>;
  /** What an act is about, for whoever may do it. */
  target(staff: Staff, permission: string, action: StripeAction): Promise<Target>;
  /** Checks the permission, what was seen and what is under way; writes the act and audits it. */
  begin(staff: Staff, permission: string, action: StripeAction, parentId?: string): Promise<Begun>;
  settle(staff: Staff, actId: string, state: 'done' | 'refused' | 'unknown', error: object | null): Promise<void>;
  /** The act of a revocation, and its cancellation begun. */
  beginRevocation(staff: Staff, input: StripeActionOf<'revoke_license'>): Promise<Begun & { parent_id: string }>;
  closeRevocation(staff: Staff, parentId: string): Promise<void>;
  revocation(staff: Staff, parentId: string): Promise<{ license: LicenseRow; parts: RevocationParts }>;
  revocationMail(
    staff: Staff,
    licenseId: string,
    data: object,
  ): Promise<{ locale: Locale; recipient: string; refused: boolean; data: MailData }>;
  /** Brings the mirror to Stripe's state: fetches these and applies them, in that person's name or in nobody's. */
  mirror(
    staff: Staff | null,
    wanted: Array<{ kind: 'subscription' | 'invoice' | 'charge'; id: string }>,
  ): Promise<void>;
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
