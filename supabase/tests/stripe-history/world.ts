import type Stripe from 'stripe';
import type { Sql } from 'postgres';
import { createStripe } from '@whatautosys/edge-functions/_shared/stripe';
import type { Ledger } from '@whatautosys/edge-functions/_shared/stripe-events';
import { createLedger } from '@whatautosys/edge-functions/_shared/stripe-ledger';
import { createHandler as createSync } from '@whatautosys/edge-functions/stripe-sync/handler';
import { createSyncStore } from '@whatautosys/edge-functions/stripe-sync/store';
import { createHandler as createWebhook } from '@whatautosys/edge-functions/stripe-webhook/handler';
import { createStripeStandIn, type StripeStandIn } from '@whatautosys/local/stand-ins/stripe';
import { ensureCatalogue } from '@whatautosys/seed/stripe-catalogue';
import type { Random } from './random.ts';

/** Far from the machine's own clock, so that nothing of a history depends on the day of the test. */
const beginning = Date.parse('2031-01-01T00:00:00Z') / 1000;
export const apiKey = 'sk_test_history';
const secrets = { webhook: 'whsec_history', cron: 'cron_history' };

export interface World {
  standIn: StripeStandIn;
  stripe: Stripe;
  /** Moves Stripe's clock on. */
  pass(seconds: number): void;
  /** Delivers one event as Stripe would → the status answered; the function may be killed on the way. */
  deliver(event: Stripe.Event, killing?: boolean, thin?: boolean): Promise<number>;
  /** Retries of what failed and the run of cron every five minutes, until nothing waits. */
  catchUp(): Promise<void>;
  /** Everything compared → what differed. */
  compareAll(): Promise<object[]>;
}

class Killed extends Error {}

/** A function that dies: before the ledger answers, or after it and before the rest is done. */
function mortal(ledger: Ledger, random: Random, chance: () => number): Ledger {
  const maybeDie = () => {
    if (random.chance(chance())) throw new Killed('killed');
  };
  return {
    async receive(event, source) {
      maybeDie();
      const answer = await ledger.receive(event, source);
      maybeDie();
      return answer;
    },
    async applyFetched(...args) {
      maybeDie();
      return ledger.applyFetched(...args);
    },
    end: (eventId, reason) => ledger.end(eventId, reason),
    // A process that died notes nothing.
    fail: async (eventId, message) => (message === 'killed' ? undefined : ledger.fail(eventId, message)),
  };
}

export async function createWorld(sql: Sql, random: Random): Promise<World> {
  let clock = beginning;
  let killChance = 0;
  const standIn = createStripeStandIn({
    apiKey,
    webhook: { url: 'http://unused.test', secret: secrets.webhook, automatic: false },
    now: () => clock,
    seed: random.int(1, 1_000_000),
  });
  const stripe = createStripe({
    apiKey,
    apiBase: 'http://stripe.test',
    fetch: ((input: RequestInfo | URL, init?: RequestInit) => standIn.fetch(new Request(input, init))) as typeof fetch,
  });
  await ensureCatalogue(stripe, [
    { code: 'starter', name: 'Starter', monthly_price_cents: 1900, currency: 'EUR' },
    { code: 'premium', name: 'Premium', monthly_price_cents: 2900, currency: 'EUR' },
    { code: 'enterprise', name: 'Enterprise', monthly_price_cents: 9900, currency: 'EUR' },
  ]);
  const ledger = mortal(createLedger(sql, false), random, () => killChance);
  const now = () => new Date(clock * 1000);
  let background: Promise<unknown>[] = [];
  const webhook = createWebhook({
    stripe,
    ledger,
    secrets: [secrets.webhook],
    waitUntil: (work) => void background.push(work.catch(() => undefined)),
    now,
  });
  const sync = createSync({
    stripe,
    ledger,
    store: createSyncStore(sql),
    cronSecret: secrets.cron,
    livemode: false,
    webhookUrl: 'https://project.test/functions/v1/stripe-webhook',
    now,
    budgetMs: 3_600_000,
  });
  const cron = async () => {
    const response = await sync(
      new Request('http://functions/stripe-sync', { method: 'POST', headers: { 'x-cron-secret': secrets.cron } }),
    );
    if (!response.ok) throw new Error(`stripe-sync answered ${response.status} ${await response.text()}`);
    return (await response.json()) as { sync: { id: string; status: string } | null };
  };
  const synchronise = async (kind: 'incremental' | 'full') => {
    await sql`insert into public.stripe_syncs (kind, since, until)
      values (${kind}, ${kind === 'incremental' ? new Date(beginning * 1000) : null}, ${now()})`;
    const { sync: run } = await cron();
    if (run?.status !== 'succeeded') {
      const errors = await sql`select error from public.stripe_syncs where id = ${run!.id}`;
      throw new Error(`The synchronisation ended ${JSON.stringify(run)}: ${JSON.stringify(errors)}`);
    }
    return [...(await sql`select object_type, object_id, fields from public.stripe_drifts where sync_id = ${run.id}`)];
  };

  return {
    standIn,
    stripe,
    pass(seconds) {
      clock += seconds;
    },
    async deliver(event, killing = false, thin = false) {
      killChance = killing ? 0.5 : 0;
      const { body, headers } = standIn.sign(event, clock, { thin });
      const { status } = await webhook(
        new Request('http://functions/stripe-webhook', { method: 'POST', headers, body }),
      );
      await Promise.all(background);
      background = [];
      killChance = 0;
      return status;
    },
    async catchUp() {
      await synchronise('incremental');
      for (let round = 0; round < 20; round += 1) {
        const [waiting] = await sql<
          [{ count: number }]
        >`select count(*)::int as count from public.stripe_events where status in ('pending', 'failed')`;
        if (waiting.count === 0) return;
        await sql`update public.stripe_events set next_attempt_at = now() where status in ('pending', 'failed')`;
        await cron();
      }
      const left = await sql`select type, error from public.stripe_events where status in ('pending', 'failed')`;
      throw new Error(`Events still wait: ${JSON.stringify(left)}`);
    },
    compareAll: () => synchronise('full'),
  };
}
