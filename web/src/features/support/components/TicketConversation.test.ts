import { beforeEach, expect, it } from 'vitest';
import { mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { ticketDetails } from '../test-data.ts';
import TicketConversation from './TicketConversation.vue';

const header = () => document.querySelector('header')?.textContent ?? '';
const desk = (name: string) => document.querySelector(`[data-desk="${name}"]`);
const show = (role: 'support' | 'viewer') =>
  mountApp(TicketConversation, { role, props: { number: 1245, back: false } });

beforeEach(() => {
  const ticket = ticketDetails({ number: 1245, priority: 'high', assigned_name: 'Marc Petit' });
  mockApi({
    'POST /rest/v1/rpc/get_ticket': () => ({ ...ticket, read_at: ticket.last_message_at }),
    'POST /rest/v1/rpc/list_ticket_assignees': () => [],
  });
});

it('whoever may not change a ticket reads its state, priority and assignee', async () => {
  await show('viewer');
  await until(() => expect(header()).toContain('Marc Petit'));
  expect(header()).toContain('Haute');
  expect(['status', 'priority', 'assign'].map(desk)).toEqual([null, null, null]);
  expect(await axeViolations()).toEqual([]);
});

it('whoever may changes them there', async () => {
  await show('support');
  await until(() => expect(desk('assign')?.textContent).toContain('Marc Petit'));
  expect(desk('priority')?.textContent).toContain('Haute');
});

it('a sender who cannot be read is said to be nobody, and not offered as a customer', async () => {
  const nameless = ticketDetails({ number: 1245, customer_id: null, customer_name: null, customer: null });
  mockApi({
    'POST /rest/v1/rpc/get_ticket': () => ({ ...nameless, read_at: nameless.last_message_at }),
    'POST /rest/v1/rpc/list_ticket_assignees': () => [],
  });
  await show('support');
  await until(() => expect(header()).toContain('Ce message ne dit pas qui l’envoie'));
  expect(document.body.textContent).not.toContain('Confirmer comme client');
  expect(document.querySelector('article')?.textContent).toContain('Expéditeur inconnu');
  // Nobody would receive an answer: it says so before it is written.
  const box = document.querySelector<HTMLTextAreaElement>('textarea')!;
  expect(document.body.textContent).toContain('personne ne recevrait la réponse');
  box.value = 'Bonjour';
  box.dispatchEvent(new Event('input'));
  await until(() => expect(document.querySelector<HTMLButtonElement>('button[type=submit]')!.disabled).toBe(true));
});
