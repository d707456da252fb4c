interface Place {
  path: string;
  /** How far the table and what it stands in were scrolled, from the inside out. */
  offsets: { top: number; left: number }[];
  /** The row last touched: the one that was opened. */
  row: string | undefined;
}

/** By the history's position, as the router counts it. */
const places = new Map<number, Place>();

interface HistoryState {
  position?: number;
  forward?: string | null;
}
const state = (): HistoryState => (history.state as HistoryState | null) ?? {};

function outwards(element: HTMLElement): HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let each: HTMLElement | null = element; each; each = each.parentElement) found.push(each);
  return found;
}

const GESTURES = ['pointerdown', 'keydown', 'wheel'] as const;

/**
 * Keeps a table's place in its page: on the way back to it, it is scrolled as it was and the row that was opened has
 * the focus. Also says in `data-more` on which sides it has more columns than can be seen. Returns how to stop.
 */
export function keepPlace(root: HTMLElement): () => void {
  let here = { path: location.pathname, position: state().position };
  let row: string | undefined;
  const { position, forward } = state();
  const known = position !== undefined && forward ? places.get(position) : undefined;
  let wanted = known?.path === location.pathname ? known : undefined;

  // When the table goes, the address is the next page's already.
  const note = (event: Event) => {
    here = { path: location.pathname, position: state().position };
    const touched = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-row]') : null;
    if (touched && root.contains(touched)) row = touched.dataset.row;
  };
  const giveUp = () => (wanted = undefined);

  function restore(): void {
    if (!wanted || !root.querySelector('[data-row]')) return;
    const { offsets, row: opened } = wanted;
    wanted = undefined;
    row = opened;
    for (const [index, element] of outwards(root).entries()) {
      const offset = offsets[index];
      if (offset) Object.assign(element, { scrollTop: offset.top, scrollLeft: offset.left });
    }
    const active = document.activeElement;
    if (opened && (!active || active === document.body || active.contains(root)))
      root.querySelector<HTMLElement>(`[data-row="${CSS.escape(opened)}"]`)?.focus({ preventScroll: true });
  }

  function look(): void {
    const { scrollLeft, clientWidth, scrollWidth } = root;
    const sides = [scrollLeft > 1 ? 'start' : '', scrollLeft + clientWidth < scrollWidth - 1 ? 'end' : ''];
    root.dataset.more = sides.join(' ').trim();
    restore();
  }

  const changes = new MutationObserver(look);
  changes.observe(root, { childList: true, subtree: true });
  const sizes = new ResizeObserver(look);
  sizes.observe(root);
  root.addEventListener('scroll', look, { passive: true });
  for (const kind of ['click', 'focusin', 'keydown']) root.addEventListener(kind, note, true);
  for (const kind of GESTURES) addEventListener(kind, giveUp, { passive: true, once: true });
  look();

  return () => {
    changes.disconnect();
    sizes.disconnect();
    for (const kind of GESTURES) removeEventListener(kind, giveUp);
    if (here.position === undefined) return;
    const offsets = outwards(root).map(({ scrollTop: top, scrollLeft: left }) => ({ top, left }));
    places.set(here.position, { path: here.path, offsets, row });
  };
}
