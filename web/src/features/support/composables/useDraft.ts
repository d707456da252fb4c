import { useDebounceFn, useEventListener } from '@vueuse/core';
import { onScopeDispose, ref, watch } from 'vue';
import { saveDraft } from '../queries.ts';
import type { WritingKind } from '../types.ts';

const KEPT_AFTER_MS = 600;

/**
 * What is being written in one ticket in one mode, kept in the database as it is typed: there after a crash, on another
 * machine, and nowhere else. Leaving the ticket keeps what the pause has not kept yet.
 */
export function useDraft(ticketId: string, kind: WritingKind, initial: string, seenMessageId: () => string | null) {
  const body = ref(initial);
  const state = ref<'kept' | 'keeping' | 'unkept'>('kept');
  let kept = initial;
  let running: Promise<void> | undefined;
  let paused = false;
  let isLeft = false;

  async function save(): Promise<void> {
    const text = body.value;
    state.value = 'keeping';
    try {
      await saveDraft(ticketId, kind, text, seenMessageId());
      kept = text;
      state.value = 'kept';
    } catch {
      // Said beside the box, and tried again with the next letter or when the page is left.
      state.value = 'unkept';
    } finally {
      running = undefined;
    }
    if (state.value === 'kept') await keep();
  }
  async function keep(): Promise<void> {
    if (running || paused || body.value === kept) return running;
    running = save();
    return running;
  }
  const keepLater = useDebounceFn(async () => (isLeft ? undefined : keep()), KEPT_AFTER_MS);
  watch(body, (text) => {
    if (running) return;
    // Said at once: whoever is told that it is kept may leave.
    state.value = text === kept ? 'kept' : 'keeping';
    void keepLater();
  });
  useEventListener(document, 'visibilitychange', () => void (document.hidden && keep()));
  onScopeDispose(() => {
    void keep();
    isLeft = true;
  });

  return {
    body,
    state,
    keep,
    /** While it is being sent nothing is kept: what came after the sending would be a draft of what was said. */
    async sending<T>(send: () => Promise<T>): Promise<T> {
      paused = true;
      try {
        await running;
        return await send();
      } finally {
        paused = false;
      }
    },
    /** It was sent, or thrown away, and the database has dropped it already. */
    dropped(): void {
      kept = '';
      body.value = '';
      state.value = 'kept';
    },
  };
}
