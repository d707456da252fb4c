import { describe, expect, it } from 'vitest';
import { effectScope, ref } from 'vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { until } from '@/test/mount.ts';
import { logLine } from '../test-data.ts';
import { MOST_LINES, usePatterns } from './usePatterns.ts';

const SEARCH = 'POST /rest/v1/rpc/search_logs';
const QUESTION = { query: 'x', from_time: null, to_time: null };
const page = (count: number, next_cursor: string | null) => ({
  rows: Array.from({ length: count }, (_, index) => logLine({ id: index, message: `Session ${index} opened` })),
  next_cursor,
  complete: next_cursor !== null,
  searched_to: '2026-11-28T07:00:00+00:00',
});
function patternsOf(answer: (call: number) => unknown) {
  let call = 0;
  const calls = mockApi({ [SEARCH]: () => answer(call++) });
  const scope = effectScope();
  const isWanted = ref(true);
  const found = scope.run(() =>
    usePatterns(
      () => QUESTION,
      () => isWanted.value,
    ),
  )!;
  return { ...found, scope, calls, isWanted };
}

describe('usePatterns()', () => {
  it('reads all lines, page by page, and says what they say', async () => {
    const found = patternsOf((call) => page(call ? 2 : 1_000, call ? null : '5_5'));
    await until(() => expect(found.patterns.value).toHaveLength(1));
    expect(found.patterns.value![0]).toMatchObject({ lines: 1_002, texts: ['Session', 'opened'] });
    expect([found.isSample.value, found.isReading.value, found.read.value]).toEqual([false, false, 1_002]);
    expect(found.calls.map(({ body }) => body)).toMatchObject([
      { query: 'x', cursor: null, page_size: 1_000 },
      { cursor: '5_5' },
    ]);
    found.scope.stop();
  });

  it('stops at so many lines, and says that it is a sample', async () => {
    const found = patternsOf(() => page(1_000, '5_5'));
    await until(() => expect(found.patterns.value).toBeDefined());
    expect([found.read.value, found.isSample.value, found.calls.length]).toEqual([MOST_LINES, true, 20]);
    found.scope.stop();
  });

  it('says what went wrong, and begins again', async () => {
    const found = patternsOf((call) =>
      call ? page(3, null) : new ApiFailure(500, { message: 'down', code: 'XX000' }),
    );
    await until(() => expect(found.error.value).toBeDefined());
    expect(found.patterns.value).toBeUndefined();
    await found.begin();
    expect([found.error.value, found.patterns.value?.length]).toEqual([undefined, 1]);
    found.scope.stop();
  });

  it('reads no further once nobody wants it', async () => {
    const found = patternsOf((call) => {
      if (call === 1) found.isWanted.value = false;
      return page(1_000, '5_5');
    });
    await until(() => expect(found.isWanted.value).toBe(false));
    await until(() => expect(found.calls.length).toBe(2));
    expect(found.patterns.value).toBeUndefined();
    found.scope.stop();
  });
});
