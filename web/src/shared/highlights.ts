import { onScopeDispose, shallowRef, type ShallowRef } from 'vue';

const HIGHLIGHT_MS = 2_500;

/** Rows that light up for a moment when somebody else changes them. */
export function useHighlights(): {
  changed: Readonly<ShallowRef<ReadonlySet<string>>>;
  highlight: (id: string) => void;
} {
  const changed = shallowRef<ReadonlySet<string>>(new Set());
  const timers = new Set<ReturnType<typeof setTimeout>>();
  onScopeDispose(() => timers.forEach(clearTimeout));
  return {
    changed,
    highlight(id) {
      changed.value = new Set([...changed.value, id]);
      const timer = setTimeout(() => {
        timers.delete(timer);
        changed.value = new Set([...changed.value].filter((each) => each !== id));
      }, HIGHLIGHT_MS);
      timers.add(timer);
    },
  };
}
