import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { mountApp, until } from '@/test/mount.ts';
import type { SupportCalendar } from '../../settings.ts';
import CalendarDialog from './CalendarDialog.vue';

const SAVE = 'POST /rest/v1/rpc/save_support_calendar';
const READ = 'GET /rest/v1/support_calendars';
const calendar: SupportCalendar = {
  id: '61111111-1111-4111-8111-111111111111',
  name: 'Bureau',
  time_zone: 'Europe/Paris',
  hours: [
    { weekday: 1, starts: '09:00', ends: '12:30' },
    { weekday: 1, starts: '13:30', ends: '18:00' },
  ],
  holiday_rule: 'france',
};
const { id: _id, ...fields } = calendar;
const dialog = () => document.querySelector<HTMLElement>('[role="dialog"]')!;
const input = (label: string) => dialog().querySelector<HTMLInputElement>(`input[aria-label^="${label}"]`)!;
const name = () => dialog().querySelector<HTMLInputElement>('input[maxlength="80"]')!;
const button = (label: string) =>
  [...dialog().querySelectorAll('button')].find((each) =>
    [each.textContent?.trim(), each.getAttribute('aria-label')].includes(label),
  )!;
async function type(into: HTMLInputElement, value: string): Promise<void> {
  into.value = value;
  into.dispatchEvent(new Event('input', { bubbles: true }));
  await flushPromises();
}
async function show(handlers: Parameters<typeof mockApi>[0]) {
  const calls = mockApi(handlers);
  const update = vi.fn();
  await mountApp(CalendarDialog, { props: { calendar, open: true, 'onUpdate:open': update } });
  await until(() => expect(dialog()).not.toBeNull());
  return { calls, update };
}

describe('CalendarDialog', () => {
  it('saves what was seen with what is wanted, a day to its very end', async () => {
    const { calls, update } = await show({ [SAVE]: () => ({ id: calendar.id, moved: 3 }), [READ]: () => [calendar] });
    await type(input('lundi, fin de la plage 2'), '24:00');
    button('Enregistrer').click();
    await until(() => expect(update).toHaveBeenCalledWith(false));
    const hours = [fields.hours[0], { weekday: 1, starts: '13:30', ends: '24:00' }];
    expect(calls.find(({ body }) => body)?.body).toEqual({ calendar_id: calendar.id, seen: fields, ...fields, hours });
  });

  it('closes when nothing was changed, and sends nothing', async () => {
    const { calls, update } = await show({});
    expect(button('Enregistrer').disabled).toBe(false);
    button('Enregistrer').click();
    await until(() => expect(update).toHaveBeenCalledWith(false));
    expect(calls).toEqual([]);
  });

  it.each([
    ['lundi, début de la plage 2', '12:00', 'Cette plage en recouvre une autre.'],
    ['lundi, fin de la plage 1', '08:00', 'La fin vient après le début.'],
    ['lundi, fin de la plage 2', '25:00', 'Une heure s’écrit 09:00'],
  ])('%s at %s is told beside the field and not sent', async (label, value, fault) => {
    const { calls } = await show({});
    await type(input(label), value);
    expect(dialog().textContent).toContain(fault);
    expect(button('Enregistrer').disabled).toBe(true);
    expect(calls).toEqual([]);
  });

  it('names what somebody else changed, keeps what was typed, and saves again knowing it', async () => {
    const theirs = { ...calendar, time_zone: 'Indian/Reunion' };
    const refusal = { code: 'PT409', hint: 'support_setting_changed', message: 'no', details: '["time_zone"]' };
    let refused = true;
    const { calls, update } = await show({
      [SAVE]: () => (refused ? new ApiFailure(409, refusal) : { id: calendar.id, moved: 0 }),
      [READ]: () => [theirs],
    });
    await type(name(), 'Atelier');
    button('Enregistrer').click();
    await until(() => expect(dialog().textContent).toContain('Modifié entre-temps par quelqu’un d’autre : Fuseau'));
    expect(name().value).toBe('Atelier');
    refused = false;
    button('Enregistrer').click();
    await until(() => expect(update).toHaveBeenCalledWith(false));
    expect(calls.filter(({ body }) => body).at(-1)?.body).toMatchObject({
      seen: { name: 'Bureau', time_zone: 'Indian/Reunion' },
      name: 'Atelier',
    });
  });
});
