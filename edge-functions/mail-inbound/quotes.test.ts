import { describe, expect, it } from 'vitest';
import { quotedMails } from './quoted-mails.testing.ts';
import { splitQuoted } from './quotes.ts';

const words = (text: string) => text.replace(/\s+/g, ' ').trim();

describe('splitQuoted()', () => {
  it.each(quotedMails.map((mail) => [mail.program, mail] as const))('%s', (_, { visible, quoted }) => {
    for (const end of ['\n', '\r\n']) {
      const whole = `${visible}\n\n${quoted}\n`.replaceAll('\n', end);
      const split = splitQuoted(whole);
      expect(split.body).toBe(visible);
      expect(words(`${split.body} ${split.quoted ?? ''}`)).toBe(words(whole));
    }
  });

  it.each([
    ['an answer between the lines', '> Première question ?\nOui.\n\n> Seconde question ?\nNon.\n\nBien à vous'],
    ['an answer below', 'Le 02/03/2026 à 10:15, WhatAutosys a écrit :\n> Rescannez le QR Code.\n\nCela ne marche pas.'],
    ['nothing but a repeated mail', '> Bonjour,\n> Rescannez le QR Code.'],
    [
      'what is forwarded',
      'Pour information.\n\n---------- Forwarded message ---------\nDe : X <x@exemple.fr>\nDate : lundi\n\nMon erreur.',
    ],
    ['words that look like a head', 'Le 2 mars à 10:15, Paul m’a écrit : il ne reçoit rien.\nQue faire ?'],
    ['a link in brackets', 'Voyez <https://exemple.fr/a?b=1> avant demain.\n\nMerci'],
    ['1,500 lines of a log', Array.from({ length: 1500 }, (_, index) => `log line ${index}`).join('\n')],
    ['no words', ''],
  ])('shows whole %s', (_, text) => {
    expect(splitQuoted(text)).toEqual({ body: text, quoted: null });
  });

  it('is done with a long text at once', () => {
    const text = `Bonjour\n${'> x\n'.repeat(100_000)}`;
    const before = performance.now();
    expect(splitQuoted(text).body.length + (splitQuoted(text).quoted?.length ?? 0)).toBeGreaterThan(300_000);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
