import { describe, expect, it } from 'vitest';
import { effectScope } from 'vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { logLine } from '../test-data.ts';
import { useLogLines } from './useLogLines.ts';

const SEARCH = 'POST /rest/v1/rpc/search_logs';
const QUESTION = { query: 'x', from_time: null, to_time: null, oldest_first: false };
const page = (
  ids: number[],
  next_cursor: string | null,
  complete = true,
  searched_to = '2026-11-28T07:00:00+00:00',
) => ({
  rows: ids.map((id) => logLine({ id })),
  next_cursor,
  complete,
  searched_to,
});

function listOf(answers: unknown[]) {
  const calls = mockApi({ [SEARCH]: () => answers.shift() });
  const scope = effectScope();
  const list = scope.run(() => useLogLines())!;
  return { list, scope, ids: () => list.lines.value.map(({ id }) => id), calls };
}

describe('useLogLines()', () => {
  it('goes on by itself where the budget ended, and says how far it is', async () => {
    const { list, ids, calls } = listOf([
      page([1_002], '5_0', false, '2026-11-20T00:00:00+00:00'),
      page([], '4_0', false),
      page([1_001], null),
    ]);
    await list.ask(QUESTION);
    expect(ids()).toEqual([1_002, 1_001]);
    expect(list.isDone.value).toBe(true);
    expect(calls.map(({ body }) => (body as { cursor: string | null }).cursor)).toEqual([null, '5_0', '4_0']);
    expect(calls.map(({ body }) => (body as { page_size: number }).page_size)).toEqual([200, 199, 199]);
  });

  it('keeps what it has when going on fails, and goes on from there', async () => {
    const { list, ids } = listOf([
      page([1_002], '5_0', false),
      new ApiFailure(500, { message: 'down', code: 'XX000' }),
      page([1_001], null),
    ]);
    await list.ask(QUESTION);
    expect(list.error.value).toBeDefined();
    expect(ids()).toEqual([1_002]);
    await list.more();
    expect(list.error.value).toBeUndefined();
    expect(ids()).toEqual([1_002, 1_001]);
  });

  it('puts what comes where it belongs, and leaves what lies below the last page', async () => {
    const full = Array.from({ length: 200 }, (_, index) => 2_000 - index);
    const { list, ids } = listOf([page(full, '5_5')]);
    await list.ask(QUESTION);
    const late = logLine({ id: 5_000, at: '2026-11-27T00:00:00+00:00' });
    list.add([logLine({ id: 3_000 }), late]);
    expect(ids()[0]).toBe(3_000);
    expect(ids()).not.toContain(5_000);
    expect(ids()).toHaveLength(201);
  });

  it('holds five thousand lines that come by themselves, and fetches those below again', async () => {
    const { list, ids, calls } = listOf([page([1], null), page([1], null)]);
    await list.ask(QUESTION);
    list.add(Array.from({ length: 6_000 }, (_, index) => logLine({ id: 10_000 - index })));
    expect(ids()).toHaveLength(5_000);
    expect(list.isDone.value).toBe(false);
    await list.more();
    expect(calls[1]!.body).toMatchObject({ cursor: `${Date.parse('2026-11-28T08:00:00Z') * 1_000 + 1}_5001` });
    expect(ids().at(-1)).toBe(1);
  });
});
