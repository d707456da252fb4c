import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { announce } from '@/test/realtime.ts';
import { member } from '../test-data.ts';
import StaffPage from './StaffPage.vue';

const STAFF = 'POST /rest/v1/rpc/list_staff';
const ADMIN = 'POST /functions/v1/staff-admin';
const self = member({
  user_id: '00000000-0000-4000-8000-000000000001',
  email: 'admin@example.com',
  display_name: 'Léa Moreau',
  role: 'admin',
});
const team = [self, member()];
const button = (name: string | RegExp, root: ParentNode = document) =>
  [...root.querySelectorAll('button')].find((each) =>
    [each.textContent?.trim() ?? '', each.getAttribute('aria-label') ?? ''].some((text) =>
      typeof name === 'string' ? text === name : name.test(text),
    ),
  );
const dialog = () => document.querySelector<HTMLElement>('[role="dialog"]')!;
const type = (label: string, value: string) => {
  const id = [...dialog().querySelectorAll('label')].find((each) => each.textContent?.startsWith(label))?.htmlFor;
  const input = dialog().querySelector<HTMLInputElement>(`#${CSS.escape(id ?? '')}`)!;
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
};
async function invite() {
  const mounted = await mountApp(StaffPage, { path: '/equipe?invite=1' });
  await until(() => expect(dialog()).not.toBeNull());
  type('Nom', ' Nora Petit ');
  type('E-mail', 'nora@example.com');
  await flushPromises();
  button('Envoyer l’invitation', dialog())?.click();
  await flushPromises();
  return mounted;
}

describe('StaffPage', () => {
  it('shows name, role, state and last sign-in', async () => {
    mockApi({
      [STAFF]: () => [
        ...team,
        member({ user_id: 'x', display_name: 'Nora', email: 'nora@example.com', last_sign_in_at: null }),
      ],
    });
    await mountApp(StaffPage, { path: '/equipe' });
    const rows = [...document.querySelectorAll('tr[data-row]')].map((row) => row.textContent);
    expect(rows[0]).toMatch(/Léa Moreau.*Vous.*Administrateur.*Actif/);
    expect(rows[2]).toMatch(/Nora.*Support.*Invitation envoyée.*Jamais/);
  });
  it('gives one’s own row no menu, and says why', async () => {
    mockApi({ [STAFF]: () => team });
    await mountApp(StaffPage, { path: '/equipe' });
    const own = document.querySelector('tr[data-row]')!;
    expect(button(/C’est votre compte/, own)?.getAttribute('aria-disabled')).toBe('true');
    expect(button(/^Actions pour/, own)).toBeUndefined();
    expect(button('Actions pour Marc Lefèvre')).toBeDefined();
  });
  it('reads again when somebody changes the team', async () => {
    const calls = mockApi({ [STAFF]: () => team });
    await mountApp(StaffPage, { path: '/equipe' });
    const before = calls.length;
    announce('staff', { eventType: 'UPDATE' });
    await until(() => expect(calls.length).toBe(before + 1));
  });
  it('invites, then closes', async () => {
    const calls = mockApi({ [STAFF]: () => team, [ADMIN]: () => ({ staff: member() }) });
    const { router } = await invite();
    expect(calls.find((call) => call.route === ADMIN)?.body).toEqual({
      action: 'invite',
      display_name: 'Nora Petit',
      email: 'nora@example.com',
      role: 'support',
    });
    expect(router.currentRoute.value.query.invite).toBeUndefined();
  });
  it.each([
    [409, 'email_exists', 'Un compte existe déjà'],
    [403, 'permission_denied', 'Votre rôle ne permet pas'],
    [429, 'too_many_requests', 'Trop de demandes'],
  ])('keeps what was typed on %i %s', async (status, code, text) => {
    mockApi({
      [STAFF]: () => team,
      [ADMIN]: () => new ApiFailure(status, { code, message: 'no', details: null }),
      'POST /rest/v1/rpc/current_staff': () => null,
    });
    await invite();
    expect(dialog().querySelector('[role="alert"]:not([aria-hidden])')?.textContent).toContain(text);
    expect([...dialog().querySelectorAll('input')].map((input) => input.value)).toContain('nora@example.com');
  });
  it('does not send what is no address', async () => {
    const calls = mockApi({ [STAFF]: () => team });
    await mountApp(StaffPage, { path: '/equipe?invite=1' });
    await until(() => expect(dialog()).not.toBeNull());
    type('Nom', 'Nora');
    type('E-mail', 'nora@');
    await flushPromises();
    expect(button('Envoyer l’invitation', dialog())?.disabled).toBe(true);
    expect(calls.some((call) => call.route === ADMIN)).toBe(false);
  });
  it('says that nobody matches, and clears the filters', async () => {
    mockApi({ [STAFF]: () => team });
    const { router } = await mountApp(StaffPage, { path: '/equipe?q=zzz&role=admin' });
    expect(document.body.textContent).toContain('Personne ne correspond');
    button('Effacer')?.click();
    await flushPromises();
    expect(router.currentRoute.value.query).toEqual({});
  });
  it('says why it failed', async () => {
    mockApi({
      [STAFF]: () => new ApiFailure(500, { code: '57014', message: 'canceling statement', hint: null, details: null }),
    });
    await mountApp(StaffPage, { path: '/equipe' });
    expect(document.querySelector('[role="alert"]:not([aria-hidden])')?.textContent).toContain('trop de temps');
  });
  it('has no accessibility failure', async () => {
    mockApi({ [STAFF]: () => team });
    await mountApp(StaffPage, { path: '/equipe' });
    expect(await axeViolations()).toEqual([]);
  });
  it('has no accessibility failure in the invitation', async () => {
    mockApi({ [STAFF]: () => team });
    await mountApp(StaffPage, { path: '/equipe?invite=1' });
    await until(() => expect(dialog()).not.toBeNull());
    expect(await axeViolations(dialog())).toEqual([]);
  });
});
