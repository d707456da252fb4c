import { expect, it } from 'vitest';
import { axeViolations, mountApp } from '@/test/mount.ts';
import RecordTabs from './RecordTabs.vue';

const tabs = ['a', 'b', 'c'].map((value) => ({ value, label: value.toUpperCase() }));

it('says on which sides its strip has more tabs than can be seen', async () => {
  await mountApp({
    components: { RecordTabs },
    setup: () => ({ tabs }),
    template: '<RecordTabs tab="a" :tabs="tabs" />',
  });
  const list = document.querySelector<HTMLElement>('[role="tablist"]')!;
  expect(list.dataset.more).toBe('');
  Object.defineProperties(list, { clientWidth: { value: 300 }, scrollWidth: { value: 500 } });
  const scrolled = (left: number) => {
    list.scrollLeft = left;
    list.dispatchEvent(new Event('scroll'));
    return list.dataset.more;
  };
  expect([0, 100, 200].map(scrolled)).toEqual(['end', 'start end', 'start']);
  expect(await axeViolations()).toEqual([]);
});
