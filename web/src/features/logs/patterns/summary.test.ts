// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { literalsOf } from './literals.ts';
import { summarise, type ReadLine } from './summary.ts';

const line = (message: string, minute: number, level: ReadLine['level'] = 'info'): ReadLine => ({
  message,
  level,
  at: new Date(Date.UTC(2026, 10, 28, 8, minute)).toISOString(),
});

describe('summarise()', () => {
  it('counts each line once, with its levels and times', async () => {
    const [first, second, ...rest] = await summarise([
      line('Session 3 opened', 24, 'error'),
      line('Session 3 opened', 23),
      line('Session 4 opened', 2),
      line('Ping', 1, null),
    ]);
    expect(first).toMatchObject({
      parts: [{ text: 'Session ' }, {}, { text: ' opened' }],
      texts: ['Session', 'opened'],
      example: 'Session 3 opened',
      lines: 3,
      levels: [
        { level: 'info', lines: 2 },
        { level: 'error', lines: 1 },
      ],
      first: '2026-11-28T08:02:00.000Z',
      last: '2026-11-28T08:24:00.000Z',
    });
    expect(first!.trend.flatMap((lines, bar) => (lines ? [[bar, lines]] : []))).toEqual([
      [1, 1],
      [22, 1],
      [23, 1],
    ]);
    expect(second).toMatchObject({ texts: ['Ping'], lines: 1, levels: [{ level: 'none', lines: 1 }] });
    expect(rest).toEqual([]);
  });

  it('has none of no lines', async () => expect(await summarise([])).toEqual([]));
});

it.each([
  [[{ text: 'took ' }, {}, { text: ' ms' }], ['took']],
  [[{ text: 'a ' }, {}], []],
  [[{ text: 'first line\nsecond line' }], ['first line', 'second line']],
  [[{ text: 'same ' }, {}, { text: ' same' }], ['same']],
  [[{ text: 'x'.repeat(300) }], ['x'.repeat(200)]],
  [['aaaa', 'bbb', 'ccccc', 'dddddd', 'eeeeeee'].map((text) => ({ text })), ['aaaa', 'ccccc', 'dddddd', 'eeeeeee']],
])('literalsOf(%j) is %j', (parts, texts) => expect(literalsOf(parts)).toEqual(texts));
