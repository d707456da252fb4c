import { createHmac } from 'node:crypto';
import type Stripe from 'stripe';
import type { Core } from './core.ts';
import type { Delivery } from './store.ts';

export interface Webhook {
  url: string;
  secret: string;
  fetch?: typeof fetch;
  /** False: events only queue, for tests that deliver by themselves. Default true. */
  automatic?: boolean;
}

const inFlightAtMost = 8;
const timeoutMs = 10_000;
/** Stripe waits minutes and hours; here nobody wants to. After the last, each minute for three days. */
const backOffMs = [1_000, 5_000, 30_000];
const giveUpMs = 3 * 86_400_000;

export function signEvent(
  event: object,
  secret: string,
  at: number,
): { body: string; headers: Record<string, string> } {
  const body = JSON.stringify(event);
  const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': `t=${at},v1=${signature}`,
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    },
  };
}

/** Sends events to the endpoint, tries again what was not taken, and keeps what became of each. */
export class Deliveries {
  readonly #core: Core;
  readonly #webhook: Webhook | undefined;
  readonly #fresh: string[] = [];
  readonly #isDown: () => boolean;
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(core: Core, webhook: Webhook | undefined, isDown: () => boolean) {
    this.#core = core;
    this.#webhook = webhook;
    this.#isDown = isDown;
    core.onEvent = ({ id }) => this.#fresh.push(id);
  }

  get isAutomatic(): boolean {
    return this.#webhook !== undefined && this.#webhook.automatic !== false;
  }

  /** Queued and not yet taken; those of a request that was undone are gone. */
  pending(): Stripe.Event[] {
    return this.#fresh.flatMap((id) => this.#core.store.events.get(id) ?? []);
  }

  take(): Stripe.Event[] {
    const events = this.pending();
    this.#fresh.length = 0;
    return events;
  }

  /** Turns what is queued into deliveries, as the control page wishes them: dropped, doubled, shuffled. */
  flush(): void {
    if (!this.isAutomatic || this.#isStopped) return;
    const { shuffle, duplicate, drop } = this.#core.store.settings;
    let dropping = drop;
    const sending: string[] = [];
    for (const event of this.take()) {
      if (dropping === null || dropping > 0) {
        if (dropping !== null) dropping -= 1;
        this.#record(event.id, 'dropped');
        continue;
      }
      for (let times = duplicate ? 2 : 1; times > 0; times -= 1) sending.push(event.id);
    }
    if (dropping !== drop) this.#core.store.meta.patch('meta', { drop: dropping });
    if (shuffle) sending.sort(() => this.#core.store.random.next() - 0.5);
    for (const id of sending) this.again(id, 1);
    this.pump();
  }

  again(eventId: string, times: number): void {
    for (let count = 0; count < times; count += 1) this.#record(eventId, 'pending');
    this.pump();
  }

  pump(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    const now = Date.now();
    if (!this.#isDown()) {
      for (const delivery of this.#core.store.deliveries.all()) {
        if (this.#inFlight >= inFlightAtMost) break;
        if (delivery.status === 'pending' && delivery.nextAt !== null && delivery.nextAt <= now)
          void this.#send(delivery);
      }
    }
    const waiting = this.#core.store.deliveries
      .all()
      .filter(({ status, nextAt }) => status === 'pending' && nextAt !== null);
    if (waiting.length > 0)
      this.#timer = setTimeout(
        () => this.pump(),
        Math.max(50, Math.min(1_000, Math.min(...waiting.map(({ nextAt }) => nextAt as number)) - now)),
      );
    this.#timer?.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #record(event: string, status: Delivery['status']): void {
    const now = Date.now();
    this.#core.store.deliveries.put({
      id: this.#core.id('dlv', 16),
      created: this.#core.now(),
      event,
      endpoint: this.#webhook?.url ?? '',
      status,
      attempts: 0,
      nextAt: status === 'pending' ? now : null,
      firstAt: now,
      lastStatus: null,
      lastError: null,
    });
    // A log, not an archive.
    const all = this.#core.store.deliveries.all();
    if (all.length > 2_000)
      for (const old of all.slice(0, 500)) if (old.status !== 'pending') this.#core.store.deliveries.remove(old.id);
  }

  async #send(delivery: Delivery): Promise<void> {
    const event = this.#core.store.events.get(delivery.event);
    if (!event || !this.#webhook) return;
    this.#inFlight += 1;
    const attempts = delivery.attempts + 1;
    this.#core.store.deliveries.patch(delivery.id, { nextAt: null, attempts });
    let lastStatus: number | null = null;
    let lastError: string | null = null;
    try {
      const { body, headers } = signEvent(event, this.#webhook.secret, Math.floor(Date.now() / 1000));
      const response = await (this.#webhook.fetch ?? fetch)(this.#webhook.url, {
        method: 'POST',
        body,
        headers,
        signal: AbortSignal.timeout(timeoutMs),
      });
      lastStatus = response.status;
      await response.body?.cancel();
    } catch (error) {
      lastError = error instanceof Error ? error.message : String(error);
    }
    this.#inFlight -= 1;
    if (this.#isStopped) return;
    const isTaken = lastStatus !== null && lastStatus >= 200 && lastStatus < 300;
    const isOver = Date.now() - delivery.firstAt > giveUpMs;
    this.#core.store.deliveries.patch(delivery.id, {
      status: isTaken ? 'delivered' : isOver ? 'failed' : 'pending',
      lastStatus,
      lastError,
      nextAt: isTaken || isOver ? null : Date.now() + (backOffMs[attempts - 1] ?? 60_000),
    });
    this.pump();
  }
}
