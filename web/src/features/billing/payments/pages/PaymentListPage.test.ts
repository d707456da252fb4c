import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { defineComponent } from 'vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { payment, paymentPage } from '../test-data.ts';
import PaymentListPage from './PaymentListPage.vue';

// happy-dom draws no SVG.
vi.mock('vue3-apexcharts', () => ({ default: defineComponent({ render: () => null }) }));

const SEARCH = 'POST /rest/v1/rpc/search_payments';
const DAILY = 'POST /rest/v1/rpc/daily_payments';
const STRIPE = 'POST /functions/v1/stripe-action';
const failed = payment({
  id: '66666666-6666-4666-8666-666666666666',
  status: 'failed',
  failure_code: 'expired_card',
  invoice_pdf_url: null,
  invoice_url: null,
  invoice_number: null,
});
const api = (answers: { search?: (body: unknown) => unknown; stripe?: (body: unknown) => unknown } = {}) =>
  mockApi({
    [SEARCH]: answers.search ?? (() => paymentPage([payment(), failed])),
    [DAILY]: () => ({
      time_zone: 'Europe/Paris',
      currency: 'EUR',
      other_currencies: [],
      days: [
        {
          day: '2026-11-15',
          succeeded_cents: 2900,
          refunded_cents: 0,
          lost_cents: 0,
          failed_cents: 2900,
          succeeded_count: 1,
          failed_count: 1,
        },
      ],
    }),
    [STRIPE]: answers.stripe ?? (() => ({ payment: payment() })),
    'GET /rest/v1/settings': () => [],
    'GET /rest/v1/saved_views': () => [],
  });
const button = (name: string | RegExp) =>
  [...document.querySelectorAll('button')].find((each) =>
    [each.textContent?.trim() ?? '', each.getAttribute('aria-label') ?? ''].some((text) =>
      typeof name === 'string' ? text === name : name.test(text),
    ),
  );
const item = (name: string) =>
  [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].find((each) => each.textContent?.trim() === name);
const text = () => document.body.textContent ?? '';
async function openMenu(): Promise<void> {
  button('Actions du paiement de client@example.com')?.click();
  await until(() => expect(document.querySelector('[role="menu"]')).not.toBeNull());
}
async function openRefund(): Promise<void> {
  await openMenu();
  item('Rembourser')?.click();
  await until(() => expect(text()).toContain('Totalité'));
}

