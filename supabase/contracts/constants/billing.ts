/** Stripe's own. */
export const subscriptionStatuses = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
  'paused',
] as const;
export type SubscriptionStatus = (typeof subscriptionStatuses)[number];

export const subscriptionSorts = [
  'email',
  'plan',
  'amount_cents',
  'mrr_cents',
  'current_period_end',
  'status',
  'created_at',
] as const;
export type SubscriptionSort = (typeof subscriptionSorts)[number];

export const subscriptionAttentions = ['failed', 'waiting', 'expiring', 'canceling', 'unlinked'] as const;
export type SubscriptionAttention = (typeof subscriptionAttentions)[number];

export const subscriptionActions = [
  'retry_payment',
  'portal_link',
  'remind',
  'change_plan',
  'apply_coupon',
  'remove_coupon',
  'undo_cancel',
  'cancel',
  'link_license',
] as const;
export const paymentActions = ['refund'] as const;

export const reminderSkips = ['already_reminded', 'not_expiring', 'address_refused', 'not_found'] as const;
export type ReminderSkip = (typeof reminderSkips)[number];

/** What a payment is; lists filter by two states more. */
export const paymentStatuses = ['succeeded', 'failed', 'pending'] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];
export const paymentFilters = [...paymentStatuses, 'refunded', 'disputed'] as const;
export type PaymentFilter = (typeof paymentFilters)[number];

export const paymentSorts = ['payment_date', 'amount', 'email', 'status'] as const;
export type PaymentSort = (typeof paymentSorts)[number];

export const invoiceStatuses = ['draft', 'open', 'paid', 'void', 'uncollectible'] as const;
export type InvoiceStatus = (typeof invoiceStatuses)[number];

export const movementKinds = ['new', 'expansion', 'contraction', 'churn', 'reactivation'] as const;
export type MovementKind = (typeof movementKinds)[number];

/** Why a movement happened, where its kind does not say it. */
export const movementReasons = ['paused'] as const;

/** What becomes of invoices while collection is paused. */
export const pauseBehaviors = ['void', 'mark_uncollectible', 'keep_as_draft'] as const;
export type PauseBehavior = (typeof pauseBehaviors)[number];

/** What changed a figure after its day. */
export const restatementReasons = ['late', 'first_payment', 'test_cleared', 'by_hand'] as const;

export const creditNoteStatuses = ['issued', 'void'] as const;

export const refundReasons = ['duplicate', 'fraudulent', 'requested_by_customer'] as const;
export type RefundReason = (typeof refundReasons)[number];

export const couponDurations = ['once', 'repeating', 'forever'] as const;
export type CouponDuration = (typeof couponDurations)[number];

export const billingIntervals = ['day', 'week', 'month', 'year'] as const;
/** How often a plan is paid, of what is sold. */
export const soldRhythms = ['month', 'year'] as const;

export const retryOutcomes = ['paid', 'processing', 'confirm', 'failed', 'gone'] as const;
export type RetryOutcome = (typeof retryOutcomes)[number];

export const syncKinds = ['incremental', 'full'] as const;
export type SyncKind = (typeof syncKinds)[number];

/** How far something asked of Stripe is; unknown until Stripe has told, when its answer never came. */
export const actStates = ['begun', 'unknown', 'done', 'refused', 'failed'] as const;
export type ActState = (typeof actStates)[number];
