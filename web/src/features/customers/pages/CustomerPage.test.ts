import { describe, expect, it } from 'vitest';
import { h } from 'vue';
import { defineModule } from '@/shared/module.ts';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, PLANS, until } from '@/test/mount.ts';
import { license } from '@/test/license.ts';
import customers from '../module.ts';
import { details } from '../test-data.ts';
import type { CustomerDetails } from '../types.ts';
import CustomerPage from './CustomerPage.vue';

const GET = 'POST /rest/v1/rpc/get_customer';
const CATALOGUE = 'GET /rest/v1/plans';
const notes = defineModule({
  name: 'notes',
  customerTabs: [
    {
      name: 'notes',
      labelKey: 'shared.events.reason',
      icon: 'i-lucide-notebook',
      permission: 'customers.read',
      position: 20,
      component: () =>
        Promise.resolve({
          props: ['customerId'],
          render: (props: { customerId: string }) => h('p', `Notes of ${props.customerId}`),
        }),
    },
  ],
});
/** Where its links lead. */
const elsewhere = defineModule({
  name: 'elsewhere',
  routes: ['license', 'support'].map((name) => ({
    path: `${name}s/:id?`,
    name,
    component: () => Promise.resolve({ render: () => null }),
  })),
});
const modules = [customers, notes, elsewhere];
const text = () => document.body.textContent ?? '';
const free = () => details({ actions: { update: null, forget: null } });
const item = (name: string) =>
  [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].find((each) => each.textContent?.includes(name));
async function openMenu(): Promise<void> {
  await until(() => expect(document.querySelector('button[aria-label="Actions pour Agathe Garcia"]')).not.toBeNull());
  document.querySelector<HTMLElement>('button[aria-label="Actions pour Agathe Garcia"]')!.click();
  await until(() => expect(document.querySelector('[role="menu"]')).not.toBeNull());
}
async function choose(name: string): Promise<void> {
  await openMenu();
  item(name)!.click();
}

