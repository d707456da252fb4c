import { describe, expect, it } from 'vitest';
import { effectScope } from 'vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { until } from '@/test/mount.ts';
import { useLogHistogram } from './useLogHistogram.ts';

const HISTOGRAM = 'POST /rest/v1/rpc/get_log_histogram';
const QUESTION = { query: 'x', from_time: '2026-11-27T00:00:00Z', to_time: '2026-11-28T00:00:00Z' };
const answer = (total: number, counted_from: string) => ({ total, bucket_seconds: 3_600, buckets: [], counted_from });

function counting(answers: unknown[]) {
  const calls = mockApi({ [HISTOGRAM]: () => answers.shift() });
  const scope = effectScope();
  const found = scope.run(() =>
    useLogHistogram(
      () => QUESTION,
      () => true,
    ),
  )!;
  return { ...found, calls, done: () => until(() => expect(found.isCounting.value).toBe(false)) };
}

describe('useLogHistogram()', () => {
  it('counts until the period is whole', async () => {
    const { counts, isWhole, calls, done } = counting([
      answer(3, '2026-11-27T12:00:00Z'),
      answer(4, '2026-11-27T00:00:00Z'),
    ]);
    await done();
    expect([counts.value?.total, isWhole.value, calls.length]).toEqual([7, true, 2]);
  });

  it('is whole where it gets no further: the query narrows the period', async () => {
    const { counts, isWhole, done } = counting([answer(3, '2026-11-27T12:00:00Z'), answer(0, '2026-11-27T12:00:00Z')]);
    await done();
    expect([counts.value?.total, isWhole.value]).toEqual([3, true]);
  });

  it('is not whole when counting on failed, until it is counted again', async () => {
    const { counts, isWhole, count, done } = counting([
      answer(3, '2026-11-27T12:00:00Z'),
      new ApiFailure(500, { message: 'down', code: 'XX000' }),
      answer(9, '2026-11-27T00:00:00Z'),
    ]);
    await done();
    expect([counts.value?.total, isWhole.value]).toEqual([3, false]);
    await count();
    expect([counts.value?.total, isWhole.value]).toEqual([9, true]);
  });
});
