import { describe, expect, it } from 'vitest';
import { malformedLogQueries, rightLogQueries, shortLogQueries } from '@/test/log-queries.ts';
import { parseLogQuery, printLogQuery, quoteLogValue } from './parse.ts';
import { listLogTokens, offsetsOf } from './tokens.ts';

const short = (text: string) => (text.length > 60 ? `${text.slice(0, 20)}… (${text.length})` : JSON.stringify(text));
/** The instant of a day is of the business's zone: the database's alone. */
const unplaced = (tree: unknown) =>
  JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'at' ? undefined : value))) as unknown;

describe('parseLogQuery()', () => {
  it.each(rightLogQueries.map((each) => [short(each.query), each] as const))(
    'reads %s and prints it',
    (_, { query, tree, printed }) => {
      const { tree: found, error } = parseLogQuery(query);
      expect({ found, error }).toEqual({ found: unplaced(tree), error: undefined });
      expect(printLogQuery(found!)).toBe(printed);
      expect(parseLogQuery(printed).tree).toEqual(found);
    },
  );

  it.each(malformedLogQueries.map((each) => [short(each.query), each] as const))(
    'refuses %s at its place',
    (_, { query, ...error }) => expect(parseLogQuery(query)).toEqual({ error }),
  );

  it.each(shortLogQueries)('leaves it to the database whether a text is too short: $query', ({ query }) =>
    expect(parseLogQuery(query).error).toBeUndefined(),
  );
});

it.each([
  ['error', false, 'error'],
  ['Mistral AI', false, '"Mistral AI"'],
  ['say "x"', false, String.raw`"say \"x\""`],
  [String.raw`C:\x`, false, String.raw`"C:\\x"`],
  ['-x', false, '"-x"'],
  ['AND', false, '"AND"'],
  ['', false, '""'],
  ['level:error', false, 'level:error'],
  ['level:error', true, '"level:error"'],
  ['a\u00a0b', false, '"a\u00a0b"'],
])('quoteLogValue(%j, %s) is %s', (value, isText, quoted) => expect(quoteLogValue(value, isText)).toBe(quoted));

describe('listLogTokens()', () => {
  it('goes on after a mistake, so that all is coloured', () => {
    const kinds = listLogTokens('a ) level:fatal - OR (b "c d').map(({ kind, place, length }) => [kind, place, length]);
    expect(kinds).toEqual([
      ['operand', 0, 1],
      [')', 2, 1],
      ['operand', 4, 11],
      ['lone', 16, 1],
      ['or', 18, 2],
      ['(', 21, 1],
      ['operand', 22, 1],
      ['open phrase', 24, 4],
    ]);
  });

  it('counts characters, which offsetsOf() finds in the string', () => {
    const text = '🙂 e\u0301 level:error';
    const { place, length } = listLogTokens(text).at(-1)!;
    const offsets = offsetsOf(text);
    expect([place, text.slice(offsets[place], offsets[place + length])]).toEqual([5, 'level:error']);
  });
});
