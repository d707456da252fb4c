import type { Sql } from 'postgres';
import type Stripe from 'stripe';

/** What must hold, said once from Stripe's objects alone and once from our tables alone. */
export interface State {
  subscriptions: Record<
    string,
    {
      status: string;
      plan: string;
      amount: number;
      mrr: number;
      periodEnd: number;
      cancelAtPeriodEnd: boolean;
      failing: boolean;
      /** A debit is under way. */
      processing: boolean;
      /** The plan that waits for its payment. */
      pending: string | null;
      /** The customer must confirm or pay himself. */
      awaiting: boolean;
    }
  >;
  invoices: Record<string, { status: string; paid: number; due: number }>;
  payments: Record<
    string,
    {
      status: string;
      amount: number;
      refunded: number;
      disputed: boolean;
      lost: number;
      suspected: boolean;
      subscription: string | null;
    }
  >;
  creditNotes: Record<string, { status: string; total: number }>;
  licenses: Record<string, { plan: string; expiresAt: number; renews: boolean }>;
  mrr: number;
  revenue: number;
}

/** The item whose price names the plan; add-ons name none. */
export const planItem = ({ items }: Stripe.Subscription) =>
  items.data.find(({ price }) => price.metadata['plan']) ?? items.data[0]!;
const empty = (): State => ({
  subscriptions: {},
  invoices: {},
  payments: {},
  creditNotes: {},
  licenses: {},
  mrr: 0,
  revenue: 0,
});
const hasEnded = (status: string) => status === 'canceled' || status === 'incomplete_expired';

/** What a subscription costs a month (all are monthly), and what is left of that for ever, without taxes. */
function createWeight(stripe: Stripe) {
  const tiers = new Map<string, Stripe.Price.Tier[]>();
  const cost = async ({ price, quantity = 0 }: Stripe.SubscriptionItem) => {
    if (price.recurring?.usage_type === 'metered') return 0;
    if (price.billing_scheme !== 'tiered') return price.unit_amount! * quantity;
    if (!tiers.has(price.id))
      tiers.set(price.id, (await stripe.prices.retrieve(price.id, { expand: ['tiers'] })).tiers!);
    const reached = tiers.get(price.id)!.find(({ up_to }) => up_to === null || quantity <= up_to)!;
    return reached.unit_amount! * quantity + (reached.flat_amount ?? 0);
  };
  const products = new Map<string, string[] | null>();
  const isFor = async (coupon: string, { price }: Stripe.SubscriptionItem) => {
    if (!products.has(coupon)) {
      const { applies_to } = await stripe.coupons.retrieve(coupon, { expand: ['applies_to'] });
      products.set(coupon, applies_to?.products ?? null);
    }
    return products.get(coupon)?.includes(String(price.product)) ?? true;
  };
  const forever = (amount: number, coupons: Stripe.Coupon[]) =>
    coupons
      .filter(({ duration }) => duration === 'forever')
      .reduce((left, { percent_off }) => left * (1 - (percent_off ?? 0) / 100), amount);
  return async (one: Stripe.Subscription) => {
    let [amount, month] = [0, 0];
    const whole = one.discounts.map((discount) => (discount as Stripe.Discount).source.coupon as Stripe.Coupon);
    for (const item of one.items.data) {
      const price = await cost(item);
      const coupons = await Promise.all(
        item.discounts.map((discount) => stripe.coupons.retrieve(String((discount as Stripe.Discount).source.coupon))),
      );
      const rates = item.tax_rates?.length ? item.tax_rates : (one.default_tax_rates ?? []);
      const inside = rates.reduce((sum, { inclusive, percentage }) => sum + (inclusive ? percentage : 0), 0);
      amount += price;
      const lowered = await Promise.all(whole.map(async (coupon) => ((await isFor(coupon.id, item)) ? [coupon] : [])));
      month += forever(forever(price, coupons), lowered.flat()) / (1 + inside / 100);
    }
    // Half a cent is half a cent, whatever a float makes of it.
    return { amount, mrr: Math.round(Number(month.toFixed(6))) };
  };
}

async function all<T>(list: { autoPagingToArray(options: { limit: number }): Promise<T[]> }): Promise<T[]> {
  return list.autoPagingToArray({ limit: 10_000 });
}

const intentsOf = (invoice: Stripe.Invoice) =>
  (invoice.payments?.data ?? []).map(({ payment }) => String(payment.payment_intent));
const isAsked = async (stripe: Stripe, invoice: Stripe.Invoice) => {
  const intents = await Promise.all(intentsOf(invoice).map((id) => stripe.paymentIntents.retrieve(id)));
  return intents.some(({ status }) => status === 'requires_action');
};

