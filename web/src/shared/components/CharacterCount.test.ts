import { expect, it } from 'vitest';
import { ref } from 'vue';
import { axeViolations, mountApp } from '@/test/mount.ts';
import CharacterCount from './CharacterCount.vue';
import ReasonField from './ReasonField.vue';

const counted = async (length: number, limit: number) => {
  await mountApp({
    components: { CharacterCount },
    template: `<CharacterCount :length="${length}" :limit="${limit}" />`,
  });
  return document.querySelector('[role="status"]')?.textContent?.trim();
};

it.each([
  [449, 500, ''],
  [450, 500, '450 caractères sur 500'],
  [500, 500, '500 caractères sur 500 : la suite n’est pas gardée'],
  [501, 500, '501 caractères pour 500 au plus : raccourcissez ce texte'],
])('of %i of %i says %j', async (length, limit, words) => expect(await counted(length, limit)).toBe(words));

it('stands under a reason as it grows, and nothing is cut unseen', async () => {
  const reason = ref('Remboursé');
  await mountApp({
    components: { ReasonField },
    setup: () => ({ reason }),
    template: '<ReasonField v-model="reason" />',
  });
  const status = () => document.querySelector('[role="status"]')?.textContent?.trim();
  expect(status()).toBe('');
  reason.value = 'x'.repeat(500);
  await expect.poll(status).toBe('500 caractères sur 500 : la suite n’est pas gardée');
  expect(document.querySelector('textarea')?.maxLength).toBe(500);
  expect(await axeViolations()).toEqual([]);
});
