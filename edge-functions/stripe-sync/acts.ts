import type { SyncResponse } from '../../supabase/contracts/functions/stripe-sync.ts';
import { logError } from '../_shared/log.ts';
import { isMissing, isUnavailable, type Stripe, type Wanted } from '../_shared/stripe.ts';
import { settle } from '../_shared/stripe-events.ts';
import type { Dependencies, UnknownAct } from './types.ts';

/** Types of the events an act causes, by its name: Stripe lists no more than it is asked for. */
const typesOf = (action: string): string[] =>
  action === 'refund'
    ? ['charge.refunded', 'refund.created']
    : action === 'retry_payment'
      ? ['invoice.paid', 'invoice.payment_failed', 'charge.succeeded', 'charge.failed', 'charge.pending']
      : ['customer.subscription.updated', 'customer.subscription.deleted'];

/** What an act has caused was caused within minutes; the clocks differ by less than one. */
const window = { before: 60, after: 600 };
const mostEvents = 1_000;

/**
 * Staff's acts whose answer never came. Stripe's events with the act's key say that it was done; where none came within
 * five minutes it was not. Nothing is asked a second time: see the room of the acts.
 */
export async function settleActs(dependencies: Dependencies): Promise<NonNullable<SyncResponse['acts']>> {
  const { store, now } = dependencies;
  const counts = { settled: 0, unknown: 0 };
  for (const act of await store.claimActs(now())) {
    try {
      const event = await eventOf(dependencies.stripe, act);
      if (event || act.is_due) {
        await lookAgain(dependencies, act);
        await store.settleAct(act.id, event);
        counts.settled += 1;
        continue;
      }
    } catch (error) {
      // It goes on waiting, and the others have their turn.
      if (!isUnavailable(error)) logError(`What became of "${act.idempotency_key}" could not be found out`, error);
    }
    counts.unknown += 1;
  }
  return counts;
}

async function eventOf(stripe: Stripe, act: UnknownAct): Promise<Stripe.Event | null> {
  const asked = Math.floor(Date.parse(act.asked_at) / 1000);
  if (!act.subscription && !act.charge) return null;
  const events = await stripe.events
    .list({
      types: typesOf(act.action),
      created: { gte: asked - window.before, lte: asked + window.after },
      limit: 100,
    })
    .autoPagingToArray({ limit: mostEvents });
  return (
    events.find(({ request }) => request?.idempotency_key?.startsWith(act.idempotency_key)) ??
    // A cancellation at once is a DELETE, of which Stripe keeps no key.
    events.find(
      ({ type, data: { object } }) =>
        act.cancels_now &&
        type === 'customer.subscription.deleted' &&
        (object as { id?: string }).id === act.subscription,
    ) ??
    null
  );
}

/** The mirror shows what Stripe has before anybody is told what became of the act. */
async function lookAgain({ ledger, stripe, store, now }: Dependencies, act: UnknownAct): Promise<void> {
  const wanted: Array<Pick<Wanted, 'kind' | 'id'>> = [
    ...(act.subscription ? [{ kind: 'subscription' as const, id: act.subscription }] : []),
    ...(act.charge ? [{ kind: 'charge' as const, id: act.charge }] : []),
  ];
  try {
    for (const { kind, id } of wanted)
      await settle(
        { ledger, stripe, now },
        { status: 'fetch', fetch: [{ kind, id, version: await store.versionOf(id) }] },
        null,
      );
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
