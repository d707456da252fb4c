import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientSessionRow } from '@contracts/rows/license.ts';
import { ApiFailure, type ApiCall, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { loadMessages } from '@/base/i18n.ts';
import { license } from '../test-data.ts';
import LoginAsDialog from './LoginAsDialog.vue';

const sessionId = '71111111-1111-4111-8111-111111111111';
const address = `whatautosys://session#wao_${'a'.repeat(64)}`;
const session = (over: Partial<ClientSessionRow> = {}): ClientSessionRow => ({
  id: sessionId,
  license_id: license().id,
  staff_id: '81111111-1111-4111-8111-111111111111',
  staff_name: 'Laura Fontaine',
  reason: 'Reproduire l’erreur',
  state: 'waiting',
  created_at: '2026-11-27T08:00:00.000Z',
  redeemed_at: null,
  ends_at: '2026-11-27T08:01:00.000Z',
  ended_at: null,
  ended_by_name: null,
  end_reason: null,
  hwid_hint: null,
  ...over,
});

let rows: ClientSessionRow[];
let isMailed: boolean;
let refusal: string | null;
let calls: ApiCall[];
beforeEach(async () => {
  [rows, isMailed, refusal] = [[], false, null];
  await loadMessages('licenses/later', 'licenses/sessions');
  calls = mockApi({
    'POST /rest/v1/rpc/list_client_sessions': () => ({ minutes: 45, is_mailed: isMailed, rows }),
    'POST /rest/v1/rpc/end_client_session': () => session({ state: 'ended', end_reason: 'by_hand' }),
    'POST /functions/v1/login-as': () =>
      refusal
        ? new ApiFailure(409, { code: refusal, message: 'No', details: null })
        : { session_id: sessionId, token: 'wao_', url: address, expires_at: '2026-11-27T08:01:00.000Z' },
  });
});

const text = () => document.body.textContent ?? '';
const button = (name: string) =>
  [...document.querySelectorAll('button')].find((each) => each.textContent?.trim() === name)!;
async function show() {
  await mountApp(LoginAsDialog, { role: 'admin', props: { open: true, license: license() } });
  await until(() => expect(text()).toContain('Sessions de cette licence'));
}
async function begin() {
  await show();
  const reason = document.querySelector('textarea')!;
  reason.value = ' Reproduire l’erreur ';
  reason.dispatchEvent(new Event('input', { bubbles: true }));
  await until(() => expect(button('Préparer l’accès').disabled).toBe(false));
  button('Préparer l’accès').click();
}
const link = () => document.querySelector<HTMLAnchorElement>('a[href^="whatautosys:"]');

it('says how long, what cannot change and how the customer is told, and waits for a reason', async () => {
  await show();
  expect(text()).toContain('45 minutes');
  expect(text()).toContain('sans e-mail');
  expect(text()).toContain('Personne ne s’est encore connecté');
  expect(button('Préparer l’accès').disabled).toBe(true);
  expect(await axeViolations()).toEqual([]);
});

it('says that the customer is mailed when he is', async () => {
  isMailed = true;
  await show();
  expect(text()).toContain('par e-mail et dans son application');
});

it('gives the address as a link, and opens nothing by itself', async () => {
  await begin();
  await until(() => expect(link()?.getAttribute('href')).toBe(address));
  expect(link()?.getAttribute('target')).toBe('_self');
  const asked = calls.filter(({ route }) => route.includes('login-as'));
  expect(asked.map(({ body }) => body)).toEqual([{ license_id: license().id, reason: 'Reproduire l’erreur' }]);
  expect(await axeViolations()).toEqual([]);
});

describe('once it is begun', () => {
  it.each([
    [{ state: 'running' }, 'Vous êtes connecté en tant que'],
    [{ state: 'ended', end_reason: 'unused' }, 'L’accès a pris fin'],
  ] as const)('%j: %s, and the address is gone', async (over, said) => {
    rows = [session(over)];
    await begin();
    await until(() => expect(text()).toContain(said));
    expect(link()).toBeNull();
  });

  it('a session of a colleague is none of its own', async () => {
    rows = [session({ id: '91111111-1111-4111-8111-111111111111', state: 'running', staff_name: 'Marc Lefèvre' })];
    await begin();
    await until(() => expect(link()).not.toBeNull());
  });
});

it('says why it is refused, and keeps the reason', async () => {
  refusal = 'customer_is_staff';
  await begin();
  await until(() => expect(document.querySelector('[role="alert"]')?.textContent).toContain('fait partie de l’équipe'));
  expect(document.querySelector('textarea')?.value).toContain('Reproduire');
});

it('ends a session, one’s own or a colleague’s, and none that has ended', async () => {
  rows = [
    session({ state: 'running', hwid_hint: 'AD••••C-1' }),
    session({ id: sessionId.replace('7', '6'), state: 'ended', end_reason: 'by_hand', ended_by_name: 'Marc Lefèvre' }),
  ];
  await show();
  expect(text()).toContain('terminée par Marc Lefèvre');
  const ends = [...document.querySelectorAll('button')].filter((each) => each.textContent?.trim() === 'Terminer');
  expect(ends).toHaveLength(1);
  ends[0]!.click();
  await until(() =>
    expect(calls.find(({ route }) => route.endsWith('end_client_session'))?.body).toEqual({ session_id: sessionId }),
  );
});
