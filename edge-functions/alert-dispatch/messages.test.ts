import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { frenchSpaces } from '../../supabase/contracts/french-spaces.ts';
import { type Alert, renderAlerts } from './messages.ts';
import { words } from './words/index.ts';

const consoleUrl = 'https://console.example/';
const alert = (given: Partial<Alert> = {}): Alert => ({
  id: 'alert-1',
  kind: 'payment_failed',
  severity: 'error',
  data: {
    amount_cents: 2900,
    currency: 'EUR',
    days: 30,
    type: 'x',
    event_id: 'e',
    count: 2,
  },
  created_at: '2026-03-01T12:00:00Z',
  license_key_hint: 'K7M2P',
  ...given,
});
const tell = (given: Partial<Alert>) => renderAlerts([alert(given)], words, consoleUrl)[0]!.text;

describe('words', () => {
  it('are one file each, by the kind of the alert', () => {
    const files = readdirSync(join(import.meta.dirname, 'words')).filter((file) => file !== 'index.ts');
    expect(
      Object.keys(words)
        .map((kind) => `${kind.replaceAll('_', '-')}.ts`)
        .sort(),
    ).toEqual(files.sort());
  });

  it.each(Object.keys(words))('%s is told whole, alone and counted', (kind) => {
    expect(tell({ kind })).not.toMatch(/undefined|null|NaN|_/);
    expect(frenchSpaces(tell({ kind }))).toBe(tell({ kind }));
    const [one, many] = words[kind]!.counted;
    expect(one).not.toBe(many);
  });
});

describe('renderAlerts()', () => {
  it('names the licence by the end of its key, whoever the customer is', () => {
    expect(tell({ data: { email: 'ines@example.com', amount_cents: 1, currency: 'EUR' } })).toContain('licence …K7M2P');
    expect(tell({ data: { email: 'ines@example.com', amount_cents: 1, currency: 'EUR' } })).not.toContain('@');
    expect(tell({ license_key_hint: null })).toContain('client sans licence');
  });

  it('names a late ticket by its number and leads to it, whoever asked', () => {
    const about = { kind: 'ticket_breached', subject_type: 'ticket', subject_id: '1245' };
    const text = tell({ ...about, data: { number: 1245, clock: 'resolution' } });
    const link = 'https://console.example/support?folder=all&ticket=1245';
    expect(text).toBe(`🔴 Résolution en retard\u00a0: ticket #1245\n${link}`);
  });

  it.each([
    ['JPY', 2900, '2\u202f900\u00a0JPY'],
    ['KWD', 12_345, '12,345\u00a0KWD'],
  ])('an amount in %s has the digits of its currency', (currency, amount_cents, text) => {
    expect(tell({ data: { amount_cents, currency } })).toContain(text);
  });

  it('leads to what the alert is about, or to the console when nobody knows', () => {
    const id = '5f0c1f0e-3f6b-4a39-9a0a-0d2b6f3b7f11';
    expect(tell({ subject_type: 'license', subject_id: id })).toMatch(
      new RegExp(String.raw`\nhttps://console\.example/licences/${id}$`),
    );
    expect(tell({ subject_type: 'tea_pot', subject_id: id })).toMatch(/\nhttps:\/\/console\.example$/);
    expect(tell({})).toMatch(/\nhttps:\/\/console\.example$/);
  });

  it.each(['no_such_kind', 'toString'])('a kind without words, %j, is told by its name', (kind) => {
    expect(tell({ kind })).toContain(`🔴 ${kind}\n`);
    const many = Array.from({ length: 6 }, (_, index) => alert({ id: `a${index}`, kind }));
    expect(renderAlerts(many, words, consoleUrl)[0]!.text).toContain(`• 6 ${kind}\n`);
  });

  it('data that cannot be read cost the words, not the message', () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(tell({ data: { amount_cents: 1, currency: 'EURO' } })).toContain('payment_failed');
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });

  it('no alerts, no message', () => expect(renderAlerts([], words, consoleUrl)).toEqual([]));
});
