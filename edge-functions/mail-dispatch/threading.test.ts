import { describe, expect, it } from 'vitest';
import { threading } from './threading.ts';

const data = { message_token: 't1245.aa.bb', reply_token: 't1245.cc' };
const from = 'WhatAutosys <no-reply@example.com>';
const reply = 'support@aide.example.com';

describe('threading()', () => {
  it('hangs an answer below what was said, ours under our domain', () => {
    const { headers, replyTo } = threading({ ...data, references: ['t1245.11.22', 'x@exemple.fr'] }, from, reply);
    expect(headers).toMatchObject({
      'Message-ID': '<t1245.aa.bb@aide.example.com>',
      'In-Reply-To': '<x@exemple.fr>',
      References: '<t1245.11.22@aide.example.com> <x@exemple.fr>',
    });
    expect(replyTo).toBe('support+t1245.cc@aide.example.com');
  });

  it('keeps a long thread’s header short: its first, and the last that fit', () => {
    const ids = Array.from({ length: 10 }, (_, index) => `${index}-${'x'.repeat(180)}@exemple.fr`);
    const { References: line = '' } = threading({ ...data, references: ids }, from, reply).headers;
    expect(line.length).toBeLessThan(998);
    expect(line).toMatch(/^<0-/);
    expect(line).toContain('<9-');
    expect(line).not.toContain('<5-');
  });

  it('goes without an address to answer while nothing comes in', () => {
    const { headers, replyTo } = threading(data, from, '');
    expect(headers['Message-ID']).toBe('<t1245.aa.bb@example.com>');
    expect(headers).not.toHaveProperty('References');
    expect(replyTo).toBeUndefined();
  });
});
