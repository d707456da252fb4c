import type { AlertWords } from '../words.ts';
import { alertDeliveryFailed } from './alert-delivery-failed.ts';
import { auditBroken } from './audit-broken.ts';
import { auditPartitionsLow } from './audit-partitions-low.ts';
import { checkoutNeedsAttention } from './checkout-needs-attention.ts';
import { checkoutPaymentFailed } from './checkout-payment-failed.ts';
import { emailBounced } from './email-bounced.ts';
import { emailComplained } from './email-complained.ts';
import { emailFailed } from './email-failed.ts';
import { licenseRevokedUnpaid } from './license-revoked-unpaid.ts';
import { licensesAtRisk } from './licenses-at-risk.ts';
import { logDaysKept } from './log-days-kept.ts';
import { logDaysMissing } from './log-days-missing.ts';
import { logLag } from './log-lag.ts';
import { logRuleFired } from './log-rule-fired.ts';
import { metricsDiffer } from './metrics-differ.ts';
import { paymentActionRequired } from './payment-action-required.ts';
import { paymentDisputed } from './payment-disputed.ts';
import { paymentFailed } from './payment-failed.ts';
import { paymentForRevokedLicense } from './payment-for-revoked-license.ts';
import { paymentFraudWarned } from './payment-fraud-warned.ts';
import { paymentRefunded } from './payment-refunded.ts';
import { reportFailed } from './report-failed.ts';
import { revenueDiffers } from './revenue-differs.ts';
import { revocationIncomplete } from './revocation-incomplete.ts';
import { staffRecovered } from './staff-recovered.ts';
import { stripeDriftFound } from './stripe-drift-found.ts';
import { stripeEventFailed } from './stripe-event-failed.ts';
import { stripeSyncIncomplete } from './stripe-sync-incomplete.ts';
import { subscriptionCanceled } from './subscription-canceled.ts';
import { ticketBreached } from './ticket-breached.ts';
import { ticketDueSoon } from './ticket-due-soon.ts';

/** By the kind of the alert. */
export const words: Record<string, AlertWords> = {
  alert_delivery_failed: alertDeliveryFailed,
  audit_broken: auditBroken,
  audit_partitions_low: auditPartitionsLow,
  checkout_needs_attention: checkoutNeedsAttention,
  checkout_payment_failed: checkoutPaymentFailed,
  email_bounced: emailBounced,
  email_complained: emailComplained,
  email_failed: emailFailed,
  license_revoked_unpaid: licenseRevokedUnpaid,
  licenses_at_risk: licensesAtRisk,
  log_days_kept: logDaysKept,
  log_days_missing: logDaysMissing,
  log_lag: logLag,
  log_rule_fired: logRuleFired,
  metrics_differ: metricsDiffer,
  payment_action_required: paymentActionRequired,
  payment_disputed: paymentDisputed,
  payment_failed: paymentFailed,
  payment_for_revoked_license: paymentForRevokedLicense,
  payment_fraud_warned: paymentFraudWarned,
  payment_refunded: paymentRefunded,
  report_failed: reportFailed,
  revenue_differs: revenueDiffers,
  revocation_incomplete: revocationIncomplete,
  staff_recovered: staffRecovered,
  stripe_drift_found: stripeDriftFound,
  stripe_event_failed: stripeEventFailed,
  stripe_sync_incomplete: stripeSyncIncomplete,
  subscription_canceled: subscriptionCanceled,
  ticket_breached: ticketBreached,
  ticket_due_soon: ticketDueSoon,
};
