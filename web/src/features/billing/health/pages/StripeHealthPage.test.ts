import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { announce } from '@/test/realtime.ts';
import { eventCondition } from '../queries.ts';
import type { StripeEvent, StripeHealth, StripeSync } from '../types.ts';
import StripeHealthPage from './StripeHealthPage.vue';

const event = (over: Partial<StripeEvent> = {}): StripeEvent => ({
  id: 'evt_1',
  type: 'invoice.paid',
  object_id: 'in_1',
  status: 'processed',
  source: 'webhook',
  attempts: 1,
  error: null,
  next_attempt_at: null,
  stripe_created_at: '2026-11-23T08:00:00Z',
  received_at: '2026-11-23T08:00:01Z',
  processed_at: '2026-11-23T08:00:01Z',
  pruned_at: null,
  livemode: false,
  ...over,
});
const broken = event({
  id: 'evt_2',
  type: 'charge.failed',
  status: 'failed',
  error: 'no such customer',
  attempts: 4,
  next_attempt_at: '2026-11-23T10:00:00Z',
  processed_at: null,
});
const sync = (over: Partial<StripeSync> = {}): StripeSync => ({
  id: 's1',
  kind: 'full',
  status: 'running',
  requested_by: null,
  phase: 'invoices',
  page_cursor: null,
  since: null,
  until: null,
  done_count: 250,
  total_count: 1000,
  drift_count: 0,
  left_out_count: 0,
  error: null,
  attempts: 1,
  heartbeat_at: '2026-11-23T08:00:00Z',
  started_at: '2026-11-23T08:00:00Z',
  finished_at: null,
  created_at: '2026-11-23T08:00:00Z',
  ...over,
});
const health: StripeHealth = {
  events: { pending: 1, failed: 2, processed_24h: 40, ignored_24h: 7, last_received_at: '2026-11-23T08:00:01Z' },
  last_sync: null,
  last_full_attempt: null,
  last_full_sync: null,
  running: null,
  drift_7d: 3,
  mode: 'test',
  proof: null,
  account: null,
};
const account: NonNullable<StripeHealth['account']> = {
  mode: 'live',
  api_version: '2026-10-28.endive',
  endpoint_version: '2026-10-28.endive',
  endpoint_status: 'enabled',
  missing_types: [],
  checked_at: '2026-11-23T08:00:00Z',
  rows_of_other_mode: 0,
};
const ASIDE = 'POST /rest/v1/rpc/set_stripe_event_aside';
const START = 'POST /rest/v1/rpc/start_stripe_sync';
const RETRY = 'POST /rest/v1/rpc/retry_stripe_event';
const api = (answers: Parameters<typeof mockApi>[0] = {}) =>
  mockApi({
    'POST /rest/v1/rpc/stripe_health': () => health,
    'GET /rest/v1/stripe_events': (_body, url) =>
      url.searchParams.get('select') === 'payload' ? { payload: { id: 'evt_2', object: 'event' } } : [event(), broken],
    'GET /rest/v1/stripe_drifts': () => [
      {
        id: 'd1',
        sync_id: 's1',
        object_type: 'subscription',
        object_id: 'sub_9',
        fields: { status: { mirror: 'active', stripe: 'past_due' } },
        action: 'repaired',
        created_at: '2026-11-23T08:00:00Z',
      },
    ],
    'GET /rest/v1/stripe_syncs': () => [sync({ status: 'succeeded' })],
    'GET /rest/v1/settings': () => [],
    'GET /rest/v1/staff': () => [],
    [START]: () => sync({ status: 'queued', phase: null, done_count: 0, total_count: null }),
    [RETRY]: () => broken,
    [ASIDE]: () => ({ ...broken, status: 'set_aside' }),
    ...answers,
  });
const button = (name: string | RegExp) =>
  [...document.querySelectorAll('button')].find((each) =>
    [each.textContent?.trim() ?? '', each.getAttribute('aria-label') ?? ''].some((text) =>
      typeof name === 'string' ? text === name : name.test(text),
    ),
  );
const text = () => document.body.textContent ?? '';

