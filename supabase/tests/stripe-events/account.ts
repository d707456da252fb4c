import type Stripe from 'stripe';
import { apiKey, type World } from '../stripe-history/world.ts';
import { otherEvents } from './other-events.ts';

/** An account that lives through all there is, so that every type of event is sent. */
export async function liveThrough({ stripe, standIn }: World): Promise<void> {
  const { control } = standIn;
  /** As it is on the wire: the SDK makes types of its own of decimals. */
  const wire = async <T extends { id?: string }>(path: string, { id }: T): Promise<T> => {
    const headers = { authorization: `Bearer ${apiKey}` };
    return (await standIn.fetch(new Request(`http://stripe.test/v1/${path}/${id}`, { headers }))).json() as Promise<T>;
  };
  const priceOf = async (key: string) => (await stripe.prices.list({ lookup_keys: [key] })).data[0]!.id;
  const [premium, starter] = [await priceOf('premium_month'), await priceOf('starter_month')];
  const buy = async (name: string, given: Partial<Stripe.Checkout.SessionCreateParams> = {}) => {
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: premium, quantity: 1 }],
      success_url: 'https://shop.test',
      custom_fields: [{ key: 'hwid', type: 'text', label: { type: 'custom', custom: 'HWID' } }],
      ...given,
    });
    control.completeCheckout(session.id, {
      card: '4242424242424242',
      email: `${name}@example.com`,
      customFields: { hwid: `HWID-EVENTS-${name}` },
    });
    const { data } = await stripe.subscriptions.list({ status: 'all', limit: 1 });
    return { ...data[0]!, customer: String(data[0]!.customer) };
  };
  const chargeOf = async (customer: string) => (await stripe.charges.list({ customer, limit: 1 })).data[0]!;
  const openInvoice = async (customer: string) =>
    (await stripe.invoices.list({ customer, limit: 1, status: 'open' })).data[0]!.id!;

  const changed = await buy('changed');
  await stripe.subscriptions.update(changed.id, {
    items: [{ id: changed.items.data[0]!.id, price: starter }],
    proration_behavior: 'always_invoice',
  });
  const gift = await stripe.coupons.create({ percent_off: 25, duration: 'forever', name: 'Gift' });
  await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: gift.id }, code: 'GIFT' });
  await stripe.subscriptions.update(changed.id, { discounts: [{ coupon: gift.id }] });
  await stripe.coupons.update(gift.id, { name: 'Present' });
  await stripe.customers.update(changed.customer, { name: 'Anne Martin' });
  control.updateCardInPortal(changed.customer, '5555555555554444');
  control.advanceCustomer(changed.customer, 'next_invoice');
  await stripe.subscriptions.update(changed.id, { discounts: '' });
  const spare = await stripe.coupons.create({ amount_off: 500, currency: 'eur', duration: 'once' });
  await stripe.coupons.del(spare.id);

  const failing = await buy('failing');
  control.failNext(failing.customer, 'insufficient_funds');
  control.advanceCustomer(failing.customer, 'next_invoice');
  await stripe.invoices.pay(await openInvoice(failing.customer));
  control.failAlways(failing.customer, 'expired_card');
  control.advanceCustomer(failing.customer, 'next_invoice');
  await stripe.invoices.markUncollectible(await openInvoice(failing.customer));

  const voided = await buy('voided');
  control.failAlways(voided.customer, 'lost_card');
  control.advanceCustomer(voided.customer, 'next_invoice');
  await stripe.invoices.voidInvoice(await openInvoice(voided.customer));
  await stripe.subscriptions.cancel(voided.id);

  const asked = await buy('asked');
  control.requireAuthentication(asked.customer);
  control.advanceCustomer(asked.customer, 'next_invoice');

  control.confirmPayments(asked.customer);
  const waiting = await buy('waiting');
  control.requireAuthentication(waiting.customer);
  await stripe.subscriptions.update(waiting.id, {
    items: [{ id: waiting.items.data[0]!.id, price: await priceOf('enterprise_month') }],
    proration_behavior: 'always_invoice',
    payment_behavior: 'pending_if_incomplete',
  });
  control.confirmPayments(waiting.customer);

  for (const [name, isPaid] of [
    ['debited', true],
    ['returned', false],
  ] as const) {
    const debited = await buy(name);
    control.payByDebit(debited.customer);
    control.advanceCustomer(debited.customer, 'next_invoice');
    control.settleDebits(debited.customer, isPaid);
  }

  const disputed = await buy('disputed');
  control.closeDispute((await control.openDispute((await chargeOf(disputed.customer)).id)).id, 'lost');
  const won = await buy('won');
  control.closeDispute((await control.openDispute((await chargeOf(won.customer)).id)).id, 'won');

  control.warnOfFraud((await chargeOf((await buy('suspected')).customer)).id);
  const credited = await buy('credited');
  const [bill] = (await stripe.invoices.list({ customer: credited.customer, limit: 1 })).data;
  await stripe.creditNotes.create({ invoice: bill!.id!, amount: 500, out_of_band_amount: 500 });
  control.failAlways(credited.customer);
  control.advanceCustomer(credited.customer, 'next_invoice');
  const note = await stripe.creditNotes.create({ invoice: await openInvoice(credited.customer), amount: 500 });
  await stripe.creditNotes.voidCreditNote(note.id);

  const refunded = await buy('refunded');
  const refund = await stripe.refunds.create({ charge: (await chargeOf(refunded.customer)).id, amount: 900 });

  const trial = await buy('trial', { subscription_data: { trial_period_days: 7 } });
  control.advanceCustomer(trial.customer, { days: 5 });
  await stripe.subscriptions.update(trial.id, { cancel_at_period_end: true });
  control.advanceCustomer(trial.customer, { days: 5 });

  await stripe.customers.del((await buy('deleted')).customer);
  control.chargeGuest(1_500, 'eur');

  const [invoice] = (await stripe.invoices.list({ customer: refunded.customer, limit: 1 })).data;
  const others = otherEvents({
    customer: refunded.customer,
    subscription: await wire('subscriptions', refunded as Stripe.Subscription),
    invoice: await wire('invoices', invoice!),
    charge: await wire('charges', await chargeOf(refunded.customer)),
    refund: await wire('refunds', refund),
  });
  for (const { type, object } of others) control.tell(type, object);
}
