import { expect, it, vi } from 'vitest';
import { mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { ticketDetails, ticketMessage } from '../test-data.ts';
import type { TicketMessage } from '../types.ts';
import TicketMessages from './TicketMessages.vue';

const text = () => document.body.textContent ?? '';
const button = (name: string) =>
  [...document.querySelectorAll('button')].find((each) => each.textContent?.trim() === name);
const show = (message: Partial<TicketMessage>, role: 'support' | 'viewer' = 'support') =>
  mountApp(TicketMessages, {
    role,
    props: { ticket: ticketDetails({ messages: [ticketMessage(message)] }), assignees: new Map() },
  });

it('what no person said is one line that unfolds', async () => {
  await show({ kind: 'bounce', body: 'ana@example.com (5.1.1)', quoted: '550 5.1.1 unknown' });
  expect(text()).toContain('Non distribué à ana@example.com (5.1.1)');
  expect(document.querySelector('article')).toBeNull();
  expect(document.querySelector('details')).toMatchObject({ open: false });
  expect(document.querySelector('details')?.textContent).toContain('550 5.1.1 unknown');
  expect(await axeViolations()).toEqual([]);
});

it('so is an automatic reply', async () => {
  await show({ kind: 'auto_reply', body: 'En congé jusqu’à lundi.' });
  expect(text()).toMatch(/Réponse automatique\s:\sAgathe Garcia/);
  expect(document.querySelector('details')?.textContent).toContain('En congé jusqu’à lundi.');
  expect(await axeViolations()).toEqual([]);
});

const stranger = { is_verified: false, from_address: 'paul@example.com' };
it('a stranger is said to be one to whoever reads', async () => {
  await show(stranger, 'viewer');
  expect(text()).toContain('Expéditeur non vérifié paul@example.com');
  expect(button('Accepter l’expéditeur')).toBeUndefined();
});

it('a stranger is accepted by whoever may change tickets', async () => {
  const asked = vi.fn(() => ticketDetails());
  mockApi({ 'POST /rest/v1/rpc/accept_ticket_sender': asked });
  await show(stranger);
  button('Accepter l’expéditeur')!.click();
  await until(() => expect(asked).toHaveBeenCalledTimes(1));
  expect(await axeViolations()).toEqual([]);
});

it('a mail that could not be read is said, fetched as it came, and read again', async () => {
  const retried = vi.fn(() => null);
  const saved = vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:x');
  mockApi({
    'POST /rest/v1/rpc/retry_ticket_mail': retried,
    'POST /rest/v1/rpc/get_original_mail': () => ({ content: btoa('From: x') }),
  });
  await show({ kind: 'unreadable', body: '', has_original: true });
  expect(text()).toContain('Ce message n’a pas pu être lu.');
  button('Télécharger l’original')!.click();
  await until(() => expect(saved).toHaveBeenCalledTimes(1));
  expect((saved.mock.calls[0]![0] as Blob).type).toBe('application/octet-stream');
  button('Relire')!.click();
  await until(() => expect(retried).toHaveBeenCalledTimes(1));
  expect(await axeViolations()).toEqual([]);
  saved.mockRestore();
});

it('a mail under another subject says which', async () => {
  await show({ subject: 'Ma facture de mars', has_original: true });
  expect(text()).toMatch(/Objet\s:\sMa facture de mars/);
  expect(button('Télécharger l’original')).toBeDefined();
  expect(button('Relire')).toBeUndefined();
});

it.each([
  ['', 'AG'],
  ['🙂', '🙂'],
  ['—', '—'],
  ['...', ''],
])('the sender named %j has an avatar', async (author_name, letters) => {
  await show({ author_name });
  const avatar = document.querySelector('article header')!.firstElementChild!;
  expect(avatar.textContent?.trim()).toBe(letters);
  // What has no letters has a figure.
  expect(avatar.querySelector('svg, [class*="i-lucide"], .iconify') !== null).toBe(letters === '');
});

it('what staff wrote in the customer’s name says whose words they are', async () => {
  await show({ written_by: '81111111-1111-4111-8111-111111111111', written_by_name: 'Camille Roy' });
  expect(document.querySelector('article header')?.textContent).toContain('Agathe Garcia');
  expect(text()).toContain('écrit par Camille Roy au nom du client');
  expect(await axeViolations()).toEqual([]);
});

it('what they changed so is told in both names', async () => {
  const event = { id: 1, kind: 'status_changed', actor_kind: 'customer' as const, actor_id: null };
  const told = { ...event, actor_name: 'Camille Roy', data: { after: 'open' }, created_at: '2026-11-27T08:01:00Z' };
  await mountApp(TicketMessages, {
    role: 'support',
    props: { ticket: ticketDetails({ messages: [], timeline: [told] }), assignees: new Map() },
  });
  expect(text()).toContain('Camille Roy en tant que Agathe Garcia');
});
