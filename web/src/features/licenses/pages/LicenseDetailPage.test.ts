import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
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

describe('LicenseDetailPage, information', () => {
  it('has the revenue to date with its months, and the versions the licence was seen with', async () => {
    const seen = (version: string) => ({
      version,
      first_seen_at: '2026-10-02T08:00:00.000Z',
      last_seen_at: '2026-11-20T08:00:00.000Z',
    });
    api({
      'POST /rest/v1/rpc/get_license': () =>
        details({
          revenue: [
            {
              currency: 'EUR',
              cents: 34_800,
              succeeded_cents: 34_800,
              refunded_cents: 0,
              lost_cents: 0,
              since: '2026-01-15T09:00:00.000Z',
              months: 12,
            },
          ],
          versions: ['1.4.2', '1.4.1', '1.4.0', '1.3.9', '1.3.8', '1.3.7'].map(seen),
        }),
    });
    await open('information');
    expect(document.body.textContent).toMatch(/Revenu à ce jour\s*348\s€\s*12 mois d’abonnement/);
    expect(document.body.textContent).toContain('1.4.2du 02/10/2026 au 20/11/2026');
    expect(document.body.textContent).not.toContain('1.3.7');
    [...document.querySelectorAll('button')].find((each) => each.textContent?.includes('Les 6 versions'))!.click();
    await until(() => expect(document.body.textContent).toContain('1.3.7'));
    expect(await axeViolations()).toEqual([]);
  });
  it('leads from the customer to a ticket about this licence', async () => {
    api();
    await open('information');
    document.querySelector<HTMLElement>('button[aria-label="Contacter"]')!.click();
    await until(() => expect(document.querySelector('[role="menuitem"]')).not.toBeNull());
    const links = [...document.querySelectorAll('[role="menuitem"]')].map((each) => each.getAttribute('href'));
    expect(links[0]).toBe('/licences/x?tab=tickets&new=1');
    expect(links[1]).toMatch(/^mailto:client@example\.com/);
  });
});
