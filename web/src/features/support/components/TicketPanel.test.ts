import { expect, it } from 'vitest';
import { mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { ticketDetails, ticketMessage } from '../test-data.ts';
import TicketMessages from './TicketMessages.vue';
import TicketPanel from './TicketPanel.vue';

const text = () => document.body.textContent ?? '';
const clock = (over: object) => ({
  clock: 'resolution' as const,
  started_at: '2026-11-20T08:00:00Z',
  stopped_at: null,
  due_at: '2026-11-21T08:00:00Z',
  warn_at: null,
  is_running: false,
  is_late: false,
  seconds: null,
  ...over,
});
const withClocks = (...clocks: ReturnType<typeof clock>[]) =>
  ticketDetails({ sla: { ...ticketDetails().sla, clocks } });

/** With what other features know of the customer. */
async function show(ticket: ReturnType<typeof ticketDetails>, lines: object[] = []): Promise<void> {
  mockApi({
    'POST /rest/v1/rpc/search_logs': () => ({ rows: lines, next_cursor: null, complete: true, searched_to: null }),
  });
  await mountApp(TicketPanel, { props: { ticket } });
  await until(() =>
    expect(text()).toMatch(lines.length ? /Dernières erreurs et avertissements\s*Erreur/ : /Aucune depuis 30\sjours/),
  );
}

it('a promise that was kept or missed is no longer late by the day', async () => {
  const ticket = withClocks(
    clock({ clock: 'first_response', stopped_at: '2026-11-20T09:00:00Z' }),
    clock({ stopped_at: '2026-11-23T09:00:00Z', is_late: true }),
  );
  await show(ticket);
  expect(text()).toMatch(/Première réponse\s*Tenu.*Résolution\s*Dépassé/s);
  expect(text()).not.toContain('Retard');
  expect(await axeViolations()).toEqual([]);
});

it('one that runs says how long, one that stands says so', async () => {
  const due = new Date(Date.now() + 3 * 3_600_000 + 60_000).toISOString();
  await show(withClocks(clock({ clock: 'next_response', due_at: due, is_running: true }), clock({ due_at: null })));
  expect(text()).toMatch(/Prochaine réponse\s*3\sh.*Résolution\s*En pause/s);
});

it('the last errors of the customer lead to their lines', async () => {
  const line = { id: 1_001, at: '2026-11-28T08:00:00.5+00:00', level: 'error', message: '<b>ECONNREFUSED</b>' };
  await show(ticketDetails(), [line]);
  const link = [...document.querySelectorAll('a')].find((each) => each.textContent?.includes('ECONNREFUSED'));
  expect(link?.textContent).toContain('<b>ECONNREFUSED</b>');
  expect(link?.getAttribute('href')).toContain(`line=${Date.parse('2026-11-28T08:00:00.5Z')}000_1001`);
});

it('what a customer writes is text, folded where it quotes, and what was done is said with its reason', async () => {
  const event = { id: 1, actor_kind: 'system', actor_id: null, actor_name: null, created_at: '2026-11-27T08:01:00Z' };
  const ticket = ticketDetails({
    messages: [ticketMessage({ body: '<b>gras</b> [x](javascript:x)', quoted: '> hier' })],
    timeline: [{ ...event, actor_kind: 'system', kind: 'assigned', data: { after: 'u1', reason: 'skill' } }],
  });
  await mountApp(TicketMessages, { props: { ticket, assignees: new Map([['u1', 'Marc Lefèvre']]) } });
  expect(text()).toContain('<b>gras</b> [x](javascript:x)');
  expect(document.querySelector('article b, article a')).toBeNull();
  expect(document.querySelector('details')?.open).toBe(false);
  expect(text()).toContain('Système a attribué le ticket à Marc Lefèvre · pour ses compétences');
});
