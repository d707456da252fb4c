import type Stripe from 'stripe';
import { type Core, day, hour, idOf } from '../core.ts';
import { subscriptionIdOf } from '../store.ts';
import { collect, voidInvoice } from './settlement.ts';
import { finalize } from './invoices.ts';
import { hasEnded } from './subscriptions.ts';
import { preview } from './plan-changes.ts';
import { renew } from './renewals.ts';

interface Due {
  at: number;
  run: () => void;
}

const earliest = (all: Due[]): Due | undefined =>
  all.reduce<Due | undefined>((first, one) => (!first || one.at < first.at ? one : first), undefined);

/** What a customer's clock brings next. */
function nextDue(core: Core, customer: string): Due | undefined {
  return earliest(
    core.store.subscriptions
      .by('customer', customer)
      .flatMap((subscription) => [...ofInvoices(core, subscription), ...ofSubscription(core, subscription)]),
  );
}

function ofSubscription(core: Core, subscription: Stripe.Subscription): Due[] {
  if (hasEnded(subscription)) return [];
  const [item] = subscription.items.data;
  const end = item!.current_period_end;
  if (subscription.status === 'incomplete') {
    return [
      {
        at: subscription.created + 23 * hour,
        run: () =>
          void core.update(
            core.store.subscriptions,
            subscription.id,
            { status: 'incomplete_expired', ended_at: subscription.created + 23 * hour },
            'customer.subscription.updated',
          ),
      },
    ];
  }
  const notices = core.store.notices.get(subscription.id) ?? {
    id: subscription.id,
    upcomingFor: null,
    trialWillEndFor: null,
  };
  const pending = subscription.pending_update;
  const due: Due[] = [
    ...(pending ? [{ at: pending.expires_at, run: () => expirePending(core, subscription.id) }] : []),
    { at: end, run: () => renew(core, subscription.id) },
  ];
  if (subscription.status === 'trialing' && notices.trialWillEndFor !== end) {
    due.push({
      at: end - 3 * day,
      run: () => {
        core.store.notices.put({ ...notices, trialWillEndFor: end });
        core.emit('customer.subscription.trial_will_end', core.store.subscriptions.need(subscription.id));
      },
    });
  }
  if (!subscription.cancel_at_period_end && notices.upcomingFor !== end) {
    due.push({
      at: end - 7 * day,
      run: () => {
        core.store.notices.put({ ...notices, upcomingFor: end });
        core.emit('invoice.upcoming', preview(core, core.store.subscriptions.need(subscription.id), null));
      },
    });
  }
  return due;
}

/** Nobody paid for the change in time. */
function expirePending(core: Core, subscriptionId: string): void {
  voidInvoice(core, idOf(core.store.subscriptions.need(subscriptionId).latest_invoice as string));
  core.emit('customer.subscription.pending_update_expired', core.store.subscriptions.need(subscriptionId));
}

function ofInvoices(core: Core, subscription: Stripe.Subscription): Due[] {
  return core.store.invoices.by('unsettled', subscription.id).flatMap((invoice): Due[] => {
    if (hasEnded(subscription) || invoice.auto_advance === false) return [];
    if (invoice.status === 'draft' && invoice.automatically_finalizes_at)
      return [{ at: invoice.automatically_finalizes_at, run: () => finalizeAndCollect(core, invoice.id!) }];
    return invoice.status === 'open' && invoice.next_payment_attempt
      ? [{ at: invoice.next_payment_attempt, run: () => void collect(core, invoice.id!) }]
      : [];
  });
}

function finalizeAndCollect(core: Core, invoiceId: string): void {
  const subscription = core.store.subscriptions.need(subscriptionIdOf(core.store.invoices.need(invoiceId)) ?? '');
  const pause = subscription.pause_collection?.behavior;
  if (pause === 'keep_as_draft') {
    core.update(
      core.store.invoices,
      invoiceId,
      { auto_advance: false, automatically_finalizes_at: null },
      'invoice.updated',
    );
    return;
  }
  const invoice = finalize(core, invoiceId);
  if (invoice.status !== 'open') return;
  if (pause) voidInvoice(core, invoiceId);
  else collect(core, invoiceId);
}

/** Works through everything due for a customer up to a moment, each at its own time. */
export function advanceTo(core: Core, customer: string, moment: number): void {
  for (let step = 0; step < 5_000; step += 1) {
    const due = nextDue(core, customer);
    if (!due || due.at > moment) return;
    core.at(customer, due.at, due.run);
  }
}

export function setLead(core: Core, customer: string, moment: number): void {
  const clock = core.store.customers.need(customer).test_clock;
  if (clock) core.store.testClocks.patch(idOf(clock), { frozen_time: moment });
  else core.store.moods.put({ ...core.mood(customer), offset: moment - core.now() });
}

/** When the next invoice of a customer will have been tried: its renewal and the hour it stays a draft. */
export function nextInvoiceAt(core: Core, customer: string): number | null {
  const due = earliest(
    core.store.subscriptions.by('customer', customer).flatMap((subscription): Due[] => {
      if (hasEnded(subscription)) return [];
      const waiting = ofInvoices(core, subscription);
      return waiting.length > 0
        ? waiting
        : [{ at: subscription.items.data[0]!.current_period_end + hour, run: () => {} }];
    }),
  );
  return due?.at ?? null;
}

export function expireSessions(core: Core): void {
  for (const session of core.store.checkoutSessions.all()) {
    if (session.status === 'open' && session.expires_at <= core.now())
      core.update(
        core.store.checkoutSessions,
        session.id,
        { status: 'expired', url: null },
        'checkout.session.expired',
      );
  }
}

/** What real time has brought since the last look. */
export function catchUp(core: Core): void {
  const seen = new Set<string>();
  for (const subscription of core.store.subscriptions.all()) {
    const customer = idOf(subscription.customer);
    if (seen.has(customer) || core.store.customers.get(customer)?.test_clock) continue;
    seen.add(customer);
    advanceTo(core, customer, core.nowOf(customer));
  }
  expireSessions(core);
}
