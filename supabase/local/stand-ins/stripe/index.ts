import type Stripe from 'stripe';
import type { StripeAccount } from '../../definition.ts';
import { createApi, type Trouble, withLosses } from './api/app.ts';
import { catchUp } from './billing/clock.ts';
import { type Control, createControl } from './control.ts';
import { Core } from './core.ts';
import { Deliveries, signEvent, type Webhook } from './delivery.ts';
import { StateFile } from './file.ts';
import { createPages } from './pages/app.ts';
import { Store } from './store.ts';
import { thinned } from './versions.ts';

export { eventVersions } from './versions.ts';

export type { Control } from './control.ts';

export interface StripeStandIn {
  /** The API under /v1, the control page and hosted pages. */
  fetch(request: Request): Promise<Response>;
  /** Its clock, unix seconds. */
  now(): number;
  events: { all(): Stripe.Event[]; pending(): Stripe.Event[]; take(): Stripe.Event[] };
  sign(
    event: Stripe.Event,
    at?: number,
    options?: { thin?: boolean },
  ): { body: string; headers: Record<string, string> };
  control: Control;
  stop(): Promise<void>;
}

export interface StandInOptions {
  apiKey: string;
  webhook?: Webhook;
  account?: StripeAccount;
  now?: () => number;
  /** Ids and shuffles are the same for the same seed. */
  seed?: number;
  /** State kept across restarts. */
  file?: string;
  /** Base of the hosted pages. */
  publicUrl?: string | (() => string);
}

const testAccount: StripeAccount = { name: 'Test', statementDescriptor: 'TEST', invoicePrefix: 'TEST' };
const saveEveryMs = 500;
const tickMs = 5_000;

/** A Stripe of one's own, for one account in test mode: state, billing, API, events. */
export function createStripeStandIn(options: StandInOptions): StripeStandIn {
  const store = new Store(options.seed);
  const file = options.file ? new StateFile(store, options.file) : undefined;
  file?.load();
  const now = options.now ?? (() => Math.floor(Date.now() / 1000));
  const machineNow = () => (options.now ? now() * 1000 : Date.now());
  const publicUrl = options.publicUrl ?? 'http://stripe.test';
  const core = new Core({
    store,
    now,
    account: options.account ?? testAccount,
    publicUrl: typeof publicUrl === 'string' ? () => publicUrl : publicUrl,
  });
  const trouble: Trouble = {
    downUntil: 0,
    rateLimited: 0,
    rateLimit: {},
    slowMs: 0,
    answersLost: 0,
    requestsLost: 0,
  };
  const deliveries = new Deliveries(core, options.webhook, () => machineNow() < trouble.downUntil);
  const control = createControl(core, deliveries, trouble, machineNow);
  let lastLook = now();
  const lookAtTheClock = () => {
    if (now() === lastLook) return;
    lastLook = now();
    catchUp(core);
  };
  const api = withLosses(
    trouble,
    createApi(core, {
      apiKey: options.apiKey,
      trouble,
      machineNow,
      before: lookAtTheClock,
      after: () => deliveries.flush(),
    }),
  );
  const pages = createPages({ core, control, deliveries });
  const timers = deliveries.isAutomatic
    ? [
        setInterval(() => {
          lookAtTheClock();
          deliveries.flush();
        }, tickMs),
        ...(file ? [setInterval(() => file.save(), saveEveryMs)] : []),
      ]
    : [];
  for (const timer of timers) timer.unref();
  deliveries.pump();
  return {
    fetch: async (request) => (new URL(request.url).pathname.startsWith('/v1/') ? api(request) : pages(request)),
    now,
    events: { all: () => store.events.all(), pending: () => deliveries.pending(), take: () => deliveries.take() },
    sign: (event, at = now(), { thin = false } = {}) =>
      signEvent(thin ? thinned(event) : event, options.webhook?.secret ?? '', at),
    control,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      deliveries.stop();
      file?.save();
    },
  };
}
