import { describe, expect, it } from 'vitest';
import { createMasks } from './masks.ts';
import { readLines } from './lines.ts';

const now = Date.UTC(2026, 2, 1, 12);
const masks = createMasks([
  { name: 'card_number', pattern: String.raw`\d{16}`, replacement: '[card]', applies_to: 'text', test: 'luhn' },
  { name: 'secret_key', pattern: '^password$', replacement: '[secret]', applies_to: 'key', test: null },
]);
const read = (...lines: unknown[]) => readLines(lines, { masks, now });
const line = (over: object = {}) => ({ level: 'error', source: 'Baileys', message: 'ECONNREFUSED', ...over });
const one = (over: object) => read(line(over)).lines[0]!;
const bytes = (text: string) => new TextEncoder().encode(text).length;

describe('a batch', () => {
  it('keeps order and equal lines, and rejects what is none by its index', () => {
    const { lines, rejected } = read(
      line(),
      null,
      line(),
      [],
      'x',
      line({ level: 'fatal' }),
      line({ message: '' }),
      line({ message: 4 }),
      line({ source: ' ' }),
      line({ source: 'a\nb'.padEnd(70, 'x') }),
      line({ stack: 4 }),
      line({ occurred_at: 'yesterday' }),
      line({ message: 'last' }),
    );
    expect(lines.map(({ message }) => message)).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'last']);
    expect(rejected.map(({ index, field }) => `${index} ${field}`)).toEqual([
      '1 line',
      '3 line',
      '4 line',
      '5 level',
      '6 message',
      '7 message',
      '8 source',
      '9 source',
      '10 stack',
      '11 occurred_at',
    ]);
    expect(new Set(rejected.map(({ code }) => code))).toEqual(new Set(['invalid_log_line']));
  });

  it('takes a line without a level, and groups warnings and errors alone', () => {
    const levels = [null, undefined, 'debug', 'info', 'warning', 'error'].map((level) => one({ level }));
    expect(levels.map(({ level, group_id }) => [level, group_id !== null])).toEqual([
      [null, false],
      [null, false],
      ['debug', false],
      ['info', false],
      ['warning', true],
      ['error', true],
    ]);
  });

  it('has a source everybody can read: what steers a terminal or turns the writing is a blank, a NUL is marked', () => {
    const { lines, rejected } = readLines(
      ['a\nb', 'x\u202ey', 'a\0b', '\u001b[31mred'].map((source) => line({ source })),
      { masks, now },
    );
    expect(rejected).toEqual([]);
    expect(lines.map(({ source }) => source)).toEqual(['a b', 'x y', 'a\ufffdb', '[31mred']);
  });

  it('of a token has the source of the token, whatever its lines say', () => {
    const { lines } = readLines([{ message: 'a' }, line({ source: 'Stripe' })], { masks, now, source: 'Backend' });
    expect(lines.map(({ source }) => source)).toEqual(['Backend', 'Backend']);
  });
});

describe('what PostgreSQL cannot hold', () => {
  it.each([
    ['U+0000', 'a\0b', 'a\ufffdb'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
    ['what no UTF-8 was', 'a\ufffdb', 'a\ufffdb'],
  ])('%s → U+FFFD, and the line says so', (_, sent, kept) => {
    for (const found of [one({ message: sent }), one({ stack: sent }), one({ context: { [sent]: sent } })])
      expect(found.is_repaired).toBe(true);
    expect(one({ message: sent }).message).toBe(kept);
    expect(one({ context: { a: { [sent]: [sent] } } }).context).toEqual({ a: { [kept]: [kept] } });
  });

  it('is no text that only looks so: six characters stay six', () => {
    const sent = JSON.parse(String.raw`"\\u0000"`) as string;
    expect(one({ message: sent })).toMatchObject({ message: String.raw`\u0000`, is_repaired: false });
  });

  it.each(['\u001b[31mred\u001b[0m', 'a\r\nb', '\u202egnp.exe', '\ufeffa', '<script>', "=cmd|'/c calc'!A1"])(
    'is not %j',
    (message) => expect(one({ message })).toMatchObject({ message, is_repaired: false }),
  );
});

describe('16 KiB', () => {
  it('fit, one byte more is cut at a character, and how long it was is kept', () => {
    expect(one({ message: 'x'.repeat(16_384) })).toMatchObject({ original_bytes: null });
    const cut = one({ message: 'é'.repeat(8_192) + 'x' });
    expect([cut.message, cut.original_bytes]).toEqual(['é'.repeat(8_192), 16_385]);
    const odd = one({ message: 'x' + '👍'.repeat(4_096) });
    expect([bytes(odd.message), /\p{Surrogate}/u.test(odd.message)]).toEqual([16_381, false]);
  });

  it('are for message, stack and context in this order', () => {
    const found = one({ message: 'm'.repeat(10_000), stack: 's'.repeat(10_000), context: { a: 'c' } });
    expect([found.message.length, found.stack?.length, found.context]).toEqual([10_000, 6_384, null]);
    expect(found.original_bytes).toBe(20_000 + bytes('{"a":"c"}'));
  });

  it('make one line of a megabyte', () => {
    const { lines, truncated } = read(line({ message: 'x'.repeat(1_000_000) }), line());
    expect([lines.map(({ message }) => message.length), truncated]).toEqual([[16_384, 12], 1]);
  });
});

it('what is deep, or no object, is kept as far as it goes', () => {
  let deep: unknown = 'end';
  for (let depth = 0; depth < 5_000; depth += 1) deep = { deep };
  expect(JSON.stringify(one({ context: deep }).context)).toContain('"…"');
  expect(one({ context: [1, 'a'] }).context).toEqual({ value: [1, 'a'] });
  expect(one({ context: JSON.parse('{"__proto__": {"polluted": true}}') }).context).not.toHaveProperty('polluted');
});

describe('time', () => {
  it.each([
    ['an instant', '2026-03-01T13:00:00+01:00', '2026-03-01T12:00:00.000Z'],
    ['milliseconds', now, '2026-03-01T12:00:00.000Z'],
    ['before 1970', '1969-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['none', null, null],
  ])('%s', (_, sent, kept) => expect(one({ occurred_at: sent }).occurred_at).toBe(kept));

  it('tells how far the newest line is ahead of us', () => {
    const at = (hour: number) => line({ occurred_at: new Date(Date.UTC(2026, 2, 1, hour)).toISOString() });
    expect(read(at(9), at(13), at(11)).clockSkewMs).toBe(3_600_000);
    expect(read(at(11)).clockSkewMs).toBe(-3_600_000);
    expect(read(line()).clockSkewMs).toBe(0);
  });
});

it('secrets are masked wherever they stand', () => {
  const found = one({
    message: 'card 4242424242424242, order 4242424242424241',
    stack: 'at pay (4242424242424242)',
    context: { password: 'hunter2', nested: [{ password: { a: 1 } }], number: '4242424242424242' },
  });
  expect(found.message).toBe('card [card], order 4242424242424241');
  expect(found.stack).toBe('at pay ([card])');
  expect(found.context).toEqual({ password: '[secret]', nested: [{ password: '[secret]' }], number: '[card]' });
});
