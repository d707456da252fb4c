import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp } from '@/test/mount.ts';
import { payment, paymentPage } from '../test-data.ts';
import type { ListedPayment } from '../types.ts';
import PaymentHistory from './PaymentHistory.vue';

const SEARCH = 'POST /rest/v1/rpc/search_payments';
const failed = payment({
  id: '66666666-6666-4666-8666-666666666666',
  status: 'failed',
  failure_code: 'expired_card',
  payment_date: '2026-12-15T09:00:00.000Z',
});
const show = async (...rows: ListedPayment[]) => {
  const calls = mockApi({ [SEARCH]: () => paymentPage(rows), 'GET /rest/v1/settings': () => [] });
  await mountApp(PaymentHistory, { props: { licenseId: 'l1' } });
  return calls;
};
const text = () => document.body.textContent ?? '';

describe('PaymentHistory', () => {
  it('lists the licence’s payments and what it brought less refunds', async () => {
    const calls = await show(payment());
    expect(calls.find((call) => call.route === SEARCH)?.body).toMatchObject({ license_id: 'l1' });
    expect(text()).toMatch(/Revenu à ce jour45,50\s€/);
    expect(document.querySelector('tr[data-row]')?.textContent).toMatch(
      /15\/11\/2026.*29\s€.*Payé.*Visa •••• 4242.*WA-0001/,
    );
    expect(await axeViolations()).toEqual([]);
  });
  it('says when and why the latest attempt failed', async () => {
    await show(failed, payment());
    expect(document.querySelector('[role="status"]')?.textContent).toMatch(
      /29\s€ du 15\/12\/2026 a échoué.*Motif : Carte expirée\./,
    );
  });
  it('says nothing of a failure made good since', async () => {
    await show(payment({ payment_date: '2026-12-16T09:00:00.000Z' }), failed);
    expect(text()).not.toContain('Raison :');
  });
  it('says that there is none yet', async () => {
    await show();
    expect(text()).toContain('Aucun paiement');
  });
  it('shows a refusal as forbidden', async () => {
    mockApi({
      [SEARCH]: () => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no', details: null }),
      'GET /rest/v1/settings': () => [],
    });
    await mountApp(PaymentHistory, { props: { licenseId: 'l1' } });
    expect(text()).toContain('Accès refusé');
  });
});
