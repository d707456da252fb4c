import { z } from 'zod';
import { customerActions, customerStates, healthReasons, mailRefusals } from '../constants/customers.ts';
import { actions, count, data, id, instant, money } from '../scalars.ts';
import { licenseRow } from './license.ts';
import { revenueRow } from './revenue.ts';

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

/** Something that speaks against the health of a customer. */
export const healthReason = z.strictObject({
  code: z.enum(healthReasons),
  /** What it takes from 100, once however often it is so. */
  points: count,
  /** When it came or will come about; of `silent` the last check-in, null when there was none. */
  at: instant.nullable(),
  license_id: id.nullable(),
  license_key_hint: z.string().nullable(),
  /** What its words need: see private.customer_health. */
  details: data,
});
export type HealthReason = z.infer<typeof healthReason>;

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
  /** `score` is null without a licence in force; what the caller may not read is not among the reasons. */
  health: z.strictObject({ score: z.int().min(0).max(100).nullable(), reasons: z.array(healthReason) }),
  revenue: z.array(revenueRow),
});
export type CustomerDetails = z.infer<typeof customerDetails>;
