import { describe, expect, it } from 'vitest';
import { createFormatter } from '@/base/format.ts';
import { i18n, LANGUAGES, loadMessages, setLanguage } from '@/base/i18n.ts';
import { loadEventBooks, sentenceOf, titleOf } from '@/shared/event-kinds.ts';
import type { AuditEvent, EventWords } from '@/shared/events.ts';
import { contributed } from '@/shared/registry.ts';
import { event } from '@/test/event.ts';
import { databaseWords } from '@/test/migrations.ts';
import { modules } from './modules.ts';

await loadMessages('actions');
const { kinds } = await loadEventBooks(modules);
const { t, te } = i18n.global;
const format = createFormatter('fr-FR');
const owners = contributed(modules, (module) => module.exports);
const words: EventWords = {
  t: (key, named = {}, count) => (count === undefined ? t(key, named) : t(key, named, count)),
  te: (key) => te(key),
  date: format.date,
  number: format.number,
  money: format.money,
  plan: (code) => code.charAt(0).toUpperCase() + code.slice(1),
  role: (role) => t(`shared.role.${role}`),
  staff: (id) => (id === 'nora' ? 'Nora Petit' : undefined),
  exported: (subject, named, count) => {
    const owner = owners.find(({ item }) => item.subject === subject);
    return owner && t(`${owner.module.name}.exported.${subject}`, named, count);
  },
};
const eventSentence = (about: AuditEvent) => sentenceOf(kinds, about, words);
const sentence = (event_type: string, event_data: Record<string, unknown>, about: Partial<AuditEvent> = {}) =>
  eventSentence(event({ event_type, event_data, ...about }));

