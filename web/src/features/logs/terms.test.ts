// @vitest-environment node
import { describe, expect, it } from 'vitest';
import {
  negateTerm,
  scopedQuery,
  termsOf,
  termState,
  textsOf,
  toggleTerm,
  withoutTerm,
  withTerm,
  writeTerm,
} from './terms.ts';

describe('termsOf()', () => {
  it.each([
    ['', []],
    ['level:error timeout', ['level:error', 'timeout']],
    ['a AND b', ['a', 'b']],
    ['a -b NOT c -NOT d', ['a', '-b', '-c', 'd']],
    ['source:"Mistral AI" "rate limit"', ['source:"Mistral AI"', '"rate limit"']],
    ['(a OR b) level:error', ['(a OR b)', 'level:error']],
    ['-(a b) c', ['-(a b)', 'c']],
    ['connect(5) x', ['connect(5)', 'x']],
    ['a OR b', ['a OR b']],
    ['a) OR (b', ['a) OR (b']],
    ['a "open', ['a "open']],
    ['a -', ['a -']],
    [String.raw`C:\Users\x 100% a/b`, [String.raw`C:\Users\x`, '100%', 'a/b']],
  ])('%j', (query, written) =>
    expect(termsOf(query).map(({ text, isNegated }) => `${isNegated ? '-' : ''}${text}`)).toEqual(written),
  );

  it('knows fields in any case, and the value in quotes', () =>
    expect(termsOf(String.raw`Source:"a \"b\" c"`)).toEqual([
      { field: 'source', value: 'a "b" c', text: String.raw`Source:"a \"b\" c"`, isNegated: false },
    ]));
});

it.each([
  [undefined, 'timeout', 'timeout'],
  [undefined, 'two words', '"two words"'],
  [undefined, 'level:error', '"level:error"'],
  [undefined, '-x', '"-x"'],
  [undefined, 'OR', '"OR"'],
  ['source', 'Mistral AI', 'source:"Mistral AI"'],
  ['source', 'say "hi"', String.raw`source:"say \"hi\""`],
  ['client', 'a@b.fr', 'client:a@b.fr'],
] as const)('writeTerm(%j, %j) is %s', (field, value, written) => {
  expect(writeTerm(field, value)).toBe(written);
  expect(termsOf(written)).toEqual([expect.objectContaining({ value, ...(field ? { field } : {}) })]);
});

describe('a click', () => {
  it('asks for a value, once', () => {
    expect(toggleTerm('timeout', 'level', 'error')).toBe('timeout level:error');
    expect(toggleTerm('timeout level:error', 'level', 'error')).toBe('timeout');
  });
  it('replaces another value of the field, and the contrary of this one', () => {
    expect(withTerm('level:info x', 'level', 'error')).toBe('x level:error');
    expect(withTerm('-level:error x', 'level', 'error')).toBe('x level:error');
  });
  it('leaves others out beside it', () =>
    expect(withTerm('-source:Stripe', 'source', 'Baileys', true)).toBe('-source:Stripe -source:Baileys'));
  it('keeps alternatives together', () => {
    expect(withTerm('a OR b', 'level', 'error')).toBe('(a OR b) level:error');
    expect(withTerm('(a OR b)', 'level', 'error')).toBe('(a OR b) level:error');
  });
  it('takes one away, or turns it', () => {
    expect(withoutTerm('a (b OR c) -d', 1)).toBe('a -d');
    expect(negateTerm('a -d', 1)).toBe('a d');
  });
  it('shows what the query holds', () => {
    expect(termState('-level:error', 'level', 'error')).toBe('without');
    expect(termState('source:"mistral ai"', 'source', 'Mistral AI')).toBe('only');
    expect(termState('source:"mistral ai"', 'source', 'Stripe')).toBeUndefined();
  });
});

it('textsOf() are those that lines must hold', () =>
  expect(textsOf('timeout -quiet (a OR -b) -(c -d) level:error "rate limit" NOT e')).toEqual([
    'timeout',
    'a',
    'd',
    'rate limit',
  ]));

describe('scopedQuery()', () => {
  it('keeps alternatives within the scope', () =>
    expect(scopedQuery('license:x', 'a OR b')).toEqual({ query: 'license:x (a OR b)', before: 11 }));
  it('is the scope alone when nothing is asked', () => expect(scopedQuery('license:x', ' ').query).toBe('license:x'));
  it.each(['a) OR (b', 'a "open', '(a'])('lets the database refuse %j', (query) =>
    expect(scopedQuery('license:x', query)).toEqual({ query, before: 0 }),
  );
});
