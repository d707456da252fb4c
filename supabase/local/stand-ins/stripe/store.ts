import type Stripe from 'stripe';
import { Collection, type Indexes } from './collection.ts';
import type { DeclineCode } from './errors.ts';
import { Random } from './ids.ts';

/** How a payment method behaves: Stripe's test cards, kept apart from what is shown. */
export interface CardBehaviour {
  id: string;
  decline: DeclineCode | null;
  authenticates: 'always' | 'once' | null;
  declineConfirmed: DeclineCode | null;
}

/** What a person asked of this customer's card at the control page. */
export interface CustomerMood {
  id: string;
  failNext: DeclineCode | null;
  failAlways: DeclineCode | null;
  authenticates: boolean;
  /** Seconds ahead of the server's clock. */
  offset: number;
}

/** Which notices a subscription has had, so that each is sent once. */
export interface Notices {
  id: string;
  upcomingFor: number | null;
  trialWillEndFor: number | null;
}

/** A change prorated but not yet invoiced. */
export interface PendingItem {
  id: string;
  created: number;
  subscription: string | null;
  line: Stripe.InvoiceLineItem;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed' | 'dropped';

export interface Delivery {
  id: string;
  created: number;
  event: string;
  endpoint: string;
  status: DeliveryStatus;
  attempts: number;
  /** Milliseconds of the machine's clock. */
  nextAt: number | null;
  firstAt: number;
  lastStatus: number | null;
  lastError: string | null;
}

export interface IdempotentAnswer {
  id: string;
  created: number;
  fingerprint: string;
  status: number;
  body: string;
}

export interface Meta {
  id: 'meta';
  random: number;
  invoiceNumber: number;
  afterRetries: 'canceled' | 'unpaid' | 'past_due';
  shuffle: boolean;
  duplicate: boolean;
  /** Deliveries still to drop; null: all. */
  drop: number | null;
  defaultPortal: string | null;
  /** Version of the API events are rendered in; null: the SDK's own. */
  eventVersion: string | null;
}

interface Change {
  collection: string;
  id: string;
  before: unknown;
}

/** All state, with roll-back of a refused request and a log of changes for the file. */
export class Store {
  readonly random: Random;
  readonly #collections = new Map<string, Collection<{ id: string }>>();
  readonly #dirty = new Map<string, readonly [string, string]>();
  #undo: Change[] | undefined;
  onChange: (collection: string, id: string) => void = () => {};

  constructor(seed?: number) {
    this.random = new Random(seed);
    this.meta.put({
      id: 'meta',
      random: this.random.state,
      invoiceNumber: 0,
      afterRetries: 'canceled',
      shuffle: false,
      duplicate: false,
      drop: 0,
      defaultPortal: null,
      eventVersion: null,
    });
  }

