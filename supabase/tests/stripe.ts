import type Stripe from 'stripe';
import type { Sql } from 'postgres';

/** Stripe's objects with what the mirror reads, in the shape of API version 2026-10-28. */
export const second = (iso: string) => Math.floor(Date.parse(iso) / 1000);
export const start = second('2026-10-01T00:00:00Z');
export const month = 30 * 86_400;

let serial = 0;
const next = (prefix: string) => `${prefix}_test${(serial += 1)}`;

export const customer = (given: Partial<Stripe.Customer> = {}) =>
  ({
    id: next('cus'),
    object: 'customer',
    email: `payer-${serial}@example.com`,
    name: null,
    discount: null,
    livemode: false,
    preferred_locales: [],
    ...given,
  }) as Stripe.Customer;

const prices = { starter: 1900, premium: 2900, enterprise: 9900 };
export type Plan = keyof typeof prices;

export interface SubscriptionInput extends Omit<Partial<Stripe.Subscription>, 'discounts' | 'items'> {
  plan?: Plan;
  interval?: 'month' | 'year';
  intervalCount?: number;
  quantity?: number;
  /** What the price has otherwise, or more. */
  price?: object;
  /** What the item has otherwise, or more. */
  item?: object;
  unitAmount?: number;
  periodStart?: number;
  periodEnd?: number;
  discounts?: Array<string | object>;
}

export function subscription(
  customerId: string,
  {
    plan = 'premium',
    interval = 'month',
    intervalCount = 1,
    quantity = 1,
    price = {},
    item = {},
    unitAmount,
    periodStart = start,
    periodEnd = periodStart + month,
    ...given
  }: SubscriptionInput = {},
) {
  return {
    id: next('sub'),
    object: 'subscription',
    customer: customerId,
    status: 'active',
    currency: 'eur',
    livemode: false,
    start_date: periodStart,
    cancel_at_period_end: false,
    cancel_at: null,
    canceled_at: null,
    ended_at: null,
    trial_end: null,
    pause_collection: null,
    discounts: [],
    metadata: {},
    default_payment_method: null,
    items: {
      object: 'list',
      has_more: false,
      url: '',
      data: [
        {
          id: next('si'),
          current_period_start: periodStart,
          current_period_end: periodEnd,
          quantity,
          discounts: [] as Array<string | object>,
          tax_rates: [],
          price: {
            id: `price_${plan}`,
            billing_scheme: 'per_unit',
            currency: given.currency ?? 'eur',
            tax_behavior: 'unspecified',
            transform_quantity: null,
            lookup_key: `${plan}_${interval}`,
            metadata: { plan },
            unit_amount: unitAmount ?? prices[plan],
            unit_amount_decimal: String(unitAmount ?? prices[plan]),
            recurring: { interval, interval_count: intervalCount, usage_type: 'licensed' },
            ...price,
          },
          ...item,
        },
      ],
    },
    ...given,
  };
}
export type TestSubscription = ReturnType<typeof subscription>;

export function invoice(
  of: TestSubscription,
  given: { status?: string; attempt_count?: number; periodEnd?: number; amount?: number } & Record<
    string,
    unknown
  > = {},
) {
  const { status = 'paid', periodEnd = of.items.data[0]!.current_period_end, amount = 2900, ...rest } = given;
  return {
    id: next('in'),
    object: 'invoice',
    customer: of.customer,
    currency: 'eur',
    number: `WA-${serial}`,
    status,
    billing_reason: 'subscription_cycle',
    total: amount,
    amount_due: amount,
    amount_paid: status === 'paid' ? amount : 0,
    amount_remaining: status === 'paid' ? 0 : amount,
    attempt_count: 1,
    next_payment_attempt: null,
    created: start,
    livemode: false,
    hosted_invoice_url: 'https://stripe.test/i',
    invoice_pdf: 'https://stripe.test/i.pdf',
    status_transitions: { paid_at: status === 'paid' ? start : null },
    parent: { type: 'subscription_details', subscription_details: { subscription: of.id } },
    lines: {
      object: 'list',
      has_more: false,
      url: '',
      data: [{ amount, period: { start: periodEnd - month, end: periodEnd } }],
    },
    ...rest,
  };
}

export function charge(customerId: string, given: Record<string, unknown> = {}) {
  return {
    id: next('ch'),
    object: 'charge',
    customer: customerId,
    payment_intent: next('pi'),
    amount: 2900,
    amount_refunded: 0,
    currency: 'eur',
    status: 'succeeded',
    created: start,
    failure_code: null,
    failure_message: null,
    outcome: { reason: null },
    payment_method_details: { type: 'card', card: { brand: 'visa', last4: '4242' } },
    metadata: {},
    livemode: false,
    ...given,
  };
}

export const invoicePayment = (invoiceId: string, paymentIntent: string) => ({
  id: next('inpay'),
  object: 'invoice_payment',
  invoice: invoiceId,
  payment: { type: 'payment_intent', payment_intent: paymentIntent },
  status: 'paid',
  created: start,
});

