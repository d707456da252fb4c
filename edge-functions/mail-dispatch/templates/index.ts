import type { MailTemplate } from '../content.ts';
import { licenseCreated } from './license-created.ts';
import { licenseKeyRenewed } from './license-key-renewed.ts';
import { licenseKeySent } from './license-key-sent.ts';
import { licenseRevoked } from './license-revoked.ts';
import { paymentFailed } from './payment-failed.ts';
import { subscriptionEnding } from './subscription-ending.ts';

/** By the name that the outbox writes. */
export const templates: Record<string, MailTemplate> = {
  license_created: licenseCreated,
  license_key_renewed: licenseKeyRenewed,
  license_key_sent: licenseKeySent,
  license_revoked: licenseRevoked,
  payment_failed: paymentFailed,
  subscription_ending: subscriptionEnding,
};