  readonly meta = this.#collection<Meta>('meta');
  readonly customers = this.#collection<Stripe.Customer>('customers', {
    email: ({ email }) => email,
    clock: ({ test_clock }) => test_clock as string | null,
  });
  readonly deletedCustomers = this.#collection<Stripe.DeletedCustomer>('deletedCustomers');
  readonly products = this.#collection<Stripe.Product>('products');
  readonly prices = this.#collection<Stripe.Price>('prices', {
    product: ({ product }) => product as string,
    lookup_key: ({ lookup_key }) => lookup_key,
  });
  readonly paymentMethods = this.#collection<Stripe.PaymentMethod>('paymentMethods', {
    customer: ({ customer }) => customer as string | null,
  });
  readonly subscriptions = this.#collection<Stripe.Subscription>('subscriptions', {
    customer: ({ customer }) => customer as string,
    clock: ({ test_clock }) => test_clock as string | null,
  });
  readonly invoices = this.#collection<Stripe.Invoice>('invoices', {
    customer: ({ customer }) => customer as string,
    subscription: (invoice) => subscriptionIdOf(invoice),
    unsettled: (invoice) =>
      invoice.status === 'open' || invoice.status === 'draft' ? subscriptionIdOf(invoice) : null,
  });
  readonly pendingItems = this.#collection<PendingItem>('pendingItems', {
    subscription: ({ subscription }) => subscription,
  });
  readonly invoicePayments = this.#collection<Stripe.InvoicePayment>('invoicePayments', {
    invoice: ({ invoice }) => invoice as string,
    payment_intent: ({ payment }) => payment.payment_intent as string | undefined,
  });
  readonly paymentIntents = this.#collection<Stripe.PaymentIntent>('paymentIntents', {
    customer: ({ customer }) => customer as string | null,
  });
  readonly charges = this.#collection<Stripe.Charge>('charges', {
    customer: ({ customer }) => customer as string | null,
    payment_intent: ({ payment_intent }) => payment_intent as string | null,
  });
  readonly refunds = this.#collection<Stripe.Refund>('refunds', {
    charge: ({ charge }) => charge as string | null,
    payment_intent: ({ payment_intent }) => payment_intent as string | null,
  });
  readonly disputes = this.#collection<Stripe.Dispute>('disputes', {
    charge: ({ charge }) => charge as string,
    payment_intent: ({ payment_intent }) => payment_intent as string | null,
  });
  readonly fraudWarnings = this.#collection<Stripe.Radar.EarlyFraudWarning>('fraudWarnings', {
    charge: ({ charge }) => charge as string,
  });
  readonly creditNotes = this.#collection<Stripe.CreditNote>('creditNotes', {
    invoice: ({ invoice }) => invoice as string,
    customer: ({ customer }) => customer as string,
  });
  readonly taxRates = this.#collection<Stripe.TaxRate>('taxRates');
  /** Stripe leaves the tiers of a price out unless asked. */
  readonly couponProducts = this.#collection<{ id: string; applies_to: Stripe.Coupon.AppliesTo }>('couponProducts');
  readonly priceTiers = this.#collection<{ id: string; tiers: Stripe.Price.Tier[] }>('priceTiers');
  readonly coupons = this.#collection<Stripe.Coupon>('coupons');
  readonly promotionCodes = this.#collection<Stripe.PromotionCode>('promotionCodes', {
    code: ({ code }) => code.toLowerCase(),
    coupon: ({ promotion }) => promotion.coupon as string | null,
  });
  /** Tax numbers of customers, by customer. */
  readonly taxIds = this.#collection<{ id: string; values: { type: string; value: string }[] }>('taxIds');
  readonly discounts = this.#collection<Stripe.Discount>('discounts');
  readonly checkoutSessions = this.#collection<Stripe.Checkout.Session>('checkoutSessions', {
    customer: ({ customer }) => customer as string | null,
    subscription: ({ subscription }) => subscription as string | null,
  });
  /** What a session will make: `subscription_data` and the prices, which the session itself does not show. */
  readonly checkoutPlans = this.#collection<CheckoutPlan>('checkoutPlans');
  readonly portalSessions = this.#collection<Stripe.BillingPortal.Session>('portalSessions');
  readonly portalConfigurations = this.#collection<Stripe.BillingPortal.Configuration>('portalConfigurations');
  readonly webhookEndpoints = this.#collection<Stripe.WebhookEndpoint>('webhookEndpoints');
  readonly testClocks = this.#collection<Stripe.TestHelpers.TestClock>('testClocks');
  readonly events = this.#collection<Stripe.Event>('events', { type: ({ type }) => type });
  readonly deliveries = this.#collection<Delivery>('deliveries', { event: ({ event }) => event });
  readonly behaviours = this.#collection<CardBehaviour>('behaviours');
  readonly moods = this.#collection<CustomerMood>('moods');
  readonly notices = this.#collection<Notices>('notices');
  readonly answers = this.#collection<IdempotentAnswer>('answers');

  get settings(): Meta {
    return this.meta.need('meta');
  }

  collection(name: string): Collection<{ id: string }> | undefined {
    return this.#collections.get(name);
  }

  names(): string[] {
    return [...this.#collections.keys()];
  }

  /** Undoes everything `work` did when it throws, unless `keeps(error)`. */
  transaction<T>(work: () => T, keeps: (error: unknown) => boolean): T {
    if (this.#undo) return work();
    this.#undo = [];
    try {
      return work();
    } catch (error) {
      const undo = this.#undo;
      this.#undo = undefined;
      if (!keeps(error)) for (const change of undo.toReversed()) this.#restore(change);
      throw error;
    } finally {
      this.#undo = undefined;
    }
  }

  /** What changed since the last call, as `[collection, object | id]`. */
  takeChanges(): [string, unknown, string?][] {
    if (this.#dirty.size === 0) return [];
    if (this.settings.random !== this.random.state) this.meta.patch('meta', { random: this.random.state });
    const changes = [...this.#dirty.values()].map(([name, id]): [string, unknown, string?] => {
      const object = this.#collections.get(name)?.get(id);
      return object ? [name, object] : [name, null, id];
    });
    this.#dirty.clear();
    return changes;
  }

  clearChanges(): void {
    this.#dirty.clear();
  }

  #restore({ collection, id, before }: Change): void {
    const target = this.#collections.get(collection) as Collection<{ id: string }>;
    if (before === undefined) target.remove(id);
    else target.put(before as { id: string });
  }

  #collection<T extends { id: string }>(name: string, indexes: Indexes<T> = {}): Collection<T> {
    const collection = new Collection<T>(name, indexes, (changed, id, before) => {
      this.#undo?.push({ collection: changed, id, before });
      this.#dirty.set(`${changed} ${id}`, [changed, id]);
      this.onChange(changed, id);
    });
    this.#collections.set(name, collection as unknown as Collection<{ id: string }>);
    return collection;
  }
}

export interface CheckoutPlan {
  id: string;
  items: { price: string; quantity: number; lineItem: string }[];
  metadata: Stripe.Metadata;
  description: string | null;
  trialDays: number | null;
  trialEnd: number | null;
  coupon: string | null;
  promotionCode: string | null;
}

export const subscriptionIdOf = (invoice: Stripe.Invoice): string | null =>
  (invoice.parent?.subscription_details?.subscription as string | undefined) ?? null;
