import { describe, expect, it } from 'vitest';
import { logExport } from '../test-data.ts';
import { isUnfinished, percentOf } from './progress.ts';

describe('percentOf()', () => {
  it.each([
    ['lines of those expected', { line_count: 250, expected_lines: 1_000 }, 25],
    ['more lines than expected: not whole before it is done', { line_count: 1_001, expected_lines: 1_000 }, 99],
    ['done', { state: 'done', line_count: 0, expected_lines: 1_000 }, 100],
    ['time, where nobody counted', { expected_lines: null, searched_to: '2026-11-28T06:00:00Z' }, 50],
    ['nothing yet, waiting', { expected_lines: null, searched_to: null, state: 'queued' }, 0],
    ['nothing yet, begun', { expected_lines: null, searched_to: null }, null],
    ['time without a beginning', { expected_lines: null, searched_to: '2026-11-28T06:00:00Z', from_time: null }, null],
    ['nothing expected, time', { expected_lines: 0, searched_to: '2026-11-28T03:00:00Z' }, 75],
  ] as const)('%s', (_, over, percent) => {
    const period = { from_time: '2026-11-28T00:00:00Z', to_time: null, created_at: '2026-11-28T12:00:00Z' };
    expect(percentOf(logExport({ ...period, ...over }))).toBe(percent);
  });
});

describe('isUnfinished()', () => {
  it.each([
    ['queued', true],
    ['running', true],
    ['done', false],
    ['cancelled', false],
    ['failed', false],
  ] as const)('%s: %s', (state, expected) => expect(isUnfinished({ state })).toBe(expected));
});
