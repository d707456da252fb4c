import { expect, it, vi } from 'vitest';
import { mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import type { SupportCalendar } from '../../settings.ts';
import DeleteCalendarDialog from './DeleteCalendarDialog.vue';

const { id, ...fields }: SupportCalendar = {
  id: '61111111-1111-4111-8111-111111111111',
  name: 'Bureau',
  time_zone: 'Europe/Paris',
  hours: [{ weekday: 1, starts: '09:00', ends: '18:00' }],
  holiday_rule: 'france',
};
const dialog = () => document.querySelector<HTMLElement>('[role="dialog"]')!;
const button = (label: string) =>
  [...dialog().querySelectorAll('button')].find(({ textContent }) => textContent?.trim() === label);
async function show(priorities: string[]) {
  const calls = mockApi({
    'GET /rest/v1/sla_policies': () => priorities.map((priority) => ({ priority, calendar_id: id })),
    'POST /rest/v1/rpc/delete_support_calendar': () => null,
  });
  const update = vi.fn();
  await mountApp(DeleteCalendarDialog, { props: { calendar: { id, ...fields }, open: true, 'onUpdate:open': update } });
  await until(() => expect(calls).not.toEqual([]));
  return { update, deleted: () => calls.flatMap(({ body }) => (body ? [body] : [])) };
}

it('says what is promised by a calendar, and deletes nothing then', async () => {
  const { update, deleted } = await show(['low', 'high']);
  await until(() => expect(dialog().textContent).toContain('Utilisé par les délais promis : Haute, Basse'));
  expect(button('Supprimer')).toBeUndefined();
  expect(await axeViolations()).toEqual([]);
  button('Fermer')!.click();
  await until(() => expect(update).toHaveBeenCalledWith(false));
  expect(deleted()).toEqual([]);
});

it('deletes one that nothing is promised by, as it was seen', async () => {
  const { update, deleted } = await show([]);
  button('Supprimer')!.click();
  await until(() => expect(update).toHaveBeenCalledWith(false));
  expect(deleted()).toEqual([{ calendar_id: id, seen: fields }]);
});
