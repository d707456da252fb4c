// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { jsonRows, printJsonPath, printJsonValue, searchedJson } from './json-tree.ts';

const shown = (value: unknown, turned: string[] = []) =>
  jsonRows(value, new Set(turned)).map(({ depth, key, size, isOpen, value: own }) => {
    const said = size === undefined ? `=${JSON.stringify(own)}` : `(${size})${isOpen ? ' open' : ''}`;
    return `${' '.repeat(depth - 1)}${key}${said}`;
  });

describe('jsonRows()', () => {
  it('shows two levels unasked, and no more', () =>
    expect(shown({ a: 1, b: { c: [true, { d: null }] }, e: [] })).toEqual([
      'a=1',
      'b(1) open',
      ' c(2) open',
      '  0=true',
      '  1(1)',
      'e(0)',
    ]));
  it('opens and folds what was turned', () =>
    expect(shown({ b: { c: [1] }, x: {} }, ['["b"]'])).toEqual(['b(1)', 'x(0)']));
  it('opens what lies deeper once it is asked for', () =>
    expect(shown({ a: { b: { c: { d: 1 } } } }, ['["a","b","c"]'])).toEqual([
      'a(1) open',
      ' b(1) open',
      '  c(1) open',
      '   d=1',
    ]));
  it('keeps long lists folded', () => expect(shown({ a: Array.from({ length: 41 }, () => 0) })).toEqual(['a(41)']));
  it('tells keys of the same name apart', () =>
    expect(new Set(jsonRows({ a: { 0: 1 }, '["a"]': [1] }, new Set()).map(({ id }) => id)).size).toBe(4));
  it('reads what is nested thousands deep', () => {
    let nested: unknown = 1;
    for (let depth = 0; depth < 8_000; depth += 1) nested = [nested];
    expect(jsonRows(nested, new Set())).toHaveLength(3);
  });
  it('says where each stands among its own', () =>
    expect(jsonRows({ a: 1, b: 2 }, new Set()).map(({ place, siblings }) => [place, siblings])).toEqual([
      [0, 2],
      [1, 2],
    ]));
});

it.each([
  [['a', 'b'], 'a.b'],
  [['items', 0, 'name'], 'items[0].name'],
  [[0, 'x y'], '[0]["x y"]'],
  [['é', 'a"b'], String.raw`é["a\"b"]`],
])('printJsonPath(%j) is %s', (path, printed) => expect(printJsonPath(path)).toBe(printed));

it.each([
  ['a "b"', 'a "b"'],
  [3, '3'],
  [null, 'null'],
  [{ a: [1] }, '{\n  "a": [\n    1\n  ]\n}'],
])('printJsonValue(%j)', (value, printed) => expect(printJsonValue(value)).toBe(printed));

it.each([
  ['attempt', 3, '"attempt": 3'],
  ['path', 'C:\\x', String.raw`"path": "C:\\x"`],
  [0, 'a', '"a"'],
  ['ok', true, '"ok": true'],
])('searchedJson() of %j and %j is %s', (key, value, text) => expect(searchedJson({ key, value })).toBe(text));
