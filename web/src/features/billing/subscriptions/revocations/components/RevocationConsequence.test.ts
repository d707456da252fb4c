import { flushPromises } from '@vue/test-utils';
import { beforeEach, describe, expect, it } from 'vitest';
import { defineComponent, h, shallowRef } from 'vue';
import type { LicenseConsequence } from '@contracts/rpc/licenses.ts';
import type { RevocationChoice } from '@/shared/revocations.ts';
import { AppError } from '@/base/errors.ts';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { payment } from '../../../payments/test-data.ts';
import { permitted, subscription } from '../../test-data.ts';
import RevocationConsequence from './RevocationConsequence.vue';

const FOUND = 'POST /rest/v1/rpc/list_license_consequences';
const STRIPE = 'POST /functions/v1/stripe-action';
const [first, second] = ['11111111-1111-4111-8111-111111111111', '22222222-1111-4111-8111-111111111111'];
const found = (over: Partial<LicenseConsequence> = {}): LicenseConsequence => ({
  license_id: first!,
  subscription: subscription(),
  bills_on: true,
  payment: payment(),
  other_licenses: [],
  ...over,
});
const mail = { locale: 'en', recipient: 'client@example.com', refused: false, subject: 'Your licence', text: 'Hello,' };
const api = (rows: LicenseConsequence[]) =>
  mockApi({
    [FOUND]: () => rows,
    [STRIPE]: (body) =>
      (body as { action: string }).action === 'revocation_mail'
        ? { mail }
        : {
            invoice: {
              amount_due_cents: 1450,
              currency: 'EUR',
              proration_date: null,
              lines: [],
              discount_cents: 0,
              tax_cents: 0,
              balance_cents: 0,
              next_amount_cents: null,
              next_payment_at: '2026-12-15T09:00:00.000Z',
            },
          },
  });
const choice = shallowRef<RevocationChoice | null>(null);
beforeEach(() => (choice.value = null));
const show = (licenseIds: string[], sendEmail = false) =>
  mountApp(
    defineComponent({
      render: () =>
        h(RevocationConsequence, {
          licenseIds,
          sendEmail,
          modelValue: choice.value,
          'onUpdate:modelValue': (value: RevocationChoice | null) => (choice.value = value),
        }),
    }),
  );
const text = () => document.body.textContent ?? '';
const radio = (name: string) =>
  [...document.querySelectorAll('label')].find((each) => each.textContent?.includes(name)) as HTMLElement | undefined;
const choose = async (name: string) => {
  radio(name)!.click();
  await flushPromises();
};

