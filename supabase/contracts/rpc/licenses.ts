import { z } from 'zod';
import { paymentActions } from '../constants/billing.ts';
import { notedCodes } from '../constants/license-check.ts';
import { licenseLimits, licenseSorts, licenseStatuses, paymentMethods } from '../constants/licenses.ts';
import { locales } from '../constants/staff.ts';
import { paymentRow, subscriptionRow } from '../rows/billing.ts';
import { clientSessionRow, createdLicense, licenseDetails, licenseRow } from '../rows/license.ts';
import { eventRow } from '../rows/event.ts';
import {
  actions,
  count,
  eventPaging,
  id,
  instant,
  pageOf,
  paging,
  partOf,
  planCode,
  reason,
  searchText,
} from '../scalars.ts';

const { bulk, email, extensionDays, hwid, notes } = licenseLimits;
const days = z.int().min(1).max(extensionDays);
const licenseIds = z.array(id).min(1).max(bulk);
const hardwareId = z.string().min(hwid.min).max(hwid.max);

/** How many were changed, and why the others were not. */
const bulkResult = z.strictObject({
  done: count,
  errors: z.array(z.strictObject({ license_id: id, reason: z.string() })),
});
export type BulkResult = z.infer<typeof bulkResult>;

/** A check of a licence, and how often it came alike. */
const checkRow = z.strictObject({
  id: z.int(),
  code: z.enum(notedCodes),
  first_at: instant,
  checked_at: instant,
  times: count,
  /** Null without licenses.read_hwid. */
  ip_address: z.string().nullable(),
  client_version: z.string().nullable(),
  client_os: z.string().nullable(),
  hwid_hint: z.string(),
  is_own_machine: z.boolean(),
  can_transfer: z.boolean(),
});

/** What is done with a reason, and with a mail to the customer if asked. */
const toldOne = {
  args: z.strictObject({ license_id: id, reason, send_email: z.boolean().optional() }),
  result: licenseRow,
};
const toldMany = {
  args: z.strictObject({ license_ids: licenseIds, reason, send_email: z.boolean().optional() }),
  result: bulkResult,
};

/** The customer is cut off and billed on, and that is meant: else a licence whose subscription runs is refused. */
const billedOn = z.boolean().optional();

/** What the end of a licence would leave behind. */
export const licenseConsequence = z.strictObject({
  license_id: id,
  /** The running one it follows. */
  subscription: subscriptionRow.nullable(),
  /** It runs, and no end is planned. */
  bills_on: z.boolean(),
  /** Its last that succeeded; null without payments.read. */
  payment: paymentRow.extend({ actions: actions(paymentActions) }).nullable(),
  /** Those of the customer that are not revoked, 20 at most. */
  other_licenses: z.array(
    z.strictObject({
      id,
      plan: planCode,
      status: z.enum(licenseStatuses),
      license_key_hint: z.string(),
      expires_at: instant,
    }),
  ),
});
export type LicenseConsequence = z.infer<typeof licenseConsequence>;

export const licenseRpc = {
  search_licenses: {
    args: z.strictObject({
      query: searchText,
      statuses: z.array(z.enum(licenseStatuses)).nullish(),
      plans: z.array(planCode).nullish(),
      expiring_within_days: z.int().nullish(),
      auto_renew: z.boolean().nullish(),
      import_id: id.nullish(),
      customer_id: id.nullish(),
      sort: z.enum(licenseSorts).optional(),
      ...paging,
    }),
    result: pageOf(licenseRow),
  },
  get_license: { args: z.strictObject({ license_id: id }), result: licenseDetails },
  list_license_events: { args: z.strictObject({ license_id: id, ...eventPaging }), result: partOf(eventRow) },
  list_license_checks: {
    args: z.strictObject({ license_id: id }),
    result: z.strictObject({ rows: z.array(checkRow) }),
  },
  list_client_sessions: {
    args: z.strictObject({ license_id: id }),
    result: z.strictObject({
      /** How long one lasts. */
      minutes: count,
      /** Whether the customer is told by mail. */
      is_mailed: z.boolean(),
      rows: z.array(clientSessionRow),
    }),
  },
  end_client_session: { args: z.strictObject({ session_id: id }), result: clientSessionRow },
  create_license: {
    args: z.strictObject({
      email: z.string().max(email),
      hwid: hardwareId,
      plan: planCode,
      expires_at: instant.nullish(),
      payment_method: z.enum(paymentMethods).optional(),
      notes: z.string().max(notes).nullish(),
      send_email: z.boolean().optional(),
      /** Of a new customer; one who is known keeps theirs. */
      locale: z.enum(locales).nullish(),
    }),
    result: createdLicense,
  },
  send_license_key: { args: z.strictObject({ license_id: id }), result: licenseRow },
  renew_license_key: { args: z.strictObject({ license_id: id, reason }), result: createdLicense },
  extend_license: { args: z.strictObject({ license_id: id, days, reason }), result: licenseRow },
  extend_licenses: { args: z.strictObject({ license_ids: licenseIds, days, reason }), result: bulkResult },
  change_license_plan: { args: z.strictObject({ license_id: id, plan: planCode, reason }), result: licenseRow },
  suspend_license: toldOne,
  suspend_licenses: toldMany,
  reinstate_license: toldOne,
  reinstate_licenses: toldMany,
  revoke_license: { ...toldOne, args: toldOne.args.extend({ billed_on: billedOn }) },
  revoke_licenses: { ...toldMany, args: toldMany.args.extend({ billed_on: billedOn }) },
  list_license_consequences: {
    args: z.strictObject({ license_ids: licenseIds }),
    result: z.array(licenseConsequence),
  },
  /** To the machine that was refused; nobody types its identifier. */
  transfer_license_to_check: { args: z.strictObject({ check_id: z.int(), reason }), result: licenseRow },
  transfer_license: { args: z.strictObject({ license_id: id, new_hwid: hardwareId, reason }), result: licenseRow },
  delete_license: { args: z.strictObject({ license_id: id, reason }), result: licenseRow },
} as const;
