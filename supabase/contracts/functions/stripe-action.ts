import { z } from 'zod';
import {
  actStates,
  billingIntervals,
  couponDurations,
  refundReasons,
  retryOutcomes,
  soldRhythms,
} from '../constants/billing.ts';
import { locales } from '../constants/staff.ts';
import { discount, paymentRow, subscriptionRow } from '../rows/billing.ts';
import { licenseRow } from '../rows/license.ts';
import { currency, id, instant, isStorable, minor, planCode, reason, text } from '../scalars.ts';

/** One per dialog opened: the same again is the same action, done once. */
const request = { request_id: id };
/** How often a plan is paid, of what is sold; a change of plan keeps its rhythm unless one is named. */
const rhythm = z.enum(soldRhythms);
export type SoldRhythm = z.infer<typeof rhythm>;
const ofSubscription = { ...request, subscription_id: id };

const { status, plan, quantity, amount_cents, current_period_end, cancel_at_period_end, cancel_at, updated_at } =
  subscriptionRow.shape;
/** The row a dialog showed: an act is refused when it is another by now. */
export const seenSubscription = z.object({
  updated_at,
  status,
  plan,
  // As wide as the column.
  quantity: quantity.max(2_147_483_647),
  amount_cents,
  current_period_end,
  cancel_at_period_end,
  cancel_at,
  discounts: z.array(discount).refine(isStorable, 'must hold what can be stored'),
});
export const seenPayment = z.object({
  updated_at: instant,
  status: paymentRow.shape.status,
  amount_refunded: minor,
  dispute_status: paymentRow.shape.dispute_status,
});
const onSubscription = { ...ofSubscription, seen: seenSubscription };
/** Stripe takes 99,999,999 of most currencies, and up to twelve digits of those of small units. */
const amountToRefund = z.int().positive().max(99_999_999_999);
/** What becomes of the subscription of a licence that is revoked; to leave it alone, the database revokes. */
const revocation = { license_id: id, billing: z.enum(['now', 'period_end']) };
const stripeId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);

export const stripeActionRequest = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('cancel'),
    ...onSubscription,
    when: z.enum(['now', 'period_end']),
    reason: text(500).nullish(),
  }),
  z.object({ action: z.literal('undo_cancel'), ...onSubscription }),
  z.object({ action: z.literal('retry_payment'), ...onSubscription }),
  z.object({ action: z.literal('preview_plan'), ...ofSubscription, plan: planCode, rhythm: rhythm.nullish() }),
  z.object({
    action: z.literal('change_plan'),
    ...onSubscription,
    plan: planCode,
    rhythm: rhythm.nullish(),
    proration_date: z.int().positive().nullish(),
  }),
  z.object({ action: z.literal('list_coupons') }),
  z.object({ action: z.literal('list_prices') }),
  z
    .object({
      action: z.literal('apply_coupon'),
      ...onSubscription,
      coupon_id: stripeId.nullish(),
      promotion_code: text(100).trim().min(1).nullish(),
    })
    .refine(
      (input) => Boolean(input.coupon_id) !== Boolean(input.promotion_code),
      'one of coupon_id and promotion_code is required',
    ),
  z.object({ action: z.literal('remove_coupon'), ...onSubscription }),
  z.object({
    action: z.literal('refund'),
    ...request,
    payment_id: id,
    seen: seenPayment,
    amount_cents: amountToRefund.nullish(),
    reason: z.enum(refundReasons),
  }),
  z.object({
    action: z.literal('revoke_license'),
    ...request,
    ...revocation,
    subscription_id: id,
    reason,
    send_email: z.boolean(),
    refund: z.object({ payment_id: id, amount_cents: amountToRefund, reason: z.enum(refundReasons) }).nullish(),
    seen: z.object({ subscription: seenSubscription, payment: seenPayment.nullish() }),
  }),
  z
    .object({
      action: z.literal('revocation_mail'),
      license_id: id,
      billing: z.enum(['now', 'period_end', 'keep']).nullish(),
      ends_at: instant.nullish(),
      refund: z.object({ amount_cents: amountToRefund, currency }).nullish(),
    })
    .refine(
      ({ billing, ends_at }) => billing !== 'period_end' || Boolean(ends_at),
      'ends_at is required for an end with the period',
    ),
  z.object({ action: z.literal('portal_link'), ...ofSubscription }),
  z.object({
    action: z.literal('checkout_link'),
    ...request,
    email: text(254).trim(),
    plan: planCode,
    rhythm: rhythm.nullish(),
    hwid: text(200).trim().nullish(),
    locale: z.enum(locales).default('fr'),
  }),
  z.object({ action: z.literal('upcoming_invoice'), subscription_id: id }),
]);
export type StripeAction = z.infer<typeof stripeActionRequest>;
export type StripeActionName = StripeAction['action'];
export type StripeActionOf<Name extends StripeActionName> = Extract<StripeAction, { action: Name }>;
/** As a caller writes it, without what every call carries. */
export type StripeActionFields<Name extends StripeActionName> = Omit<
  Extract<z.input<typeof stripeActionRequest>, { action: Name }>,
  'action' | 'request_id'
>;

