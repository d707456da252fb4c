import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defineComponent, h, ref } from 'vue';
import { mountApp } from '@/test/mount.ts';
import ListFilterBar from './ListFilterBar.vue';

const query = ref('');
const asked: string[] = [];
const List = defineComponent({
  render: () =>
    h(ListFilterBar, { query: query.value, placeholder: 'Cherchez', active: 0, onSearch: (q) => void asked.push(q) }),
});
const box = () => document.querySelector<HTMLInputElement>('input[type="search"]')!;
async function type(text: string): Promise<void> {
  box().value = text;
  box().dispatchEvent(new Event('input', { bubbles: true }));
  await flushPromises();
}

beforeEach(() => {
  query.value = '';
  asked.length = 0;
});
afterEach(() => void vi.useRealTimers());

it('keeps what is typed while the address takes what was sent', async () => {
  await mountApp(List);
  vi.useFakeTimers();
  await type('duran');
  vi.advanceTimersByTime(250);
  expect(asked).toEqual(['duran']);
  await type('durand');
  query.value = 'duran';
  await flushPromises();
  expect(box().value).toBe('durand');
  vi.advanceTimersByTime(250);
  expect(asked).toEqual(['duran', 'durand']);
});

it('follows the address back, forth and back again', async () => {
  await mountApp(List);
  vi.useFakeTimers();
  await type('a');
  vi.advanceTimersByTime(250);
  for (const address of ['a', '', 'a', 'another view']) {
    query.value = address;
    await flushPromises();
    expect(box().value).toBe(address);
  }
});