/** Money, a balance or nothing to pay; what a credit note forgave whole was not paid. */
const isSettled = ({ status, total, amount_paid, pre_payment_credit_notes_amount: forgiven }: Stripe.Invoice) =>
  status === 'paid' && (total <= 0 || amount_paid > 0 || forgiven < total);

/** A change that is paid with the rest of a period: whether that was paid says the invoice of the period. */
const givesBack = ({ billing_reason, total, lines }: Stripe.Invoice) =>
  billing_reason === 'subscription_update' && total <= 0 && lines.data.some(({ amount }) => amount < 0);

/** The plan each invoice charges, by the price of the line that reaches furthest. */
async function createCharged(stripe: Stripe) {
  const prices = await all(stripe.prices.list({ limit: 100 }));
  const plans = new Map(prices.map(({ id, metadata }) => [id, metadata['plan']]));
  return ({ lines }: Stripe.Invoice, item: string) =>
    lines.data
      .filter(({ amount, parent }) => amount >= 0 && parent?.subscription_item_details?.subscription_item === item)
      .reduce<{ end: number; plan?: string | undefined }>(
        (last, { period, pricing }) =>
          period.end < last.end ? last : { end: period.end, plan: plans.get(String(pricing?.price_details?.price)) },
        { end: 0 },
      ).plan;
}

/** A dearer plan comes with the payment of its change; a cheaper one, and one that costs nothing, at once. */
function paidPlan(plan: string, own: Stripe.Invoice[], charged: (invoice: Stripe.Invoice) => string | undefined) {
  const costs = ['starter', 'premium', 'enterprise'];
  let paid: string | undefined;
  let owed: Stripe.Invoice | undefined;
  const isForgiven = () => owed?.status === 'void' || owed?.status === 'paid';
  for (const invoice of own) {
    const now = charged(invoice);
    if (!now) continue;
    const isChange = invoice.billing_reason === 'subscription_update';
    if (isSettled(invoice)) {
      if (owed && isChange && !(isForgiven() && invoice.amount_paid > 0)) continue;
      paid = now;
      owed = undefined;
    } else if (isChange && now !== paid && (!owed || isForgiven())) owed = invoice;
  }
  return owed && paid && costs.indexOf(paid) < costs.indexOf(plan) ? paid : plan;
}

export async function expectedState(stripe: Stripe): Promise<State> {
  const state = empty();
  const subscriptions = await all(
    stripe.subscriptions.list({
      status: 'all',
      limit: 100,
      expand: ['data.discounts.source.coupon', 'data.items.data.discounts'],
    }),
  );
  const disputes = await all(stripe.disputes.list({ limit: 100 }));
  const warnings = await all(stripe.radar.earlyFraudWarnings.list({ limit: 100 }));
  const weight = createWeight(stripe);
  const charged = await createCharged(stripe);
  const invoices = await all(stripe.invoices.list({ limit: 100, expand: ['data.payments'] }));
  const charges = await all(stripe.charges.list({ limit: 100 }));
  const subscriptionOf = (invoice: Stripe.Invoice) => String(invoice.parent?.subscription_details?.subscription ?? '');

  const pendingIntents = new Set(
    charges.filter(({ status }) => status === 'pending').map(({ payment_intent }) => String(payment_intent)),
  );
  for (const invoice of invoices)
    state.invoices[invoice.id!] = { status: invoice.status!, paid: invoice.amount_paid, due: invoice.amount_due };
  for (const one of subscriptions) {
    const item = planItem(one);
    const weighed = await weight(one);
    const plan = item.price.metadata['plan']!;
    const own = invoices.filter((invoice) => subscriptionOf(invoice) === one.id);
    const unpaid = own.filter(({ status }) => status === 'open' || status === 'uncollectible');
    const debited = unpaid.filter((invoice) => intentsOf(invoice).some((id) => pendingIntents.has(id)));
    const change = one.pending_update ? String(one.latest_invoice) : null;
    const failing =
      !hasEnded(one.status) &&
      unpaid.some((invoice) => invoice.attempt_count > 0 && !debited.includes(invoice) && invoice.id !== change);
    const waits = await Promise.all(
      unpaid
        .filter((invoice) => invoice.status === 'open' && !debited.includes(invoice))
        .map(async (invoice) => invoice.id === change || (await isAsked(stripe, invoice))),
    );
    const pendingItem = one.pending_update?.subscription_items?.find(({ price }) => price.metadata['plan']);
    state.subscriptions[one.id] = {
      status: one.status,
      plan,
      amount: weighed.amount,
      mrr: weighed.mrr,
      periodEnd: item.current_period_end,
      cancelAtPeriodEnd: one.cancel_at_period_end,
      failing,
      processing: debited.length > 0,
      pending: pendingItem?.price.metadata['plan'] ?? null,
      awaiting: !hasEnded(one.status) && waits.includes(true),
    };
    const isGivenUp =
      one.pause_collection?.behavior === 'void' || one.pause_collection?.behavior === 'mark_uncollectible';
    const hasPaid = own.some((invoice) => isSettled(invoice) && invoice.total > 0);
    if ((one.status === 'active' || one.status === 'past_due') && hasPaid && !isGivenUp) state.mrr += weighed.mrr;
    const covers = own
      .filter((invoice) => isSettled(invoice) && !givesBack(invoice))
      .flatMap(({ lines }) => lines.data.map(({ period }) => period.end));
    const paidUntil = Math.max(
      Math.min(Math.max(...covers, 0), item.current_period_end),
      one.status === 'trialing' ? one.trial_end! : 0,
    );
    if (paidUntil > 0) {
      state.licenses[one.id] = {
        // The list has the newest first.
        plan: paidPlan(plan, own.toReversed(), (invoice) => charged(invoice, item.id)),
        expiresAt: paidUntil,
        renews:
          ['active', 'trialing', 'past_due', 'incomplete', 'paused'].includes(one.status) &&
          !one.cancel_at_period_end &&
          !one.cancel_at,
      };
    }
  }
  const invoiceByIntent = new Map(
    invoices.flatMap((invoice) =>
      (invoice.payments?.data ?? []).map(({ payment }) => [String(payment.payment_intent), invoice] as const),
    ),
  );
  const lostOf = (charge: string) =>
    disputes.reduce((sum, one) => sum + (one.charge === charge && one.status === 'lost' ? one.amount : 0), 0);
  for (const charge of charges) {
    const invoice = invoiceByIntent.get(String(charge.payment_intent));
    state.payments[charge.id] = {
      status: charge.status,
      amount: charge.amount,
      refunded: charge.amount_refunded,
      disputed: charge.disputed,
      lost: lostOf(charge.id),
      suspected: warnings.some((warning) => warning.charge === charge.id && warning.actionable),
      subscription: (invoice && subscriptionOf(invoice)) || null,
    };
    if (charge.status === 'succeeded') state.revenue += charge.amount - charge.amount_refunded - lostOf(charge.id);
  }
  for (const { id, status, total } of await all(stripe.creditNotes.list({ limit: 100 })))
    state.creditNotes[id] = { status, total };
  return state;
}

