import { onScopeDispose, ref, shallowRef } from 'vue';
import { callRpc } from '@/base/api.ts';
import { mergeNewest, placeOf } from '../time.ts';
import type { LogLine, LogQuestion } from '../types.ts';

const PAGE = 200;
/** Lines held while they come by themselves; those below are fetched again when they are scrolled to. */
const MOST_LIVE = 5_000;

/** The lines of a question, page by page. What the database's budget cut short goes on by itself up to a full page. */
export function useLogLines() {
  const lines = shallowRef<LogLine[]>([]);
  const isLoading = ref(false);
  const isDone = ref(false);
  const isStopped = ref(false);
  /** Everything up to here was looked at. */
  const searchedTo = ref('');
  const error = shallowRef<unknown>();
  let question: LogQuestion & { oldest_first: boolean } = {
    query: '',
    from_time: null,
    to_time: null,
    oldest_first: false,
  };
  let cursor: string | null = null;
  let controller = new AbortController();

  function clear(): void {
    controller.abort();
    controller = new AbortController();
    cursor = null;
    lines.value = [];
    error.value = undefined;
    searchedTo.value = '';
    isDone.value = false;
    isLoading.value = false;
  }
  function ask(next: typeof question): Promise<void> {
    clear();
    question = next;
    return more();
  }
  function refuse(why: unknown): void {
    clear();
    error.value = why;
  }

  async function more(): Promise<void> {
    if (isLoading.value || isDone.value) return;
    const { signal } = controller;
    isLoading.value = true;
    isStopped.value = false;
    error.value = undefined;
    try {
      for (let found = 0; found < PAGE && !isDone.value && !isStopped.value;) {
        const page = await callRpc('search_logs', { ...question, cursor, page_size: PAGE - found }, signal);
        if (signal.aborted) return;
        found += page.rows.length;
        cursor = page.next_cursor;
        searchedTo.value = page.searched_to;
        isDone.value = cursor === null;
        if (page.rows.length)
          lines.value = question.oldest_first ? append(page.rows) : mergeNewest(lines.value, page.rows);
      }
    } catch (failure) {
      if (!signal.aborted) error.value = failure;
    } finally {
      if (!signal.aborted) isLoading.value = false;
    }
  }

  function append(more: readonly LogLine[]): LogLine[] {
    const known = new Set(lines.value.slice(-PAGE).map(({ id }) => id));
    return [...lines.value, ...more.filter(({ id }) => !known.has(id))];
  }

  /** Puts lines that have just come where they belong; what lies below the last page is found by going on. */
  function add(come: readonly LogLine[]): void {
    const last = lines.value.at(-1);
    const reached = come.filter((line) => isDone.value || !last || line.at >= last.at);
    lines.value = mergeNewest(lines.value, reached);
    if (lines.value.length <= MOST_LIVE) return;
    lines.value = lines.value.slice(0, MOST_LIVE);
    cursor = placeOf(lines.value.at(-1)!);
    searchedTo.value = lines.value.at(-1)!.at;
    isDone.value = false;
  }

  onScopeDispose(() => controller.abort());
  return { lines, isLoading, isDone, isStopped, searchedTo, error, clear, ask, refuse, more, add };
}
