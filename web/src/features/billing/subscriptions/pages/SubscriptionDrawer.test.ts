import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure } from '@/test/api.ts';
import { axeViolations, until } from '@/test/mount.ts';
import { details, subscription } from '../test-data.ts';
import { api, bodies, dialog, line, mount, named, preview } from './test-data.ts';

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
