import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi, type ApiCall } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { awaited, details, failing, subscription, summary, permitted } from '../test-data.ts';
import type { InvoiceLine } from '@contracts/functions/stripe-action.ts';
import type { SubscriptionRow } from '../types.ts';
import SubscriptionListPage from './SubscriptionListPage.vue';

const SEARCH = 'POST /rest/v1/rpc/search_subscriptions';
const STRIPE = 'POST /functions/v1/stripe-action';
const REMIND = 'POST /rest/v1/rpc/send_subscription_reminders';
const line = (given: Partial<InvoiceLine>): InvoiceLine => ({
  kind: 'period',
  plan: 'premium',
  name: 'WhatAutosys Premium',
  quantity: 1,
  period_start: '2026-11-15T09:00:00Z',
  period_end: '2026-12-15T09:00:00Z',
  description: 'Words of Stripe',
  amount_cents: 2900,
  ...given,
});
const preview = {
  amount_due_cents: 3512,
  currency: 'EUR',
  proration_date: 1_795_000_000,
  lines: [line({ kind: 'remaining', plan: 'enterprise', amount_cents: 4955 })],
  discount_cents: 0,
  tax_cents: 0,
  balance_cents: 0,
  next_amount_cents: 9900,
  next_payment_at: '2026-12-15T09:00:00Z',
};
const sold = (plan: string, interval: 'month' | 'year', amount_cents: number) => ({
  plan,
  interval,
  interval_count: 1,
  amount_cents,
  currency: 'EUR',
});
const prices = [
  sold('starter', 'month', 1900),
  sold('starter', 'year', 19_000),
  sold('premium', 'month', 2900),
  sold('premium', 'year', 29_000),
  sold('enterprise', 'month', 9900),
];
const page = (...rows: SubscriptionRow[]) => ({ total: rows.length, rows });
const api = (
  stripe: (body: Record<string, unknown>) => unknown = () => ({ subscription: subscription() }),
  answers: Record<string, (body: unknown) => unknown> = {},
) =>
  mockApi({
    [SEARCH]: () => page(subscription(), failing()),
    'POST /rest/v1/rpc/subscriptions_summary': () => summary(),
    'POST /rest/v1/rpc/get_subscription': () => details(),
    [STRIPE]: (body) =>
      (body as { action: string }).action === 'list_prices' ? { prices } : stripe(body as Record<string, unknown>),
    'GET /rest/v1/settings': () => [],
    'GET /rest/v1/saved_views': () => [],
    ...answers,
  });
const named = (selector: string, name: string | RegExp) =>
  [...document.querySelectorAll<HTMLElement>(selector)].find((each) =>
    [each.textContent?.trim() ?? '', each.getAttribute('aria-label') ?? ''].some((text) =>
      typeof name === 'string' ? text === name : name.test(text),
    ),
  );
const button = (name: string | RegExp) => named('button', name) as HTMLButtonElement | undefined;
const item = (name: string) => named('[role="menuitem"]', name);
const dialog = () => document.querySelector('[role="dialog"]');
const text = () => document.body.textContent ?? '';
const bodies = (calls: ApiCall[]) =>
  calls
    .filter((call) => call.route === STRIPE)
    .map((call) => call.body as Record<string, unknown>)
    .filter(({ action }) => action !== 'list_prices');
async function press(name: string | RegExp): Promise<void> {
  button(name)?.click();
  await flushPromises();
}
async function openMenu(email = 'client@example.com'): Promise<void> {
  button(`Actions de l’abonnement de ${email}`)?.click();
  await until(() => expect(document.querySelector('[role="menu"]')).not.toBeNull());
}
async function choose(name: string, email?: string): Promise<void> {
  await openMenu(email);
  item(name)?.click();
  await until(() => expect(dialog()).not.toBeNull());
}
async function type(selector: string, value: string): Promise<void> {
  const field = document.querySelector<HTMLInputElement>(selector)!;
  field.value = value;
  field.dispatchEvent(new Event('input'));
  await flushPromises();
}
const mount = (role: 'admin' | 'support' | 'viewer' = 'admin', path = '/abonnements') =>
  mountApp(SubscriptionListPage, { path, role });

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

