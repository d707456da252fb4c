import { afterEach, expect, it } from 'vitest';
import { keepPlace } from './table-place.ts';

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

function table(...keys: string[]): HTMLElement {
  const rows = keys.map((key) => `<p data-row="${key}" tabindex="-1"></p>`);
  document.body.innerHTML = `<div id="table">${rows.join('')}</div>`;
  return document.querySelector('#table')!;
}
const at = (position: number, forward: string | null) => history.replaceState({ position, forward }, '');
const open = (root: HTMLElement, key: string) =>
  root.querySelector<HTMLElement>(`[data-row="${key}"]`)!.dispatchEvent(new Event('click', { bubbles: true }));

it('gives scroll and focus back on the way back, and neither to a fresh visit', () => {
  at(3, null);
  const first = table('a', 'b');
  const leave = keepPlace(first);
  first.scrollTop = 120;
  open(first, 'b');
  at(4, null);
  leave();

  at(3, '/licences/b');
  const again = table('a', 'b');
  stops.push(keepPlace(again));
  expect(again.scrollTop).toBe(120);
  expect((document.activeElement as HTMLElement).dataset.row).toBe('b');

  at(3, null);
  const fresh = table('a', 'b');
  stops.push(keepPlace(fresh));
  expect(fresh.scrollTop).toBe(0);
  expect(document.activeElement).toBe(document.body);
});
it('takes the focus from nobody who has begun something', () => {
  at(8, null);
  const first = table('a');
  const leave = keepPlace(first);
  open(first, 'a');
  at(9, null);
  leave();
  at(8, '/licences/a');
  const again = table('a');
  document.body.insertAdjacentHTML('beforeend', '<input>');
  document.querySelector('input')!.focus();
  stops.push(keepPlace(again));
  expect(document.activeElement?.tagName).toBe('INPUT');
});
