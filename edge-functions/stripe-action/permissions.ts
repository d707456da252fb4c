import type { StripeActionName } from '../../supabase/contracts/functions/stripe-action.ts';

/** What each needs; the database holds who has it. */
export const permissions: Record<StripeActionName, string> = {
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
  list_prices: 'subscriptions.update',
  refund: 'payments.refund',
  // Its other parts need theirs besides.
  revoke_license: 'licenses.revoke',
  revocation_mail: 'licenses.revoke',
  upcoming_invoice: 'subscriptions.read',
};