describe('CustomerPage', () => {
  it('shows figures in each currency, former addresses and the best state', async () => {
    const calls = mockApi({ [GET]: () => details() });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    expect(calls.find((call) => call.route === GET)?.body).toEqual({ customer_id: 'c1' });
    expect(text()).toMatch(/Agathe Garcia.*Active.*Garcia & Filles.*client@example\.com/);
    expect(text()).toMatch(/340\s€\s*12 mois d’abonnement\s*9,500\sKWD\s*1 mois d’abonnement\s*Remboursé : 8\s€/);
    expect(text()).toContain('ancienne@example.com');
    expect(text()).toContain('Client depuis le 10 janvier 2026');
    expect(await axeViolations()).toEqual([]);
  });
  it('lists the licences with their state, what they run and whether they go on', async () => {
    mockApi({
      [GET]: () =>
        details({
          licenses: [
            license({ id: 'l1', auto_renew: true, client_version: '1.4.2', client_os: 'Windows 11' }),
            license({ id: 'l2', auto_renew: false }),
            license({ id: 'l3', status: 'expired' }),
          ],
        }),
    });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    const rows = [...document.querySelectorAll('section li')].map((each) => each.textContent?.replace(/\s+/g, ' '));
    expect(rows[0]).toMatch(/Premium …7RCQJ.*Active.*Se renouvelle le .*1\.4\.2 · Windows 11.*29 €/);
    expect(rows[1]).toContain('S’arrête le');
    expect(rows[2]).toContain('Expirée le');
    expect(document.querySelector('section li a')?.getAttribute('href')).toBe('/licenses/l1');
  });
  it('says how well things stand, why, and leads to where one sees to it', async () => {
    const reason = { points: 20, at: '2026-11-20T09:00:00.000Z', license_id: 'l1', license_key_hint: '7RCQJ' };
    const reasons: CustomerDetails['health']['reasons'] = [
      { ...reason, code: 'disputed', details: { amount_cents: 2900, currency: 'EUR' } },
      { ...reason, code: 'payment_failed', details: { failure_code: 'expired_card' } },
      { ...reason, code: 'expires_soon', details: {} },
      { ...reason, code: 'silent', details: {} },
      { ...reason, code: 'silent', at: null, details: {} },
      { ...reason, code: 'errors_surge', details: { errors: 310, mean: 4.2 } },
      { ...reason, code: 'urgent_ticket', details: { ticket_number: 1234, subject: 'Plus rien ne part' } },
    ];
    mockApi({ [GET]: () => details({ health: { score: 35, reasons } }) });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    expect(text()).toMatch(/Santé 35\D100/);
    const told = [...document.querySelectorAll('section[aria-label^="Ce qui pèse"] a')];
    expect(told.map((each) => [each.textContent?.replace(/\s+/g, ' ').trim(), each.getAttribute('href')])).toEqual([
      ['Le paiement de 29 € du 20/11/2026 est en litige', '/clients/c1?tab=payments'],
      ['Le dernier paiement a échoué le 20/11/2026', '/clients/c1?tab=payments'],
      ['La licence …7RCQJ a expiré le 20/11/2026 et vit ses jours de grâce', '/licenses/l1'],
      [
        'La licence …7RCQJ est active, mais son application ne s’est plus connectée depuis le 20/11/2026',
        '/licenses/l1',
      ],
      ['La licence …7RCQJ est active, mais son application ne s’est jamais connectée', '/licenses/l1'],
      ['310 erreurs le 20/11/2026 pour la licence …7RCQJ, contre 4,2 par jour d’habitude', '/clients/c1?tab=logs'],
      ['Le ticket critique #1234 est ouvert : Plus rien ne part', '/supports?folder=all&ticket=1234'],
    ]);
    expect(await axeViolations()).toEqual([]);
  });
  it('has no score without a licence in force', async () => {
    mockApi({ [GET]: () => details({ health: { score: null, reasons: [] } }) });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    expect(text()).not.toContain('Santé');
  });
  it('holds its own tab and those features contribute', async () => {
    mockApi({ [GET]: () => details() });
    await mountApp(CustomerPage, { path: '/clients/c1?tab=notes', modules });
    expect([...document.querySelectorAll('[role="tab"]')].map((each) => each.textContent?.trim())).toEqual([
      'Informations',
      'Motif',
      'E-mails',
    ]);
    await until(() => expect(text()).toContain('Notes of c1'));
  });
  it('forgets a customer once the word is typed and a reason given, and says why when refused', async () => {
    const answers = [
      () => new ApiFailure(409, { code: 'PT409', hint: 'customer_in_use', message: 'x' }),
      () => details({ anonymized_at: '2026-11-27T10:00:00Z', name: null }),
    ];
    const calls = mockApi({
      [GET]: () => free(),
      [CATALOGUE]: () => PLANS,
      'POST /rest/v1/rpc/forget_customer': () => answers.shift()!(),
    });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    await choose('Oublier ce client');
    await until(() => expect(document.querySelector('[role="dialog"] textarea')).not.toBeNull());
    const dialog = () => document.querySelector('[role="dialog"]')!;
    expect(await axeViolations(dialog())).toEqual([]);
    const type = (field: string, value: string) => {
      const input = dialog().querySelector<HTMLInputElement>(field)!;
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const button = () =>
      [...dialog().querySelectorAll('button')].find((each) => each.textContent?.trim() === 'Oublier ce client')!;
    expect(button().disabled).toBe(true);
    type('textarea', 'Article 17');
    type('input', 'OUBLIER');
    await until(() => expect(button().disabled).toBe(false));
    button().click();
    await until(() => expect(dialog().textContent).toContain('Une licence est en cours'));
    button().click();
    await until(() => expect(document.querySelector('[role="dialog"]')).toBeNull());
    expect(calls.filter((call) => call.route.endsWith('forget_customer'))[1]?.body).toMatchObject({
      reason: 'Article 17',
    });
  });
  it('says why a customer cannot be forgotten, and offers others only what their role permits', async () => {
    mockApi({ [GET]: () => details() });
    const { wrapper } = await mountApp(CustomerPage, { path: '/clients/c1', modules });
    await openMenu();
    expect(item('Oublier ce client')?.getAttribute('aria-disabled')).toBe('true');
    expect(item('Oublier ce client')?.textContent).toContain('Une licence est en cours');
    wrapper.unmount();
    mockApi({ [GET]: () => details({ actions: { update: null, forget: 'permission_denied' } }) });
    await mountApp(CustomerPage, { path: '/clients/c1', modules, role: 'support' });
    await openMenu();
    expect(item('Modifier')).toBeDefined();
    expect(item('Oublier ce client')).toBeUndefined();
  });
  it('begins a letter in the customer’s language, or a ticket where his tickets are', async () => {
    mockApi({ [GET]: () => details({ locale: 'en' }) });
    const { wrapper } = await mountApp(CustomerPage, { path: '/clients/c1', modules });
    const contact = async () => {
      await until(() => expect(document.querySelector('button[aria-label="Contacter"]')).not.toBeNull());
      document.querySelector<HTMLElement>('button[aria-label="Contacter"]')!.click();
      await until(() => expect(document.querySelector('[role="menu"]')).not.toBeNull());
    };
    await contact();
    expect(item('Écrire un e-mail')?.getAttribute('href')).toBe(
      'mailto:client@example.com?subject=Your%20WhatAutosys%20licence&body=Hello%20Agathe%20Garcia%2C%0A%0A',
    );
    expect(item('Ouvrir un ticket')?.getAttribute('href')).toBe('/clients/c1?tab=tickets&new=1');
    wrapper.unmount();
    await mountApp(CustomerPage, { path: '/clients/c1', modules, role: 'viewer' });
    await contact();
    expect(item('Ouvrir un ticket')).toBeUndefined();
  });
  it('says that an address takes no mail, and that Stripe has another', async () => {
    mockApi({
      [GET]: () =>
        details({
          mail_refused: 'bounced',
          mail_refused_at: '2026-11-20T09:00:00.000Z',
          mail_refused_reason: '550 unknown',
          stripe_email: 'autre@example.com',
        }),
    });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    expect(text()).toMatch(/Depuis le 20\/11\/2026, cette adresse ne reçoit plus.*550 unknown.*modifiée/);
    expect(text()).toContain('Stripe a une autre adresse : autre@example.com');
  });

  describe('edited', () => {
    const UPDATE = 'POST /rest/v1/rpc/update_customer';
    const dialog = () => document.querySelector<HTMLElement>('[role="dialog"]')!;
    const field = (index: number) => dialog().querySelectorAll<HTMLInputElement>('input')[index]!;
    const save = () =>
      [...dialog().querySelectorAll('button')].find((each) => each.textContent?.trim() === 'Enregistrer')!;
    async function edit(answers: Record<string, () => unknown>) {
      const calls = mockApi({ [GET]: () => details(), [CATALOGUE]: () => PLANS, ...answers });
      await mountApp(CustomerPage, { path: '/clients/c1', modules });
      await choose('Modifier');
      await until(() => expect(dialog()).not.toBeNull());
      field(0).value = 'Agathe Martin';
      field(0).dispatchEvent(new Event('input', { bubbles: true }));
      await until(() => expect(save().disabled).toBe(false));
      save().click();
      await until(() => expect(calls.some((call) => call.route === UPDATE)).toBe(true));
      return calls;
    }

    it('sends what was seen beside what is wanted', async () => {
      const calls = await edit({ [UPDATE]: () => details({ name: 'Agathe Martin' }) });
      expect(calls.find((call) => call.route === UPDATE)?.body).toMatchObject({
        seen: { name: 'Agathe Garcia', email: 'client@example.com', locale: 'fr' },
        name: 'Agathe Martin',
        email: 'client@example.com',
      });
      await until(() => expect(dialog()).toBeNull());
    });
    it('leads to the customer who has the address', async () => {
      const owner = '99999999-9999-4999-8999-999999999999';
      await edit({
        [UPDATE]: () =>
          new ApiFailure(409, { code: 'PT409', hint: 'customer_email_taken', message: 'x', details: owner }),
      });
      await until(() => expect(dialog().querySelector(`a[href="/clients/${owner}"]`)).not.toBeNull());
      expect(field(0).value).toBe('Agathe Martin');
    });
    it('says what somebody else changed, keeps what was typed, and saves it knowingly', async () => {
      let changed = false;
      const calls = await edit({
        [GET]: () => details(changed ? { company: 'Autre SARL' } : {}),
        [UPDATE]: () => {
          if (changed) return details();
          changed = true;
          return new ApiFailure(409, { code: 'PT409', hint: 'customer_changed', message: 'x', details: '["company"]' });
        },
      });
      await until(() => expect(dialog().textContent).toContain('Société : Autre SARL'));
      expect(field(0).value).toBe('Agathe Martin');
      save().click();
      await until(() => expect(calls.filter((call) => call.route === UPDATE)).toHaveLength(2));
      expect(calls.filter((call) => call.route === UPDATE)[1]?.body).toMatchObject({ seen: { company: 'Autre SARL' } });
    });
  });

  it('lists what was mailed, with its state and why', async () => {
    const mail = {
      id: 'm1',
      template: 'license_created',
      locale: 'fr',
      state: 'bounced',
      at: '2026-11-20T09:00:00.000Z',
      reason: '550 unknown',
      recipient: 'client@example.com',
      created_at: '2026-11-20T08:59:00.000Z',
      license_id: 'l1',
      license_key_hint: '7RCQJ',
    };
    const calls = mockApi({
      [GET]: () => details(),
      'POST /rest/v1/rpc/list_emails': () => ({
        rows: [mail, { ...mail, id: 'm2', state: 'sent', reason: null }],
        has_more: false,
      }),
    });
    await mountApp(CustomerPage, { path: '/clients/c1?tab=emails' });
    await until(() => expect(text()).toMatch(/Nouvelle licence et sa clé.*Rejeté.*550 unknown.*client@example\.com/));
    expect(text()).toContain('Remis au service d’envoi, qui n’a encore rien dit de plus');
    expect(calls.find((call) => call.route.endsWith('list_emails'))?.body).toMatchObject({ customer_id: 'c1' });
    expect(await axeViolations()).toEqual([]);
  });
  it('says that there is none', async () => {
    mockApi({
      [GET]: () => new ApiFailure(404, { code: 'PT404', hint: 'customer_not_found', message: 'no', details: null }),
    });
    await mountApp(CustomerPage, { path: '/clients/c1', modules });
    expect(text()).toContain('Client introuvable');
  });
});
