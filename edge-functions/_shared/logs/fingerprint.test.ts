import { describe, expect, it } from 'vitest';
import { logGroup, logTemplate } from './fingerprint.ts';

describe('a template', () => {
  it.each([
    ['user a.b@example.com failed', 'user <email> failed'],
    ['GET https://api.mistral.ai/v1/chat?x=1 → 429', 'GET <url> → <int>'],
    ['connect ECONNREFUSED 10.20.30.40:443', 'connect ECONNREFUSED <ip>'],
    ['connect ECONNREFUSED 2a01:cb00::1', 'connect ECONNREFUSED <ip>'],
    ['lookup api.mistral.ai failed', 'lookup <host> failed'],
    ['session 3f2b8c1e-0d9a-4b7e-9c55-1f2e3d4c5b6a closed', 'session <uuid> closed'],
    ['sha da39a3ee5e6b4b0d3255bfef95601890afd80709', 'sha <hash>'],
    ['at 2026-03-01T12:00:00.123Z', 'at <date>'],
    ['at 01/03/2026 12:00:00', 'at <date>'],
    ['took 1500ms, then 2.5 s', 'took <duration>, then <duration>'],
    ['read 12 KiB of 4 bytes', 'read <size> of <size>'],
    ['charge ch_3NxYz98Ab failed', 'charge <id> failed'],
    ['pointer 0x7ffeefbff5c8 and 1a2b3c4d', 'pointer <hex> and <hex>'],
    ['8750/10000 requests', '<int>/<int> requests'],
    ['ratio -0.53', 'ratio <float>'],
    ['x="abc" y=\'d e\' z=true', 'x=<quoted> y=<quoted> z=<bool>'],
    [String.raw`open C:\Users\Zoé\data.db failed`, 'open <path> failed'],
    ['open /var/lib/whatautosys/data.db failed', 'open <path> failed'],
    ['sent to [phone] at 12:00:01', 'sent to [phone] at <date>'],
    ['ids 1, 2, 3, 4', 'ids <int>'],
    ['  several   blanks\n and lines ', 'several blanks and lines'],
    ['Baileys v2 on Node.js', 'Baileys v2 on Node.js'],
    ['\u001b[31;1mWebSocket\u001b[0m failed', 'WebSocket failed'],
    ['\u0001', '\u0001'],
  ])('%s', (message, template) => expect(logTemplate(message)).toBe(template));

  it('is short, and whole characters', () => {
    expect([...logTemplate('é👍'.repeat(5_000))]).toHaveLength(500);
    expect(logTemplate(' ')).toBe('…');
  });

  it.each(['1'.repeat(50_000), 'a.'.repeat(25_000), '/a'.repeat(25_000), '=\'"'.repeat(15_000), ':'.repeat(50_000)])(
    'of a hostile text takes no time',
    (message) => {
      const started = performance.now();
      logTemplate(message);
      // Not a measurement: an expression that goes back and forth would need minutes.
      expect(performance.now() - started).toBeLessThan(5_000);
    },
  );
});

describe('a group', () => {
  it('is the same for what says the same, in every process', () => {
    const group = logGroup('Baileys', 'connect ECONNREFUSED 10.0.0.1:443');
    expect(logGroup('baileys', 'connect ECONNREFUSED 192.168.1.7:8443')).toEqual(group);
    expect(group).toEqual({ id: 7_488_305_964_859_476, title: 'connect ECONNREFUSED <ip>' });
    expect(Number.isSafeInteger(group.id)).toBe(true);
  });

  it('is another for another source or another text', () => {
    const ids = [
      logGroup('Baileys', 'timeout').id,
      logGroup('Stripe', 'timeout').id,
      logGroup('Baileys', 'timed out').id,
    ];
    expect(new Set(ids).size).toBe(3);
  });
});
