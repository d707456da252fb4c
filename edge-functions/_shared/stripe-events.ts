import { type Fetched, fetchWanted, GoneError, type Stripe, type Wanted } from './stripe.ts';

export interface LedgerAnswer {
  status: 'processed' | 'ignored' | 'duplicate' | 'failed' | 'fetch';
  fetch?: Wanted[];
  error?: string;
}

/** The database's side: it decides what is applied; an event it has answered for is never lost. */
export interface Ledger {
  receive(event: string, source: 'webhook' | 'sync'): Promise<LedgerAnswer>;
  /** `event` null: objects alone, for the synchronisation and staff actions. */
  applyFetched(fetched: Fetched[], event: string | null, asked: string[]): Promise<LedgerAnswer>;
  fail(eventId: string, message: string): Promise<void>;
  /** The event is about nothing any more. */
  end(eventId: string, reason: string): Promise<void>;
}

/**
 * Events a subscription business needs: the endpoint at Stripe listens to these, the synchronisation looks for these.
 */
export const handledTypes = [
  'customer.created',
  'customer.updated',
  'customer.deleted',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.trial_will_end',
  'customer.subscription.pending_update_applied',
  'customer.subscription.pending_update_expired',
  'customer.discount.created',
  'customer.discount.updated',
  'customer.discount.deleted',
  'coupon.updated',
  'invoice.created',
  'invoice.deleted',
  'invoice.finalized',
  'invoice.finalization_failed',
  'invoice.marked_uncollectible',
  'invoice.paid',
  'invoice.payment_action_required',
  'invoice.payment_failed',
  'invoice.payment_succeeded',
  'invoice.updated',
  'invoice.voided',
  'invoice.upcoming',
  'invoice_payment.paid',
  'charge.succeeded',
  'charge.failed',
  'charge.pending',
  'charge.refunded',
  'charge.updated',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'radar.early_fraud_warning.created',
  'radar.early_fraud_warning.updated',
  'credit_note.created',
  'credit_note.updated',
  'credit_note.voided',
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  'payment_method.attached',
  'payment_method.updated',
  'payment_method.automatically_updated',
  'payment_method.detached',
] as const;

/**
 * Each round asks Stripe anew, because what was fetched had changed meanwhile; more than this is a storm, left to the
 * retry.
 */
const maxRounds = 6;

/**
 * Fetches what the ledger asks for and applies it, until it is satisfied. A failure of Stripe
 * is noted at the event, which is tried again later; an event whose own object is gone is over.
 */
export async function settle(
  { ledger, stripe, now }: { ledger: Ledger; stripe: Stripe; now: () => Date },
  first: LedgerAnswer,
  event: { id: string; text: string } | null,
): Promise<LedgerAnswer> {
  let answer = first;
  const asked = new Set<string>();
  try {
    for (let round = 0; answer.status === 'fetch'; round += 1) {
      if (round === maxRounds) throw new Error(`The objects kept changing for ${maxRounds} rounds`);
      const wanted = answer.fetch ?? [];
      const asOf = Math.floor(now().getTime() / 1000);
      const fetched = (await Promise.all(wanted.map((one) => fetchWanted(stripe, one, asOf)))).flat();
      // Everything is asked for again each round: only what came last is known to belong together.
      asked.clear();
      for (const { id } of wanted) asked.add(id);
      answer = await ledger.applyFetched(fetched, event?.text ?? null, [...asked]);
    }
    return answer;
  } catch (error) {
    if (!event) throw error;
    return refuse(ledger, event, error);
  }
}

const objectOf = (text: string) =>
  (JSON.parse(text) as { data?: { object?: { id?: unknown } } }).data?.object?.id ?? null;

/** Notes at an event why it was not applied. */
export async function refuse(
  ledger: Ledger,
  event: { id: string; text: string },
  error: unknown,
): Promise<LedgerAnswer> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof GoneError && error.wanted.id === objectOf(event.text)) {
    await ledger.end(event.id, message);
    return { status: 'ignored', error: message };
  }
  await ledger.fail(event.id, message);
  return { status: 'failed', error: message };
}
