import { describe, expect, it } from 'vitest';
import { license } from '@/test/license.ts';
import { mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import SubjectTickets from './SubjectTickets.vue';

const CREATE = 'POST /rest/v1/rpc/create_ticket';
const templates = [
  {
    id: 't1',
    name: 'Relance',
    locale: 'fr',
    body: 'Bonjour {{customer.name}}, votre {{license.plan}}. {{staff.name}}',
  },
  { id: 't2', name: 'Suivi', locale: 'fr', body: 'Au sujet du ticket {{ticket.number}}' },
];
const api = () =>
  mockApi({
    'POST /rest/v1/rpc/search_tickets': () => ({ total: 0, is_more: false, rows: [] }),
    'GET /rest/v1/reply_templates': () => templates,
    'POST /rest/v1/rpc/get_customer': () => ({
      name: 'Agathe Garcia',
      email: 'client@example.com',
      company: null,
      licenses: [license()],
    }),
    [CREATE]: () => ({ number: 1300 }),
  });
const dialog = () => document.querySelector<HTMLElement>('[role="dialog"]');
const body = () => dialog()!.querySelector('textarea')!;
const confirm = () =>
  [...dialog()!.querySelectorAll('button')].find((each) => each.textContent?.trim() === 'Ouvrir le ticket')!;
async function choose(name: string): Promise<void> {
  await until(() => expect(dialog()?.querySelectorAll('[role="combobox"]')).toHaveLength(2));
  const trigger = dialog()!.querySelector<HTMLElement>('[role="combobox"]')!;
  trigger.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  const option = () =>
    [...document.querySelectorAll<HTMLElement>('[role="option"]')].find((each) => each.textContent?.includes(name));
  await until(() => expect(option()).toBeDefined());
  option()!.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }));
}

describe('SubjectTickets', () => {
  it('opens a ticket from a template that is filled with what is known of the customer', async () => {
    const calls = api();
    const { router } = await mountApp(SubjectTickets, { path: '/?new=1', props: { customerId: 'c1' } });
    await choose('Relance');
    await until(() => expect(body().value).toBe('Bonjour Agathe Garcia, votre Premium. Léa Moreau'));
    expect(await axeViolations(dialog()!)).toEqual([]);
    const subject = dialog()!.querySelector('input')!;
    subject.value = 'Votre licence';
    subject.dispatchEvent(new Event('input', { bubbles: true }));
    await until(() => expect(confirm().disabled).toBe(false));
    confirm().click();
    await until(() => expect(dialog()).toBeNull());
    expect(calls.find(({ route }) => route === CREATE)?.body).toMatchObject({
      customer_id: 'c1',
      subject: 'Votre licence',
      body: 'Bonjour Agathe Garcia, votre Premium. Léa Moreau',
    });
    // The way back leads to the tickets, not into another dialog.
    await until(() => expect(router.currentRoute.value.query).toEqual({}));
  });

  it('sends nothing while a variable is left to be filled', async () => {
    api();
    await mountApp(SubjectTickets, { path: '/?new=1', props: { customerId: 'c1' } });
    await choose('Suivi');
    await until(() => expect(dialog()!.textContent).toContain('À remplir ou à retirer : ticket.number'));
    const subject = dialog()!.querySelector('input')!;
    subject.value = 'Suivi';
    subject.dispatchEvent(new Event('input', { bubbles: true }));
    expect(confirm().disabled).toBe(true);
    body().value = 'Au sujet de votre demande';
    body().dispatchEvent(new Event('input', { bubbles: true }));
    await until(() => expect(confirm().disabled).toBe(false));
  });

  it('opens no dialog for who may not write, whatever the address says', async () => {
    api();
    await mountApp(SubjectTickets, { path: '/?new=1', props: { customerId: 'c1' }, role: 'viewer' });
    await until(() => expect(document.body.textContent).toContain('Aucun ticket'));
    expect(dialog()).toBeNull();
  });
});
