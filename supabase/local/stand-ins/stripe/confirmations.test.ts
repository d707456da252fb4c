import { describe, expect, it } from 'vitest';
import { day, failure, useStandIn } from './testing.ts';

const world = useStandIn();
const change = (id: string, item: string, price: string, more: object = {}) =>
  world.stripe.subscriptions.update(id, {
    items: [{ id: item, price }],
    proration_behavior: 'always_invoice',
    payment_behavior: 'pending_if_incomplete',
    ...more,
  });
const open = async (subscription: string) =>
  (await world.stripe.invoices.list({ subscription, status: 'open' })).data[0]!;

describe('a card whose bank asks for its owner', () => {
  const checkout = async (card: string, entries: Record<string, string> = {}) => {
    const session = await world.stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: world.price.small, quantity: 1 }],
      success_url: 'https://shop.test',
    });
    return world.standIn.fetch(
      new Request(session.url!, {
        method: 'POST',
        body: new URLSearchParams({ email: 'b@example.com', card, ...entries }),
      }),
    );
  };

  it('is confirmed on the page of the checkout, or is not', async () => {
    expect(await (await checkout('4000 0027 6000 3184')).text()).toMatch(/banque|bank/);
    const failed = await checkout('4000 0027 6000 3184', { confirms: 'no' });
    expect([failed.status, await failed.text()]).toEqual([402, expect.stringContaining('unable to authenticate')]);
    expect((await checkout('4000 0027 6000 3184', { confirms: 'yes' })).status).toBe(303);
  });

  it('is refused where nobody is there, and waits on the page of the invoice', async () => {
    const subscription = await world.subscribe();
    const customer = subscription.customer as string;
    world.standIn.control.updateCardInPortal(customer, '4000 0027 6000 3184');
    world.standIn.control.advanceCustomer(customer, 'next_invoice');
    expect(world.types()).toEqual(
      expect.arrayContaining(['invoice.payment_action_required', 'invoice.payment_failed']),
    );
    const invoice = await open(subscription.id);
    expect(await failure(world.stripe.invoices.pay(invoice.id!))).toMatchObject({
      statusCode: 402,
      code: 'authentication_required',
    });
    const page = (body?: object) =>
      world.standIn.fetch(
        new Request(
          `http://stripe.test/i/${invoice.id}`,
          body ? { method: 'POST', body: new URLSearchParams(body as Record<string, string>) } : {},
        ),
      );
    expect(await (await page()).text()).toMatch(/Confirmer|Confirm/);
    await page({ confirms: 'yes' });
    expect((await world.stripe.invoices.retrieve(invoice.id!)).status).toBe('paid');
    expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });
});

describe('a change that waits for its payment', () => {
  const waiting = async () => {
    const subscription = await world.subscribe();
    world.standIn.control.advanceCustomer(subscription.customer as string, { days: 3 });
    world.standIn.control.requireAuthentication(subscription.customer as string);
    world.types();
    const item = subscription.items.data[0]!.id;
    const answer = await change(subscription.id, item, world.price.big);
    return { id: subscription.id, customer: subscription.customer as string, item, answer };
  };

  it('leaves the subscription as it is until its invoice is paid', async () => {
    const { id, customer, answer } = await waiting();
    expect(answer).toMatchObject({
      status: 'active',
      items: { data: [{ price: { id: world.price.small } }] },
      pending_update: { subscription_items: [{ price: { id: world.price.big } }] },
    });
    expect(world.types()).toContain('customer.subscription.updated');
    world.standIn.control.confirmPayments(customer);
    expect(await world.stripe.subscriptions.retrieve(id)).toMatchObject({
      items: { data: [{ price: { id: world.price.big } }] },
      pending_update: null,
    });
    expect(world.types()).toContain('customer.subscription.pending_update_applied');
  });

  it('is dropped after 23 hours, with its invoice', async () => {
    const { id, answer } = await waiting();
    const invoice = await open(id);
    expect(answer.pending_update!.expires_at - invoice.created).toBe(23 * 3600);
    world.clock += day;
    expect(await world.stripe.subscriptions.retrieve(id)).toMatchObject({
      items: { data: [{ price: { id: world.price.small } }] },
      pending_update: null,
      status: 'active',
    });
    expect((await world.stripe.invoices.retrieve(invoice.id!)).status).toBe('void');
    expect(world.types()).toContain('customer.subscription.pending_update_expired');
  });

  it('is dropped when its invoice is void', async () => {
    const { id } = await waiting();
    await world.stripe.invoices.voidInvoice((await open(id)).id!);
    expect((await world.stripe.subscriptions.retrieve(id)).pending_update).toBeNull();
  });

  it('takes no other parameters, and no debit', async () => {
    const { id, customer, item } = await waiting();
    expect(await failure(change(id, item, world.price.big, { default_payment_method: 'pm_card_visa' }))).toMatchObject({
      statusCode: 400,
      param: 'default_payment_method',
    });
    world.standIn.control.payByDebit(customer);
    expect(await failure(change(id, item, world.price.big))).toMatchObject({ param: 'payment_behavior' });
  });

  it('that is paid at once does not wait', async () => {
    const subscription = await world.subscribe();
    const answer = await change(subscription.id, subscription.items.data[0]!.id, world.price.big);
    expect(answer).toMatchObject({ pending_update: null, items: { data: [{ price: { id: world.price.big } }] } });
    expect(world.types()).not.toContain('customer.subscription.pending_update_applied');
  });
});

it('an invoice whose debit is under way is neither paid again nor given up', async () => {
  const subscription = await world.subscribe();
  const customer = subscription.customer as string;
  world.standIn.control.payByDebit(customer, 'bacs_debit');
  world.standIn.control.advanceCustomer(customer, 'next_invoice');
  const { id } = await open(subscription.id);
  for (const act of ['pay', 'voidInvoice', 'markUncollectible'] as const)
    expect(await failure(world.stripe.invoices[act](id!))).toMatchObject({ code: 'payment_intent_unexpected_state' });
  expect((await world.stripe.charges.list({ customer })).data[0]).toMatchObject({
    status: 'pending',
    payment_method_details: { type: 'bacs_debit' },
  });
});