describe('dialogs', () => {
  it('cancel at the period’s end unless told now, and say when', async () => {
    const calls = api();
    await mount();
    await choose('Résilier');
    expect(dialog()?.textContent).toContain('À la fin de la période, le 15 décembre 2026');
    expect(await axeViolations(dialog()!)).toEqual([]);
    await press('Programmer la résiliation');
    expect(bodies(calls)[0]).toMatchObject({
      action: 'cancel',
      subscription_id: subscription().id,
      when: 'period_end',
    });
    expect(dialog()).toBeNull();
  });
  it('show what a plan costs before it is changed, and send back the moment it was counted from', async () => {
    const calls = api((body) =>
      body.action === 'preview_plan' ? { preview } : { subscription: subscription({ plan: 'enterprise' }) },
    );
    await mount();
    await choose('Changer de plan');
    await until(() => expect(document.querySelectorAll('[role="radio"]').length).toBe(5));
    expect(dialog()?.textContent).toMatch(/Starter.*19\s€\/mois.*Enterprise.*99\s€\/mois/);
    expect(button('Changer de plan')?.disabled).toBe(true);
    [...document.querySelectorAll<HTMLElement>('[role="radio"]')].at(-1)?.click();
    await flushPromises();
    expect(dialog()?.textContent).toMatch(
      /Temps restant sur Enterprise.*49,55\s€.*Dû maintenant.*35,12\s€.*Puis 99\s€ le 15\/12\/2026/,
    );
    await press(/^Changer et débiter 35,12\s€$/);
    expect(bodies(calls).at(-1)).toMatchObject({
      action: 'change_plan',
      plan: 'enterprise',
      proration_date: 1_795_000_000,
    });
  });
  it('offer the same plan by the year, at its price, and no plan that has none', async () => {
    const calls = api((body) => (body.action === 'preview_plan' ? { preview } : { subscription: subscription() }));
    await mount();
    await choose('Changer de plan');
    await until(() => expect(dialog()?.textContent).toContain('19\u00a0€/mois'));
    named('[role="dialog"] label', 'Chaque année')?.click();
    await flushPromises();
    expect(dialog()?.textContent).toMatch(/Premium.*290\s€\/an.*Enterprise.*Pas de prix à ce rythme/);
    const radios = [...document.querySelectorAll<HTMLButtonElement>('[role="radio"]')].slice(-3);
    expect(radios.map((each) => each.disabled)).toEqual([false, false, true]);
    radios[1]!.click();
    await flushPromises();
    expect(bodies(calls).at(-1)).toMatchObject({ action: 'preview_plan', plan: 'premium', rhythm: 'year' });
    await press(/^Changer et débiter/);
    expect(bodies(calls).at(-1)).toMatchObject({ action: 'change_plan', plan: 'premium', rhythm: 'year' });
  });
  it('say that a change waits for the customer, and give the page to send', async () => {
    const waiting = subscription({
      awaiting_customer_since: '2026-11-23T09:00:00Z',
      pending_update: {
        plan: 'enterprise',
        quantity: 1,
        billing_interval: 'month',
        interval_count: 1,
        expires_at: '2026-11-24T08:00:00Z',
        invoice: 'in_2',
      },
      confirmation: {
        url: 'https://invoice.stripe.com/i/2',
        number: 'WA-2',
        amount_cents: 3512,
        currency: 'EUR',
        expires_at: '2026-11-24T08:00:00Z',
      },
    });
    api((body) => (body.action === 'preview_plan' ? { preview } : { subscription: waiting }));
    await mount();
    await choose('Changer de plan');
    await until(() => expect(document.querySelectorAll('[role="radio"]').length).toBe(5));
    [...document.querySelectorAll<HTMLElement>('[role="radio"]')].at(-1)?.click();
    await flushPromises();
    await press(/^Changer et débiter/);
    expect(dialog()?.textContent).toMatch(/En attente du client.*Jusque-là il garde Premium/);
    expect(document.querySelector('[data-testid="stripe-link"]')?.textContent?.trim()).toBe(
      'https://invoice.stripe.com/i/2',
    );
    expect(await axeViolations(dialog()!)).toEqual([]);
  });
  it('tell what became of each invoice that was tried again', async () => {
    const tried = (number: string, outcome: string, error: object | null = null) => ({
      stripe_invoice_id: `in_${number}`,
      number,
      amount_cents: 2900,
      currency: 'EUR',
      outcome,
      error,
      page: null,
    });
    api(
      () => ({
        subscription: failing(),
        invoices: [
          tried('WA-1', 'failed', { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' }),
          tried('WA-2', 'confirm'),
          tried('WA-3', 'paid'),
        ],
      }),
      { 'POST /rest/v1/rpc/get_subscription': () => ({ ...details(), ...awaited() }) },
    );
    await mount();
    await press('Réessayer');
    await until(() => expect(dialog()).not.toBeNull());
    named('[role="dialog"] button', 'Réessayer')?.click();
    await flushPromises();
    await until(() => expect(dialog()?.textContent).toContain('WA-1'));
    expect(dialog()?.textContent).toMatch(/WA-1.*Refusée.*Provision insuffisante.*WA-2.*À confirmer.*WA-3.*Payée/);
    await until(() => expect(dialog()?.textContent).toContain('En attente du client depuis'));
    expect(await axeViolations(dialog()!)).toEqual([]);
  });
  it('say a refused card in words with Stripe’s code, and stay', async () => {
    api(
      () =>
        new ApiFailure(402, {
          code: 'stripe_error',
          message: 'Your card was declined.',
          details: {
            type: 'card_error',
            code: 'card_declined',
            decline_code: 'insufficient_funds',
            request_id: 'req_7',
          },
        }),
    );
    await mount();
    await choose('Réessayer', 'problem@example.com');
    named('[role="dialog"] button', 'Réessayer')?.click();
    await flushPromises();
    expect(dialog()?.querySelector('[role="alert"]')?.textContent).toMatch(
      /Provision insuffisante.*insufficient_funds · req_7/,
    );
  });
  it('say that a lost answer may have been done, and ask again with the same request', async () => {
    const calls = api(() => new ApiFailure(504, { code: 'act_unknown', message: 'x' }));
    await mount();
    await choose('Résilier');
    await press('Programmer la résiliation');
    await press('Programmer la résiliation');
    expect(dialog()?.textContent).toContain('elle ne sera exécutée qu’une fois');
    const ids = bodies(calls).map((body) => body.request_id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    [...document.querySelectorAll<HTMLElement>('[role="radio"]')].at(-1)?.click();
    await flushPromises();
    await press('Résilier maintenant');
    expect(new Set(bodies(calls).map((body) => body.request_id)).size).toBe(2);
  });
  it('apply a promotion code', async () => {
    const calls = api((body) =>
      body.action === 'list_coupons'
        ? {
            coupons: [
              {
                id: 'WELCOME',
                name: 'Bienvenue',
                percent_off: 20,
                amount_off_cents: null,
                currency: null,
                duration: 'repeating',
                duration_in_months: 3,
              },
            ],
          }
        : { subscription: subscription() },
    );
    await mount();
    await choose('Appliquer un coupon');
    [...document.querySelectorAll<HTMLElement>('[role="radio"]')].at(-1)?.click();
    await flushPromises();
    await type('[role="dialog"] input[maxlength="100"]', ' NOEL10 ');
    await press('Appliquer');
    expect(bodies(calls).at(-1)).toMatchObject({ action: 'apply_coupon', promotion_code: 'NOEL10' });
    expect(bodies(calls).at(-1)).not.toHaveProperty('coupon_id');
  });
  it('make a payment link and show it', async () => {
    const calls = api(() => ({ url: 'https://checkout.stripe.com/c/pay/cs_1', expires_at: '2026-11-24T09:00:00Z' }));
    await mount('support', '/abonnements?new=1');
    await until(() => expect(dialog()).not.toBeNull());
    expect(button('Créer le lien')?.disabled).toBe(true);
    await type('[role="dialog"] input[type="email"]', 'New@Example.com');
    await press('Créer le lien');
    expect(bodies(calls)[0]).toMatchObject({
      action: 'checkout_link',
      email: 'new@example.com',
      plan: 'premium',
      rhythm: 'month',
      hwid: null,
      locale: 'fr',
    });
    expect(document.querySelector('[data-testid="stripe-link"]')?.textContent).toBe(
      'https://checkout.stripe.com/c/pay/cs_1',
    );
    expect([...dialog()!.querySelectorAll('button')].map((each) => each.textContent?.trim())).not.toContain('Annuler');
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

describe('the drawer', () => {
  const open = (role?: 'viewer') => mount(role, `/abonnements?subscription=${subscription().id}`);
  it('opens from its address with card, next invoice and Stripe’s page', async () => {
    const calls = api(() => ({
      invoice: {
        ...preview,
        lines: [
          line({ quantity: 2 }),
          line({ kind: 'unused', plan: 'starter', amount_cents: -450 }),
          line({ plan: null, name: null, description: 'Formation sur site', amount_cents: 450 }),
          line({ plan: null, name: 'Hotline', amount_cents: 1200 }),
        ],
        discount_cents: -290,
        amount_due_cents: 2610,
      },
    }));
    await open();
    await until(() => expect(dialog()?.textContent).toContain('Visa •••• 4242'));
    await until(() => expect(dialog()?.textContent).toMatch(/Remise.*-2,90\s€.*Total.*26,10\s€/));
    expect(dialog()?.textContent).toContain('2 × Premium, du 15/11/2026 au 15/12/2026');
    expect(dialog()?.textContent).toContain('Temps non utilisé sur Starter, du 15/11/2026');
    expect(dialog()?.textContent).toContain('Formation sur site');
    expect(dialog()?.textContent).toContain('Hotline, du 15/11/2026 au 15/12/2026');
    expect(dialog()?.textContent).not.toContain('Words of Stripe');
    expect(bodies(calls)[0]).toMatchObject({ action: 'upcoming_invoice', subscription_id: subscription().id });
    expect(dialog()?.querySelector('a[href="https://dashboard.stripe.com/test/subscriptions/sub_1"]')).not.toBeNull();
    expect(await axeViolations(dialog()!)).toEqual([]);
  });
  it('shows invoices and movements, which sum to the revenue', async () => {
    api(() => ({ invoice: null }));
    await open();
    await until(() => expect(dialog()?.textContent).toContain('Aucune facture à venir'));
    const tab = named('[role="tab"]', 'Factures et paiements');
    tab?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, button: 0 }));
    await flushPromises();
    expect(dialog()?.textContent).toMatch(/WA-0001.*Payée.*29\s€.*Mouvements de MRR.*\+29\s€.*Total.*29\s€/);
  });
  it('shows what an invoice was lowered by, and why a movement happened', async () => {
    const whole = details();
    const [invoice] = whole.invoices;
    const [movement] = whole.movements;
    const note = {
      id: 'n1',
      stripe_credit_note_id: 'cn_1',
      number: 'WA-0001-CN-01',
      status: 'issued' as const,
      total: 900,
      open_amount: 0,
      paid_amount: 900,
      currency: 'EUR',
      reason: null,
      pdf_url: null,
      livemode: false,
      issued_at: '2026-11-20T09:00:00.000Z',
      voided_at: null,
      created_at: '2026-11-20T09:00:00.000Z',
      updated_at: '2026-11-20T09:00:00.000Z',
    };
    api(() => ({ invoice: null }), {
      'POST /rest/v1/rpc/get_subscription': () => ({
        ...whole,
        collection_paused: true,
        pause_behavior: 'void',
        paying_mrr_cents: 0,
        left_out_items: 1,
        invoices: [{ ...invoice!, credit_notes: [note] }],
        movements: [{ ...movement!, kind: 'churn', reason: 'paused', amount_cents: -2900 }],
        mrr_total: [],
      }),
    });
    await open();
    await until(() => expect(dialog()?.textContent).toMatch(/Encaissement suspendu.*rien n’est compté en MRR/));
    expect(dialog()?.textContent).toMatch(/0\s€ 29\s€ à la reprise.*1 prix à l’usage, non compté/);
    named('[role="tab"]', 'Factures et paiements')?.dispatchEvent(
      new MouseEvent('mousedown', { bubbles: true, button: 0 }),
    );
    await flushPromises();
    expect(dialog()?.textContent).toMatch(
      /Avoir WA-0001-CN-01.*9\s€ rendus sur ce qui était payé.*Reste de la facture20/,
    );
    expect(dialog()?.textContent).toMatch(/Attritionencaissement suspendu.*−29\s€/);
    expect(await axeViolations(dialog()!)).toEqual([]);
  });
  it('says that the subscription does not exist', async () => {
    api(undefined, {
      'POST /rest/v1/rpc/get_subscription': () =>
        new ApiFailure(404, { code: 'PT404', hint: 'subscription_not_found', message: 'no', details: null }),
    });
    await open('viewer');
    await until(() => expect(dialog()?.textContent).toContain('Cet abonnement n’existe pas'));
  });
});