describe('eventSentence()', () => {
  it.each([
    ['license_created', { after: { plan: 'premium' } }, 'Licence Premium créée'],
    [
      'subscription_plan_changed',
      { before: { plan: 'starter' }, after: { plan: 'premium' } },
      'Plan passé de Starter à Premium',
    ],
    ['subscription_cancel_scheduled', { ends_at: '2026-12-22T12:00:00Z' }, 'Résiliation programmée le 22/12/2026'],
    ['license_renewed', { after: { expires_at: '2026-12-22T12:00:00Z' } }, 'Licence renouvelée jusqu’au 22/12/2026'],
    ['reminder_sent', {}, 'Rappel de fin envoyé à a@example.com', { customer_email: 'a@example.com' }],
    [
      'checkout_link_created',
      { plan: 'premium' },
      'Lien de paiement Premium créé pour a@example.com',
      { customer_email: 'a@example.com' },
    ],
    ['stripe_action_requested', { action: 'undo_cancel' }, 'Demandé à Stripe : annuler la résiliation'],
    [
      'stripe_action_failed',
      { action: 'retry_payment', error: { code: 'card_declined', decline_code: 'insufficient_funds' } },
      'Refusé par Stripe : réessayer le paiement (Provision insuffisante)',
    ],
    ['stripe_action_failed', { action: 'something_new' }, 'Action non aboutie chez Stripe'],
    [
      'stripe_action_unknown',
      { action: 'refund', amount_cents: 500, currency: 'EUR' },
      'Issue inconnue, Stripe n’a pas répondu : rembourser 5\u00a0€',
    ],
    ['stripe_action_confirmed', { action: 'cancel' }, 'Confirmé par Stripe : résilier l’abonnement'],
    [
      'stripe_action_failed',
      { action: 'cancel', settled_by: 'look' },
      'Jamais parvenu à Stripe : résilier l’abonnement',
    ],
    [
      'license_revocation_settled',
      {
        parts: { cancel: 'done', license: 'done', refund: 'refused' },
        billing: 'now',
        refund_cents: 1900,
        currency: 'EUR',
      },
      'Révocation réglée : abonnement résilié · licence révoquée · 19\u00a0€ non remboursés : refusé',
    ],
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
    [
      'staff_role_changed',
      { after: { role: 'viewer' } },
      'Nora Petit a reçu le rôle Lecture seule',
      { subject_id: 'nora' },
    ],
    [
      'staff_invited',
      { after: { display_name: 'Ali Ben', email: 'ali@example.com', role: 'support' } },
      'Ali Ben : invitation à rejoindre l’équipe (Support)',
    ],
    [
      'staff_invited',
      { before: { invited_at: 'x' }, after: { invited_at: 'y' } },
      'Invitation renvoyée à Nora Petit',
      { subject_id: 'nora' },
    ],
    ['staff_mfa_reset', {}, 'Second facteur de Nora Petit réinitialisé', { subject_id: 'nora' }],
    [
      'settings_changed',
      { before: { value: 15 }, after: { value: 5 } },
      'Réglage idle_lock_minutes passé de 15 à 5',
      { subject_id: 'idle_lock_minutes' },
    ],
    ['payment_succeeded', { amount_cents: 2900, currency: 'EUR' }, `Paiement reçu : ${format.money(2900)}`],
    [
      'payment_failed',
      { amount_cents: 1900, currency: 'EUR', failure_code: 'expired_card' },
      `Échec de paiement : ${format.money(1900)} (Carte expirée)`,
    ],
    ['export_created', { format: 'csv', row_count: 2 }, 'Export CSV de 2 licences', { subject_id: 'licenses' }],
    ['export_created', { format: 'csv', row_count: 3 }, 'Export CSV de 3 paiements', { subject_id: 'payments' }],
    [
      'export_created',
      { format: 'xlsx', row_count: 1 },
      'Export XLSX de 1 abonnement',
      { subject_id: 'subscriptions' },
    ],
    [
      'export_created',
      { format: 'xlsx', row_count: 1 },
      'Export XLSX de 1 événement d’audit',
      { subject_id: 'events' },
    ],
  ])('%s %j → %s', (type, data, expected, about: Partial<AuditEvent> = {}) =>
    expect(sentence(type, data, about)).toBe(expected),
  );

  it('falls back to the title when the event holds too little', () => {
    expect(sentence('license_extended', {})).toBe('Licence prolongée');
    expect(sentence('staff_deactivated', {}, { subject_id: 'unknown' })).toBe('Membre désactivé');
  });
  it('shows an unknown type as it is', () => expect(sentence('webhook_seen', {})).toBe('webhook_seen'));
  it.each([...kinds.keys()])('%s is said in words even when empty', (type) => {
    expect(eventSentence(event({ event_type: type, event_data: {} }))).not.toMatch(/_|events\.|sentences\./);
  });
});

it('every type of event the database writes has one owner and a title in both languages', async () => {
  const written = databaseWords(
    /\b(?:record_\w*events?|record_stripe_action|set_audit_context)\(\s*(case[^,;]*?end|'[a-z_]+')/g,
  );
  expect(written.length).toBeGreaterThan(30);
  // Said to the trigger of each row, which then writes none: the act writes its own.
  expect(written.filter((type) => !kinds.has(type))).toEqual(['audited_in_bulk']);
  const books = await Promise.all(
    modules.map(async (module) => Object.keys((await module.events?.())?.default.kinds ?? {})),
  );
  expect(books.flat().length).toBe(kinds.size);
  for (const language of LANGUAGES) {
    await setLanguage(language);
    expect([...kinds.keys()].filter((type) => titleOf(kinds, type, words) === type)).toEqual([]);
  }
  await setLanguage('fr');
});

it('every subject of an export has one owner, who says how many rows went', () => {
  const known = owners.map(({ item }) => item.subject);
  expect(new Set(known).size).toBe(known.length);
  for (const subject of known)
    expect(
      sentence('export_created', { format: 'csv', row_count: 3 }, { subject_type: 'export', subject_id: subject }),
    ).toMatch(/CSV de 3 /);
});
