import { isDeepStrictEqual } from 'node:util';
import Stripe from 'stripe';
import type { StripeAccount } from '../../definition.ts';
import type { Collection } from './collection.ts';
import { type CustomerMood, Store } from './store.ts';
import { rendered } from './versions.ts';

export const day = 86_400;
export const hour = 3_600;
export const apiVersion: string = Stripe.API_VERSION;

export interface RequestOrigin {
  id: string;
  idempotency_key: string | null;
}

/** What every part of the stand-in works on: the state, the clocks, and the sending of events. */
export class Core {
  readonly store: Store;
  readonly account: StripeAccount;
  readonly #now: () => number;
  readonly #publicUrl: () => string;
  readonly #running = new Map<string, number>();
  request: RequestOrigin | null = null;
  /** Bulk loads make history without telling. */
  isSilent = false;
  onEvent: (event: Stripe.Event) => void = () => {};

  constructor(options: { store: Store; account: StripeAccount; now: () => number; publicUrl: () => string }) {
    this.store = options.store;
    this.account = options.account;
    this.#now = options.now;
    this.#publicUrl = options.publicUrl;
  }

  /** The server's clock, unix seconds. */
  now(): number {
    return Math.floor(this.#now());
  }

  url(path: string): string {
    return `${this.#publicUrl()}${path}`;
  }

  id(prefix: string, length?: number): string {
    return this.store.random.id(prefix, length);
  }

  /**
   * This customer's clock: the moment being worked through, a test clock, or the server's plus the customer's own
   * lead.
   */
  nowOf(customer: string | null | undefined): number {
    if (!customer) return this.now();
    const running = this.#running.get(customer);
    if (running !== undefined) return running;
    const clock = this.store.customers.get(customer)?.test_clock as string | null | undefined;
    if (clock) return this.store.testClocks.need(clock).frozen_time;
    return this.now() + (this.store.moods.get(customer)?.offset ?? 0);
  }

  /** Works at a moment of this customer's past or future: renewals happen when they were due, not when noticed. */
  at<T>(customer: string, moment: number, work: () => T): T {
    const before = this.#running.get(customer);
    this.#running.set(customer, moment);
    try {
      return work();
    } finally {
      if (before === undefined) this.#running.delete(customer);
      else this.#running.set(customer, before);
    }
  }

  mood(customer: string): CustomerMood {
    return (
      this.store.moods.get(customer) ?? {
        id: customer,
        failNext: null,
        failAlways: null,
        authenticates: false,
        offset: 0,
      }
    );
  }

  /**
   * Records what happened. `created` is the server's clock even for customers whose clock runs ahead: cursors over
   * events go by it.
   * Objects are never changed in place, so the event's is a snapshot.
   */
  emit(type: Stripe.Event['type'], object: object, previous?: object): void {
    if (this.isSilent) return;
    const version = this.store.settings.eventVersion ?? apiVersion;
    const event = {
      id: this.id('evt'),
      object: 'event',
      api_version: version,
      created: this.now(),
      data: {
        object: version === apiVersion ? object : rendered(object, version),
        ...(previous === undefined ? {} : { previous_attributes: previous }),
      },
      livemode: false,
      pending_webhooks: 1,
      request: this.request ?? { id: null, idempotency_key: null },
      type,
    } as unknown as Stripe.Event;
    this.store.events.put(event);
    this.onEvent(event);
  }

  /** Changes an object and tells so, with what it was; says nothing when nothing changed. */
  update<T extends { id: string }>(
    collection: Collection<T>,
    id: string,
    changes: Partial<T>,
    type?: Stripe.Event['type'],
  ): T {
    const before = collection.need(id);
    const previous = previousAttributes(before, changes);
    if (Object.keys(previous).length === 0) return before;
    const after = collection.patch(id, changes);
    if (type) this.emit(type, after, previous);
    return after;
  }
}

export function previousAttributes<T extends object>(before: T, changes: Partial<T>): Partial<T> {
  const previous: Partial<T> = {};
  for (const key of Object.keys(changes) as (keyof T)[]) {
    if (isDeepStrictEqual(before[key], changes[key])) continue;
    previous[key] = before[key] ?? (null as T[keyof T]);
  }
  return previous;
}

/** A list as it lies inside an object. */
export const listOf = <T>(data: T[], url: string): Stripe.ApiList<T> => ({
  object: 'list',
  data,
  has_more: false,
  url,
});
export const idOf = (value: string | { id: string }): string => (typeof value === 'string' ? value : value.id);
/** On the wire a decimal is a string; the SDK makes its own type of it. */
export const decimal = (value: number | string): Stripe.Decimal => String(value) as unknown as Stripe.Decimal;
