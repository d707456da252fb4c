import { z } from 'zod';
import {
  reminderSkips,
  subscriptionAttentions,
  subscriptionSorts,
  subscriptionStatuses,
} from '../constants/billing.ts';
import { creditedInvoice, movementRow, paymentRow, subscriptionRow } from '../rows/billing.ts';
import { eventRow } from '../rows/event.ts';
import { licenseRow } from '../rows/license.ts';
import { count, eventPaging, id, money, pageOf, paging, partOf, planCode, searchText } from '../scalars.ts';

export const subscriptionDetails = subscriptionRow.extend({
  customer: z.strictObject({
    id,
    email: z.string(),
    name: z.string().nullable(),
    company: z.string().nullable(),
    locale: z.string(),
  }),
  license: licenseRow.nullable(),
  /** The latest 24, as are the payments. */
  invoices: z.array(creditedInvoice),
  payments: z.array(paymentRow),
  movements: z.array(movementRow),
  mrr_total: money,
});
export type SubscriptionDetails = z.infer<typeof subscriptionDetails>;

export const subscriptionRpc = {
  search_subscriptions: {
    args: z.strictObject({
      query: searchText,
      statuses: z.array(z.enum(subscriptionStatuses)).nullish(),
      plans: z.array(planCode).nullish(),
      attention: z.enum(subscriptionAttentions).nullish(),
      customer_id: id.nullish(),
      sort: z.enum(subscriptionSorts).optional(),
      ...paging,
    }),
    result: pageOf(subscriptionRow),
  },
  get_subscription: { args: z.strictObject({ subscription_id: id }), result: subscriptionDetails },
  list_subscription_events: { args: z.strictObject({ subscription_id: id, ...eventPaging }), result: partOf(eventRow) },
  link_subscription_license: {
    args: z.strictObject({ subscription_id: id, license_id: id }),
    result: subscriptionRow,
  },
  subscriptions_summary: {
    args: z.strictObject({}),
    result: z.strictObject({
      failed_today: count,
      failing: count,
      expiring: count,
      expiring_unreminded: count,
      active: count,
      /** Prices by use of paying subscriptions: `mrr` does not count them. */
      left_out: count,
      mrr: money,
    }),
  },
  send_subscription_reminders: {
    /** All that end within 7 days when null. */
    args: z.strictObject({ subscription_ids: z.array(id).max(1_000).nullish() }),
    result: z.strictObject({
      sent: count,
      skipped: z.array(z.strictObject({ subscription_id: id, reason: z.enum(reminderSkips) })),
    }),
  },
} as const;
