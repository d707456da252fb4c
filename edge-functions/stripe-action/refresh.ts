import type { Staff } from '../_shared/staff.ts';
import type { Stripe } from '../_shared/stripe.ts';
import type { ActionStore } from './types.ts';

const intentsOf = (invoice: Stripe.Invoice) =>
  (invoice.payments?.data ?? []).flatMap(({ payment }) =>
    payment.payment_intent ? [String(payment.payment_intent)] : [],
  );

/**
 * Brings the mirror to the subscription, its latest invoice and those named, and their charges: all that an act can
 * have touched.
 */
export async function refresh(
  stripe: Stripe,
  store: ActionStore,
  staff: Staff,
  subscriptionId: string,
  invoiceIds: readonly string[] = [],
): Promise<void> {
  const { latest_invoice } = await stripe.subscriptions.retrieve(subscriptionId, {
    expand: ['latest_invoice.payments'],
  });
  const latest = latest_invoice && typeof latest_invoice === 'object' ? [latest_invoice] : [];
  const others = invoiceIds.filter((id) => id !== latest[0]?.id);
  const invoices = [
    ...latest,
    ...(await Promise.all(others.map((id) => stripe.invoices.retrieve(id, { expand: ['payments'] })))),
  ];
  const charges = await Promise.all(
    invoices.flatMap(intentsOf).map((payment_intent) => stripe.charges.list({ payment_intent, limit: 10 })),
  );
  await store.mirror(staff, [
    { kind: 'subscription', id: subscriptionId },
    ...invoices.flatMap(({ id }) => (id ? [{ kind: 'invoice' as const, id }] : [])),
    ...charges.flatMap(({ data }) => data.map(({ id }) => ({ kind: 'charge' as const, id }))),
  ]);
}
