import { expect, it } from 'vitest';
import { defineComponent, h, shallowRef } from 'vue';
import { mockApi } from '@/test/api.ts';
import { mountApp, until } from '@/test/mount.ts';
import { details } from '../test-data.ts';
import type { LicenseDetails } from '../types.ts';
import LicenseNotes from './LicenseNotes.vue';

const shown = shallowRef<LicenseDetails>(details());
const Page = defineComponent({ render: () => h(LicenseNotes, { license: shown.value }) });
const notes = () => document.querySelector('textarea')!;
const button = () => document.querySelector<HTMLButtonElement>('button[type="submit"]');
function type(text: string): void {
  notes().value = text;
  notes().dispatchEvent(new Event('input', { bubbles: true }));
}

/** What happens between the sending of the notes and their answer. */
async function saveMeanwhile(happens: () => void): Promise<void> {
  shown.value = details();
  const { id } = shown.value;
  mockApi({
    'PATCH /rest/v1/licenses': () => {
      happens();
      return { id, notes: 'mine' };
    },
  });
  await mountApp(Page);
  type('mine');
  await until(() => expect(button()).not.toBeNull());
  button()!.click();
}

it('shows what a colleague saved before the own answer came', async () => {
  await saveMeanwhile(() => (shown.value = details({ notes: 'theirs, later' })));
  await until(() => expect(notes().value).toBe('theirs, later'));
  expect(button()).toBeNull();
});

it('keeps what was typed before the own answer came', async () => {
  await saveMeanwhile(() => type('mine and more'));
  await until(() => expect(button()?.disabled).toBe(false));
  expect(notes().value).toBe('mine and more');
});