describe('RevocationConsequence', () => {
  it('shows the subscription, the next debit as Stripe would make it, and waits for what becomes of it', async () => {
    api([
      found({
        other_licenses: [
          {
            id: second!,
            plan: 'starter',
            status: 'active',
            license_key_hint: 'XYZ23',
            expires_at: '2027-01-01T00:00:00Z',
          },
        ],
      }),
    ]);
    await show([first!]);
    await until(() => expect(text()).toMatch(/14,50\s€ le 15\/12\/2026/));
    expect(text()).toMatch(/Premium, 29\s€\/mois/);
    expect(text()).toContain('Starter …XYZ23');
    expect(choice.value?.blocked).toBe(true);
    await choose('Résilier au 15/12/2026');
    expect(choice.value?.blocked).toBe(false);
    expect(text()).toMatch(/29\s€ payés le 15\/11\/2026 \(Visa •••• 4242\), dont 29\s€ remboursables/);
    expect(await axeViolations()).toEqual([]);
  });

  it('says plainly that a customer who is only cut off is billed on, and offers no refund there', async () => {
    api([found()]);
    await show([first!]);
    await until(() => expect(text()).toContain('Prochain débit'));
    await choose('Couper seulement');
    expect(text()).toContain('Le client n’aura plus d’accès et continuera d’être débité.');
    expect(text()).not.toContain('Remboursement du dernier paiement');
  });

  it('offers who may not cancel nothing but to cut off, and says why', async () => {
    api([found({ subscription: permitted('support', subscription()) })]);
    await show([first!]);
    await until(() => expect(text()).toContain('Prochain débit'));
    expect(radio('Résilier maintenant')).toBeUndefined();
    expect(radio('Couper seulement')).toBeDefined();
    expect(text()).toContain('Résilier n’est pas possible ici');
  });

  it('says who may cancel and not refund that the payment is not his to refund', async () => {
    api([found({ payment: payment({ actions: { refund: 'permission_denied' } }) })]);
    await show([first!]);
    await until(() => expect(text()).toContain('Prochain débit'));
    await choose('Résilier maintenant');
    expect(text()).toContain('Le dernier paiement ne peut être remboursé ici.');
  });

  it('a subscription that ends by itself may be left to it', async () => {
    api([found({ bills_on: false, subscription: subscription({ cancel_at_period_end: true }) })]);
    await show([first!]);
    await until(() => expect(text()).toContain('Aucun : fin prévue le 15/12/2026'));
    expect(radio('Laisser finir le 15/12/2026')).toBeDefined();
    expect(radio('Résilier au')).toBeUndefined();
  });

  it('one that ends later than its period is debited until then, and may end with its period', async () => {
    const later = subscription({ cancel_at: '2027-03-20T09:00:00.000Z', next_payment_at: null });
    api([found({ subscription: later })]);
    await show([first!]);
    await until(() => expect(text()).toMatch(/Prochain débit14,50\s€ le 15\/12\/2026Fin prévue20\/03\/2027/));
    expect(radio('Laisser finir')).toBeUndefined();
    expect(radio('Couper seulement')?.textContent).toContain('L’abonnement continue jusqu’au 20/03/2027');
    await choose('Résilier au 15/12/2026');
    expect(choice.value?.blocked).toBe(false);
  });

  it('dates the next debit of one that ends later while Stripe cannot be asked', async () => {
    mockApi({
      [FOUND]: () => [
        found({ subscription: subscription({ cancel_at: '2027-03-20T09:00:00.000Z', next_payment_at: null }) }),
      ],
      [STRIPE]: () => new ApiFailure(503, { code: 'stripe_unavailable', message: 'no', details: null }),
    });
    await show([first!]);
    await until(() => expect(text()).toMatch(/Prochain débit29\s€\/mois le 15\/12\/2026Fin prévue20\/03\/2027/));
  });

  it('one that ends within its period ends by itself on that day', async () => {
    api([found({ bills_on: false, subscription: subscription({ cancel_at: '2026-12-01T09:00:00.000Z' }) })]);
    await show([first!]);
    await until(() => expect(text()).toContain('Aucun : fin prévue le 01/12/2026'));
    expect(radio('Laisser finir le 01/12/2026')).toBeDefined();
    expect(radio('Résilier au')).toBeUndefined();
  });

  it('at the period’s end refunds and tells of those alone that are cancelled by it', async () => {
    const ending = subscription({ cancel_at_period_end: true });
    const calls = api([found({ bills_on: false, subscription: ending }), found({ license_id: second! })]);
    await show([first!, second!], true);
    await until(() => expect(text()).toContain('2 des 2 licences ont un abonnement en cours'));
    await choose('Résilier maintenant');
    expect(text()).toMatch(/Chaque dernier paiement en entier : 58\s€/);
    await choose('Résilier à la fin de chaque période');
    expect(text()).toMatch(/Chaque dernier paiement en entier : 29\s€/);
    await until(() =>
      expect(calls.at(-1)?.body).toMatchObject({ license_id: second, billing: 'period_end', refund: null }),
    );
  });

  it('many that all end by themselves are left to it, each on its date', async () => {
    const ending = subscription({ cancel_at_period_end: true });
    api([first!, second!].map((license_id) => found({ license_id, bills_on: false, subscription: ending })));
    await show([first!, second!]);
    await until(() => expect(radio('Laisser finir chacun à sa date')).toBeDefined());
    expect(radio('Résilier à la fin de chaque période')).toBeUndefined();
  });

  it('asks once for many: how many have one, and what is refunded of each', async () => {
    api([found(), found({ license_id: second!, subscription: null, bills_on: false, payment: null })]);
    await show([first!, second!]);
    await until(() => expect(text()).toContain('1 des 2 licences a un abonnement en cours'));
    await choose('Résilier à la fin de chaque période');
    expect(text()).toMatch(/Chaque dernier paiement en entier : 29\s€/);
  });

  it('asks nothing where none has a subscription', async () => {
    api([found({ subscription: null, bills_on: false, payment: null })]);
    await show([first!]);
    await until(() => expect(choice.value?.blocked).toBe(false));
    expect(text()).not.toContain('Que devient');
  });

  it('shows the mail in the customer’s language before it leaves', async () => {
    const calls = api([found()]);
    await show([first!], true);
    await until(() => expect(text()).toContain('Prochain débit'));
    await choose('Résilier maintenant');
    await choose('Tout ce qui reste');
    await until(() => expect(document.querySelector('[lang="en"]')?.textContent).toContain('Hello,'));
    await until(() =>
      expect(calls.at(-1)?.body).toMatchObject({
        action: 'revocation_mail',
        license_id: first,
        billing: 'now',
        refund: { amount_cents: 2900, currency: 'EUR' },
      }),
    );
  });

  it('says of a failure what is known of it: whose act is in the way, or that the licence goes by itself', async () => {
    api([found()]);
    await show([first!]);
    await until(() => expect(choice.value).not.toBeNull());
    const failure = (code: string, details: object | null = null) =>
      choice.value!.words({
        license_id: first!,
        code: null,
        error: new AppError('x', { kind: 'function', code, status: 409, details }),
      });
    const act = {
      id: first!,
      action: 'refund',
      state: 'unknown',
      at: '2026-11-15T09:30:00Z',
      by: 'Marc',
      amount_cents: 500,
    };
    expect(failure('act_under_way', { act }).facts.join(' ')).toMatch(
      /Issue inconnue : rembourser 5\s€ Demandé par Marc le 15\/11\/2026 10:30/,
    );
    expect(failure('act_unknown').facts.join(' ')).toContain('La licence sera révoquée d’elle-même');
    expect(
      failure('seen_changed', { changed: { amount_refunded: { seen: 0, now: 500 } }, act, currency: 'EUR' }).facts[0],
    ).toMatch(/5\s€ remboursés entre-temps par Marc/);
    expect(
      failure('seen_changed', { changed: { cancel_at_period_end: { seen: false, now: true } }, currency: 'EUR' })
        .facts[0],
    ).toBe('Fin programmée : non → oui');
  });
});
