import { describe, expect, it } from 'vitest';
import {
  addLogFilter,
  addLogTexts,
  dropLogFilter,
  excludeLogFilter,
  hasLogFilter,
  listLogFilters,
  listLogTexts,
  removeLogFilter,
  scopeLogQuery,
  setLogFilter,
  toggleLogFilter,
  turnLogFilter,
} from './filters.ts';
import { parseLogQuery } from './parse.ts';

const shown = (text: string) =>
  listLogFilters(text).map(
    ({ field, values, isExcluded, written }) =>
      `${isExcluded ? 'not ' : ''}${field ?? 'text'}=${values.join('|') || written}`,
  );

describe('listLogFilters()', () => {
  it.each([
    ['', []],
    ['level:error timeout', ['level=error', 'text=timeout']],
    ['level:error,warn AND -source:"Mistral AI"', ['level=error|warning', 'not source=Mistral AI']],
    ['(source:a OR source:b) NOT (level:info OR level:debug)', ['source=a|b', 'not level=info|debug']],
    ['NOT NOT level:error', ['level=error']],
    ['source:a OR source:b', ['source=a|b']],
    ['level:error OR source:b', ['text=level:error OR source:b']],
    ['a (b OR level:error) 🙂 c', ['text=a', 'text=(b OR level:error)', 'text=🙂', 'text=c']],
    ['-(a b)', ['not text=-(a b)']],
    ['connect(5) x', ['text=connect(5)', 'text=x']],
    ['a) OR (b', []],
    ['a "open', []],
    ['a -', []],
    [String.raw`C:\Users\x 100% a/b`, [String.raw`text=C:\Users\x`, 'text=100%', 'text=a/b']],
    [String.raw`Source:"a \"b\" c"`, ['source=a "b" c']],
    ['(level:error source:x)', ['text=(level:error source:x)']],
    ['level:fatal', []],
  ])('%s', (text, filters) => expect(shown(text)).toEqual(filters));

  it('says where each stands in the string', () => {
    const text = '🙂 AND  NOT level:error x';
    expect(listLogFilters(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      '🙂',
      'NOT level:error',
      'x',
    ]);
  });
});

it.each([
  ['', 'source', 'Mistral AI', 'source:"Mistral AI"'],
  ['timeout', 'level', 'error', 'timeout level:error'],
  ['timeout ', 'level', 'error', 'timeout level:error'],
  ['level:error', 'level', 'warning', 'level:error,warning'],
  ['level:warn', 'level', 'warning', 'level:warn'],
  ['source:a x', 'source', 'b c', '(source:a OR source:"b c") x'],
  ['(source:a OR source:b) x', 'source', 'c', '(source:a OR source:b OR source:c) x'],
  ['source:a OR source:b', 'source', 'c', '(source:a OR source:b OR source:c)'],
  ['source:Baileys', 'source', 'baileys', 'source:Baileys'],
  ['-source:a x', 'source', 'a', 'x source:a'],
  ['a OR b', 'level', 'error', '(a OR b) level:error'],
  ['(a OR b)', 'level', 'error', '(a OR b) level:error'],
  ['x AND (level:info OR y)', 'level', 'error', 'x AND (level:info OR y) level:error'],
  ['a "b', 'level', 'error', 'a "b'],
] as const)('addLogFilter(%j, %s, %s) is %j', (text, field, value, expected) => {
  expect(addLogFilter(text, field, value)).toBe(expected);
});

it.each([
  ['level:error', 'level', 'error', ''],
  ['a AND level:error AND b', 'level', 'error', 'a AND b'],
  ['level:error AND b', 'level', 'error', 'b'],
  ['a  AND level:error', 'level', 'error', 'a'],
  ['a level:error b', 'level', 'error', 'a b'],
  ['level:error,warning,info x', 'level', 'WARNING', 'level:error,info x'],
  ['(source:a OR source:b) (c OR d)', 'source', 'a', 'source:b (c OR d)'],
  ['source:a source:a x', 'source', 'a', 'x'],
  ['-source:a x', 'source', 'a', '-source:a x'],
  ['a OR level:error', 'level', 'error', 'a OR level:error'],
  ['(level:error b)', 'level', 'error', '(level:error b)'],
  ['level:error -level:info x', 'level', undefined, 'x'],
] as const)('removeLogFilter(%j, %s, %s) is %j', (text, field, value, expected) => {
  expect(removeLogFilter(text, field, value)).toBe(expected);
});

it.each([
  ['', 'source', 'a', '-source:a'],
  ['source:a x', 'source', 'a', 'x -source:a'],
  ['level:error,info', 'level', 'info', 'level:error -level:info'],
  ['NOT source:a', 'source', 'a', 'NOT source:a'],
  ['a OR b', 'source', 'x y', '(a OR b) -source:"x y"'],
] as const)('excludeLogFilter(%j, %s, %s) is %j', (text, field, value, expected) => {
  expect(excludeLogFilter(text, field, value)).toBe(expected);
});