export async function mirroredState(sql: Sql): Promise<State> {
  const seconds = (value: Date) => Math.round(value.getTime() / 1000);
  const state = empty();
  for (const row of await sql`select * from public.subscriptions`) {
    state.subscriptions[row['stripe_subscription_id']] = {
      status: row['status'],
      plan: row['plan'],
      amount: row['amount_cents'],
      mrr: row['mrr_cents'],
      periodEnd: seconds(row['current_period_end']),
      cancelAtPeriodEnd: row['cancel_at_period_end'],
      failing: row['payment_failed_at'] !== null,
      processing: row['processing_since'] !== null,
      pending: row['pending_update']?.plan ?? null,
      awaiting: row['awaiting_customer_since'] !== null,
    };
  }
  for (const row of await sql`select * from public.invoices`)
    state.invoices[row['stripe_invoice_id']] = {
      status: row['status'],
      paid: row['amount_paid'],
      due: row['amount_due'],
    };
  for (const row of await sql`select payments.*, subscriptions.stripe_subscription_id as subscription
    from public.payments left join public.subscriptions on subscriptions.id = subscription_id`) {
    state.payments[row['stripe_payment_id']] = {
      status: row['status'],
      amount: row['amount'],
      refunded: row['amount_refunded'],
      disputed: row['dispute_status'] !== null,
      lost: row['amount_lost'],
      suspected: row['fraud_type'] !== null,
      subscription: row['subscription'],
    };
    if (row['status'] === 'succeeded') state.revenue += row['amount'] - row['amount_refunded'] - row['amount_lost'];
  }
  for (const row of await sql`select * from public.credit_notes`)
    state.creditNotes[row['stripe_credit_note_id']] = { status: row['status'], total: row['total'] };
  // What a debit under way carries stands apart: its days are those of the setting.
  for (const row of await sql`select licenses.*, case when licenses.expires_at = carried_until then carried_from
      else licenses.expires_at end as own_expiry
    from public.licenses left join public.subscriptions on subscriptions.license_id = licenses.id
      and subscriptions.stripe_subscription_id = licenses.stripe_subscription_id
    where deleted_at is null`) {
    state.licenses[row['stripe_subscription_id']] = {
      plan: row['plan'],
      expiresAt: seconds(row['own_expiry']),
      renews: row['auto_renew'],
    };
  }
  state.mrr = Number(
    (await sql`select coalesce(sum(amount_cents), 0) as total from public.mrr_movements`)[0]!['total'],
  );
  return state;
}
