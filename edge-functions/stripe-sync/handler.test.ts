import { expect, it, vi } from 'vitest';
import { syncResponse } from '../../supabase/contracts/functions/stripe-sync.ts';
import type { Stripe } from '../_shared/stripe.ts';
import type { LedgerAnswer } from '../_shared/stripe-events.ts';
import { now, post } from '../_shared/testing.ts';
import { createHandler } from './handler.ts';
import type { Dependencies, Sync } from './types.ts';

const runId = '5f0c1f0e-3f6b-4a39-9a0a-0d2b6f3b7f11';
const sync: Sync = {
  id: runId,
  kind: 'full',
  phase: 'customers',
  page_cursor: null,
  since: null,
  until: '2026-03-01T12:00:00Z',
  has_baseline: true,
  attempts: 1,
};
const due = (id: string, object = 'customer') => ({
  id,
  type: 'x',
  data: { object: { id: `${object}_${id}`, object } },
});
const refused = Object.assign(new Error('No such object'), { type: 'StripeInvalidRequestError', statusCode: 400 });

function make(given: { events?: ReturnType<typeof due>[]; run?: Sync; apply?: (ids: string[]) => LedgerAnswer }) {
  const list = async () => ({ data: [{ id: 'cus_1' }], has_more: false });
  const empty = async () => ({ data: [], has_more: false });
  const ledger = {
    receive: vi.fn(async (text: string): Promise<LedgerAnswer> => {
      if (text.includes('"poison"')) throw Object.assign(new Error('unsupported Unicode'), { code: '22P05' });
      return { status: 'processed' };
    }),
    applyFetched: vi.fn(async (_fetched: unknown, _event: string | null, asked: string[]) =>
      given.apply ? given.apply(asked) : ({ status: 'processed' } as LedgerAnswer),
    ),
    fail: vi.fn(async () => undefined),
  };
  const store = {
    claimEvents: vi.fn(async () => (given.events ? given.events.splice(0) : [])),
    claim: vi.fn(async () => given.run ?? null),
    advance: vi.fn(async () => '2026-03-01T12:00:00Z'),
    reconcile: vi.fn(async (_id: string, objects: object[]) =>
      objects.length
        ? ['cus_1', 'cus_poison', 'cus_2'].map((id) => ({ kind: 'customer' as const, id, version: 0 }))
        : [],
    ),
    unknownEvents: vi.fn(async () => []),
    unseenSubscriptions: vi.fn(async () => []),
    versionOf: vi.fn(async () => 0),
    reportDrift: vi.fn(async () => undefined),
    release: vi.fn(async () => undefined),
    finish: vi.fn(async () => undefined),
  };
  const stripe = {
    customers: { list, retrieve: async (id: string) => ({ id, object: 'customer' }) },
    subscriptions: { list: empty },
    invoices: { list: empty },
    charges: { list: empty },
    checkout: { sessions: { retrieve: async () => Promise.reject(refused) } },
  } as unknown as Stripe;
  const handle = createHandler({ stripe, ledger, store, cronSecret: 's', now } as unknown as Dependencies);
  return {
    ledger,
    store,
    run: async () => syncResponse.parse(await (await handle(post('http://f', {}, { 'x-cron-secret': 's' }))).json()),
  };
}

it('an event that cannot be read or fetched is failed with its reason, and the others have their turn', async () => {
  const { run, ledger } = make({ events: [due('poison'), due('gone', 'checkout.session'), due('sound')] });
  expect((await run()).events).toEqual({ failed: 2, processed: 1 });
  expect(ledger.fail.mock.calls).toEqual([
    ['poison', 'unsupported Unicode'],
    ['gone', 'No such object'],
  ]);
});

it('an object of a run that cannot be applied is named, the others are applied, and the run ends well', async () => {
  const apply = (ids: string[]): LedgerAnswer => {
    if (ids.includes('cus_poison')) throw new Error('violates check constraint');
    return { status: 'processed' };
  };
  const { run, store, ledger } = make({ run: sync, apply });
  expect((await run()).sync).toEqual({ id: runId, status: 'succeeded' });
  expect(store.reportDrift.mock.calls).toEqual([
    [runId, 'customer', 'cus_poison', { error: { mirror: null, stripe: 'violates check constraint' } }, 'failed'],
  ]);
  expect(ledger.applyFetched.mock.calls.map(([, , ids]) => ids)).toEqual([
    ['cus_1', 'cus_poison', 'cus_2'],
    ['cus_1'],
    ['cus_poison'],
    ['cus_2'],
  ]);
  expect(store.finish).toHaveBeenCalledWith(runId, null);
});