describe('StripeHealthPage', () => {
  it('shows how the link does and the ledger with its errors', async () => {
    api();
    await mountApp(StripeHealthPage, { path: '/stripe' });
    expect(text()).toMatch(/Mode test.*40 traités en 24 h.*En attente1.*En échec2.*Écarts en 7 jours3/);
    expect([...document.querySelectorAll('tr[data-row]')].map((row) => row.textContent)[1]).toMatch(
      /charge\.failed.*no such customer.*En échec.*4.*Réessayer/,
    );
    expect(await axeViolations()).toEqual([]);
  });
  it('shows that the ledger of revenue adds up, in each currency', async () => {
    const currencies = [
      { currency: 'EUR', movements_cents: 116_000, live_cents: 116_000, customers_off: 0 },
      { currency: 'JPY', movements_cents: 3000, live_cents: 3000, customers_off: 0 },
    ];
    const proof = { proved_at: '2026-11-23T05:20:00Z', is_proven: true, currencies, suspects: [] };
    api({ 'POST /rest/v1/rpc/stripe_health': () => ({ ...health, proof }) });
    await mountApp(StripeHealthPage, { path: '/stripe' });
    expect(text()).toMatch(/Preuve du revenu récurrent.*Juste.*EUR.*1\s160\s€.*0\s€.*JPY.*3\s000\sJPY.*0\sJPY/);
    expect(await axeViolations()).toEqual([]);
  });
  it('leads to the customers for whom it does not', async () => {
    const id = '22222222-2222-4222-8222-222222222222';
    const currencies = [{ currency: 'EUR', movements_cents: 0, live_cents: 2900, customers_off: 1 }];
    const proof = { proved_at: '2026-11-23T05:20:00Z', is_proven: false, currencies, suspects: [id] };
    api({ 'POST /rest/v1/rpc/stripe_health': () => ({ ...health, proof }) });
    await mountApp(StripeHealthPage, { path: '/stripe' });
    expect(text()).toMatch(/Écart.*-29\s€.*1 client/);
    expect(document.querySelector(`a[href="/clients/${id}"]`)).not.toBeNull();
  });
  it('shows what was restated, before and after', async () => {
    api({
      'GET /rest/v1/metric_restatements': () => [
        {
          id: 'r1',
          day: '2026-10-02',
          currency: 'JPY',
          customer_id: '22222222-2222-4222-8222-222222222222',
          movement_id: 'm1',
          before: null,
          after: { kind: 'new', customer_id: 'c', amount_cents: 3000, occurred_at: '2026-10-02T00:00:00+00:00' },
          why: 'late',
          restated_by: null,
          restated_at: '2026-11-23T08:00:00Z',
        },
      ],
    });
    await mountApp(StripeHealthPage, { path: '/stripe?tab=restated' });
    await until(() =>
      expect(text()).toMatch(/02\/10\/2026.*rien.*Nouveau, 3\s000\sJPY, le 02\/10\/2026.*Stripe l’a dit après coup/),
    );
    expect(await axeViolations()).toEqual([]);
  });
  it('filters the ledger through the URL', async () => {
    let asked = '';
    api({ 'GET /rest/v1/stripe_events': (_body, url) => ((asked = url.search), []) });
    const { router } = await mountApp(StripeHealthPage, { path: '/stripe?q=invoice.&status=failed' });
    expect(new URLSearchParams(asked).get('status')).toBe('in.(failed)');
    expect(new URLSearchParams(asked).get('type')).toBe('like.invoice.%');
    expect(text()).toContain('Aucun événement ne correspond');
    button(/^En attente1$/)?.click();
    await flushPromises();
    expect(router.currentRoute.value.query).toEqual({ status: 'pending' });
  });
  it('tries a failed event again', async () => {
    const calls = api();
    await mountApp(StripeHealthPage, { path: '/stripe' });
    button('Réessayer')?.click();
    await flushPromises();
    expect(calls.find((call) => call.route === RETRY)?.body).toEqual({ event_id: 'evt_2' });
  });
  it('shows what Stripe sent', async () => {
    api();
    await mountApp(StripeHealthPage, { path: '/stripe' });
    button('Voir l’événement charge.failed')?.click();
    await until(() =>
      expect(document.querySelector('[role="dialog"] pre')?.textContent).toContain('"object": "event"'),
    );
    expect(await axeViolations(document.querySelector('[role="dialog"]')!)).toEqual([]);
  });
  it('says nothing of an account that is right', async () => {
    api({ 'POST /rest/v1/rpc/stripe_health': () => ({ ...health, account }) });
    await mountApp(StripeHealthPage, { path: '/stripe' });
    expect(text()).not.toMatch(/version|autre mode|incompl/i);
  });
  it.each<[Partial<StripeHealth>, RegExp]>([
    [{ account: { ...account, endpoint_version: '2020-08-27' } }, /2020-08-27.*2026-10-28\.endive/],
    [{ account: { ...account, endpoint_status: 'disabled' } }, /désactivé/],
    [{ account: { ...account, missing_types: ['invoice.paid'] } }, /invoice\.paid/],
    [{ account: { ...account, rows_of_other_mode: 12 } }, /12 .*autre mode/],
    [{ last_full_attempt: sync({ status: 'failed', error: 'Stripe says no' }) }, /a échoué.*Stripe says no/],
    [{ last_full_attempt: sync({ status: 'succeeded', left_out_count: 3 }) }, /3 objets.*de côté/],
  ])('says what is not right: %j', async (over, said) => {
    api({ 'POST /rest/v1/rpc/stripe_health': () => ({ ...health, ...over }) });
    await mountApp(StripeHealthPage, { path: '/stripe' });
    expect(text()).toMatch(said);
    expect(await axeViolations()).toEqual([]);
  });
  it('shows a partial run as such', async () => {
    api({ 'GET /rest/v1/stripe_syncs': () => [sync({ status: 'succeeded', left_out_count: 2 })] });
    await mountApp(StripeHealthPage, { path: '/stripe?tab=syncs' });
    await until(() =>
      expect(document.querySelector('tr[data-row]')?.textContent).toMatch(/Partielle.*2 laissés de côté/),
    );
  });
  it('sets a hopeless event aside, with a reason', async () => {
    const calls = api();
    await mountApp(StripeHealthPage, { path: '/stripe' });
    button('Voir l’événement charge.failed')?.click();
    await until(() => expect(button('Classer sans suite')).toBeDefined());
    button('Classer sans suite')?.click();
    await until(() => expect(document.querySelectorAll('[role="dialog"]')).toHaveLength(2));
    const dialog = [...document.querySelectorAll('[role="dialog"]')].at(-1)!;
    const field = dialog.querySelector('textarea')!;
    field.value = 'Autre boutique';
    field.dispatchEvent(new Event('input'));
    await flushPromises();
    expect(await axeViolations(dialog)).toEqual([]);
    [...dialog.querySelectorAll('button')].find((each) => each.textContent?.trim() === 'Classer sans suite')?.click();
    await flushPromises();
    expect(calls.find((call) => call.route === ASIDE)?.body).toEqual({ event_id: 'evt_2', reason: 'Autre boutique' });
  });
  it('starts a synchronisation and follows its progress without reading again', async () => {
    const calls = api();
    await mountApp(StripeHealthPage, { path: '/stripe' });
    button('Tout comparer')?.click();
    await flushPromises();
    expect(calls.find((call) => call.route === START)?.body).toEqual({ kind: 'full' });
    const reads = calls.length;
    announce('stripe_syncs', { eventType: 'UPDATE', new: sync() });
    await flushPromises();
    expect(text()).toContain('Complète en cours : factures');
    expect(text()).toContain('250 sur 1');
    expect(button('Tout comparer')?.disabled).toBe(true);
    expect(calls).toHaveLength(reads);
  });
  it('shows mirror and Stripe side by side', async () => {
    api();
    await mountApp(StripeHealthPage, { path: '/stripe?tab=drifts' });
    await until(() =>
      expect(document.querySelector('tr[data-row]')?.textContent).toMatch(/sub_9.*status.*active.*past_due.*Réparé/),
    );
  });
  it('shows a refusal as forbidden', async () => {
    api({
      'POST /rest/v1/rpc/stripe_health': () =>
        new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no', details: null }),
    });
    await mountApp(StripeHealthPage, { path: '/stripe' });
    expect(text()).toContain('Accès refusé');
  });
});

describe('eventCondition()', () => {
  it.each([
    ['', null],
    ['evt_1Abc9', { column: 'id', equals: 'evt_1Abc9' }],
    ['sub_1Abc9', { column: 'object_id', equals: 'sub_1Abc9' }],
    ['invoice.', { startsWith: 'invoice.' }],
    ['100%', { startsWith: '100\\%' }],
  ])('%j', (query, expected) => expect(eventCondition(query)).toEqual(expected));
});
