import { z } from 'zod';
import { openAct } from './billing.ts';
import { mailRefusals } from '../constants/customers.ts';
import { clientSessionEnds, licenseActions, licenseStatuses, paymentMethods } from '../constants/licenses.ts';
import { locales } from '../constants/staff.ts';
import { actions, count, currency, data, id, instant, minor, planCode } from '../scalars.ts';
import { revenueRow } from './revenue.ts';

/** A licence as lists show it; its state and revenue are computed at the moment of asking. */
export const licenseRow = z.strictObject({
  id,
  customer_id: id,
  email: z.string(),
  customer_name: z.string().nullable(),
  plan: planCode,
  status: z.enum(licenseStatuses),
  expires_at: instant,
  grace_until: instant,
  auto_renew: z.boolean(),
  payment_method: z.enum(paymentMethods),
  mrr_cents: minor,
  /** Of mrr_cents. */
  currency,
  last_check_in: instant.nullable(),
  client_version: z.string().nullable(),
  client_os: z.string().nullable(),
  license_key_hint: z.string(),
  hwid_hint: z.string(),
  notes: z.string().nullable(),
  /** End of what its subscription has paid. */
  paid_until: instant.nullable(),
  /** The Stripe subscription it belongs to, running or ended. */
  subscription_id: id.nullable(),
  created_at: instant,
  actions: actions(licenseActions),
});
export type LicenseRow = z.infer<typeof licenseRow>;

/** The whole key, this once; and how its customer is written to, or why not. */
export const createdLicense = licenseRow.extend({
  license_key: z.string(),
  mail: z.strictObject({ locale: z.enum(locales), refused: z.enum(mailRefusals).nullable() }),
});
export type CreatedLicense = z.infer<typeof createdLicense>;

export const planDetails = z.strictObject({
  code: planCode,
  name: z.string(),
  monthly_price_cents: minor,
  currency,
  grace_days: count,
  entitlements: data,
});
export type PlanDetails = z.infer<typeof planDetails>;

export const licenseDetails = licenseRow.extend({
  customer: z.strictObject({
    id,
    email: z.string(),
    name: z.string().nullable(),
    company: z.string().nullable(),
    locale: z.string(),
    created_at: instant,
  }),
  plan_details: planDetails,
  /** In clear, for this one licence; null once its customer was forgotten. */
  hwid: z.string().nullable(),
  issued_at: instant,
  revoked_at: instant.nullable(),
  revoked_reason: z.string().nullable(),
  suspended_at: instant.nullable(),
  suspended_reason: z.string().nullable(),
  stripe_subscription_id: z.string().nullable(),
  /** A running subscription decides plan and renewal. */
  governed: z.boolean(),
  import_id: id.nullable(),
  created_by_name: z.string().nullable(),
  /** Why nothing is written to its customer's address. */
  mail_refused: z.enum(mailRefusals).nullable(),
  deleted_at: instant.nullable(),
  updated_at: instant,
  /** A revocation at Stripe whose outcome is not there yet. */
  open_act: openAct.nullable(),
  /** Of the product, the latest first. */
  versions: z.array(z.strictObject({ version: z.string(), first_seen_at: instant, last_seen_at: instant })),
  revenue: z.array(revenueRow),
});
export type LicenseDetails = z.infer<typeof licenseDetails>;

/** A session of staff in the name of a licence's customer. */
export const clientSessionRow = z.strictObject({
  id,
  license_id: id,
  staff_id: id,
  staff_name: z.string(),
  reason: z.string(),
  /** waiting: its token is not redeemed yet. */
  state: z.enum(['waiting', 'running', 'ended']),
  created_at: instant,
  redeemed_at: instant.nullable(),
  ends_at: instant,
  ended_at: instant.nullable(),
  ended_by_name: z.string().nullable(),
  end_reason: z.enum(clientSessionEnds).nullable(),
  /** The machine that redeemed it, masked. */
  hwid_hint: z.string().nullable(),
});
export type ClientSessionRow = z.infer<typeof clientSessionRow>;
