import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, enrolTotp, signIn, startTestGateway, type TestGateway } from '../testing.ts';

let home: TestGateway;
beforeAll(async () => void (home = await startTestGateway()), 60_000);
afterAll(() => home.stop());

const refresh = async (token: string) => await home.client().auth.refreshSession({ refresh_token: token });
const tokenOf = async (client: Awaited<ReturnType<typeof signIn>>) => (await client.auth.getSession()).data.session!;

describe('password sign-in', () => {
  test('answers a wrong password and an unknown address alike', async () => {
    const user = await createUser(home);
    const attempt = async (email: string, password: string) =>
      (await home.client().auth.signInWithPassword({ email, password })).error;
    expect(await attempt(user.email, 'wrong')).toMatchObject({ code: 'invalid_credentials', status: 400 });
    expect(await attempt('nobody@example.test', user.password)).toMatchObject({
      code: 'invalid_credentials',
      status: 400,
    });
    expect(await attempt(user.email.toUpperCase(), user.password)).toBeNull();
  });

  test('refuses an unconfirmed address and a banned user, and lets the ban be lifted', async () => {
    const unconfirmed = await createUser(home, { email_confirm: false });
    await expect(signIn(home, unconfirmed)).rejects.toMatchObject({ code: 'email_not_confirmed', status: 400 });
    const user = await createUser(home);
    const client = await signIn(home, user);
    await home.admin.auth.admin.updateUserById(user.id, { ban_duration: '24h' });
    await expect(signIn(home, user)).rejects.toMatchObject({ code: 'user_banned', status: 400 });
    expect((await client.auth.getUser()).error).toMatchObject({ code: 'user_banned', status: 403 });
    expect((await client.auth.refreshSession()).error).toMatchObject({ code: 'user_banned' });
    await home.admin.auth.admin.updateUserById(user.id, { ban_duration: 'none' });
    await expect(signIn(home, user)).resolves.toBeDefined();
  });

  test('refuses sign-ups, anonymous users and every other way in', async () => {
    const auth = home.client().auth;
    expect((await auth.signUp({ email: 'new@example.test', password: 'Correct-horse-9' })).error).toMatchObject({
      code: 'signup_disabled',
    });
    expect((await auth.signInAnonymously()).error).toMatchObject({ code: 'anonymous_provider_disabled' });
    expect((await auth.signInWithOtp({ email: 'new@example.test' })).error).toMatchObject({ code: 'otp_disabled' });
    expect((await auth.signInWithPassword({ phone: '+33600000000', password: 'x' })).error).toMatchObject({
      code: 'phone_provider_disabled',
    });
    expect((await auth.signInWithIdToken({ provider: 'google', token: 'x' })).error).toMatchObject({
      code: 'provider_disabled',
    });
    expect((await auth.exchangeCodeForSession('x')).error).not.toBeNull();
    expect((await home.request('/auth/v1/authorize?provider=google')).status).toBe(400);
  });

  test('limits attempts by address, and tells when to come back', async () => {
    const strict = await startTestGateway({
      auth: {
        rateLimit: { anonymousUsers: 30, emailSent: 2, tokenRefresh: 150, signInSignUps: 3, tokenVerifications: 30 },
      },
    });
    try {
      const attempt = (ip: string) =>
        strict.request('/auth/v1/token?grant_type=password', {
          method: 'POST',
          ip,
          headers: { apikey: strict.ctx.keys.publishable, 'x-forwarded-for': crypto.randomUUID() },
          body: JSON.stringify({ email: 'a@example.test', password: 'x' }),
        });
      for (let i = 0; i < 3; i++) expect((await attempt('10.0.0.1')).status).toBe(400);
      const limited = await attempt('10.0.0.1');
      expect(limited.status).toBe(429);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await attempt('10.0.0.2')).status).toBe(400);
      strict.advance(300);
      expect((await attempt('10.0.0.1')).status).toBe(400);
    } finally {
      await strict.stop();
    }
  });
});

