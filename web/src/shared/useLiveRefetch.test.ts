import { QueryClient, VueQueryPlugin, useQuery } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { useLiveRefetch } from './useLiveRefetch.ts';

/** A reading takes as long as the test says, and answers what was there when it was asked. */
let there = 0;
let asked = 0;
let aborted = 0;
let answerOldest: () => void;
let refetch: () => void;
let shown: () => unknown;
let unmount: () => void;

beforeEach(async () => {
  vi.useFakeTimers();
  [there, asked, aborted] = [1, 0, 0];
  const waiting: (() => void)[] = [];
  answerOldest = () => waiting.shift()!();
  const List = defineComponent({
    setup() {
      const query = useQuery({
        queryKey: ['list'],
        queryFn: ({ signal }) => {
          asked += 1;
          signal.addEventListener('abort', () => (aborted += 1));
          const then = there;
          return new Promise<number>((resolve) => waiting.push(() => resolve(then)));
        },
      });
      refetch = useLiveRefetch(() => [['list']], 1_000);
      shown = () => query.data.value;
      return () => h('i');
    },
  });
  const wrapper = mount(List, { global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  unmount = () => wrapper.unmount();
  await flushPromises();
});
afterEach(() => {
  unmount();
  vi.useRealTimers();
});
const answer = async () => {
  answerOldest();
  await flushPromises();
};

it('lets a slow reading end however much changes, and reads what came meanwhile', async () => {
  await answer();
  for (there = 2; there <= 5; there += 1) {
    refetch();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect([asked, aborted, shown()]).toEqual([2, 0, 1]);
  await answer();
  expect([asked, shown()]).toEqual([3, 2]);
  await answer();
  expect([asked, aborted, shown()]).toEqual([3, 0, 6]);
});

it('reads again what was asked for the first time before the change', async () => {
  there = 2;
  refetch();
  await answer();
  expect(shown()).toBe(1);
  await answer();
  expect(shown()).toBe(2);
});

it('reads once for one change, and many at once are two at most', async () => {
  await answer();
  refetch();
  await flushPromises();
  await answer();
  expect(asked).toBe(2);
  for (let change = 0; change < 50; change += 1) refetch();
  await vi.advanceTimersByTimeAsync(2_000);
  await answer();
  expect(asked).toBeLessThan(5);
});
