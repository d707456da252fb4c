import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, ref } from 'vue';
import { ApiFailure, mockApi, type ApiCall } from '@/test/api.ts';
import { ring } from '@/test/realtime.ts';
import { logLine } from '../test-data.ts';
import type { LogLine } from '../types.ts';
import { useLogTail } from './useLogTail.ts';

const FOLLOW = 'POST /rest/v1/rpc/follow_logs';
const answer = (cursor: string, ids: number[] = [], over: object = {}) => ({
  rows: ids.map((id) => logLine({ id })),
  cursor,
  has_more: false,
  left_out: false,
  ...over,
});

describe('useLogTail()', () => {
  let answers: unknown[];
  let calls: ApiCall[];
  beforeEach(() => {
    vi.useFakeTimers();
    answers = [];
    calls = mockApi({ [FOLLOW]: () => answers.shift() ?? answer('9_9') });
  });
  afterEach(() => vi.useRealTimers());

  async function follow() {
    const isOn = ref(true);
    const come: number[][] = [];
    const onLeftOut = vi.fn();
    const scope = effectScope();
    const tail = scope.run(() =>
      useLogTail({
        topic: 'logs',
        isOn: () => isOn.value,
        onLines: (lines: LogLine[]) => come.push(lines.map(({ id }) => id)),
        onLeftOut,
      }),
    )!;
    answers.push(answer('1_1'));
    await tail.begin('level:error');
    return { isOn, come, onLeftOut, scope, tail };
  }
  const settle = () => vi.advanceTimersByTimeAsync(0);
  const asked = () => calls.map(({ body }) => (body as { cursor?: string }).cursor);

  it('asks for what came when the bell rings, and once more after the last ring', async () => {
    const { come, scope } = await follow();
    answers.push(answer('2_2', [1_000]), answer('3_3', [1_001]));
    ring('logs');
    await settle();
    expect(come).toEqual([[1_000]]);
    await vi.advanceTimersByTimeAsync(299);
    expect(asked()).toEqual([undefined, '1_1']);
    await vi.advanceTimersByTimeAsync(1);
    expect(come).toEqual([[1_000], [1_001]]);
    expect(asked()).toEqual([undefined, '1_1', '2_2']);
    scope.stop();
  });

  it('looks every five seconds without a ring, from where it was', async () => {
    const { come, scope } = await follow();
    answers.push(answer('2_2', [1_000]));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(come).toEqual([[1_000]]);
    scope.stop();
  });

  it('shows a line that comes twice once', async () => {
    const { come, scope } = await follow();
    answers.push(answer('2_2', [1_000, 1_001]), answer('3_3', [1_001, 1_002]));
    ring('logs');
    await vi.advanceTimersByTimeAsync(300);
    expect(come).toEqual([[1_001, 1_000], [1_002]]);
    scope.stop();
  });

  it('asks again while there is more, and says what was left out', async () => {
    const { come, onLeftOut, scope } = await follow();
    answers.push(answer('2_2', [1_000], { has_more: true, left_out: true }), answer('3_3', [1_001]));
    ring('logs');
    await settle();
    expect(come).toEqual([[1_000], [1_001]]);
    expect(onLeftOut).toHaveBeenCalledTimes(1);
    scope.stop();
  });

  it('asks nothing while paused, and fills the gap when it goes on', async () => {
    const { isOn, come, scope } = await follow();
    isOn.value = false;
    await settle();
    ring('logs');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked()).toEqual([undefined]);
    answers.push(answer('2_2', [1_000, 1_001]));
    isOn.value = true;
    await settle();
    expect(asked()).toEqual([undefined, '1_1']);
    expect(come).toEqual([[1_001, 1_000]]);
    scope.stop();
  });

  it('goes on from the same place after a failure', async () => {
    const { come, scope, tail } = await follow();
    answers.push(new ApiFailure(500, { message: 'down', code: 'XX000' }), answer('2_2', [1_000]));
    ring('logs');
    await settle();
    expect(tail.error.value).toBeDefined();
    await vi.advanceTimersByTimeAsync(300);
    expect(come).toEqual([[1_000]]);
    expect(asked()).toEqual([undefined, '1_1', '1_1']);
    expect(tail.error.value).toBeUndefined();
    scope.stop();
  });

  it('counts lines a second', async () => {
    const { scope, tail } = await follow();
    answers.push(answer('2_2', [1_000, 1_001, 1_002, 1_003, 1_004]));
    ring('logs');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tail.rate.value).toBe(0.5);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(tail.rate.value).toBe(0);
    scope.stop();
  });
});
