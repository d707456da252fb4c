import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import { callRpc } from '@/base/api.ts';
import { addCounts, type LogHistogram } from '../histogram.ts';
import type { LogQuestion } from '../types.ts';

const BARS = 60;

/** How many lines a question means, by time and level: exact at the end, and said how far it is until then. */
export function useLogHistogram(question: () => LogQuestion, isWanted: () => boolean) {
  const counts = shallowRef<LogHistogram>();
  const isCounting = ref(false);
  /** Counted down to where the period begins: until then the total is at least so much. */
  const isWhole = ref(false);
  const error = shallowRef<unknown>();
  let controller = new AbortController();
  let asked = '';

  async function count(): Promise<void> {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    const args = question();
    // The same question a little later keeps its bars until it has others.
    if (asked !== args.query) counts.value = undefined;
    isWhole.value = false;
    asked = args.query;
    isCounting.value = true;
    error.value = undefined;
    try {
      let known: LogHistogram | undefined;
      for (let before = ''; ; before = known.countedFrom) {
        const answer = await callRpc(
          'get_log_histogram',
          { ...args, buckets: BARS, ...(before ? { counted_from: before } : {}) },
          signal,
        );
        if (signal.aborted) return;
        known = addCounts(known, answer);
        if (!before || known.countedFrom !== before) counts.value = known;
        // A period that begins before what is kept, or that the query narrows, is counted once it gets no further.
        isWhole.value =
          known.countedFrom === before || Date.parse(known.countedFrom) <= Date.parse(args.from_time ?? '');
        if (isWhole.value) break;
      }
    } catch (failure) {
      if (!signal.aborted) error.value = failure;
    } finally {
      if (!signal.aborted) isCounting.value = false;
    }
  }

  watch([() => JSON.stringify(question()), isWanted], () => void (isWanted() && count()), { immediate: true });
  onScopeDispose(() => controller.abort());
  return { counts, isCounting, isWhole, error, count };
}
