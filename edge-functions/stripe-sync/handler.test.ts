import Stripe from 'stripe';
import { describe, expect, it, vi } from 'vitest';
import { syncResponse } from '../../supabase/contracts/functions/stripe-sync.ts';
import { handledTypes, type LedgerAnswer } from '../_shared/stripe-events.ts';
import type { Wanted } from '../_shared/stripe.ts';
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
  const list = async (): Promise<{ data: Array<{ id: string; livemode?: boolean }>; has_more: boolean }> => ({
    data: [{ id: 'cus_1' }],
    has_more: false,
  });
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
    end: vi.fn(async () => undefined),
  };
  const store = {
    claimEvents: vi.fn(async () => (given.events ? given.events.splice(0) : [])),
    claim: vi.fn(async () => given.run ?? null),
    advance: vi.fn(async () => '2026-03-01T12:00:00Z'),
    reconcile: vi.fn(async (_id: string, objects: object[]): Promise<Wanted[]> =>
      (objects[0] as { id?: string } | undefined)?.id === 'cus_1'
        ? ['cus_1', 'cus_poison', 'cus_2'].map((id): Wanted => ({ kind: 'customer', id, version: 0 }))
        : [],
    ),
    unknownEvents: vi.fn(async () => []),
    unseenSubscriptions: vi.fn(async () => []),
    versionOf: vi.fn(async () => 0),
    reportDrift: vi.fn(async () => undefined),
    claimActs: vi.fn(async () => []),
    settleAct: vi.fn(async () => undefined),
    noteAccount: vi.fn(async () => undefined),
    release: vi.fn(async () => undefined),
    finish: vi.fn(async () => undefined),
  };
  const stripe = {
    customers: { list, retrieve: async (id: string) => ({ id, object: 'customer' }) },
    subscriptions: { list: empty },
    invoices: { list: empty },
    charges: {
      list: async () => ({
        data: ['ch_1', 'ch_poison', 'ch_2'].map((id) => ({ id, object: 'charge' })),
        has_more: false,
      }),
    },
    disputes: { list: empty },
    radar: { earlyFraudWarnings: { list: empty as () => Promise<{ data: object[]; has_more: boolean }> } },
    creditNotes: { list: empty },
    accounts: { retrieveCurrent: async (): Promise<{ id: string }> => ({ id: 'acct_1' }) },
    webhookEndpoints: { list: empty as () => Promise<{ data: object[]; has_more: boolean }> },
    checkout: { sessions: { retrieve: async () => Promise.reject(refused) } },
  };
  const handle = createHandler({
    stripe,
    ledger,
    store,
    cronSecret: 's',
    livemode: false,
    webhookUrl: 'https://f/functions/v1/stripe-webhook',
    now,
  } as unknown as Dependencies);
  return {
    ledger,
    store,
    stripe,
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

it('a page the database cannot read is compared one by one, and the one at fault is named', async () => {
  const { run, store } = make({ run: { ...sync, phase: 'charges' } });
  store.reconcile.mockImplementation(async (_id: string, objects: object[]) => {
    if (JSON.stringify(objects).includes('ch_poison'))
      throw Object.assign(new Error('unsupported Unicode'), { code: '22P05' });
    return [];
  });
  expect((await run()).sync).toEqual({ id: runId, status: 'succeeded' });
  expect(
    store.reconcile.mock.calls.map(([, objects]) => objects.map((object) => (object as { id: string }).id)),
    // The lists after it are empty.
  ).toEqual([['ch_1', 'ch_poison', 'ch_2'], ['ch_1'], ['ch_poison'], ['ch_2'], [], [], []]);
  expect(store.reportDrift.mock.calls).toEqual([
    [runId, 'charge', 'ch_poison', { error: { mirror: null, stripe: 'unsupported Unicode' } }, 'failed'],
  ]);
});

it('what cannot be mirrored for a known reason is left out, which is no failure', async () => {
  const reason = 'Stripe customer "cus_poison" has no usable e-mail';
  const apply = (ids: string[]): LedgerAnswer =>
    ids.includes('cus_poison') ? { status: 'ignored', error: reason } : { status: 'processed' };
  const { run, store } = make({ run: sync, apply });
  expect((await run()).sync).toEqual({ id: runId, status: 'succeeded' });
  expect(store.reportDrift.mock.calls).toEqual([
    [runId, 'customer', 'cus_poison', { error: { mirror: null, stripe: reason } }, 'left_out'],
  ]);
});

it('a list of the other mode ends the run: nothing of it is mirrored', async () => {
  const { run, store, stripe } = make({ run: sync });
  stripe.customers.list = async () => ({ data: [{ id: 'cus_live', livemode: true }], has_more: false });
  expect((await run()).sync).toEqual({ id: runId, status: 'failed' });
  expect(store.reconcile).not.toHaveBeenCalled();
  expect(store.finish).toHaveBeenCalledWith(runId, '"cus_live" is of the live mode');
});

it('what a restricted key may not list is left out, said so, and costs the rest nothing', async () => {
  const { run, store, stripe } = make({ run: { ...sync, phase: 'fraud_warnings' } });
  stripe.radar.earlyFraudWarnings.list = async () =>
    Promise.reject(new Stripe.errors.StripePermissionError({ message: 'no permission', type: 'api_error' }));
  expect((await run()).sync).toEqual({ id: runId, status: 'succeeded' });
  const why = { error: { mirror: null, stripe: 'no permission' } };
  expect(store.reportDrift.mock.calls).toEqual([
    [runId, 'radar.early_fraud_warning', 'radar.early_fraud_warning', why, 'left_out'],
  ]);
});

describe('the account', () => {
  const url = 'https://f/functions/v1/stripe-webhook';
  const endpoint = { url, api_version: '2020-08-27', status: 'enabled', enabled_events: ['customer.created'] };

  it.each([
    ['the endpoint of that address', [{ ...endpoint, url: 'https://other/functions/v1/stripe-webhook' }, endpoint], 1],
    ['the only one of such an address', [{ ...endpoint, url: 'https://own.example/functions/v1/stripe-webhook' }], 0],
  ])('is looked at first: %s', async (_, data, index) => {
    const { run, store, stripe } = make({ run: sync });
    stripe.webhookEndpoints.list = async () => ({ data, has_more: false });
    await run();
    expect(store.noteAccount).toHaveBeenCalledWith({
      account_id: 'acct_1',
      livemode: false,
      endpoint_version: data[index]!.api_version,
      endpoint_status: 'enabled',
      missing_types: handledTypes.filter((type) => type !== 'customer.created'),
    });
  });

  it('stays unknown to a key that may not ask, and the run goes on', async () => {
    const { run, store, stripe } = make({ run: sync });
    const denied = async () =>
      Promise.reject(new Stripe.errors.StripePermissionError({ message: 'no', type: 'api_error' }));
    stripe.webhookEndpoints.list = denied;
    stripe.accounts.retrieveCurrent = denied;
    expect((await run()).sync).toMatchObject({ status: 'succeeded' });
    expect(store.noteAccount).toHaveBeenCalledWith({
      account_id: null,
      livemode: false,
      endpoint_version: null,
      endpoint_status: null,
      missing_types: [],
    });
  });
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
