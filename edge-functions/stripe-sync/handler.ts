import type { SyncResponse } from '../../supabase/contracts/functions/stripe-sync.ts';
import { forCron } from '../_shared/cron.ts';
import type { Handler } from '../_shared/http.ts';
import { fetchWanted, isUnavailable, type Stripe, type Wanted } from '../_shared/stripe.ts';
import { lookAtAccount } from './account.ts';
import { settleActs } from './acts.ts';
import { type LedgerAnswer, refuse, settle } from '../_shared/stripe-events.ts';
import { createPhases } from './phases.ts';
import type { Dependencies, Phase, SyncStore } from './types.ts';

const eventsPerBatch = 20;
const maxAttempts = 20;

/**
 * POST with `x-cron-secret` → tries due events again, then runs the synchronisation that waits,
 * if any, as far as time allows, then looks what became of acts without an answer → 200 `{events: {processed, ignored,
 * failed, …}, sync: {id, status: succeeded|released (goes on at once)|waiting (Stripe cannot be reached)|failed} |
 * null, acts: {settled, unknown}}`.
 * 401 on a wrong secret. Several may run at once.
 */
export function createHandler(dependencies: Dependencies): Handler {
  return forCron<SyncResponse>(dependencies.cronSecret, async () => {
    const deadline = dependencies.now().getTime() + (dependencies.budgetMs ?? 90_000);
    const events = await retryEvents(dependencies, deadline);
    const sync = await synchronise(dependencies, deadline);
    // Last: what the run has brought by events needs no look of its own.
    return { events, sync, acts: await settleActs(dependencies) };
  });
}

async function retryEvents(
  { store, ledger, stripe, now }: Dependencies,
  deadline: number,
): Promise<SyncResponse['events']> {
  const counts: SyncResponse['events'] = {};
  let batch: Awaited<ReturnType<SyncStore['claimEvents']>>;
  do {
    batch = await store.claimEvents(eventsPerBatch);
    for (const event of batch) {
      const { status } = await retryEvent({ ledger, stripe, now }, event);
      counts[status] = (counts[status] ?? 0) + 1;
    }
  } while (batch.length === eventsPerBatch && now().getTime() < deadline);
  return counts;
}

type Due = Awaited<ReturnType<SyncStore['claimEvents']>>[number];

/** One event; whatever is wrong with it is noted at it, and the next one has its turn. */
async function retryEvent(
  { ledger, stripe, now }: Pick<Dependencies, 'ledger' | 'stripe' | 'now'>,
  event: Due,
): Promise<LedgerAnswer> {
  const held = { id: event.id, text: JSON.stringify(event) };
  try {
    const text = JSON.stringify(await whole(stripe, event));
    return await settle({ ledger, stripe, now }, await ledger.receive(text, 'webhook'), { id: event.id, text });
  } catch (error) {
    return refuse(ledger, held, error);
  }
}

/** The ledger masks what a customer typed at checkout: Stripe still has it. */
async function whole(stripe: Stripe, event: Due): Promise<object> {
  if (event.data.object.object !== 'checkout.session') return event;
  try {
    const wanted: Wanted = { kind: 'checkout_session', id: event.data.object.id, version: 0 };
    const [fetched] = await fetchWanted(stripe, wanted, 0);
    return { ...event, data: { ...event.data, object: fetched!.object } };
  } catch (error) {
    if (isUnavailable(error)) return event;
    throw error;
  }
}

async function synchronise(dependencies: Dependencies, deadline: number): Promise<SyncResponse['sync']> {
  const { store, now } = dependencies;
  const sync = await store.claim();
  if (!sync) return null;
  const phases = createPhases(dependencies, sync);
  const order: Phase[] =
    sync.kind === 'incremental'
      ? ['events']
      : ['customers', 'invoices', 'subscriptions', 'charges', 'disputes', 'fraud_warnings', 'credit_notes', 'missing'];
  let cursor = sync.page_cursor;
  try {
    if (sync.attempts === 1) await store.noteAccount(await lookAtAccount(dependencies));
    for (const phase of order.slice(order.indexOf(sync.phase))) {
      const outcome = await phases[phase](cursor, () => now().getTime() > deadline);
      if (outcome === 'ended') return { id: sync.id, status: 'ended' };
      if (outcome === 'out_of_time') {
        await store.release(sync.id);
        return { id: sync.id, status: 'released' };
      }
      cursor = null;
    }
    await store.finish(sync.id, null);
    return { id: sync.id, status: 'succeeded' };
  } catch (error) {
    // The next worker takes it up when this one has given no sign for a minute.
    if (isUnavailable(error) && sync.attempts < maxAttempts) return { id: sync.id, status: 'waiting' };
    await store.finish(sync.id, error instanceof Error ? error.message : String(error));
    return { id: sync.id, status: 'failed' };
  }
}
