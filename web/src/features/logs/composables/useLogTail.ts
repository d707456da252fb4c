import { useIntervalFn } from '@vueuse/core';
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { RpcResult } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';
import { useRealtimeBroadcast } from '@/shared/realtime-broadcast.ts';
import { byNewest } from '../time.ts';
import type { LogLine } from '../types.ts';

type Followed = RpcResult<'follow_logs'>;

const MOST = 1_000;
/** The bell rings four times a second at most: what came after the last ring is looked for once more. */
const AFTER_LAST_RING_MS = 300;
const WITHOUT_A_RING_MS = 5_000;
const REMEMBERED = 2_000;
const RATE_SECONDS = 10;

interface TailOptions {
  /** `logs`, or `logs:<licence>`. */
  topic: string;
  isOn: () => boolean;
  onLines(lines: LogLine[]): void;
  /** More came at once than one answer holds: what is shown has a gap. */
  onLeftOut(): void;
}

/**
 * Lines as they come. A bell says that there are some; they are asked for from where the answer before ended, in the
 * order of commits, so that neither a cut nor a transaction that ends late loses one.
 */
export function useLogTail({ topic, isOn, onLines, onLeftOut }: TailOptions) {
  const error = shallowRef<unknown>();
  const came = shallowRef<{ at: number; count: number }[]>([]);
  const now = ref(Date.now());
  let query = '';
  let cursor: string | undefined;
  let isPulling = false;
  let isAsked = false;
  let controller = new AbortController();
  let trailing: ReturnType<typeof setTimeout> | undefined;
  const remembered = new Set<number>();

  /** From now on: what is searched after this has every line that the tail will not bring. */
  async function begin(asked: string): Promise<void> {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    query = asked;
    cursor = undefined;
    isPulling = false;
    error.value = undefined;
    remembered.clear();
    came.value = [];
    try {
      const answer = await callRpc('follow_logs', { query }, signal);
      if (!signal.aborted) cursor = answer.cursor;
    } catch (failure) {
      // A query that cannot be read is said where it is searched.
      if (!signal.aborted) error.value = failure;
    }
  }

  async function pull(): Promise<void> {
    if (!isOn() || cursor === undefined) return;
    isAsked = true;
    if (isPulling) return;
    isPulling = true;
    const { signal } = controller;
    try {
      while (isAsked && isOn() && !signal.aborted) {
        isAsked = false;
        const answer: Followed = await callRpc('follow_logs', { query, cursor, most: MOST }, signal);
        if (signal.aborted) return;
        cursor = answer.cursor;
        error.value = undefined;
        isAsked ||= answer.has_more;
        take(answer.rows);
        if (answer.left_out) onLeftOut();
      }
    } catch (failure) {
      if (!signal.aborted) error.value = failure;
    } finally {
      if (!signal.aborted) isPulling = false;
    }
  }

  function take(rows: readonly LogLine[]): void {
    const fresh = rows.filter(({ id }) => !remembered.has(id));
    if (!fresh.length) return;
    for (const { id } of fresh) remembered.add(id);
    for (const id of remembered) {
      if (remembered.size <= REMEMBERED) break;
      remembered.delete(id);
    }
    const at = Date.now();
    came.value = [...came.value.filter((one) => one.at > at - RATE_SECONDS * 1_000), { at, count: fresh.length }];
    onLines(fresh.sort(byNewest));
  }

  function ring(): void {
    void pull();
    clearTimeout(trailing);
    trailing = setTimeout(() => void pull(), AFTER_LAST_RING_MS);
  }
  useRealtimeBroadcast({ topic, event: 'lines', onMessage: ring, onLive: ring });
  useIntervalFn(() => void pull(), WITHOUT_A_RING_MS);
  useIntervalFn(() => (now.value = Date.now()), 1_000);
  watch(isOn, (on) => on && ring());
  onScopeDispose(() => {
    controller.abort();
    clearTimeout(trailing);
  });

  return {
    begin,
    error,
    /** Lines a second, over the last ten. */
    rate: computed(
      () =>
        came.value.filter(({ at }) => at > now.value - RATE_SECONDS * 1_000).reduce((sum, one) => sum + one.count, 0) /
        RATE_SECONDS,
    ),
  };
}
