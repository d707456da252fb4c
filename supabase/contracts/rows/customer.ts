import { z } from 'zod';
import { customerActions, customerStates, mailRefusals } from '../constants/customers.ts';
import { actions, count, id, instant, minor, currency, money } from '../scalars.ts';
import { licenseRow } from './license.ts';

/** A customer as lists show it; what is counted is counted at the moment of asking. */
export const customerRow = z.strictObject({
  id,
  email: z.string(),
  name: z.string().nullable(),
  company: z.string().nullable(),
  locale: z.string(),
  created_at: instant,
  /** When the person was forgotten. */
  anonymized_at: instant.nullable(),
  licenses: count,
  active_licenses: count,
  /** The latest check-in of their licences. */
  last_seen: instant.nullable(),
  /** The best of their licences. */
  state: z.enum(customerStates),
  mrr: money,
});
export type CustomerRow = z.infer<typeof customerRow>;

export const customerDetails = customerRow.omit({ licenses: true }).extend({
  licenses: z.array(licenseRow),
  consent_at: instant.nullable(),
  stripe_customer_id: z.string().nullable(),
  /** Only while Stripe has another address than we. */
  stripe_email: z.string().nullable(),
  /** Why nothing is written to the address, until it is edited. */
  mail_refused: z.enum(mailRefusals).nullable(),
  mail_refused_at: instant.nullable(),
  mail_refused_reason: z.string().nullable(),
  actions: actions(customerActions),
  updated_at: instant,
  former_emails: z.array(z.string()),
  /** `lost_cents` by disputes. */
  totals: z.array(z.strictObject({ currency, succeeded_cents: minor, refunded_cents: minor, lost_cents: minor })),
});
export type CustomerDetails = z.infer<typeof customerDetails>;
