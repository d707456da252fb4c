import type { MailTemplate } from '../content.ts';
import { accountChanged } from './account-changed.ts';
import { checkoutPaymentFailed } from './checkout-payment-failed.ts';
import { licenseCreated } from './license-created.ts';
import { licenseKeyRenewed } from './license-key-renewed.ts';
import { licenseKeySent } from './license-key-sent.ts';
import { licenseReinstated } from './license-reinstated.ts';
import { licenseRevoked } from './license-revoked.ts';
import { licenseSuspended } from './license-suspended.ts';
import { logRuleFired } from './log-rule-fired.ts';
import { loginAsRedeemed } from './login-as-redeemed.ts';
import { paymentActionRequired } from './payment-action-required.ts';
import { paymentFailed } from './payment-failed.ts';
import { report } from './report.ts';
import { subscriptionEnding } from './subscription-ending.ts';
import { ticketMessage } from './ticket-message.ts';

/** By the name that the outbox writes. */
export const templates: Record<string, MailTemplate> = {
  account_changed: accountChanged,
  checkout_payment_failed: checkoutPaymentFailed,
  license_created: licenseCreated,
  license_key_renewed: licenseKeyRenewed,
  license_key_sent: licenseKeySent,
  license_reinstated: licenseReinstated,
  license_revoked: licenseRevoked,
  license_suspended: licenseSuspended,
  log_rule_fired: logRuleFired,
  login_as_redeemed: loginAsRedeemed,
  payment_action_required: paymentActionRequired,
  payment_failed: paymentFailed,
  report,
  subscription_ending: subscriptionEnding,
  ticket_message: ticketMessage,
};
