import { expect, it } from 'vitest';
import { FilterError, parseFilter } from './filters.ts';

it.each([
  ['id=eq.7', [{ column: 'id', operator: 'eq', values: ['7'] }]],
  ['name=eq.a.b=c', [{ column: 'name', operator: 'eq', values: ['a.b=c'] }]],
  ['name=eq."a,b"', [{ column: 'name', operator: 'eq', values: ['a,b'] }]],
  ['name=eq."say \\"x\\" \\\\"', [{ column: 'name', operator: 'eq', values: ['say "x" \\'] }]],
  ['status=in.(open,"a,b)", closed )', [{ column: 'status', operator: 'in', values: ['open', 'a,b)', 'closed'] }]],
  [
    'a=gte.1,b=lt.2',
    [
      { column: 'a', operator: 'gte', values: ['1'] },
      { column: 'b', operator: 'lt', values: ['2'] },
    ],
  ],
  ['name=neq.', [{ column: 'name', operator: 'neq', values: [''] }]],
])('parseFilter() reads %s', (text, conditions) => {
  expect(parseFilter(text)).toEqual(conditions);
});

it.each([
  'id',
  'id=7',
  'id=like.a',
  'id=fts.a',
  '=eq.1',
  'a=eq.1,',
  'a=in.1',
  `a=in.(${Array.from({ length: 101 }, (_, n) => n).join(',')})`,
])('parseFilter() refuses %s', (text) => {
  expect(() => parseFilter(text)).toThrow(FilterError);
});