describe('PaymentListPage', () => {
  it('shows each payment with its status, card, invoice and why it failed', async () => {
    api();
    await mountApp(PaymentListPage, { path: '/paiements' });
    const rows = [...document.querySelectorAll('tr[data-row]')].map((row) => row.textContent);
    expect(rows[0]).toMatch(/15\/11\/2026.*client@example\.com.*29\s€.*Payé.*Visa •••• 4242.*WA-0001/);
    expect(rows[1]).toMatch(/Échec.*Carte expirée/);
    expect(document.querySelector('a[href$="/pdf"]')?.getAttribute('rel')).toBe('noopener noreferrer');
  });
  it('asks for what the URL says', async () => {
    const calls = api();
    await mountApp(PaymentListPage, {
      path:
        '/paiements?q=garcia&status=failed,disputed&from=2026-11-01&to=2026-11-15&sort=amount&desc=0' +
        '&page=2&size=50',
    });
    expect(calls.find((call) => call.route === SEARCH)?.body).toEqual({
      query: 'garcia',
      statuses: ['failed', 'disputed'],
      from_time: '2026-10-31T23:00:00.000Z',
      to_time: '2026-11-15T23:00:00.000Z',
      sort: 'amount',
      descending: false,
      page: 2,
      page_size: 50,
    });
    expect(calls.find((call) => call.route === DAILY)?.body).toEqual({
      from_day: '2026-11-01',
      to_day: '2026-11-15',
    });
  });
  it('shows the totals of the filter and opens the rows behind one', async () => {
    api();
    const { router } = await mountApp(PaymentListPage, { path: '/paiements' });
    // A total says what it spans: the days asked for, else those of the payments.
    expect(text()).toMatch(/Encaissé · 25\/10\/2026 – 15\/11\/202658\s€2 paiements/);
    button(/^Échecs · /)?.click();
    await flushPromises();
    expect(router.currentRoute.value.query.status).toBe('failed');
  });
  it('gives the chart as a table', async () => {
    api();
    await mountApp(PaymentListPage, { path: '/paiements' });
    await until(() => expect(button('Afficher les chiffres')).toBeDefined());
    button('Afficher les chiffres')?.click();
    await flushPromises();
    expect(document.querySelector('figure table')?.textContent).toMatch(/15\/11\/2026.*29\s€.*0\s€.*29\s€/);
  });
  it.each([
    ['admin', true],
    ['support', false],
    ['viewer', false],
  ] as const)('lets %s refund: %s', async (role, may) => {
    api({ search: () => paymentPage([payment({ actions: { refund: may ? null : 'permission_denied' } })]) });
    await mountApp(PaymentListPage, { path: '/paiements', role });
    await openMenu();
    expect(item('Voir dans Stripe')).toBeDefined();
    expect(item('Rembourser') !== undefined).toBe(may);
  });
  it('refunds a part typed with a decimal comma, in cents', async () => {
    const calls = api();
    await mountApp(PaymentListPage, { path: '/paiements' });
    await openRefund();
    [...document.querySelectorAll<HTMLElement>('[role="radio"]')].at(-1)?.click();
    await flushPromises();
    const field = document.querySelector<HTMLInputElement>('[role="dialog"] input[inputmode="decimal"]')!;
    field.value = '30';
    field.dispatchEvent(new Event('input'));
    await flushPromises();
    expect(text()).toMatch(/Il reste 29\s€ à rembourser/);
    expect(button('Rembourser')?.disabled).toBe(true);
    field.value = '12,5';
    field.dispatchEvent(new Event('input'));
    await flushPromises();
    button(/^Rembourser 12,50\s€$/)?.click();
    await flushPromises();
    expect(calls.find((call) => call.route === STRIPE)?.body).toMatchObject({
      action: 'refund',
      payment_id: payment().id,
      amount_cents: 1250,
      reason: 'requested_by_customer',
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
  it('keeps the dialog and the request when the answer is lost, and says that it may have been done', async () => {
    let lost = true;
    const calls = api({
      stripe: () => (lost ? new ApiFailure(504, { code: 'act_unknown', message: 'x' }) : { payment: payment() }),
    });
    await mountApp(PaymentListPage, { path: '/paiements' });
    await openRefund();
    button(/^Rembourser 29\s€$/)?.click();
    await flushPromises();
    expect(document.querySelector('[role="dialog"] [role="alert"]')?.textContent).toContain(
      'L’action a peut-être abouti',
    );
    lost = false;
    button(/^Rembourser 29\s€$/)?.click();
    await flushPromises();
    const ids = calls
      .filter((call) => call.route === STRIPE)
      .map((call) => (call.body as { request_id: string }).request_id);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });
  it('says Stripe’s refusal in words with its code, and asks anew next time', async () => {
    const calls = api({
      stripe: () =>
        new ApiFailure(409, {
          code: 'stripe_error',
          message: 'no',
          details: { type: 'invalid_request_error', code: 'charge_disputed', request_id: 'req_9' },
        }),
    });
    await mountApp(PaymentListPage, { path: '/paiements' });
    await openRefund();
    for (let time = 0; time < 2; time += 1) {
      button(/^Rembourser 29\s€$/)?.click();
      await flushPromises();
    }
    const alert = document.querySelector('[role="dialog"] [role="alert"]')?.textContent;
    expect(alert).toContain('contesté');
    expect(alert).toContain('charge_disputed · req_9');
    const ids = calls
      .filter((call) => call.route === STRIPE)
      .map((call) => (call.body as { request_id: string }).request_id);
    expect(new Set(ids).size).toBe(2);
  });
  it('says why the list failed, and shows a refusal as forbidden', async () => {
    api({
      search: () => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no', details: null }),
    });
    await mountApp(PaymentListPage, { path: '/paiements' });
    expect(text()).toContain('Accès refusé');
  });
  it('has no accessibility failure', async () => {
    api();
    await mountApp(PaymentListPage, { path: '/paiements' });
    expect(await axeViolations()).toEqual([]);
    await openRefund();
    expect(await axeViolations(document.querySelector('[role="dialog"]')!)).toEqual([]);
  });
});