it.each([
  ['', '1h', 'after:1h'],
  ['a after:2h b', '1h', 'a after:1h b'],
  ['after:2h a after:7d', '2026-11-27 08:00', 'after:"2026-11-27 08:00" a'],
  ['a AND after:2h', null, 'a'],
  ['a', null, 'a'],
  ['a OR after:2h', '1h', '(a OR after:2h) after:1h'],
])('setLogFilter(%j, after, %j) is %j', (text, value, expected) => {
  expect(setLogFilter(text, 'after', value)).toBe(expected);
});

it.each([
  ['a', '-a'],
  ['-a', 'a'],
  ['NOT NOT a', '-a'],
  ['NOT (a b)', '(a b)'],
  ['level:error', '-level:error'],
  ['a OR -b', '-(a OR -b)'],
  ['NOT a OR b', '-(NOT a OR b)'],
  ['(a OR b)', '-(a OR b)'],
  ['- - 🙂', '- - 🙂'],
])('turnLogFilter() makes %s %s', (text, turned) => {
  const [filter] = listLogFilters(text);
  expect(filter ? turnLogFilter(text, filter) : text).toBe(turned);
  if (filter) expect(listLogFilters(turned)[0]!.isExcluded).toBe(!filter.isExcluded);
});

it('turns one and leaves the rest', () => {
  const text = 'x AND -(b OR c) y';
  expect(turnLogFilter(text, listLogFilters(text)[1]!)).toBe('x AND (b OR c) y');
});

it.each([
  ['', ['a b', 'level:x'], false, '"a b" "level:x"'],
  ['a OR b', ['c d'], false, '(a OR b) "c d"'],
  ['"a b"', ['a b'], false, '"a b"'],
  ['x', ['a b', 'c'], true, 'x -("a b" c)'],
  ['x', ['a b'], true, 'x -"a b"'],
  ['x -("a b" c)', ['a b', 'c'], true, 'x -("a b" c)'],
  ['x', [], true, 'x'],
])('addLogTexts(%j, %j, %s) is %j', (text, texts, isExcluded, expected) => {
  expect(addLogTexts(text, texts, isExcluded)).toBe(expected);
  expect(parseLogQuery(expected).error).toBeUndefined();
});

it('listLogTexts() are those that lines must hold', () => {
  const text = 'timeout -quiet (a OR -b) -(c -d) level:error "rate limit" NOT e';
  expect(listLogTexts(text)).toEqual(['timeout', 'a', 'd', 'rate limit']);
  expect(listLogTexts('a (b')).toEqual([]);
});

describe('scopeLogQuery()', () => {
  it('keeps alternatives within the scope', () =>
    expect(scopeLogQuery('license:x', 'a OR b')).toEqual({ query: 'license:x (a OR b)', before: 11 }));
  it('is the scope alone when nothing is asked', () => expect(scopeLogQuery('license:x', ' ').query).toBe('license:x'));
  it.each(['a) OR (b', 'a "open', '(a'])('lets the database refuse %j', (query) =>
    expect(scopeLogQuery('license:x', query)).toEqual({ query, before: 0 }),
  );
});

describe('there and back', () => {
  const texts = ['', 'x', 'a OR b', 'a AND (b OR level:info)', '-level:debug "c d"', '🙂 source:"é x"', 'NOT (a b) c'];
  it.each(texts)('%j', (text) => {
    for (const value of ['baileys', 'Mistral AI', 'say "x"', '-y', 'OR', String.raw`C:\x`, 'f(x)']) {
      const added = toggleLogFilter(text, 'source', value);
      expect(parseLogQuery(added).error).toBeUndefined();
      expect(hasLogFilter(added, 'source', value)).toBe(true);
      const back = toggleLogFilter(added, 'source', value);
      expect(parseLogQuery(back).tree).toEqual(parseLogQuery(text).tree);
      const without = excludeLogFilter(added, 'source', value);
      expect(hasLogFilter(without, 'source', value)).toBe(false);
      expect(hasLogFilter(without, 'source', value, true)).toBe(true);
      expect(parseLogQuery(removeLogFilter(without, 'source', value, true)).tree).toEqual(parseLogQuery(text).tree);
    }
  });

  it('a chip drops what it shows and nothing else', () => {
    const text = 'a AND (b OR c) -level:info "d e"';
    const dropped = listLogFilters(text).map((filter) => dropLogFilter(text, filter));
    expect(dropped).toEqual([
      '(b OR c) -level:info "d e"',
      'a -level:info "d e"',
      'a AND (b OR c) "d e"',
      'a AND (b OR c) -level:info',
    ]);
    expect(dropLogFilter(text, { start: 3, end: 4 })).toBe(text);
  });
});
