import { flushPromises } from '@vue/test-utils';
import { expect, it, vi } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { ticketDetails } from '../test-data.ts';
import type { FoundTicket } from '../types.ts';
import BulkMergeDialog from './BulkMergeDialog.vue';
import BulkTagsDialog from './BulkTagsDialog.vue';

const MERGE = 'POST /rest/v1/rpc/merge_tickets';
const UPDATE = 'POST /rest/v1/rpc/update_ticket';
const tickets = [1203, 1201, 1202].map(
  (number) =>
    ({
      ...ticketDetails({ number, id: `id-${number}`, subject: `Sujet ${number}`, tags: ['vip', `t${number}`] }),
    }) as unknown as FoundTicket,
);
const dialog = () => document.querySelector<HTMLElement>('[role="dialog"]')!;
const button = (label: string) =>
  [...dialog().querySelectorAll('button')].find(({ textContent }) => textContent?.trim() === label)!;
const sent = (calls: { route: string; body: unknown }[], name: string) =>
  calls.filter(({ route }) => route.endsWith(name)).map(({ body }) => body);

it('several tickets go on in the one that is chosen, and one that is refused stops no other', async () => {
  const refusal = { code: 'PT409', hint: 'ticket_merge_refused', message: 'no' };
  const calls = mockApi({
    'POST /rest/v1/rpc/list_ticket_assignees': () => [],
    [MERGE]: (body: unknown) =>
      (body as { ticket_number: number }).ticket_number === 1201 ? new ApiFailure(409, refusal) : ticketDetails(),
  });
  const merged = vi.fn();
  await mountApp(BulkMergeDialog, { props: { open: true, tickets, onMerged: merged } });
  await until(() => expect(dialog()).not.toBeNull());
  const choices = [...dialog().querySelectorAll<HTMLInputElement>('input[type="radio"]')];
  expect(choices.map(({ value }) => Number(value))).toEqual([1201, 1202, 1203]);
  expect(button('Fusionner').disabled).toBe(true);
  choices[1]!.click();
  await flushPromises();
  expect(await axeViolations()).toEqual([]);
  button('Fusionner').click();
  await until(() => expect(merged).toHaveBeenCalledWith(1202));
  expect(sent(calls, 'merge_tickets')).toEqual([
    { ticket_number: 1201, into_number: 1202 },
    { ticket_number: 1203, into_number: 1202 },
  ]);
});

it('tags are added to each ticket, and what else it has stays', async () => {
  const calls = mockApi({ 'POST /rest/v1/rpc/list_ticket_assignees': () => [], [UPDATE]: () => ticketDetails() });
  const update = vi.fn();
  await mountApp(BulkTagsDialog, { props: { open: true, tickets, 'onUpdate:open': update } });
  await until(() => expect(dialog()).not.toBeNull());
  const input = dialog().querySelector<HTMLInputElement>('input')!;
  input.value = 'facturation';
  input.dispatchEvent(new Event('input', { bubbles: true }));
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  await until(() => expect(dialog().textContent).toContain('facturation'));
  expect(await axeViolations()).toEqual([]);
  button('Enregistrer').click();
  await until(() => expect(update).toHaveBeenCalledWith(false));
  expect(sent(calls, 'update_ticket')).toEqual(
    [1203, 1201, 1202].map((ticket_number) => ({
      ticket_number,
      changes: { add_tags: ['facturation'], remove_tags: [] },
    })),
  );
});
