import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { supabase } from '@/base/supabase.ts';
import { useSessionStore } from '@/shared/session.ts';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import ConfirmPage from './ConfirmPage.vue';

const VERIFY = 'POST /auth/v1/verify';
const CURRENT = 'POST /rest/v1/rpc/current_staff';
const hash = 'a1'.repeat(28);
const encode = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, '');
const expires = Math.floor(Date.now() / 1000) + 3_600;
const tokens = (factors: object[] = []) => ({
  access_token: `${encode({ alg: 'ES256' })}.${encode({ sub: 'u1', aal: 'aal1', exp: expires })}.c2ln`,
  token_type: 'bearer',
  expires_in: 3_600,
  expires_at: expires,
  refresh_token: 'r',
  user: { id: 'u1', email: 'ada@example.com', factors },
});
const staff = {
  user_id: 'u1',
  email: 'ada@example.com',
  display_name: 'Ada',
  role: 'viewer',
  locale: null,
  is_active: true,
  aal: 'aal1',
  permissions: [],
};

afterEach(async () => {
  mockApi({ 'POST /auth/v1/logout': () => null });
  await supabase.auth.signOut({ scope: 'local' });
});

async function open(query: string, answers: Parameters<typeof mockApi>[0] = {}, signedIn = false) {
  const calls = mockApi(answers);
  const mounted = await mountApp(ConfirmPage, { path: `/login/confirm?${query}` });
  if (!signedIn) {
    const session = useSessionStore();
    session.staff = null;
    session.stage = 'anonymous';
    await flushPromises();
  }
  const press = async () => {
    document.querySelector<HTMLButtonElement>('button[type="submit"]')!.click();
    await flushPromises();
  };
  return { calls, press, ...mounted };
}

describe('ConfirmPage', () => {
  it('uses nothing up by being opened, and keeps to the rules of accessibility', async () => {
    const { calls } = await open(`type=invite&token_hash=${hash}`);
    expect(calls).toEqual([]);
    expect(document.body.textContent).toContain('Votre invitation');
    expect(await axeViolations()).toEqual([]);
  });

  it.each([
    ['invite', [], '/login/invitation'],
    ['recovery', [{ status: 'verified' }], '/login/reset'],
    ['magiclink', [{ status: 'verified' }], '/'],
    ['signup', [], '/'],
  ])('%s: the button signs in and goes on', async (type, factors, path) => {
    const { calls, press, router } = await open(`type=${type}&token_hash=${hash}`, {
      [VERIFY]: () => tokens(factors),
      [CURRENT]: () => staff,
    });
    await press();
    await until(() => expect(router.currentRoute.value.path).toBe(path));
    expect(calls[0]).toEqual({ route: VERIFY, body: { type, token_hash: hash, gotrue_meta_security: {} } });
    // The link must not stay in the address.
    expect(router.currentRoute.value.fullPath).not.toContain(hash);
  });

  const expired = () => new ApiFailure(403, { error_code: 'otp_expired', msg: 'Email link is invalid or has expired' });
  it.each([
    ['recovery', 'Demandez-en un autre', true],
    ['invite', 'Demandez à un administrateur de renvoyer l’invitation', true],
    ['magiclink', 'Connectez-vous, ou demandez', false],
  ])('%s: a link used up or expired says so and offers the way on', async (type, words, again) => {
    const { press } = await open(`type=${type}&token_hash=${hash}`, { [VERIFY]: expired });
    await press();
    expect(document.body.textContent).toContain('Ce lien n’est plus valide');
    expect(document.body.textContent).toContain(words);
    const link = [...document.querySelectorAll('a')].find(({ textContent }) => textContent.includes('un autre lien'));
    expect(link?.getAttribute('href')).toBe(again ? '/login/forgot' : undefined);
  });

  it.each([
    'type=invite',
    `token_hash=${hash}`,
    `type=sms&token_hash=${hash}`,
    `type=invite&token_hash=a&token_hash=b`,
  ])('a link of another shape is no link: ?%s', async (query) => {
    const { calls } = await open(query);
    expect(document.body.textContent).toContain('Ce lien n’est plus valide');
    expect(calls).toEqual([]);
  });

  it('any other failure is said, and the button stays', async () => {
    const { press } = await open(`type=recovery&token_hash=${hash}`, {
      [VERIFY]: () => new ApiFailure(429, { error_code: 'over_request_rate_limit', msg: 'Request rate limit reached' }),
    });
    await press();
    expect(document.querySelector('[role="alert"]')?.textContent).toBeTruthy();
    expect(document.querySelector('button[type="submit"]')?.textContent).toContain('Continuer');
  });

  it('one of the two links of a change of address leaves the other to follow', async () => {
    const { press } = await open(`type=email_change&token_hash=${hash}`, {
      [VERIFY]: () => ({ msg: 'Confirmation link accepted. Please proceed to confirm link sent to the other email' }),
    });
    await press();
    expect(document.querySelector('[role="status"]')?.textContent).toContain('Il reste à suivre le lien');
  });

  it('says whose session in this browser it would end', async () => {
    await open(`type=invite&token_hash=${hash}`, {}, true);
    expect(document.body.textContent).toContain('Une session de admin@example.com est ouverte ici');
  });

  it('somebody who is no staff any more lands on the page of sign-in', async () => {
    const { press, router } = await open(`type=recovery&token_hash=${hash}`, {
      [VERIFY]: () => tokens(),
      [CURRENT]: () => null,
      'POST /auth/v1/logout': () => null,
    });
    await press();
    await until(() => expect(router.currentRoute.value.path).toBe('/login'));
  });
});
