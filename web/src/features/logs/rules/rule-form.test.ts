import { describe, expect, it } from 'vitest';
import { isWhole, newRule, ruleOf } from './rule-form.ts';

describe('ruleOf()', () => {
  it.each([
    ['count', { counted_by: 'license', threshold: 10, minutes: 10, factor: null }],
    ['rate', { counted_by: 'all', threshold: 10, minutes: 10, factor: 3 }],
    ['new_group', { counted_by: 'group', threshold: null, minutes: null, factor: null }],
    ['returned_group', { counted_by: 'group', threshold: null, minutes: null, factor: null }],
    ['silence', { counted_by: 'all', threshold: null, minutes: 10, factor: null }],
  ] as const)('says of %s what it needs alone', (kind, needed) => {
    expect(ruleOf({ ...newRule('timeout '), kind, counted_by: 'license', name: ' Errors ' })).toMatchObject({
      name: 'Errors',
      query: 'timeout',
      ...needed,
    });
  });

  it('keeps what only informs in the console', () => {
    const channels = ['telegram', 'email'] as const;
    expect(ruleOf({ ...newRule(), channels: [...channels] }).channels).toEqual(['email', 'telegram']);
    expect(ruleOf({ ...newRule(), channels: [...channels], severity: 'info' }).channels).toEqual([]);
  });
});

describe('isWhole()', () => {
  it.each([
    [true, {}],
    [false, { threshold: null }],
    [false, { minutes: 1_441 }],
    [false, { kind: 'rate', minutes: 61 }],
    [false, { kind: 'rate', factor: 0 }],
    [true, { kind: 'new_group', threshold: null, minutes: null, factor: null }],
    [false, { kind: 'silence', minutes: null }],
    [false, { cool_down_minutes: 0 }],
  ] as const)('is %s of %j', (expected, given) => {
    expect(isWhole({ ...newRule(), ...given })).toBe(expected);
  });
});
