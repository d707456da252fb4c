import { describe, expect, it } from 'vitest';
import { mockApi } from '@/test/api.ts';
import { pagesFrom } from './composables/useAuditExport.ts';
import { searchArguments } from './queries.ts';
import { event } from './test-data.ts';
import type { AuditFilters } from './types.ts';

const none: AuditFilters = { q: '', type: [], actor: '', license: '', from: '', to: '', page: 1, size: 50 };

describe('searchArguments()', () => {
  it('leaves out what is not set', () =>
    expect(searchArguments({ ...none, q: '  ' })).toEqual({ page: 1, page_size: 50 }));
  it('asks for one person, or for what the system did', () => {
    expect(searchArguments({ ...none, actor: '88888888-8888-4888-8888-888888888888' })).toEqual({
      actor_id: '88888888-8888-4888-8888-888888888888',
      page: 1,
      page_size: 50,
    });
    expect(searchArguments({ ...none, actor: 'system' })).toEqual({ actor_kind: 'system', page: 1, page_size: 50 });
  });
  it('takes both days whole, in the time zone of the reader', () => {
    expect(searchArguments({ ...none, from: '2026-11-01', to: '2026-11-02' })).toMatchObject({
      from_time: '2026-10-31T23:00:00.000Z',
      to_time: '2026-11-02T23:00:00.000Z',
    });
  });
  it('counts the day the clocks go back as one', () => {
    expect(searchArguments({ ...none, from: '2026-10-25', to: '2026-10-25' })).toMatchObject({
      from_time: '2026-10-24T22:00:00.000Z',
      to_time: '2026-10-25T23:00:00.000Z',
    });
  });
});

describe('pagesFrom()', () => {
  it('asks after the first page for nothing newer than its newest event', async () => {
    const calls = mockApi({ 'POST /rest/v1/rpc/search_events': () => ({ total: 4_000, rows: [event()] }) });
    const fetchPage = pagesFrom({ ...none, q: 'x' });
    await fetchPage(1);
    await fetchPage(2);
    expect(calls.map((call) => call.body)).toEqual([
      { query: 'x', page: 1, page_size: 2_000 },
      { query: 'x', page: 2, page_size: 2_000, to_time: '2026-11-22T10:00:00.124Z' },
    ]);
  });
});
