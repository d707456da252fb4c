import type { Stripe } from '../_shared/stripe.ts';
import { isDataError } from '../_shared/database.ts';
import {
  isForbidden,
  isMissing,
  isUnavailable,
  requireMode,
  subscriptionExpansion,
  type Wanted,
} from '../_shared/stripe.ts';
import { handledTypes, type LedgerAnswer, settle } from '../_shared/stripe-events.ts';
import type { Dependencies, Phase, Sync, SyncStore } from './types.ts';

type Outcome = 'done' | 'out_of_time' | 'ended';
type RunPhase = (cursor: string | null, outOfTime: () => boolean) => Promise<Outcome>;
interface Page {
  data: Array<{ id: string; object: string }>;
  has_more: boolean;
}
type List = (params: { limit: number; starting_after?: string }) => Promise<Page>;

const pageSize = 100;
const seconds = (iso: string) => Math.floor(Date.parse(iso) / 1000);
const data = (paths: string[]) => paths.map((path) => `data.${path}`);

/** The steps of a synchronisation; each resumes at a cursor and stops between two pages when time is up. */
export function createPhases(dependencies: Dependencies, sync: Sync): Record<Phase, RunPhase> {
  const { stripe } = dependencies;
  const created = sync.since ? { created: { gte: seconds(sync.since) } } : {};
  const compare = (phase: Phase, list: List) => comparePages(dependencies, sync, phase, list);
  return {
    events: () => replayEvents(dependencies, sync),
    customers: compare('customers', (page) =>
      stripe.customers.list({ ...page, expand: data(['discount.source.coupon']) }),
    ),
    subscriptions: compare('subscriptions', (page) =>
      stripe.subscriptions.list({ ...page, status: 'all', expand: data(subscriptionExpansion) }),
    ),
    invoices: compare('invoices', (page) => stripe.invoices.list({ ...page, ...created, expand: data(['payments']) })),
    charges: compare('charges', (page) => stripe.charges.list({ ...page, ...created, expand: data(['refunds']) })),
    // A dispute may be decided long after it was opened: there are few, and all are looked at.
    disputes: ifPermitted(
      dependencies,
      sync,
      'dispute',
      compare('disputes', (page) => stripe.disputes.list(page)),
    ),
    fraud_warnings: ifPermitted(
      dependencies,
      sync,
      'radar.early_fraud_warning',
      compare('fraud_warnings', (page) => stripe.radar.earlyFraudWarnings.list({ ...page, ...created })),
    ),
    credit_notes: ifPermitted(
      dependencies,
      sync,
      'credit_note',
      compare('credit_notes', (page) => stripe.creditNotes.list({ ...page, ...created })),
    ),
    missing: () => lookForMissing(dependencies, sync),
  };
}

/** It cannot be mirrored as it is, for a known reason. */
class LeftOut extends Error {}

const reportFailure = (store: SyncStore, sync: Sync, kind: string, id: string, error: unknown) =>
  store.reportDrift(
    sync.id,
    kind,
    id,
    { error: { mirror: null, stripe: (error instanceof Error ? error.message : String(error)).slice(0, 300) } },
    error instanceof LeftOut ? 'left_out' : 'failed',
  );

/** What a restricted key may not list is left out and said so; it costs the rest nothing. */
const ifPermitted =
  ({ store }: Dependencies, sync: Sync, kind: string, run: RunPhase): RunPhase =>
  async (cursor, outOfTime) => {
    try {
      return await run(cursor, outOfTime);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      await reportFailure(store, sync, kind, kind, new LeftOut((error as Error).message));
      return 'done';
    }
  };

/** All at once; when that fails, one by one, so that the one at fault is named and the others are applied. */
async function fetchApart(
  { stripe, ledger, store, now }: Pick<Dependencies, 'stripe' | 'ledger' | 'store' | 'now'>,
  sync: Sync,
  all: Wanted[],
) {
  const apply = async (fetch: Wanted[]) => {
    const answer = await settle({ ledger, stripe, now }, { status: 'fetch', fetch }, null);
    if (answer.status === 'failed') throw new Error(answer.error);
    if (answer.status === 'ignored') throw new LeftOut(answer.error);
  };
  try {
    return await apply(all);
  } catch (error) {
    if (isUnavailable(error)) throw error;
  }
  for (const one of all) {
    try {
      await apply([one]);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      await reportFailure(store, sync, one.kind, one.id, error);
    }
  }
}

/** An event the webhook missed; whatever is wrong with it is its own affair. */
async function replay(
  { ledger, stripe, now }: Pick<Dependencies, 'ledger' | 'stripe' | 'now'>,
  id: string,
  text: string,
): Promise<LedgerAnswer> {
  try {
    return await settle({ ledger, stripe, now }, await ledger.receive(text, 'sync'), { id, text });
  } catch (error) {
    if (isUnavailable(error)) throw error;
    return { status: 'failed', error: error instanceof Error ? error.message : String(error) };
  }
}

