import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure } from '@/test/api.ts';
import { axeViolations, until } from '@/test/mount.ts';
import { awaited, details, failing, subscription } from '../test-data.ts';
import { api, bodies, button, choose, dialog, mount, named, press, preview, type } from './test-data.ts';

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