export const coupon = (given: Record<string, unknown> = {}) => ({
  id: next('co'),
  object: 'coupon',
  name: 'Black Friday',
  percent_off: 50,
  amount_off: null,
  duration: 'forever',
  ...given,
});
export const discount = (of: object, given: Record<string, unknown> = {}) => ({
  id: next('di'),
  object: 'discount',
  source: { type: 'coupon', coupon: of },
  end: null,
  promotion_code: null,
  ...given,
});

export const dispute = (chargeId: string, given: Record<string, unknown> = {}) => ({
  id: next('du'),
  object: 'dispute',
  charge: chargeId,
  amount: 2900,
  currency: 'eur',
  reason: 'fraudulent',
  status: 'needs_response',
  created: start,
  livemode: false,
  ...given,
});
export const fraudWarning = (chargeId: string, given: Record<string, unknown> = {}) => ({
  id: next('issfr'),
  object: 'radar.early_fraud_warning',
  actionable: true,
  charge: chargeId,
  created: start,
  fraud_type: 'unauthorized_use_of_card',
  livemode: false,
  ...given,
});
export const creditNote = (invoiceId: string, customerId: string, given: Record<string, unknown> = {}) => ({
  id: next('cn'),
  object: 'credit_note',
  customer: customerId,
  invoice: invoiceId,
  number: `WA-${serial}-CN-01`,
  status: 'issued',
  total: 900,
  pre_payment_amount: 0,
  post_payment_amount: 900,
  currency: 'eur',
  reason: 'order_change',
  pdf: 'https://stripe.test/cn.pdf',
  created: start,
  effective_at: start,
  voided_at: null,
  livemode: false,
  ...given,
});

export function event(type: string, object: object, created = start, given: Record<string, unknown> = {}) {
  return {
    id: next('evt'),
    object: 'event',
    type,
    created,
    livemode: false,
    api_version: '2026-10-28.endive',
    data: { object },
    ...given,
  };
}
export type TestEvent = ReturnType<typeof event>;

export interface Answer {
  status: 'processed' | 'ignored' | 'duplicate' | 'failed' | 'fetch';
  fetch?: Array<{ kind: string; id: string; version: number }>;
  error?: string;
}

export async function receive(sql: Sql, received: TestEvent): Promise<Answer> {
  const [row] = await sql<
    [{ answer: Answer }]
  >`select private.receive_stripe_event(${JSON.stringify(received)}::text::jsonb) as answer`;
  return row.answer;
}

/** Applies objects as if fetched from Stripe, then the event that asked. */
export async function applyFetched(
  sql: Sql,
  objects: Array<{ object: object; as_of: number; version?: number }>,
  asking: TestEvent | null = null,
  asked: string[] = [],
): Promise<Answer> {
  const [row] = await sql<[{ answer: Answer }]>`
    select private.apply_fetched_stripe_objects(${JSON.stringify(objects)}::text::jsonb,
      ${asking && JSON.stringify(asking)}::text::jsonb, ${asked}) as answer`;
  return row.answer;
}

/** Everything was compared once: what comes now is no past any more. */
export const compareOnce = (sql: Sql) =>
  sql`insert into public.stripe_syncs (kind, status, finished_at) values ('full', 'succeeded', now())`;

/** What is asked for before a subscription is weighed. */
export const couponsOf = ({ discounts }: TestSubscription): object[] =>
  discounts.flatMap((one) =>
    typeof one === 'object' && 'source' in one && one.source instanceof Object && 'coupon' in one.source
      ? [one.source.coupon as object]
      : [],
  );

/** A subscription in the mirror, with its customer; `licenseId` links it, its first period being paid; so `paid`. */
export async function mirrored(
  sql: Sql,
  given: SubscriptionInput & { email?: string; licenseId?: string; paid?: boolean } = {},
) {
  const { email, licenseId, paid, ...rest } = given;
  const payer = customer(email ? { email } : {});
  const bought = subscription(payer.id, { ...rest, ...(licenseId ? { metadata: { license_id: licenseId } } : {}) });
  const answer = await applyFetched(sql, [
    { object: payer, as_of: start },
    ...couponsOf(bought).map((object) => ({ object, as_of: start })),
    { object: bought, as_of: start },
    ...(licenseId || paid ? [{ object: invoice(bought), as_of: start }] : []),
  ]);
  if (answer.status !== 'processed') throw new Error(JSON.stringify(answer));
  const [row] = await sql`select * from public.subscriptions where stripe_subscription_id = ${bought.id}`;
  return { payer, bought, row: row as Record<string, unknown> & { id: string; customer_id: string } };
}

/** The mirror's row of a subscription. */
export const held = async (sql: Sql, stripeId: string) =>
  (await sql`select * from public.subscriptions where stripe_subscription_id = ${stripeId}`)[0]!;
