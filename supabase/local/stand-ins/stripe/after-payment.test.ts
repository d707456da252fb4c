import { describe, expect, it } from 'vitest';
import { failure, useStandIn } from './testing.ts';

const world = useStandIn();

async function charged(currency = 'eur', unit_amount = 1900) {
  const product = (await world.stripe.products.create({ name: 'Abroad' })).id;
  const price = await world.stripe.prices.create({ product, currency, unit_amount, recurring: { interval: 'month' } });
  const subscription = await world.subscribe('small', { items: [{ price: price.id }] });
  const [charge] = (await world.stripe.charges.list({ limit: 1 })).data;
  world.types();
  return { subscription, charge: charge! };
}

describe('a dispute', () => {
  it.each([
    ['won', ['charge.dispute.closed', 'charge.dispute.funds_reinstated']],
    ['lost', ['charge.dispute.closed']],
  ] as const)('is %s', async (end, told) => {
    const { charge } = await charged();
    const dispute = world.standIn.control.openDispute(charge.id, { amount: 900 });
    expect(dispute).toMatchObject({ status: 'needs_response', amount: 900, currency: 'eur' });
    expect(world.types()).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
    world.standIn.control.closeDispute(dispute.id, end);
    expect(world.types()).toEqual(told);
    expect((await world.stripe.disputes.list({ charge: charge.id })).data).toMatchObject([{ status: end }]);
    expect(await world.stripe.charges.retrieve(charge.id)).toMatchObject({ disputed: true });
  });

  it('that is only asked about takes no money, is closed as such, or becomes one', async () => {
    const { control } = world.standIn;
    const { charge } = await charged();
    const inquiry = control.openDispute(charge.id, { isInquiry: true });
    expect(world.types()).toEqual(['charge.dispute.created']);
    expect(() => control.closeDispute(inquiry.id, 'lost')).toThrow('An inquiry is closed');
    control.closeDispute(inquiry.id, 'warning_closed');
    const other = control.openDispute((await charged()).charge.id, { isInquiry: true });
    world.types();
    expect(control.escalateDispute(other.id)).toMatchObject({ status: 'needs_response', is_charge_refundable: false });
    expect(world.types()).toEqual(['charge.dispute.updated', 'charge.dispute.funds_withdrawn']);
  });

  it.each([
    ['open', async () => undefined, 'charge_disputed'],
    ['lost', async (id: string) => world.standIn.control.closeDispute(id, 'lost'), 'charge_disputed'],
    ['won', async (id: string) => world.standIn.control.closeDispute(id, 'won'), null],
  ] as const)('%s: its charge is refunded or not, as at Stripe', async (_, then, code) => {
    const { charge } = await charged();
    await then(world.standIn.control.openDispute(charge.id).id);
    const refund = world.stripe.refunds.create({ charge: charge.id });
    if (code === null) expect(await refund).toMatchObject({ status: 'succeeded' });
    else
      expect(await failure(refund)).toMatchObject({
        code,
        statusCode: 400,
        message: `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      });
  });
});

describe('an early fraud warning', () => {
  it('can be acted on until its charge is refunded in full', async () => {
    const { charge } = await charged();
    const warning = world.standIn.control.warnOfFraud(charge.id, 'made_with_stolen_card');
    expect(warning).toMatchObject({ actionable: true, fraud_type: 'made_with_stolen_card', charge: charge.id });
    await world.stripe.refunds.create({ charge: charge.id, amount: 100 });
    expect(await world.stripe.radar.earlyFraudWarnings.retrieve(warning.id)).toMatchObject({ actionable: true });
    world.types();
    await world.stripe.refunds.create({ charge: charge.id });
    expect(world.types()).toContain('radar.early_fraud_warning.updated');
    expect((await world.stripe.radar.earlyFraudWarnings.list({ charge: charge.id })).data).toMatchObject([
      { actionable: false },
    ]);
  });

  it('can be acted on no more once its charge is disputed', async () => {
    const { charge } = await charged();
    const { id } = world.standIn.control.warnOfFraud(charge.id);
    world.standIn.control.openDispute(charge.id);
    expect(await world.stripe.radar.earlyFraudWarnings.retrieve(id)).toMatchObject({ actionable: false });
  });
});

describe('a credit note', () => {
  const latest = async () => (await world.stripe.invoices.list({ limit: 1 })).data[0]!;

  it('of a paid invoice gives back by the card, or not, never more than was paid', async () => {
    await charged();
    const { id } = await latest();
    const note = await world.stripe.creditNotes.create({ invoice: id!, amount: 500, refund_amount: 500 });
    expect(note).toMatchObject({ type: 'post_payment', post_payment_amount: 500, pre_payment_amount: 0 });
    expect(world.types()).toEqual(['charge.refunded', 'refund.created', 'invoice.updated', 'credit_note.created']);
    expect(await latest()).toMatchObject({ status: 'paid', total: 1900, post_payment_credit_notes_amount: 500 });
    const tooMuch = world.stripe.creditNotes.create({ invoice: id!, amount: 1500, out_of_band_amount: 1500 });
    expect(await failure(tooMuch)).toMatchObject({ param: 'amount' });
    expect(await failure(world.stripe.creditNotes.create({ invoice: id!, amount: 100 }))).toMatchObject({
      message: expect.stringContaining('must equal the post payment amount'),
    });
  });

  it('of an open one lowers what is due, settles it when nothing is left, and can be taken back before', async () => {
    const subscription = await world.subscribe('small');
    world.standIn.control.failAlways(String(subscription.customer));
    world.standIn.control.advanceCustomer(String(subscription.customer), 'next_invoice');
    world.standIn.control.advanceCustomer(String(subscription.customer), { days: 0.1 });
    const open = (await world.stripe.invoices.list({ status: 'open', limit: 1 })).data[0]!;
    const note = await world.stripe.creditNotes.create({ invoice: open.id!, amount: 400 });
    expect(await latest()).toMatchObject({ status: 'open', amount_due: 1500, amount_remaining: 1500 });
    await world.stripe.creditNotes.voidCreditNote(note.id);
    expect(await latest()).toMatchObject({ status: 'open', amount_due: 1900 });
    await world.stripe.creditNotes.create({ invoice: open.id!, amount: 1900 });
    expect(await latest()).toMatchObject({ status: 'paid', amount_paid: 0 });
    expect(await failure(world.stripe.creditNotes.voidCreditNote(note.id))).toMatchObject({ statusCode: 400 });
  });
});

describe('currencies', () => {
  it.each([
    ['jpy', 3000, 1500, null],
    ['kwd', 12_340, 5120, null],
    ['kwd', 12_340, 5124, 'amount'],
    ['eur', 1900, 1, null],
  ])('a refund in %s of %i: %i', async (currency, amount, part, refused) => {
    const { charge } = await charged(currency, amount);
    expect(charge).toMatchObject({ amount, currency });
    const refund = world.stripe.refunds.create({ charge: charge.id, amount: part });
    if (refused) expect(await failure(refund)).toMatchObject({ param: refused, statusCode: 400 });
    else expect(await refund).toMatchObject({ amount: part, currency });
  });
});

describe('prices and taxes', () => {
  const monthly = { recurring: { interval: 'month' as const }, currency: 'eur' };
  const tiers = [
    { up_to: 5, unit_amount: 1000, flat_amount: 500 },
    { up_to: 'inf' as const, unit_amount: 700 },
  ];
  const make = async (given: object) =>
    world.stripe.prices.create({
      product: (await world.stripe.products.create({ name: 'Seats' })).id,
      ...monthly,
      ...given,
    });

  it.each([
    ['graduated', 7, 500 + 5000 + 1400],
    ['volume', 7, 4900],
    ['volume', 3, 3500],
  ] as const)('tiers, %s, of %i cost %i, and are shown when asked for only', async (tiers_mode, quantity, total) => {
    const price = await make({ billing_scheme: 'tiered', tiers_mode, tiers });
    expect(price).toMatchObject({ unit_amount: null, tiers_mode });
    expect(price).not.toHaveProperty('tiers');
    const whole = await world.stripe.prices.retrieve(price.id, { expand: ['tiers'] });
    expect(whole.tiers).toMatchObject([{ up_to: 5 }, { up_to: null }]);
    const { latest_invoice } = await world.subscribe('small', { items: [{ price: price.id, quantity }] });
    expect(await world.stripe.invoices.retrieve(String(latest_invoice))).toMatchObject({ total });
  });

  it('what is metered has no quantity and costs nothing yet', async () => {
    const price = await make({ unit_amount: 5, recurring: { interval: 'month', usage_type: 'metered' } });
    const subscription = await world.subscribe('small', { items: [{ price: world.price.small }, { price: price.id }] });
    expect(subscription.items.data[1]).not.toHaveProperty('quantity');
    expect(await world.stripe.invoices.retrieve(String(subscription.latest_invoice))).toMatchObject({ total: 1900 });
  });

  it.each([
    [true, { total: 1900, total_excluding_tax: 1583 }, 317],
    [false, { total: 2280, total_excluding_tax: 1900 }, 380],
  ])('taxes inside the price: %s', async (inclusive, amounts, amount) => {
    const rate = await world.stripe.taxRates.create({ display_name: 'TVA', percentage: 20, inclusive });
    const { latest_invoice } = await world.subscribe('small', { default_tax_rates: [rate.id] });
    const invoice = await world.stripe.invoices.retrieve(String(latest_invoice));
    expect(invoice).toMatchObject(amounts);
    const tax = { amount, tax_behavior: inclusive ? 'inclusive' : 'exclusive' };
    expect(invoice.total_taxes).toMatchObject([tax]);
    expect(invoice.lines.data[0]!.taxes).toMatchObject([tax]);
  });

  it('a coupon of an item lowers that item, period after period, and is named by its id in a list', async () => {
    const coupon = await world.stripe.coupons.create({ percent_off: 50, duration: 'forever' });
    const subscription = await world.subscribe('small', {
      items: [{ price: world.price.small, discounts: [{ coupon: coupon.id }] }, { price: world.price.big }],
    });
    expect(await world.stripe.invoices.retrieve(String(subscription.latest_invoice))).toMatchObject({ total: 10_850 });
    world.standIn.control.advanceCustomer(String(subscription.customer), 'next_invoice');
    expect((await world.stripe.invoices.list({ limit: 1 })).data).toMatchObject([{ total: 10_850 }]);
    const [held] = (await world.stripe.subscriptions.list({ expand: ['data.items.data.discounts'] })).data;
    const discount = held!.items.data[0]!.discounts[0];
    expect(discount).toMatchObject({ source: { coupon: coupon.id }, subscription_item: held!.items.data[0]!.id });
    const item = await world.stripe.subscriptionItems.retrieve(held!.items.data[0]!.id, {
      expand: ['discounts.source.coupon.currency_options'],
    });
    expect(item.discounts).toMatchObject([{ source: { coupon: { id: coupon.id, percent_off: 50 } } }]);
  });
});
