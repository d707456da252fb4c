import { describe, expect, it, vi } from 'vitest';
import { mailResponse } from '../../supabase/contracts/functions/mail-dispatch.ts';
import type { MailOutcome } from '../_shared/sendgrid.ts';
import { now, post } from '../_shared/testing.ts';
import { type ClaimedMail, createHandler } from './handler.ts';
import { renderMail } from './templates.ts';

const data = {
  license_key: 'ABCDE-FGHJK-MNPQR-STUVW-XYZ23',
  license_key_hint: 'XYZ23',
  plan_name: 'Premium',
  expires_at: '2026-04-01T10:00:00Z',
  revoked_reason: 'fraud <script>',
};
const mail = (id: string): ClaimedMail => ({
  id,
  template: 'license_created',
  locale: 'fr',
  recipient: `${id}@example.com`,
  data,
});
const url = 'http://f/mail-dispatch';
const secret = { 'x-cron-secret': 's3cret' };

function make(
  batches: ClaimedMail[][],
  send: () => Promise<MailOutcome> = async () => ({ outcome: 'sent', messageId: 'm' }),
) {
  const settle = vi.fn(async () => undefined);
  const claim = vi.fn(async () => batches.shift() ?? []);
  const sender = vi.fn(send);
  return { settle, claim, sender, handle: createHandler({ claim, settle, send: sender, cronSecret: 's3cret', now }) };
}

describe('mail-dispatch', () => {
  it('sends what is due and settles each', async () => {
    const { handle, settle, sender } = make([[mail('a'), mail('b')]]);
    const response = await handle(post(url, {}, secret));
    expect(mailResponse.parse(await response.json())).toEqual({ sent: 2, failed: 0, retry: 0, uncertain: 0 });
    expect(settle).toHaveBeenCalledWith('a', { outcome: 'sent', messageId: 'm' });
    expect(sender).toHaveBeenCalledWith(
      expect.objectContaining({ to: 'a@example.com', reference: 'a', subject: 'Votre licence WhatAutosys' }),
    );
  });

  it('goes on while batches are full', async () => {
    const { handle, claim } = make([Array.from({ length: 20 }, (_, index) => mail(`m${index}`)), [mail('last')]]);
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ sent: 21 });
    expect(claim).toHaveBeenCalledTimes(2);
  });

  it.each([undefined, '', 'wrong', 's3cret '])('refuses the secret %j and claims nothing', async (given) => {
    const { handle, claim } = make([[mail('a')]]);
    const response = await handle(post(url, {}, given === undefined ? {} : { 'x-cron-secret': given }));
    // Headers lose trailing blanks on the way, so the last one is the right secret.
    expect(response.status).toBe(given === 's3cret ' ? 200 : 401);
    expect(claim).toHaveBeenCalledTimes(given === 's3cret ' ? 1 : 0);
  });

  it('a mail that cannot be rendered fails alone', async () => {
    const broken = { ...mail('a'), data: { ...data, expires_at: 'never' } };
    const { handle, settle } = make([[broken, mail('b')]]);
    expect(await (await handle(post(url, {}, secret))).json()).toMatchObject({ sent: 1, failed: 1 });
    expect(settle).toHaveBeenCalledWith('a', expect.objectContaining({ outcome: 'failed' }));
  });
});

describe('renderMail()', () => {
  it.each(['fr', 'en'] as const)('license_created in %s carries the key in text and HTML', (locale) => {
    const { subject, text, html } = renderMail('license_created', locale, data);
    expect(subject).toContain('WhatAutosys');
    expect(text).toContain(data.license_key);
    expect(html).toContain(data.license_key);
    expect(html).toContain(`lang="${locale}"`);
  });

  it.each(['fr', 'en'] as const)('license_revoked in %s keeps the internal reason and the key out', (locale) => {
    const { text, html } = renderMail('license_revoked', locale, data);
    expect(text + html).not.toContain('fraud');
    expect(text + html).not.toContain(data.license_key);
    expect(text).toContain('XYZ23');
  });

  it.each([
    ['fr', '29,00\u00a0€', 'Régler la facture'],
    ['en', '€29.00', 'Pay the invoice'],
  ] as const)('payment_failed in %s names the amount and links the invoice', (locale, amount, label) => {
    const { text, html } = renderMail('payment_failed', locale, {
      ...data,
      amount_cents: 2900,
      currency: 'EUR',
      invoice_url: 'https://stripe.test/i/1?a=1&b="2',
    });
    expect(text).toContain(amount);
    expect(text).toContain('https://stripe.test/i/1');
    expect(html).toContain(label);
    expect(html).toContain('href="https://stripe.test/i/1?a=1&#38;b=&#34;2"');
  });

  it('payment_failed without an invoice page, or with one no browser should open, has no link', () => {
    for (const invoice_url of [null, 'javascript:alert(1)']) {
      expect(
        renderMail('payment_failed', 'fr', { ...data, amount_cents: 1, currency: 'EUR', invoice_url }).html,
      ).not.toContain('<a ');
    }
  });

  it.each(['fr', 'en'] as const)('subscription_ending in %s tells a failed payment from a cancellation', (locale) => {
    const ending = (payment_failed: boolean) =>
      renderMail('subscription_ending', locale, {
        plan_name: 'Premium',
        ends_at: '2026-04-02T12:00:00Z',
        payment_failed,
      }).text;
    expect(ending(true)).not.toBe(ending(false));
    expect(ending(true)).toMatch(/Premium/);
    expect(ending(true)).toMatch(/2 (avril|April) 2026/);
  });

  it('escapes what comes from the database', () => {
    expect(renderMail('license_created', 'fr', { ...data, plan_name: '<b>&"' }).html).not.toContain('<b>&"');
  });
});
