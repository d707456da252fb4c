import type { PaymentFilter as PaymentStatus, PaymentSort } from '@contracts/constants/billing.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';

export type { ListedPayment, PaymentRow } from '@contracts/rows/billing.ts';
export { paymentFilters as PAYMENT_STATUSES, paymentSorts as PAYMENT_SORTS } from '@contracts/constants/billing.ts';
export type { PaymentSort, PaymentStatus };
export type PaymentPage = RpcResult<'search_payments'>;
/** Sums in minor units of one currency: currencies are never added. */
export type PaymentTotals = PaymentPage['totals'][number];
export type PaymentDays = RpcResult<'daily_payments'>;

/** Whose payments. */
export type PaymentSubject = { license_id: string } | { customer_id: string };

export interface PaymentFilters {
  q: string;
  status: PaymentStatus[];
  /** Days in Paris, both included; empty is open. */
  from: string;
  to: string;
  sort: PaymentSort;
  desc: boolean;
  page: number;
  size: number;
}
