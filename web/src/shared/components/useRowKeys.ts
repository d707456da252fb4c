import { useEventListener } from '@vueuse/core';
import type { Ref } from 'vue';

interface RowActions {
  open(index: number): void;
  select(index: number): void;
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** j and k move the focus between rows, Enter opens, x selects. Nothing while typing or inside a dialog. */
export function useRowKeys(root: Ref<HTMLElement | null>, actions: RowActions): void {
  useEventListener(document, 'keydown', (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (!root.value || document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]')) return;
    const rows = [...root.value.querySelectorAll<HTMLElement>('tr[data-row]')];
    const active = rows.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'j' || event.key === 'k') {
      const next = active < 0 ? 0 : Math.min(Math.max(active + (event.key === 'j' ? 1 : -1), 0), rows.length - 1);
      rows[next]?.focus();
      rows[next]?.scrollIntoView({ block: 'nearest' });
      event.preventDefault();
    } else if (active >= 0 && event.key === 'Enter') {
      event.preventDefault();
      actions.open(active);
    } else if (active >= 0 && event.key === 'x') {
      event.preventDefault();
      actions.select(active);
    }
  });
}
