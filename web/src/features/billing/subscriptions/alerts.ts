import type { AlertBook } from '@/shared/alerts.ts';
import { failureReason, payerTarget } from '../payments/alerts.ts';

export default {
  subscription_canceled: { target: payerTarget, reason: failureReason },
  revocation_incomplete: { target: payerTarget },
  license_revoked_unpaid: { target: payerTarget, reason: failureReason },
} satisfies AlertBook;
