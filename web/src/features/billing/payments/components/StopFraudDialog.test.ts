import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { payment, paymentPage } from '../test-data.ts';
import PaymentHistory from './PaymentHistory.vue';

const STRIPE = 'POST /functions/v1/stripe-action';
const REVOKE = 'POST /rest/v1/rpc/revoke_license';
const suspected = payment({ fraud_type: 'made_with_stolen_card', fraud_warned_at: '2026-11-15T10:00:00.000Z' });
/** As the dialog reads it before it cancels it. */
const subscription = {
  id: suspected.subscription_id,
  updated_at: '2026-11-15T09:00:00.000Z',
  status: 'active',
  plan: 'premium',
  quantity: 1,
  amount_cents: 2900,
  current_period_end: '2026-12-15T09:00:00.000Z',
  cancel_at_period_end: false,
  cancel_at: null,
  discounts: [],
};
const api = (answers: Parameters<typeof mockApi>[0] = {}, row = suspected) =>
  mockApi({
    'POST /rest/v1/rpc/search_payments': () => paymentPage([row]),
    'POST /rest/v1/rpc/get_subscription': () => subscription,
    'GET /rest/v1/settings': () => [],
    [STRIPE]: () => ({ payment: row }),
    [REVOKE]: () => ({}),
    ...answers,
  });
const buttons = (name: string) =>
  [...document.querySelectorAll<HTMLElement>('button')].filter((each) => each.textContent?.trim() === name);
const dialog = () => document.querySelector('[role="dialog"]');
async function open(role: 'admin' | 'support' = 'admin') {
  await mountApp(PaymentHistory, { props: { licenseId: suspected.license_id }, role });
  await until(() => expect(buttons('Rembourser et révoquer')).toHaveLength(1));
  buttons('Rembourser et révoquer')[0]!.click();
  await until(() => expect(dialog()?.textContent).toContain('Dans cet ordre'));
}
const confirm = async () => {
  buttons('Rembourser et révoquer').at(-1)!.click();
  await flushPromises();
};
const acts = (calls: ReturnType<typeof mockApi>) =>
  calls
    .filter(({ route }) => route === STRIPE || route === REVOKE)
    .map(({ route, body }) => (route === REVOKE ? 'revoke' : (body as { action: string }).action));

describe('StopFraudDialog', () => {
  it('says what the bank suspects and what is done, in which order', async () => {
    api();
    await open();
    expect(dialog()?.textContent).toMatch(
      /Fraude soupçonnée : carte volée.*résilié tout de suite.*29\s€ sont remboursés.*La licence est révoquée/,
    );
    expect(await axeViolations(dialog()!)).toEqual([]);
  });

  it('stops the card first, then gives the money back, then revokes', async () => {
    const calls = api();
    await open();
    await confirm();
    await until(() => expect(acts(calls)).toEqual(['cancel', 'refund', 'revoke']));
    expect(calls.filter(({ route }) => route === STRIPE).map(({ body }) => body)).toMatchObject([
      {
        when: 'now',
        subscription_id: suspected.subscription_id,
        seen: { updated_at: subscription.updated_at, status: 'active', amount_cents: 2900, discounts: [] },
      },
      {
        payment_id: suspected.id,
        amount_cents: 2900,
        reason: 'fraudulent',
        seen: { updated_at: suspected.updated_at, amount_refunded: 0 },
      },
    ]);
    expect(calls.find(({ route }) => route === REVOKE)?.body).toMatchObject({ license_id: suspected.license_id });
    await until(() => expect(dialog()).toBeNull());
  });

  it('goes on where it failed, and does nothing twice', async () => {
    let isDown = true;
    const calls = api({
      [STRIPE]: (body) =>
        (body as { action: string }).action === 'refund' && isDown
          ? new ApiFailure(503, { code: 'stripe_unavailable', message: 'no', details: null })
          : { payment: suspected },
    });
    await open();
    await confirm();
    await until(() => expect(dialog()?.textContent).toContain('Ce qui est coché est fait'));
    expect(acts(calls)).not.toContain('revoke');
    isDown = false;
    await confirm();
    await until(() => expect(acts(calls).filter((act) => act === 'cancel')).toHaveLength(1));
    await until(() => expect(acts(calls).at(-1)).toBe('revoke'));
  });

  it('takes what somebody else did meanwhile as done', async () => {
    const calls = api({
      [STRIPE]: (body) =>
        (body as { action: string }).action === 'cancel'
          ? new ApiFailure(409, { code: 'already_canceled', message: 'no', details: null })
          : { payment: suspected },
    });
    await open();
    await confirm();
    await until(() => expect(acts(calls)).toEqual(['cancel', 'refund', 'revoke']));
  });

  it('is offered only while the payment can be refunded', async () => {
    api({}, { ...suspected, actions: { refund: 'payment_disputed' } });
    await mountApp(PaymentHistory, { props: { licenseId: suspected.license_id } });
    await until(() => expect(document.body.textContent).toContain('Fraude soupçonnée : carte volée'));
    expect(buttons('Rembourser et révoquer')).toHaveLength(0);
  });
});
