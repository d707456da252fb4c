import { z } from 'zod';

const id = z.uuid();
/** One per dialog opened: the same again is the same action, done once. */
const request = { request_id: id };
const onSubscription = { ...request, subscription_id: id };
const plan = z.string().regex(/^[a-z][a-z0-9_]{1,31}$/);
const stripeId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);

export const actionSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('cancel'),
    ...onSubscription,
    when: z.enum(['now', 'period_end']),
    reason: z.string().max(500).nullish(),
  }),
  z.object({ action: z.literal('undo_cancel'), ...onSubscription }),
  z.object({ action: z.literal('retry_payment'), ...onSubscription }),
  z.object({ action: z.literal('preview_plan'), ...onSubscription, plan }),
  z.object({
    action: z.literal('change_plan'),
    ...onSubscription,
    plan,
    proration_date: z.number().int().positive().nullish(),
  }),
  z.object({ action: z.literal('list_coupons') }),
  z
    .object({
      action: z.literal('apply_coupon'),
      ...onSubscription,
      coupon_id: stripeId.nullish(),
      promotion_code: z.string().trim().min(1).max(100).nullish(),
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
    amount_cents: z.number().int().positive().max(99_999_999).nullish(),
    reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']),
  }),
  z.object({ action: z.literal('portal_link'), ...onSubscription }),
  z.object({
    action: z.literal('checkout_link'),
    ...request,
    email: z.string().trim().max(254),
    plan,
    hwid: z.string().trim().max(200).nullish(),
    locale: z.enum(['fr', 'en']).default('fr'),
  }),
  z.object({ action: z.literal('upcoming_invoice'), subscription_id: id }),
]);

export type Action = z.infer<typeof actionSchema>;
export type ActionOf<Name extends Action['action']> = Extract<Action, { action: Name }>;

/** What each needs; the database holds who has it. */
export const permissions: Record<Action['action'], string> = {
  cancel: 'subscriptions.manage',
  undo_cancel: 'subscriptions.manage',
  preview_plan: 'subscriptions.manage',
  change_plan: 'subscriptions.manage',
  list_coupons: 'subscriptions.manage',
  apply_coupon: 'subscriptions.manage',
  remove_coupon: 'subscriptions.manage',
  retry_payment: 'subscriptions.update',
  portal_link: 'subscriptions.update',
  checkout_link: 'subscriptions.update',
  refund: 'payments.refund',
  upcoming_invoice: 'subscriptions.read',
};
