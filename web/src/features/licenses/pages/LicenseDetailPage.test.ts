import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { mountApp, until } from '@/test/mount.ts';
import { details } from '../test-data.ts';
import LicenseDetailPage from './LicenseDetailPage.vue';

const api = (answers: Parameters<typeof mockApi>[0] = {}) =>
  mockApi({
    'POST /rest/v1/rpc/get_license': () => details(),
    'GET /rest/v1/settings': () => [],
    ...answers,
  });
const open = async (tab: string, role: 'admin' | 'support' | 'viewer' = 'admin') => {
  const mounted = await mountApp(LicenseDetailPage, { path: `/licences/x?tab=${tab}`, role });
  await until(() => expect(document.querySelector('[aria-busy="true"]')).toBeNull());
  return mounted;
};
it('LicenseDetailPage says of an identifier that nothing has that there is no such licence', async () => {
  const hint = 'license_not_found';
  api({
    'POST /rest/v1/rpc/get_license': () =>
      new ApiFailure(404, { code: 'PT404', hint, message: 'No such licence', details: null }),
  });
  await mountApp(LicenseDetailPage, { path: '/licences/00000000-0000-0000-0000-000000000000' });
  await until(() => expect(document.body.textContent).toContain('Licence introuvable'));
  expect(document.querySelector('[aria-busy="true"]')).toBeNull();
});

describe('LicenseDetailPage, under a subscription', () => {
  it('links to the subscription and says until when it is paid', async () => {
    api({
      'POST /rest/v1/rpc/get_license': () =>
        details({
          stripe_subscription_id: 'sub_1',
          subscription_id: '66666666-6666-4666-8666-666666666666',
          paid_until: '2026-12-15T12:00:00.000Z',
        }),
    });
    await open('information');
    expect(document.body.textContent).toContain('Payée jusqu’au 15/12/2026');
    expect(document.querySelector<HTMLAnchorElement>('a[href*="66666666"]')?.textContent).toContain(
      'Voir l’abonnement',
    );
  });
  it('leaves plan and renewal to the subscription', async () => {
    api({
      'POST /rest/v1/rpc/get_license': () =>
        details({
          stripe_subscription_id: 'sub_1',
          governed: true,
          actions: { ...details().actions, change_plan: 'subscription_governs' },
        }),
    });
    await open('information');
    expect(document.body.textContent).toContain('Géré par l’abonnement');
    expect(document.querySelector('[aria-label="Changer de plan"]')).toBeNull();
  });
});

describe('LicenseDetailPage, without a subscription', () => {
  it('says what happens at expiry, and nothing of a renewal', async () => {
    api({ 'POST /rest/v1/rpc/get_license': () => details({ auto_renew: false }) });
    await open('information');
    expect(document.body.textContent).toMatch(/À l’échéance\s*La licence s’arrête\s*après 7 jours de grâce/);
    expect(document.body.textContent).not.toContain('Renouvellement');
    expect(document.querySelector('[role="switch"]')).toBeNull();
  });
  it('says that its customer receives no mail, and leads to where that is mended', async () => {
    api({ 'POST /rest/v1/rpc/get_license': () => details({ mail_refused: 'bounced' }) });
    await open('information');
    const link = [...document.querySelectorAll('a')].find((each) => each.textContent?.includes('Corriger l’adresse'));
    expect(link?.getAttribute('href')).toBe(`/clients/${details().customer.id}`);
  });
});

describe('LicenseDetailPage, activity', () => {
  const event = (sequence: number, event_type: string, event_data: Record<string, unknown>) => ({
    id: `event-${sequence}`,
    sequence,
    license_id: 'x',
    user_id: null,
    actor_kind: 'system',
    actor: 'system',
    event_type,
    event_data,
    ip_address: null,
    user_agent: null,
    created_at: '2026-11-20T09:30:00.000Z',
  });

  it('says why a payment failed, and which act was asked of Stripe', async () => {
    api({
      'POST /rest/v1/rpc/list_license_events': () => ({
        rows: [
          event(2, 'payment_failed', { amount_cents: 2900, currency: 'EUR', failure_code: 'expired_card' }),
          event(1, 'stripe_action_requested', { action: 'retry_payment' }),
        ],
        has_more: false,
      }),
    });
    await open('activity');
    await until(() => expect(document.querySelectorAll('ol > li')).toHaveLength(2));
    const [failed, asked] = [...document.querySelectorAll('ol > li')].map((each) => each.textContent);
    expect(failed).toMatch(/29\s€.*Carte expirée/);
    expect(asked).toContain('réessayer le paiement');
    expect(asked).not.toContain('Carte expirée');
  });
});
