import type Stripe from 'stripe';
import type { Core } from '../core.ts';
import { collect } from './settlement.ts';

/** Whether an invoice waits for its customer to confirm it with his bank. */
export const needsConfirmation = (core: Core, invoice: Stripe.Invoice): boolean =>
  invoice.status === 'open' &&
  core.store.invoicePayments
    .by('invoice', invoice.id!)
    .some(({ payment }) => core.store.paymentIntents.get(String(payment.payment_intent))?.status === 'requires_action');

/** What he does on the pages of all that waits for him, the oldest first. */
export function confirmPayments(core: Core, customer: string, isConfirmed: boolean): Stripe.Invoice[] {
  const waiting = core.store.invoices
    .by('customer', customer)
    .filter((invoice) => needsConfirmation(core, invoice))
    .reverse();
  for (const { id } of waiting) collect(core, id!, { confirms: isConfirmed });
  return waiting.map(({ id }) => core.store.invoices.need(id!));
}
