import { describe, expect, it } from 'vitest';
import { ApiFailure } from '@/test/api.ts';
import { axeViolations, until } from '@/test/mount.ts';
import { awaited, details, permitted, subscription, summary } from '../test-data.ts';
import { REMIND, SEARCH, api, button, dialog, mount, named, openMenu, page, press, text } from './test-data.ts';

describe('the list', () => {
  it('shows price, next payment and status in words, and marks the failing row with its reason', async () => {
    api();
    await mount();
    const rows = [...document.querySelectorAll('tr[data-row]')];
    expect(rows[0]?.textContent).toMatch(/client@example\.com.*Premium.*29\s€\/mois.*15\/12\/2026.*Actif/);
    expect(rows[1]?.textContent).toMatch(
      /problem@example\.com.*—.*Paiement en échec.*Provision insuffisante.*Réessayer/,
    );
    expect(rows[1]?.querySelector('[data-failing]')).not.toBeNull();
    expect(rows[0]?.querySelector('[data-failing]')).toBeNull();
  });
  it('asks for what the URL says', async () => {
    const calls = api();
    await mount(
      'admin',
      '/abonnements?q=garcia&status=active,past_due&plan=premium&attention=expiring&sort=amount_cents&desc=0' +
        '&page=2&size=50',
    );
    expect(calls.find((call) => call.route === SEARCH)?.body).toEqual({
      query: 'garcia',
      statuses: ['active', 'past_due'],
      plans: ['premium'],
      attention: 'expiring',
      sort: 'amount_cents',
      descending: false,
      page: 2,
      page_size: 50,
    });
  });
  it('opens the failing ones from the alert', async () => {
    api();
    const { router } = await mount();
    expect(text()).toContain('3 paiements ont échoué aujourd’hui');
    expect(text()).toContain('12 abonnements expirent dans les 7 jours');
    await press('Voir les détails');
    expect(router.currentRoute.value.query.attention).toBe('failed');
  });
  it('says nothing of alerts when all is well', async () => {
    api(undefined, {
      'POST /rest/v1/rpc/subscriptions_summary': () =>
        summary({ failed_today: 0, failing: 0, expiring: 0, expiring_unreminded: 0 }),
    });
    await mount();
    expect(document.querySelector('section[aria-label="À traiter"]')).toBeNull();
  });
  it('says why it failed and tries again', async () => {
    let fails = true;
    api(undefined, {
      [SEARCH]: () =>
        fails ? new ApiFailure(500, { code: '57014', message: 'x', hint: null, details: null }) : page(subscription()),
    });
    await mount();
    expect(document.querySelector('[role="alert"]:not([aria-hidden])')?.textContent).toContain('trop de temps');
    fails = false;
    await press('Réessayer');
    expect(document.querySelectorAll('tr[data-row]')).toHaveLength(1);
  });
  it.each([
    [
      'admin',
      [
        'Détails',
        'Voir dans Stripe',
        'Contacter',
        'Voir la licence',
        'RéessayerAucune facture n’est à payer.',
        'Portail client',
        'Changer de plan',
        'Appliquer un coupon',
        'Résilier',
      ],
      true,
    ],
    [
      'support',
      [
        'Détails',
        'Voir dans Stripe',
        'Contacter',
        'Voir la licence',
        'RéessayerAucune facture n’est à payer.',
        'Portail client',
      ],
      true,
    ],
    ['viewer', ['Détails', 'Voir dans Stripe', 'Contacter', 'Voir la licence'], false],
  ] as const)('offers %s what the role permits', async (role, offered, mayLink) => {
    api(undefined, { [SEARCH]: () => page(permitted(role, subscription())) });
    await mount(role);
    expect(button('Nouveau lien de paiement') !== undefined).toBe(mayLink);
    expect(button('Envoyer les rappels') !== undefined).toBe(mayLink);
    expect(document.querySelectorAll('tr[data-row] [role="checkbox"]').length > 0).toBe(mayLink);
    await openMenu();
    expect([...document.querySelectorAll('[role="menuitem"]')].map((each) => each.textContent?.trim())).toEqual(
      offered,
    );
    const link = document.querySelector<HTMLAnchorElement>('[role="menuitem"][href*="stripe.com"]');
    expect(link?.href).toBe('https://dashboard.stripe.com/test/subscriptions/sub_1');
    expect(link?.rel).toContain('noopener');
  });
  it('has no accessibility failure', async () => {
    api();
    await mount();
    expect(await axeViolations()).toEqual([]);
  });
});

describe('reminders', () => {
  it('go to all that expire, after asking, and say who was left out', async () => {
    const calls = api(undefined, {
      [REMIND]: () => ({ sent: 4, skipped: [{ subscription_id: 'x', reason: 'already_reminded' }] }),
    });
    await mount();
    await press('Envoyer les rappels');
    await until(() => expect(dialog()?.textContent).toContain('chacun des 5 clients'));
    expect(calls.some((call) => call.route === REMIND)).toBe(false);
    await press('Envoyer 5 rappels');
    expect(calls.find((call) => call.route === REMIND)?.body).toEqual({});
    expect(dialog()).toBeNull();
  });
  it('go to the selected ones only', async () => {
    const calls = api(undefined, { [REMIND]: () => ({ sent: 1, skipped: [] }) });
    await mount();
    document.querySelector<HTMLElement>('tr[data-row] [role="checkbox"]')?.click();
    await until(() => expect(text()).toContain('1 abonnement sélectionné'));
    named('[role="region"] button', 'Envoyer les rappels')?.click();
    await until(() => expect(dialog()).not.toBeNull());
    await press('Envoyer le rappel');
    expect(calls.find((call) => call.route === REMIND)?.body).toEqual({ subscription_ids: [subscription().id] });
  });
});

describe('a subscription that waits for its customer', () => {
  it('says so before anything else, in the list and with the page to send', async () => {
    api(() => ({ invoice: null }), {
      [SEARCH]: () => page(awaited()),
      'POST /rest/v1/rpc/get_subscription': () => ({ ...details(), ...awaited() }),
    });
    await mount('support', `/abonnements?subscription=${awaited().id}`);
    const row = document.querySelector('tr[data-row]');
    expect(row?.textContent).toContain('En attente du client');
    expect(row?.textContent).not.toContain('Motif inconnu');
    await until(() => expect(dialog()?.textContent).toContain('En attente du client depuis'));
    expect(dialog()?.textContent).toMatch(/confirmer le paiement de 29\s€/);
    expect(button('Copier : lien de la facture')).toBeDefined();
    expect(await axeViolations(dialog()!)).toEqual([]);
  });
});
