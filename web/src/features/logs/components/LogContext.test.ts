import { describe, expect, it, vi } from 'vitest';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import LogContext from './LogContext.vue';

const items = () => [...document.querySelectorAll<HTMLElement>('[role="treeitem"]')];
const keys = () => items().map((item) => item.querySelector('bdi')?.textContent);
const press = (key: string) =>
  document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
const focused = () => document.activeElement?.querySelector('bdi')?.textContent;

async function mount() {
  const onFilter = vi.fn();
  await mountApp(LogContext, {
    props: { context: { attempt: 3, browser: { name: 'Edge', '<b>': null } }, words: ['edge'], onFilter },
  });
  return onFilter;
}

describe('LogContext', () => {
  it('is walked through, folded and opened by keys', async () => {
    await mount();
    expect(keys()).toEqual(['attempt', 'browser', 'name', '<b>']);
    items()[0]!.focus();
    press('ArrowDown');
    await until(() => expect(focused()).toBe('browser'));
    press('ArrowLeft');
    await until(() => expect(keys()).toEqual(['attempt', 'browser']));
    expect(items()[1]!.getAttribute('aria-expanded')).toBe('false');
    press('ArrowRight');
    await until(() => expect(keys()).toHaveLength(4));
    press('ArrowRight');
    await until(() => expect(focused()).toBe('name'));
    press('End');
    await until(() => expect(focused()).toBe('<b>'));
    press('ArrowLeft');
    await until(() => expect(focused()).toBe('browser'));
    press('Home');
    await until(() => expect(focused()).toBe('attempt'));
    expect(items().map((item) => item.tabIndex)).toEqual([0, -1, -1, -1]);
    expect(await axeViolations()).toEqual([]);
  });

  it('asks for what a value says, or for all but it, and marks what was looked for', async () => {
    const onFilter = await mount();
    expect(document.querySelector('mark')?.textContent).toBe('Edge');
    const buttons = () => [...items()[2]!.querySelectorAll<HTMLButtonElement>('button')];
    buttons()
      .find((each) => each.title === 'Seulement les lignes avec "name": "Edge"')!
      .click();
    buttons()
      .find((each) => each.title === 'Sans les lignes avec "name": "Edge"')!
      .click();
    expect(onFilter.mock.calls).toEqual([
      ['"name": "Edge"', false],
      ['"name": "Edge"', true],
    ]);
  });
});
