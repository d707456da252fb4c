import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Locale, locales } from '../../supabase/contracts/constants/staff.ts';
import { frenchSpaces } from '../../supabase/contracts/french-spaces.ts';
import type { MailData } from './content.ts';
import { renderMail } from './render.ts';
import { templates } from './templates/index.ts';

const data = {
  license_key: 'ABCDE-FGHJK-MNPQR-STUVW-XYZ23',
  license_key_hint: 'XYZ23',
  plan_name: 'Premium',
  expires_at: '2026-04-01T10:00:00Z',
  revoked_reason: 'fraud <script>',
};
const render = (name: string, locale: Locale, given: MailData) => renderMail(templates[name]!, locale, given);

const migrations = join(import.meta.dirname, '../../supabase/migrations');
/** What the database calls `private.tell_account_change` with. */
const accountChanges = readdirSync(migrations)
  .flatMap((file) => [
    ...readFileSync(join(migrations, file), 'utf8').matchAll(
      /perform private\.tell_account_change\([\w.]+,\s*(case[^;]*?end|'\w+')/g,
    ),
  ])
  .flatMap(([, given = '']) => [...given.matchAll(/'([a-z]+_?[a-z_]+)'/g)].map(([, word = '']) => word));

describe('templates', () => {
  it('are one file each, by the name the outbox writes', () => {
    const files = readdirSync(join(import.meta.dirname, 'templates')).filter((file) => file !== 'index.ts');
    expect(
      Object.keys(templates)
        .map((name) => `${name.replaceAll('_', '-')}.ts`)
        .sort(),
    ).toEqual(files.sort());
  });

  it.each(Object.entries(templates))('%s says the same in every language', (_, template) => {
    expect(Object.keys(template).sort()).toEqual([...locales].sort());
    const whole = {
      ...data,
      amount_cents: 2900,
      currency: 'EUR',
      started_at: data.expires_at,
      ends_at: data.expires_at,
      payment_failed: true,
      change: 'password_changed',
      changed_at: data.expires_at,
      fired_at: data.expires_at,
      from_day: '2026-11-23',
      to_day: '2026-11-29',
      due_at: data.expires_at,
      ticket_number: 1245,
      ticket_subject: 'QR Code',
      message: 'Merci.',
      history: [
        { by: 'customer' as const, at: data.expires_at, text: 'Bonjour' },
        { by: 'staff' as const, at: data.expires_at, text: 'Bonjour' },
      ],
    };
    const mails = locales.map((locale) => renderMail(template, locale, { ...whole, invoice_url: 'https://pay.test/' }));
    for (const { subject, text } of mails) {
      expect(subject.length).toBeGreaterThan(10);
      expect(text).not.toMatch(/undefined|null|NaN/);
    }
    const french = Object.values(mails[locales.indexOf('fr')]!);
    expect(french.map(frenchSpaces)).toEqual(french);
    const parts = mails.map(({ text }) => text.split('\n\n').length);
    expect(new Set(parts).size).toBe(1);
    // An answer goes under the subject of its customer.
    expect(new Set(mails.map(({ subject }) => subject)).size).toBe(mails[0]!.subject.startsWith('Re: ') ? 1 : 2);
  });
});

describe('renderMail()', () => {
  it('an answer of support is Markdown in one part, and as it was written in the other', () => {
    const written = 'Un : <b>deux</b>\ntrois **quatre** [x](javascript:y) ![z](https://elsewhere.test/z.png)';
    const answer = { ticket_number: 1245, ticket_subject: 'QR Code', message: written };
    const { text, html } = render('ticket_message', 'fr', answer);
    expect(text).toContain(written);
    expect(html).toContain('Un : &lt;b&gt;deux&lt;/b&gt;<br>\ntrois <strong>quatre</strong>');
    expect(html).not.toMatch(/<img|href="javascript/);
  });

  it('an answer repeats what was said as text, and expands nothing in it', () => {
    const said = '<!--[if mso]>x<![endif]-->\n{{customer.email}} <script>';
    const { text, html } = render('ticket_message', 'fr', {
      ticket_number: 1245,
      ticket_subject: 'QR Code',
      message: 'Bonjour',
      history: [{ by: 'customer', at: '2026-04-01T10:00:00Z', text: said }],
    });
    expect(text).toContain(
      'Le 1 avril 2026 à 12:00, vous avez écrit\u00a0:\n> <!--[if mso]>x<![endif]-->\n> {{customer',
    );
    expect(html).toContain('&#60;!--[if mso]&#62;x');
    expect(html).toContain('{{customer.email}} &#60;script&#62;');
    expect(html).not.toMatch(/<script|<!--/);
  });

  it.each(['fr', 'en'] as const)('license_created in %s carries the key in text and HTML', (locale) => {
    const { subject, text, html } = render('license_created', locale, data);
    expect(subject).toContain('WhatAutosys');
    expect(text).toContain(data.license_key);
    expect(html).toContain(data.license_key);
    expect(html).toContain(`lang="${locale}"`);
  });

  it.each([
    ['fr', { is_empty: true }, 'Aucune donnée sur cette période.'],
    ['fr', { is_unchanged: true }, 'Rien n’a changé'],
    ['fr', { is_late: true }, 'Il part en retard'],
    ['fr', {}, 'Prévu le 30 novembre 2026 à 03:00 (America/New_York).'],
    ['en', { is_unchanged: true }, 'Nothing has changed'],
    ['en', { is_late: true }, 'Due on 30 November 2026 at 03:00 (America/New_York).'],
  ] as const)('report in %s with %j says “%s”, its days and its zone', (locale, given, said) => {
    const { subject, text } = render('report', locale, {
      report: 'Lundi',
      report_zone: 'America/New_York',
      from_day: '2026-11-23',
      to_day: '2026-11-29',
      due_at: '2026-11-30T08:00:00Z',
      ...given,
    });
    expect(text).toContain(said);
    expect(subject).toContain('29');
    expect(subject).toContain('Lundi');
  });

  it.each(['fr', 'en'] as const)('license_revoked in %s keeps the internal reason and the key out', (locale) => {
    const { text, html } = render('license_revoked', locale, data);
    expect(text + html).not.toContain('fraud');
    expect(text + html).not.toContain(data.license_key);
    expect(text).toContain('XYZ23');
  });

  it.each([
    ['fr', 'now', 'est résilié', '29,00\u00a0€'],
    ['fr', 'period_end', 'prend fin le 1 avril 2026', '29,00\u00a0€'],
    ['en', 'now', 'is cancelled', '€29.00'],
    ['en', 'period_end', 'ends on 1 April 2026', '€29.00'],
  ] as const)(
    'license_revoked in %s, %s, says what becomes of the subscription and the money',
    (locale, billing, ...said) => {
      const given = { ...data, billing, ends_at: data.expires_at, amount_cents: 2900, currency: 'EUR' };
      const { text } = render('license_revoked', locale, given);
      for (const words of said) expect(text).toContain(words);
      const { amount_cents: _, ...unpaid } = given;
      expect(render('license_revoked', locale, unpaid).text).not.toContain('29');
    },
  );

  it('license_revoked tells a customer who is billed on so, and one who had no subscription nothing of it', () => {
    expect(render('license_revoked', 'fr', { ...data, billing: 'keep' }).text).toContain('n’est pas résilié');
    expect(render('license_revoked', 'fr', data).text).not.toMatch(/abonnement|rembours/);
  });

  it('account_changed says each change the database tells, and no other', () => {
    const told = { changed_at: '2026-04-01T10:00:00Z', factor: 'Téléphone', count: 2 };
    const bodies = accountChanges.map((change) => render('account_changed', 'fr', { ...told, change }).text);
    expect(new Set(bodies).size).toBe(accountChanges.length);
    expect(bodies.length).toBeGreaterThan(6);
    for (const text of bodies) expect(text).toMatch(/1 avril 2026 à 12:00/);
    expect(() => render('account_changed', 'fr', { ...told, change: 'promoted' })).toThrow('promoted');
  });

  it.each([
    ['fr', '29,00\u00a0€', 'Régler la facture'],
    ['en', '€29.00', 'Pay the invoice'],
  ] as const)('payment_failed in %s names the amount and links the invoice', (locale, amount, label) => {
    const { text, html } = render('payment_failed', locale, {
      ...data,
      amount_cents: 2900,
      currency: 'EUR',
      invoice_url: 'https://stripe.test/i/1?a=1&b="2',
    });
    expect(text).toContain(amount);
    expect(text).toContain(
      locale === 'fr' ? 'facture\u00a0: https://stripe.test/i/1' : 'invoice: https://stripe.test/i/1',
    );
    expect(html).toContain(label);
    expect(html).toContain('href="https://stripe.test/i/1?a=1&#38;b=&#34;2"');
  });

  it('payment_failed without an invoice page, or with one no browser should open, has no link', () => {
    for (const invoice_url of [null, 'javascript:alert(1)']) {
      expect(
        render('payment_failed', 'fr', { ...data, amount_cents: 1, currency: 'EUR', invoice_url }).html,
      ).not.toContain('<a ');
    }
  });

  it.each(['fr', 'en'] as const)('subscription_ending in %s tells a failed payment from a cancellation', (locale) => {
    const ending = (payment_failed: boolean) =>
      render('subscription_ending', locale, {
        plan_name: 'Premium',
        ends_at: '2026-04-02T12:00:00Z',
        payment_failed,
      }).text;
    expect(ending(true)).not.toBe(ending(false));
    expect(ending(true)).toMatch(/Premium/);
    expect(ending(true)).toMatch(/2 (avril|April) 2026/);
  });

  it('escapes what comes from the database', () => {
    expect(render('license_created', 'fr', { ...data, plan_name: '<b>&"' }).html).not.toContain('<b>&"');
  });

  it.each([
    ['JPY', 2900, '2\u202f900\u00a0JPY'],
    ['KWD', 12_345, '12,345\u00a0KWD'],
  ])('an amount in %s has the digits of its currency', (currency, amount_cents, text) => {
    expect(render('payment_failed', 'fr', { ...data, amount_cents, currency }).text).toContain(text);
  });

  it('a day is that of the business, wherever the machine stands', () => {
    const late = { ...data, expires_at: '2026-06-30T22:30:00Z' };
    expect(render('license_created', 'fr', late).text).toContain('1 juillet 2026');
    expect(render('license_created', 'fr', { ...late, time_zone: 'America/New_York' }).text).toContain('30 juin 2026');
  });

  it('an amount without a currency is not guessed', () => {
    expect(() => render('payment_failed', 'fr', { ...data, amount_cents: 2900 })).toThrow();
  });
});
