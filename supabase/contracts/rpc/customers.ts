import { z } from 'zod';
import { customerSorts, customerStates } from '../constants/customers.ts';
import { customerDetails, customerRow } from '../rows/customer.ts';
import { eventRow } from '../rows/event.ts';
import { eventPaging, id, pageOf, paging, partOf, reason, searchText } from '../scalars.ts';

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
  forget_customer: { args: z.strictObject({ customer_id: id, reason }), result: customerRow },
} as const;
