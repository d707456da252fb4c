import { flushPromises } from '@vue/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { supabase } from '@/base/supabase.ts';
import { usePreferencesStore } from '@/shared/preferences.ts';
import { useSessionStore } from '@/shared/session.ts';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { account } from '../test-data.ts';
import AccountPage from './AccountPage.vue';

const rpc = (name: string) => `POST /rest/v1/rpc/${name}`;
const GET = rpc('get_own_account');
const codes = Array.from({ length: 10 }, (_, index) => `ABCD${'23456789AB'[index]}-EFGH2`);
const text = () => document.body.textContent ?? '';
const button = (name: string) =>
  [...document.querySelectorAll<HTMLButtonElement>('button')].find(
    (each) => (each.getAttribute('aria-label') ?? each.textContent)?.trim() === name,
  )!;
const fill = async (name: string, value: string) => {
  const input = document.querySelector<HTMLInputElement>(`input[name="${name}"], [name="${name}"] input`)!;
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  await flushPromises();
};
const press = async (name: string) => {
  button(name).click();
  await flushPromises();
};

/** Signed in with a code given so many minutes ago. */
const codeGiven = (minutesAgo: number) => {
  const claims = { aal: 'aal2', amr: [{ method: 'totp', timestamp: Date.now() / 1000 - minutesAgo * 60 }] };
  useSessionStore().session = { access_token: `x.${btoa(JSON.stringify(claims))}.y`, user: { factors: [] } } as never;
};

describe('AccountPage', () => {
  beforeEach(() => vi.restoreAllMocks());

  it('shows who one is, the sessions with this one first, factors and codes', async () => {
    mockApi({ [GET]: () => account() });
    await mountApp(AccountPage, { path: '/account', role: 'viewer' });
    expect(text()).toMatch(/lea@example\.com.*Support/);
    expect(text()).toMatch(/Application d’authentification/);
    expect(text()).toContain('Aucun code créé');
    expect(text()).toMatch(/Firefox · Windows\s*Cette session.*203\.0\.113\.8.*Appareil inconnu/);
    expect(await axeViolations()).toEqual([]);
  });

  it('says why it cannot be read, with a retry', async () => {
    mockApi({ [GET]: () => new ApiFailure(500, { code: 'XX000', message: 'x' }) });
    await mountApp(AccountPage, { path: '/account' });
    await until(() => expect(button('Réessayer')).toBeDefined());
  });

  it('saves the name, and keeps what was typed when it is refused', async () => {
    const calls = mockApi({
      [GET]: () => account(),
      [rpc('update_own_account')]: () => new ApiFailure(400, { code: '22023', hint: 'invalid_name', message: 'x' }),
    });
    await mountApp(AccountPage, { path: '/account' });
    expect(button('Enregistrer').disabled).toBe(true);
    await fill('name', ' Nora Petit ');
    await press('Enregistrer');
    expect(calls.at(-1)).toEqual({ route: rpc('update_own_account'), body: { display_name: 'Nora Petit' } });
    await until(() => expect(text()).toContain('de 1 à 120 caractères'));
    expect(document.querySelector<HTMLInputElement>('input[name="name"], [name="name"] input')!.value).toContain(
      'Nora',
    );
  });

  it('refuses a wrong present password beside its field, and changes nothing', async () => {
    mockApi({
      [GET]: () => account(),
      'POST /auth/v1/token': () =>
        new ApiFailure(400, { error_code: 'invalid_credentials', msg: 'Invalid login credentials' }),
    });
    const update = vi.spyOn(supabase.auth, 'updateUser');
    await mountApp(AccountPage, { path: '/account' });
    await press('Changer le mot de passe');
    expect(text()).toContain('Saisissez le mot de passe actuel');
    await fill('present', 'wrong');
    await fill('password', 'une nouvelle phrase');
    await fill('repeated', 'une autre phrase');
    await press('Changer le mot de passe');
    expect(text()).toContain('Les deux mots de passe sont différents');
    await fill('repeated', 'une nouvelle phrase');
    await press('Changer le mot de passe');
    await until(() => expect(text()).toContain('Ce n’est pas le mot de passe actuel'));
    expect(update).not.toHaveBeenCalled();
  });

  it('shows new recovery codes once, after a code given just now', async () => {
    const calls = mockApi({ [GET]: () => account(), [rpc('make_recovery_codes')]: () => ({ codes }) });
    await mountApp(AccountPage, { path: '/account' });
    codeGiven(1);
    await press('Créer des codes');
    await until(() => expect(text()).toContain(codes[9]));
    expect(button('Copier : Codes de secours') ?? button('Copier')).toBeDefined();
    expect(button('Imprimer')).toBeDefined();
    expect(calls.filter(({ route }) => route === rpc('make_recovery_codes'))).toHaveLength(1);
    await press('Je les ai notés');
    await until(() => expect(text()).not.toContain(codes[9]));
  });

  it('asks for a code first when the last one is old', async () => {
    const calls = mockApi({ [GET]: () => account({ recovery_codes: { left: 7, made_at: '2026-11-01T08:00:00Z' } }) });
    await mountApp(AccountPage, { path: '/account' });
    codeGiven(30);
    expect(text()).toContain('7 codes restants');
    await press('Créer de nouveaux codes');
    await until(() => expect(text()).toContain('Les codes actuels cesseront de fonctionner'));
    [...document.querySelectorAll<HTMLButtonElement>('[role="dialog"] button')].at(-1)!.click();
    await until(() => expect(text()).toContain('Confirmez d’abord que c’est bien vous'));
    expect(calls.some(({ route }) => route === rpc('make_recovery_codes'))).toBe(false);
  });

  it('ends another session once it is confirmed', async () => {
    const calls = mockApi({ [GET]: () => account(), [rpc('end_own_sessions')]: () => 1 });
    await mountApp(AccountPage, { path: '/account' });
    await press('Fermer la session Appareil inconnu');
    await until(() => expect(text()).toContain('Fermer cette session ?'));
    [...document.querySelectorAll<HTMLButtonElement>('[role="dialog"] button')].at(-1)!.click();
    await until(() =>
      expect(calls).toContainEqual({
        route: rpc('end_own_sessions'),
        body: { session_id: '00000000-0000-4000-8000-0000000000a2' },
      }),
    );
  });

  it('keeps a chosen language with the person', async () => {
    const calls = mockApi({ [GET]: () => account(), [rpc('update_own_account')]: () => account({ locale: 'en' }) });
    await mountApp(AccountPage, { path: '/account' });
    const { useLanguageChoice } = await import('@/shared/language.ts');
    useLanguageChoice().value = 'en';
    await flushPromises();
    expect(usePreferencesStore().language).toBe('en');
    expect(calls.at(-1)).toEqual({ route: rpc('update_own_account'), body: { locale: 'en' } });
    usePreferencesStore().language = 'fr';
  });
});