describe('refresh', () => {
  test('rotates the token and answers concurrent refreshes with one successor', async () => {
    const { refresh_token: token } = await tokenOf(await signIn(home, await createUser(home)));
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => refresh(token)));
    expect(results.map((result) => result.error)).toEqual([null, null, null, null, null]);
    expect(new Set(results.map((result) => result.data.session!.refresh_token)).size).toBe(1);
    expect(results[0]!.data.session!.refresh_token).not.toBe(token);
  });

  test('takes the parent of the active token at any time, and ends the family for an older one', async () => {
    const { refresh_token: first } = await tokenOf(await signIn(home, await createUser(home)));
    const second = (await refresh(first)).data.session!.refresh_token;
    home.advance(120);
    expect((await refresh(first)).data.session!.refresh_token).toBe(second);
    const third = (await refresh(second)).data.session!.refresh_token;
    home.advance(120);
    expect((await refresh(first)).error).toMatchObject({ code: 'refresh_token_already_used', status: 400 });
    expect((await refresh(third)).error).toMatchObject({ code: 'refresh_token_already_used' });
  });

  test('refuses an unknown token and a session past its idle limit', async () => {
    expect((await refresh('never-issued')).error).toMatchObject({ code: 'refresh_token_not_found', status: 400 });
    const limited = await startTestGateway({ auth: { sessions: { timebox: undefined, inactivityTimeout: 600 } } });
    try {
      const { refresh_token: token } = await tokenOf(await signIn(limited, await createUser(limited)));
      limited.advance(500);
      const next = await limited.client().auth.refreshSession({ refresh_token: token });
      limited.advance(601);
      const late = await limited.client().auth.refreshSession({ refresh_token: next.data.session!.refresh_token });
      expect(late.error).toMatchObject({ code: 'session_expired' });
    } finally {
      await limited.stop();
    }
  });
});

describe('sign-out', () => {
  test.each([
    ['global', [false, false]],
    ['local', [false, true]],
    ['others', [true, false]],
  ] as const)('with scope %s ends the right sessions at once', async (scope, expected) => {
    const user = await createUser(home);
    const clients = [await signIn(home, user), await signIn(home, user)];
    const tokens = await Promise.all(clients.map(async (client) => (await tokenOf(client)).access_token));
    expect((await home.admin.auth.admin.signOut(tokens[0]!, scope)).error).toBeNull();
    const alive = await Promise.all(
      tokens.map(async (token) => (await home.client().auth.getUser(token)).error === null),
    );
    expect(alive).toEqual(expected);
  });
});

describe('the own account', () => {
  test('sets a strong new password, ends the other sessions, refuses weak and equal ones', async () => {
    const user = await createUser(home);
    const [client, other] = [await signIn(home, user), await signIn(home, user)];
    expect((await client.auth.updateUser({ password: 'short' })).error).toMatchObject({
      code: 'weak_password',
      reasons: ['length'],
    });
    expect((await client.auth.updateUser({ password: user.password })).error).toMatchObject({ code: 'same_password' });
    expect((await client.auth.updateUser({ password: 'é'.repeat(40) })).error).toMatchObject({
      code: 'validation_failed',
    });
    expect((await client.auth.updateUser({ password: 'Another-good-password-1' })).error).toBeNull();
    expect((await other.auth.getUser()).error).not.toBeNull();
    expect((await client.auth.getUser()).error).toBeNull();
    await expect(signIn(home, user)).rejects.toMatchObject({ code: 'invalid_credentials' });
    await expect(signIn(home, { ...user, password: 'Another-good-password-1' })).resolves.toBeDefined();
  });

  test('wants the code before a password change when the user has a factor, after recovery too', async () => {
    const user = await createUser(home);
    await enrolTotp(home, await signIn(home, user));
    const link = (await home.admin.auth.admin.generateLink({ type: 'recovery', email: user.email })).data.properties!;
    const client = home.client();
    const recovered = await client.auth.verifyOtp({ type: 'recovery', token_hash: link.hashed_token });
    expect(recovered.error).toBeNull();
    expect((await client.auth.mfa.getAuthenticatorAssuranceLevel()).data).toMatchObject({
      currentLevel: 'aal1',
      nextLevel: 'aal2',
    });
    const refused = await client.auth.updateUser({ password: 'Another-good-password-1' });
    expect(refused.error).toMatchObject({ code: 'insufficient_aal', status: 401 });
  });

  test('merges user metadata, and refuses app metadata and a change of address', async () => {
    const client = await signIn(home, await createUser(home, { user_metadata: { full_name: 'Ada', theme: 'dark' } }));
    const { data } = await client.auth.updateUser({ data: { theme: null, language: 'fr' } });
    expect(data.user!.user_metadata).toMatchObject({ full_name: 'Ada', language: 'fr' });
    expect(data.user!.user_metadata).not.toHaveProperty('theme');
    expect((await client.auth.updateUser({ email: 'other@example.test' })).error).toMatchObject({
      code: 'email_provider_disabled',
    });
    expect((await client.auth.updateUser({ app_metadata: { role: 'admin' } } as never)).error).toMatchObject({
      code: 'not_admin',
    });
  });
});
