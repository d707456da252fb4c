import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import { pagesOf } from '../queries.ts';
import type { LogQuestion } from '../types.ts';
import { type Pattern, type ReadLine, summarise } from './summary.ts';

export const MOST_LINES = 20_000;

/** What the newest lines of a question say over and over: read when it is asked, and each time it is asked again. */
export function usePatterns(question: () => LogQuestion, isWanted: () => boolean) {
  const patterns = shallowRef<Pattern[]>();
  const read = ref(0);
  /** There are older lines, which were not looked at. */
  const isSample = ref(false);
  const isReading = ref(false);
  const error = shallowRef<unknown>();
  let controller = new AbortController();

  async function begin(): Promise<void> {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    patterns.value = undefined;
    error.value = undefined;
    read.value = 0;
    isReading.value = true;
    try {
      const lines: ReadLine[] = [];
      isSample.value = false;
      for await (const { rows, next_cursor } of pagesOf(question(), signal, MOST_LINES)) {
        lines.push(...rows.map(({ at, level, message }) => ({ at, level, message })));
        read.value = lines.length;
        isSample.value = next_cursor !== null;
      }
      const found = await summarise(lines, signal);
      if (!signal.aborted) patterns.value = found;
    } catch (failure) {
      if (!signal.aborted) error.value = failure;
    } finally {
      if (!signal.aborted) isReading.value = false;
    }
  }
  watch(isWanted, (wanted) => void (wanted ? begin() : controller.abort()), { immediate: true });
  onScopeDispose(() => controller.abort());
  return { patterns, read, isSample, isReading, error, begin };
}
