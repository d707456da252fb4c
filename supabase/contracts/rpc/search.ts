import { z } from 'zod';
import { licenseStatuses } from '../constants/licenses.ts';
import { ticketStatuses } from '../constants/tickets.ts';
import { ticketNumber } from '../rows/ticket.ts';
import { id, planCode } from '../scalars.ts';

export const searchRpc = {
  find_anything: {
    args: z.strictObject({ query: z.string() }),
    result: z.strictObject({
      licenses: z.array(
        z.strictObject({
          id,
          email: z.string(),
          license_key_hint: z.string(),
          plan: planCode,
          status: z.enum(licenseStatuses),
        }),
      ),
      customers: z.array(z.strictObject({ id, email: z.string(), name: z.string().nullable() })),
      tickets: z.array(
        z.strictObject({
          number: ticketNumber,
          subject: z.string(),
          status: z.enum(ticketStatuses),
          customer_email: z.string().nullable(),
        }),
      ),
    }),
  },
} as const;