/** A page; where one of it holds what the database cannot even read, one by one, and that one is named. */
async function reconcile(
  store: SyncStore,
  sync: Sync,
  objects: Page['data'],
  listedAt: string,
  asOf: number,
): Promise<Wanted[]> {
  try {
    return await store.reconcile(sync.id, objects, listedAt, asOf);
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (objects.length === 1) {
      await reportFailure(store, sync, objects[0]!.object, objects[0]!.id, error);
      return [];
    }
  }
  const apart: Wanted[] = [];
  for (const object of objects) apart.push(...(await reconcile(store, sync, [object], listedAt, asOf)));
  return apart;
}

/** Compares every object of a list with the mirror; the next page travels while one is compared. */
function comparePages(
  { stripe, ledger, store, livemode, now }: Dependencies,
  sync: Sync,
  phase: Phase,
  list: List,
): RunPhase {
  return async (start, outOfTime) => {
    const request = async (cursor: string | null, done: number) => {
      const listedAt = await store.advance(sync.id, phase, cursor, done);
      const asOf = Math.floor(now().getTime() / 1000);
      return (
        listedAt && {
          listedAt,
          asOf,
          page: await list({ limit: pageSize, ...(cursor ? { starting_after: cursor } : {}) }),
        }
      );
    };
    let current = await request(start, 0);
    while (current) {
      const { page, listedAt, asOf } = current;
      const last = page.data.at(-1)?.id ?? null;
      const next = page.has_more && last && !outOfTime() ? request(last, page.data.length) : null;
      // A failure of the next page is this loop's to tell, once it gets there.
      next?.catch(() => undefined);
      requireMode(page.data, livemode);
      const fetch = await reconcile(store, sync, page.data, listedAt, asOf);
      if (fetch.length > 0) {
        await fetchApart({ stripe, ledger, store, now }, sync, fetch);
      }
      if (next) {
        current = await next;
        continue;
      }
      if (!(await store.advance(sync.id, phase, last ?? start, page.data.length))) return 'ended';
      return page.has_more ? 'out_of_time' : 'done';
    }
    return 'ended';
  };
}

/** Applies, oldest first, the events since the last run that never arrived. */
async function replayEvents({ stripe, ledger, store, now }: Dependencies, sync: Sync): Promise<Outcome> {
  const until = seconds(sync.until);
  /** On its way, most likely; the next run sees it. A test clock may be ahead of us: its events are not. */
  const isInFlight = (created: number) => created > until && created <= now().getTime() / 1000;
  const wanted = new Set<string>(handledTypes);
  const missed: Stripe.Event[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await stripe.events.list({
      created: { gte: seconds(sync.since ?? sync.until) },
      limit: pageSize,
      ...(cursor ? { starting_after: cursor } : {}),
    });
    const unknown = new Set(await store.unknownEvents(page.data.map(({ id }) => id)));
    missed.push(
      ...page.data.filter(({ id, type, created }) => unknown.has(id) && wanted.has(type) && !isInFlight(created)),
    );
    if (!(await store.advance(sync.id, 'events', null, page.data.length))) return 'ended';
    cursor = page.data.at(-1)?.id;
    if (!page.has_more || !cursor) break;
  }
  for (const event of missed.reverse()) {
    const text = JSON.stringify(event);
    const answer = await replay({ ledger, stripe, now }, event.id, text);
    if (sync.has_baseline && answer.status !== 'duplicate' && answer.status !== 'ignored') {
      await store.reportDrift(
        sync.id,
        'event',
        event.id,
        { type: { mirror: null, stripe: event.type } },
        answer.status === 'failed' ? 'failed' : 'repaired',
      );
    }
    if (!(await store.advance(sync.id, 'events', null, 0))) return 'ended';
  }
  return 'done';
}

/**
 * Subscriptions we hold and the lists did not name: fetched one by one, and reported when Stripe does not know them.
 */
async function lookForMissing({ stripe, ledger, store, now }: Dependencies, sync: Sync): Promise<Outcome> {
  for (const id of await store.unseenSubscriptions(sync.id)) {
    if (!(await store.advance(sync.id, 'missing', null, 1))) return 'ended';
    try {
      const answer = await settle(
        { ledger, stripe, now },
        { status: 'fetch', fetch: [{ kind: 'subscription', id, version: await store.versionOf(id) }] },
        null,
      );
      if (answer.status === 'failed') throw new Error(answer.error);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      await (isMissing(error)
        ? store.reportDrift(sync.id, 'subscription', id, { exists: { mirror: true, stripe: false } }, 'reported')
        : reportFailure(store, sync, 'subscription', id, error));
    }
  }
  return 'done';
}
