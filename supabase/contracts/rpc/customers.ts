import { z } from 'zod';
import { activityKinds, customerSorts, customerStates } from '../constants/customers.ts';
import { locales } from '../constants/staff.ts';
import { activityRow } from '../rows/activity.ts';
import { customerDetails, customerRow } from '../rows/customer.ts';
import { emailRow } from '../rows/email.ts';
import { eventRow } from '../rows/event.ts';
import { eventPaging, id, instant, pageOf, paging, partOf, reason, searchText } from '../scalars.ts';

/** What staff edit of a customer. */
const customerFields = {
  email: z.string(),
  name: z.string().nullable(),
  company: z.string().nullable(),
  locale: z.enum(locales),
};

export const customerRpc = {
  search_customers: {
    args: z.strictObject({
      query: searchText,
      segment: z.enum(customerStates).nullish(),
      sort: z.enum(customerSorts).optional(),
      ...paging,
    }),
    result: pageOf(customerRow),
  },
  get_customer: { args: z.strictObject({ customer_id: id }), result: customerDetails },
  list_customer_events: { args: z.strictObject({ customer_id: id, ...eventPaging }), result: partOf(eventRow) },
  list_customer_activity: {
    /** Of one customer or of one licence, after the place of the last entry seen. */
    args: z.strictObject({
      customer_id: id.nullish(),
      license_id: id.nullish(),
      kinds: z.array(z.enum(activityKinds)).nullish(),
      before: instant.nullish(),
      before_key: z.string().nullish(),
      page_size: z.int().min(1).max(200).optional(),
    }),
    result: partOf(activityRow),
  },
  update_customer: {
    args: z.strictObject({
      customer_id: id,
      /** What the caller read: what changed meanwhile is not written over. */
      seen: z.strictObject(customerFields),
      ...customerFields,
    }),
    result: customerRow,
  },
  list_emails: {
    /** Of one customer or of one licence. */
    args: z.strictObject({
      customer_id: id.nullish(),
      license_id: id.nullish(),
      before: instant.nullish(),
      before_id: id.nullish(),
      page_size: z.int().min(1).max(200).optional(),
    }),
    result: partOf(emailRow),
  },
  forget_customer: { args: z.strictObject({ customer_id: id, reason }), result: customerRow },
} as const;
