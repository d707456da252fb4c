// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createFormatter } from '@/app/format.ts';
import { i18n, loadFeatureMessages } from '@/app/i18n.ts';
import { failureText } from '../stripe/errors.ts';
import { alert } from './test-data.ts';
import type { AlertKind } from './types.ts';
import { alertTarget, alertText, byDay, type AlertWords } from './words.ts';

await Promise.all(['alerts', 'stripe'].map(loadFeatureMessages));
const { t, te } = i18n.global;
const format = createFormatter('fr-FR');
const words: AlertWords = {
  t: (key, named = {}, count = 0) => t(key, named, count),
  money: format.money,
  number: format.number,
  failure: (code) =>
    failureText(
      code,
      (key) => t(key),
      (key) => te(key),
    ) ?? code,
};
const KINDS: AlertKind[] = [
  'payment_failed',
  'payment_action_required',
  'payment_disputed',
  'payment_refunded',
  'subscription_canceled',
  'license_revoked_unpaid',
  'payment_for_revoked_license',
  'checkout_needs_attention',
  'stripe_event_failed',
  'stripe_drift_found',
];
const all = () => true;

describe('alertText()', () => {
  it('says who, how much and why', () => {
    expect(alertText(alert(), words)).toEqual({
      title: 'Échec de paiement',
      detail: `client@example.com · ${format.money(2900)} · Carte expirée`,
    });
  });
  it('counts in words', () => {
    expect(alertText(alert({ kind: 'stripe_drift_found', data: { count: 3 } }), words)).toEqual({
      title: '3 écarts trouvés avec Stripe',
      detail: '',
    });
    expect(alertText(alert({ kind: 'license_revoked_unpaid', data: { email: 'a@b.fr', days: 1 } }), words).title).toBe(
      'Licence révoquée, impayée depuis 1 jour',
    );
  });
  it.each(KINDS)('%s is said in words even when empty', (kind) =>
    expect(alertText(alert({ kind, data: {} }), words).title).not.toMatch(/_|alerts\./),
  );
});

describe('alertTarget()', () => {
  it('is the subscription, else the licence', () => {
    expect(alertTarget(alert(), all)).toBe('/abonnements?subscription=55555555-5555-4555-8555-555555555555');
    expect(alertTarget(alert({ subscription_id: null }), all)).toBe(
      '/licences/11111111-1111-4111-8111-111111111111?tab=payments',
    );
  });
  it('is nowhere for who may not go there', () => {
    expect(
      alertTarget(alert({ kind: 'stripe_event_failed' }), (permission) => permission !== 'stripe.read'),
    ).toBeNull();
    expect(alertTarget(alert({ subscription_id: null, license_id: null }), all)).toBeNull();
  });
});

describe('byDay()', () => {
  it('keeps the order and groups by the reader’s day', () => {
    const days = byDay([
      alert({ id: 'c', created_at: '2026-11-22T23:30:00Z' }),
      alert({ id: 'b', created_at: '2026-11-22T22:30:00Z' }),
      alert({ id: 'a', created_at: '2026-11-22T08:00:00Z' }),
    ]);
    expect(days.map((day) => day.alerts.map((each) => each.id))).toEqual([['c'], ['b', 'a']]);
  });
});
