import { expect, it } from 'vitest';
import { FilterError, parseFilter } from './filters.ts';

it.each([
  ['id=eq.7', [{ column: 'id', operator: 'eq', values: ['7'], negated: false }]],
  ['name=eq.a.b=c', [{ column: 'name', operator: 'eq', values: ['a.b=c'], negated: false }]],
  ['name=eq."a,b"', [{ column: 'name', operator: 'eq', values: ['a,b'], negated: false }]],
  ['name=eq."say \\"x\\" \\\\"', [{ column: 'name', operator: 'eq', values: ['say "x" \\'], negated: false }]],
  [
    'status=in.(open,"a,b)", closed )',
    [{ column: 'status', operator: 'in', values: ['open', 'a,b)', 'closed'], negated: false }],
  ],
  [
    'a=gte.1,b=lt.2',
    [
      { column: 'a', operator: 'gte', values: ['1'], negated: false },
      { column: 'b', operator: 'lt', values: ['2'], negated: false },
    ],
  ],
  ['name=not.like.a%', [{ column: 'name', operator: 'like', values: ['a%'], negated: true }]],
  [
    'done=is.null,n=not.in.(1,2)',
    [
      { column: 'done', operator: 'is', values: ['null'], negated: false },
      { column: 'n', operator: 'in', values: ['1', '2'], negated: true },
    ],
  ],
  ['name=imatch.^a(b|c)+"$', [{ column: 'name', operator: 'imatch', values: ['^a(b|c)+"$'], negated: false }]],
  [
    'size=eq.5",id=gt.1',
    [
      { column: 'size', operator: 'eq', values: ['5"'], negated: false },
      { column: 'id', operator: 'gt', values: ['1'], negated: false },
    ],
  ],
  ['name=isdistinct.x', [{ column: 'name', operator: 'isdistinct', values: ['x'], negated: false }]],
  ['   ', []],
  ['name=neq.', [{ column: 'name', operator: 'neq', values: [''], negated: false }]],
])('parseFilter() reads %s', (text, conditions) => {
  expect(parseFilter(text)).toEqual(conditions);
});

it.each([
  'id',
  'id=7',
  'id=not.a',
  'id=not.not.eq.1',
  'id=constructor.a',
  'id=fts.a',
  '=eq.1',
  'a=eq.1,',
  'a=in.1',
  `a=in.(${Array.from({ length: 101 }, (_, n) => n).join(',')})`,
])('parseFilter() refuses %s', (text) => {
  expect(() => parseFilter(text)).toThrow(FilterError);
});
