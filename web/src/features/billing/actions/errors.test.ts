import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '@/base/errors.ts';
import { i18n, loadMessages } from '@/base/i18n.ts';
import { failureText, isUncertain, stripeErrorWords } from './errors.ts';
import { dashboardUrl } from '@/shared/stripe-links.ts';

await loadMessages('errors', 'actions');
const t = (key: string, named?: Record<string, unknown>) => i18n.global.t(key, named ?? {});
const te = (key: string) => i18n.global.te(key);
const refused = (details: object) =>
  new AppError('declined', { kind: 'function', code: 'stripe_error', status: 402, details });

describe('stripeErrorWords()', () => {
  it('says the bank’s reason before Stripe’s general code', () => {
    expect(
      stripeErrorWords(refused({ code: 'card_declined', decline_code: 'lost_card', request_id: 'req_1' }), t, te),
    ).toEqual({ text: 'Carte déclarée perdue', reference: 'lost_card · req_1', isUncertain: false });
  });
  it('has a sentence for a code of tomorrow, with what Stripe’s support asks for, and nothing Stripe wrote', () => {
    const words = stripeErrorWords(refused({ code: 'brand_new_code', request_id: 'req_2' }), t, te);
    expect(words).toEqual({
      text: t('errors.code.stripe_error'),
      reference: 'brand_new_code · req_2',
      isUncertain: false,
    });
  });
  it('says our own codes as everywhere', () => {
    expect(stripeErrorWords(new AppError('x', { kind: 'function', code: 'same_plan', status: 409 }), t, te).text).toBe(
      t('errors.code.same_plan'),
    );
  });
});

describe('isUncertain()', () => {
  it.each([
    [new AppError('x', { kind: 'network', code: 'network' }), true],
    [new AppError('x', { kind: 'function', code: 'act_unknown', status: 504 }), true],
    // Stripe was not asked to change anything yet.
    [new AppError('x', { kind: 'function', code: 'stripe_unavailable', status: 503 }), false],
    [new AppError('x', { kind: 'function', code: 'http_500', status: 500 }), true],
    [new AppError('x', { kind: 'function', code: 'stripe_error', status: 502 }), false],
    [new AppError('x', { kind: 'function', code: 'already_canceled', status: 409 }), false],
  ])('%o: %s', (error, uncertain) => expect(isUncertain(error)).toBe(uncertain));
});

describe('failureText()', () => {
  it('never treats a code as a path into the messages', () => expect(failureText('../title', t, te)).toBeNull());
  it('has words for the refusals one meets most', () => {
    const file = readFileSync(join(import.meta.dirname, 'locales', 'fr.json'), 'utf8');
    const known = Object.keys((JSON.parse(file) as { failure: Record<string, string> }).failure);
    for (const code of [
      'generic_decline',
      'insufficient_funds',
      'expired_card',
      'do_not_honor',
      'stolen_card',
      'incorrect_cvc',
      'authentication_required',
      'processing_error',
      'highest_risk_level',
    ])
      expect(known).toContain(code);
  });
});

describe('dashboardUrl()', () => {
  it.each([
    ['sub_1', false, 'https://dashboard.stripe.com/test/subscriptions/sub_1'],
    ['pi_1', true, 'https://dashboard.stripe.com/payments/pi_1'],
    ['evt_1', true, 'https://dashboard.stripe.com/events/evt_1'],
  ])('%s', (id, livemode, url) => expect(dashboardUrl('https://dashboard.stripe.com/', id, livemode)).toBe(url));
  it('is none for an object without a page', () => expect(dashboardUrl('https://x', 'il_1', true)).toBeNull());
});
