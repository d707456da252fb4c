import { describe, expect, it } from 'vitest';
import { createFormatter } from '@/base/format.ts';
import { i18n, LANGUAGES, setLanguage } from '@/base/i18n.ts';
import { alert } from '@/features/alerts/test-data.ts';
import { alertTarget, alertText, loadAlertKinds } from '@/features/alerts/words.ts';
import { databaseWords } from '@/test/migrations.ts';
import { modules } from './modules.ts';

const kinds = await loadAlertKinds(modules);
const { t, te } = i18n.global;
const format = createFormatter('fr-FR');
const words = {
  t: (key: string, named: Record<string, unknown> = {}, count = 0) => t(key, named, count),
  te: (key: string) => te(key),
  money: format.money,
  number: format.number,
};
const all = () => true;

describe('alertText()', () => {
  it('says who, how much and why', () => {
    expect(alertText(kinds, alert(), words)).toEqual({
      title: 'Échec de paiement',
      detail: `client@example.com · ${format.money(2900)} · Carte expirée`,
    });
  });
  it('counts in words', () => {
    expect(
      alertText(kinds, alert({ kind: 'stripe_drift_found', customer_email: null, data: { count: 3 } }), words),
    ).toEqual({
      title: '3 écarts trouvés avec Stripe',
      detail: '',
    });
    expect(alertText(kinds, alert({ kind: 'license_revoked_unpaid', data: { days: 1 } }), words).title).toBe(
      'Licence révoquée, impayée depuis 1 jour',
    );
  });
  it('names a late ticket by its number, what is late, and the way there for whoever reads tickets', () => {
    const late = alert({
      kind: 'ticket_breached',
      customer_email: null,
      subject_type: 'ticket',
      subject_id: '1245',
      data: { number: 1245, clock: 'first_response', due_at: '2026-03-10T10:00:00Z' },
    });
    expect(alertText(kinds, late, words)).toEqual({
      title: 'Ticket en retard',
      detail: 'Ticket #1245 : première réponse',
    });
    expect(alertTarget(kinds, late, all)).toEqual({ name: 'support', query: { folder: 'all', ticket: '1245' } });
    expect(alertTarget(kinds, late, () => false)).toBeNull();
  });
  it.each([...kinds.keys()])('%s is said in words even when empty', (kind) =>
    expect(alertText(kinds, alert({ kind, customer_email: null, data: {} }), words).title).not.toMatch(/_|\w\.\w/),
  );
});

describe('alertTarget()', () => {
  it('is the subscription, else the licence', () => {
    expect(alertTarget(kinds, alert(), all)).toEqual({
      name: 'subscriptions',
      query: { subscription: '55555555-5555-4555-8555-555555555555' },
    });
    expect(
      alertTarget(kinds, alert({ subject_type: 'license', subject_id: '11111111-1111-4111-8111-111111111111' }), all),
    ).toEqual({
      name: 'license',
      params: { id: '11111111-1111-4111-8111-111111111111' },
      query: { tab: 'payments' },
    });
  });
  it('is nowhere for who may not go there', () => {
    expect(
      alertTarget(kinds, alert({ kind: 'stripe_event_failed' }), (permission) => permission !== 'stripe.read'),
    ).toBeNull();
    expect(alertTarget(kinds, alert({ subject_type: null, subject_id: null }), all)).toBeNull();
  });
});

it('every kind of alert the database raises has one owner and words in both languages', async () => {
  const raised = databaseWords(/insert into private\.alert_kinds[^;]*?values([^;]*);/g);
  expect(raised.length).toBeGreaterThan(8);
  expect(raised.filter((kind) => !kinds.has(kind))).toEqual([]);
  const books = await Promise.all(modules.map(async (module) => Object.keys((await module.alerts?.())?.default ?? {})));
  expect(books.flat().length).toBe(kinds.size);
  for (const language of LANGUAGES) {
    await setLanguage(language);
    expect([...kinds].filter(([kind, { room }]) => !te(`${room}.alerts.${kind}`))).toEqual([]);
  }
  await setLanguage('fr');
});
