import { expect, it } from 'vitest';
import { linesLink } from './lines-link.ts';

const firing = { key: '', fired_at: '2026-11-01T10:00:00Z', line_refs: [] };

it('leads to the period that was too full', () => {
  expect(linesLink({ query: 'a OR b', counted_by: 'all', minutes: 10 }, firing)).toEqual({
    name: 'logs',
    query: { q: 'a OR b', from: '2026-11-01T09:50:00.000Z', to: '2026-11-01T10:00:01.000Z' },
  });
});

it('leads to one licence or group, whatever the query joins', () => {
  expect(linesLink({ query: 'a OR b', counted_by: 'license', minutes: 10 }, { ...firing, key: 'l-1' }).query['q']).toBe(
    '(a OR b) license:l-1',
  );
  expect(linesLink({ query: '', counted_by: 'group', minutes: null }, { ...firing, key: '7' }).query['q']).toBe(
    'group:7',
  );
});

it('reaches to lines that happened long before they came', () => {
  const late = { ...firing, line_refs: [{ id: 1, at: '2026-10-27T08:00:00Z' }] };
  expect(linesLink({ query: '', counted_by: 'all', minutes: 10 }, late).query['from']).toBe('2026-10-27T08:00:00.000Z');
});