/** A line of an invoice, in facts: who shows it says it in words. */
const invoiceLine = z.strictObject({
  /** `unused` gives back what was paid for the rest of a period, `remaining` asks it for what takes its place. */
  kind: z.enum(['period', 'unused', 'remaining']),
  /** Code of the plan of its price; null for a price that names none. */
  plan: z.string().nullable(),
  quantity: z.int().nullable(),
  period_start: instant,
  period_end: instant,
  /** What its price is called, as the seller wrote it. */
  name: z.string().nullable(),
  /** Stripe's own words, in English: for lines without a price, which somebody wrote in Stripe. */
  description: z.string(),
  amount_cents: minor,
});
export type InvoiceLine = z.infer<typeof invoiceLine>;

/** An invoice not yet made. */
export const invoicePreview = z.strictObject({
  amount_due_cents: minor,
  currency,
  /** Unix seconds the prorations count from; sent back with the change so that it costs what was shown. */
  proration_date: z.int().nullable(),
  lines: z.array(invoiceLine),
  /** What the lines do not hold; negative takes off. The three and the lines add up to what is due. */
  discount_cents: minor,
  tax_cents: minor,
  /** Credit or debt of the customer; positive when a credit is kept for later. */
  balance_cents: minor,
  next_amount_cents: minor.nullable(),
  next_payment_at: instant.nullable(),
});
export type InvoicePreview = z.infer<typeof invoicePreview>;

export const coupon = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  percent_off: z.number().nullable(),
  amount_off_cents: minor.nullable(),
  currency: currency.nullable(),
  duration: z.enum(couponDurations),
  duration_in_months: z.int().nullable(),
});
export type Coupon = z.infer<typeof coupon>;

export const soldPrice = z.strictObject({
  plan: z.string(),
  interval: z.enum(billingIntervals),
  interval_count: z.int().positive(),
  amount_cents: minor,
  currency,
});
export type SoldPrice = z.infer<typeof soldPrice>;

/** What Stripe refused by its codes, in the details of `stripe_error` and `stripe_unavailable`; its text is audited. */
export const stripeErrorDetails = z.strictObject({
  type: z.string(),
  code: z.string().nullable(),
  decline_code: z.string().nullable(),
  param: z.string().nullable(),
  request_id: z.string().nullable(),
});
export type StripeErrorDetails = z.infer<typeof stripeErrorDetails>;

/** An open invoice whose payment was tried again. */
export const retriedInvoice = z.strictObject({
  stripe_invoice_id: z.string(),
  number: z.string().nullable(),
  amount_cents: minor,
  currency,
  /** `confirm`: the bank asks for the customer; `gone`: void by now. */
  outcome: z.enum(retryOutcomes),
  /** Why it was refused. */
  error: stripeErrorDetails.nullable(),
  /** Where the customer pays or confirms. */
  page: z.string().nullable(),
});
export type RetriedInvoice = z.infer<typeof retriedInvoice>;

const changed = z.strictObject({ subscription: subscriptionRow });

const part = z.enum(actStates);
/** What became of a revocation: each part by itself. */
export const revoked = z.strictObject({
  license: licenseRow,
  parts: z.strictObject({ cancel: part, license: part, refund: part.optional() }),
  /** Why the refund was not made. */
  refund_error: z.strictObject({ code: z.string(), details: z.unknown() }).nullable(),
});

/** A mail as it would leave. */
const letter = z.strictObject({
  locale: z.enum(locales),
  recipient: z.string(),
  /** The address takes no mail from us: it would not be sent. */
  refused: z.boolean(),
  subject: z.string(),
  text: z.string(),
});

export const stripeActionResponses = {
  cancel: changed,
  undo_cancel: changed,
  retry_payment: changed.extend({ invoices: z.array(retriedInvoice) }),
  preview_plan: z.strictObject({ preview: invoicePreview }),
  change_plan: changed,
  list_coupons: z.strictObject({ coupons: z.array(coupon) }),
  list_prices: z.strictObject({ prices: z.array(soldPrice) }),
  apply_coupon: changed,
  remove_coupon: changed,
  refund: z.strictObject({ payment: paymentRow }),
  revoke_license: revoked,
  revocation_mail: z.strictObject({ mail: letter }),
  portal_link: z.strictObject({ url: z.url() }),
  checkout_link: z.strictObject({ url: z.url(), expires_at: instant }),
  /** Null when none will come. */
  upcoming_invoice: z.strictObject({ invoice: invoicePreview.nullable() }),
} as const satisfies Record<StripeActionName, z.ZodType>;
export type StripeActionResponse<Name extends StripeActionName> = z.infer<(typeof stripeActionResponses)[Name]>;

export const stripeAction = {
  auth: 'staff',
  request: stripeActionRequest,
  response: stripeActionResponses,
  errors: [
    'permission_denied',
    'subscription_not_found',
    'payment_not_found',
    'promotion_code_not_found',
    'already_canceled',
    'already_ending',
    'coupon_unusable',
    'no_payment_method',
    'portal_not_configured',
    'stripe_object_gone',
    'nothing_to_retry',
    'not_ending',
    'no_discount',
    'nothing_to_refund',
    'payment_disputed',
    'stripe_customer_deleted',
    'same_plan',
    'amount_too_large',
    'amount_too_fine',
    'plan_has_no_price',
    'request_id_reused',
    'act_under_way',
    'seen_changed',
    'act_unknown',
    'invalid_argument',
    'license_not_found',
    'license_revoked',
    'customer_forgotten',
    'subscription_not_of_license',
    'stripe_error',
    'stripe_unavailable',
  ],
} as const;
