// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createFormatter } from '@/app/format.ts';
import { i18n, loadFeatureMessages } from '@/app/i18n.ts';
import { EVENT_TYPES } from '@/shared/events.ts';
import { eventSentence, type Words } from './sentence.ts';
import { event } from './test-data.ts';

await Promise.all(['audit', 'stripe'].map(loadFeatureMessages));
const { t, te } = i18n.global;
const format = createFormatter('fr-FR');
const words: Words = {
  t: (key, named = {}, count) => (count === undefined ? t(key, named) : t(key, named, count)),
  te: (key) => te(key),
  date: format.date,
  number: format.number,
  money: format.money,
  failure: (code) => (te(`stripe.failure.${code}`) ? t(`stripe.failure.${code}`) : code),
  staff: (id) => (id === 'nora' ? 'Nora Petit' : undefined),
};
const sentence = (event_type: string, event_data: Record<string, unknown>) =>
  eventSentence(event({ event_type, event_data }), words);

describe('eventSentence()', () => {
  it.each([
    ['license_created', { after: { plan: 'premium' } }, 'Licence Premium créée'],
    [
      'subscription_plan_changed',
      { before: { plan: 'starter' }, after: { plan: 'premium' } },
      'Plan passé de Starter à Premium',
    ],
    [
      'subscription_cancel_scheduled',
      { ends_at: '2026-12-22T12:00:00Z' },
      'Fin de l’abonnement programmée le 22/12/2026',
    ],
    ['license_renewed', { after: { expires_at: '2026-12-22T12:00:00Z' } }, 'Licence renouvelée jusqu’au 22/12/2026'],
    ['reminder_sent', { email: 'a@example.com' }, 'Rappel de fin envoyé à a@example.com'],
    [
      'checkout_link_created',
      { email: 'a@example.com', plan: 'premium' },
      'Lien de paiement Premium créé pour a@example.com',
    ],
    ['stripe_action_requested', { action: 'undo_cancel' }, 'Demandé à Stripe : reprendre l’abonnement'],
    [
      'stripe_action_failed',
      { action: 'retry_payment', error: { code: 'card_declined', decline_code: 'insufficient_funds' } },
      'Refusé par Stripe : réessayer le paiement (Provision insuffisante)',
    ],
    ['stripe_action_failed', { action: 'something_new' }, 'Action refusée par Stripe'],
    ['license_created', { import_id: 'i', after: { plan: 'starter' } }, 'Licence Starter créée par import'],
    [
      'license_extended',
      { days: 7, after: { expires_at: '2026-12-22T12:00:00Z' } },
      'Licence prolongée de 7 jours, jusqu’au 22/12/2026',
    ],
    [
      'license_extended',
      { days: 1, after: { expires_at: '2026-12-22T12:00:00Z' } },
      'Licence prolongée de 1 jour, jusqu’au 22/12/2026',
    ],
    [
      'license_plan_changed',
      { before: { plan: 'starter' }, after: { plan: 'enterprise' } },
      'Plan passé de Starter à Enterprise',
    ],
    ['license_auto_renew_changed', { after: { auto_renew: false } }, 'Renouvellement automatique désactivé'],
    ['license_transferred', { after: { hwid_hint: 'AB••12' } }, 'Licence transférée vers la machine AB••12'],
    ['license_import_completed', { created: 993 }, 'Import de 993 licences'],
    ['license_import_undone', { undone: 1 }, 'Import annulé : 1 licence supprimée'],
    ['staff_role_changed', { id: 'nora', after: { role: 'viewer' } }, 'Nora Petit a reçu le rôle Lecture seule'],
    [
      'staff_invited',
      { id: 'new', after: { display_name: 'Ali Ben', email: 'ali@example.com', role: 'support' } },
      'Ali Ben invité dans l’équipe (Support)',
    ],
    [
      'staff_invited',
      { id: 'nora', before: { invited_at: 'x' }, after: { invited_at: 'y' } },
      'Invitation renvoyée à Nora Petit',
    ],
    ['staff_mfa_reset', { id: 'gone', email: 'gone@example.com' }, 'Second facteur de gone@example.com réinitialisé'],
    [
      'settings_changed',
      { id: 'idle_lock_minutes', before: { value: 15 }, after: { value: 5 } },
      'Réglage idle_lock_minutes passé de 15 à 5',
    ],
    ['payment_succeeded', { amount_cents: 2900, currency: 'EUR' }, `Paiement reçu : ${format.money(2900)}`],
    [
      'payment_failed',
      { amount_cents: 1900, currency: 'EUR', failure_code: 'expired_card' },
      `Échec de paiement : ${format.money(1900)} (Carte expirée)`,
    ],
    ['export_created', { subject: 'licenses', format: 'csv', row_count: 2 }, 'Export CSV de 2 licences'],
    ['export_created', { subject: 'payments', format: 'csv', row_count: 3 }, 'Export CSV de 3 paiements'],
    ['export_created', { subject: 'subscriptions', format: 'xlsx', row_count: 1 }, 'Export XLSX de 1 abonnement'],
    ['export_created', { subject: 'events', format: 'xlsx', row_count: 1 }, 'Export XLSX de 1 événement d’audit'],
  ])('%s %j → %s', (type, data, expected) => expect(sentence(type, data)).toBe(expected));

  it('falls back to the title when the event holds too little', () => {
    expect(sentence('license_extended', {})).toBe('Licence prolongée');
    expect(sentence('staff_deactivated', { id: 'unknown' })).toBe('Membre désactivé');
  });
  it('shows an unknown type as it is', () => expect(sentence('webhook_seen', {})).toBe('webhook_seen'));
  it.each(EVENT_TYPES)('%s is said in words even when empty', (type) => {
    expect(eventSentence(event({ event_type: type, event_data: null }), words)).not.toMatch(/_|audit\.|shared\./);
  });
});
