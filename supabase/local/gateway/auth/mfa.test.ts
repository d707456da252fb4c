import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createUser,
  enrolTotp,
  passSecondFactor,
  signIn,
  startTestGateway,
  totpCode,
  type TestGateway,
} from '../testing.ts';

let home: TestGateway;
beforeAll(async () => void (home = await startTestGateway()), 60_000);
afterAll(() => home.stop());

const aal = async (client: Awaited<ReturnType<typeof signIn>>) => {
  const { data } = await client.auth.mfa.getAuthenticatorAssuranceLevel();
  return [data!.currentLevel, data!.nextLevel];
};

const challenge = async (client: Awaited<ReturnType<typeof signIn>>, factorId: string) => {
  const { data, error } = await client.auth.mfa.challenge({ factorId });
  if (error) throw error;
  return data.id;
};

describe('signing in with a second factor', () => {
  test('asks for the code after the password, raises the session and keeps it raised over refresh', async () => {
    const user = await createUser(home);
    const first = await signIn(home, user);
    expect(await aal(first)).toEqual(['aal1', 'aal1']);
    const factor = await enrolTotp(home, first);

    const client = await signIn(home, user);
    expect(await aal(client)).toEqual(['aal1', 'aal2']);
    await passSecondFactor(home, client, factor);
    expect(await aal(client)).toEqual(['aal2', 'aal2']);

    const before = (await client.auth.getSession()).data.session!;
    const { data, error } = await client.auth.refreshSession();
    expect(error).toBeNull();
    expect(await aal(client)).toEqual(['aal2', 'aal2']);
    expect(data.user!.factors).toMatchObject([{ status: 'verified', factor_type: 'totp', friendly_name: 'phone' }]);
    expect(JSON.stringify(data.user)).not.toContain(factor.secret);
    const claims = await home.ctx.verifyToken(data.session!.access_token);
    const earlier = await home.ctx.verifyToken(before.access_token);
    expect(claims.session_id).toBe(earlier.session_id);
    expect(claims['amr']).toMatchObject([{ method: 'totp' }, { method: 'password' }]);
    expect(claims['app_metadata']).toEqual({ provider: 'email', providers: ['email'] });
  });

  test('ends the aal1 session of a second device and leaves its aal2 session alone', async () => {
    const user = await createUser(home);
    const first = await signIn(home, user);
    const factor = await enrolTotp(home, first);
    const onlyPassword = await signIn(home, user);
    const dead = (await onlyPassword.auth.getSession()).data.session!.refresh_token;
    const third = await signIn(home, user);
    await passSecondFactor(home, third, factor);

    expect((await onlyPassword.auth.getUser()).error?.name).toBe('AuthSessionMissingError');
    const refreshed = await home.client().auth.refreshSession({ refresh_token: dead });
    expect(refreshed.error).toMatchObject({ code: 'refresh_token_not_found' });
    expect((await first.auth.getUser()).error).toBeNull();
  });

  test('kills the refresh token that was issued at aal1', async () => {
    const user = await createUser(home);
    const factor = await enrolTotp(home, await signIn(home, user));
    const client = await signIn(home, user);
    const old = (await client.auth.getSession()).data.session!.refresh_token;
    await passSecondFactor(home, client, factor);
    const { error } = await home.client().auth.refreshSession({ refresh_token: old });
    expect(error).toMatchObject({ code: 'refresh_token_already_used' });
  });
});

describe('codes', () => {
  test('refuses a code that was used already, in another challenge too', async () => {
    const user = await createUser(home);
    const factor = await enrolTotp(home, await signIn(home, user));
    const code = totpCode(home, factor.secret);
    const first = await signIn(home, user);
    expect((await first.auth.mfa.challengeAndVerify({ factorId: factor.factorId, code })).error).toBeNull();
    const second = await signIn(home, user);
    const again = await second.auth.mfa.challengeAndVerify({ factorId: factor.factorId, code });
    expect(again.error).toMatchObject({ code: 'mfa_verification_failed', status: 422 });
    expect(await aal(second)).toEqual(['aal1', 'aal2']);
  });

  test('lets one of many concurrent verifications with one code win', async () => {
    const user = await createUser(home);
    const factor = await enrolTotp(home, await signIn(home, user));
    const clients = await Promise.all([1, 2, 3, 4].map(() => signIn(home, user)));
    const challenges = await Promise.all(clients.map((client) => challenge(client, factor.factorId)));
    const code = totpCode(home, factor.secret);
    const results = await Promise.all(
      clients.map((client, index) =>
        client.auth.mfa.verify({ factorId: factor.factorId, challengeId: challenges[index]!, code }),
      ),
    );
    expect(results.filter((result) => result.error === null)).toHaveLength(1);
  });

  test('pauses the factor after five wrong codes, for the right one and every session, then opens again', async () => {
    const user = await createUser(home);
    const factor = await enrolTotp(home, await signIn(home, user));
    const client = await signIn(home, user);
    const token = (await client.auth.getSession()).data.session!.access_token;
    const challengeId = await challenge(client, factor.factorId);
    const right = totpCode(home, factor.secret);
    const wrong = right === '000000' ? '000001' : '000000';
    const verify = (code: string) =>
      home.request(`/auth/v1/factors/${factor.factorId}/verify`, {
        method: 'POST',
        headers: { apikey: home.ctx.keys.publishable, authorization: `Bearer ${token}` },
        body: JSON.stringify({ challenge_id: challengeId, code }),
      });
    for (let attempt = 0; attempt < 5; attempt++) expect((await verify(wrong)).status).toBe(422);
    const paused = await verify(right);
    expect(paused.status).toBe(429);
    expect(await paused.json()).toMatchObject({ error_code: 'over_request_rate_limit' });
    expect(Number(paused.headers.get('retry-after'))).toBeGreaterThan(200);

    home.advance(301);
    await passSecondFactor(home, client, factor);
    expect(await aal(client)).toEqual(['aal2', 'aal2']);
  });

  test('refuses a challenge of another factor, of another address, an old one and a malformed one', async () => {
    const user = await createUser(home);
    const factor = await enrolTotp(home, await signIn(home, user));
    const stranger = await createUser(home);
    const strange = await enrolTotp(home, await signIn(home, stranger));
    const client = await signIn(home, user);
    const token = (await client.auth.getSession()).data.session!.access_token;
    const verify = (challengeId: unknown, ip = '127.0.0.1', factorId = factor.factorId) =>
      home.request(`/auth/v1/factors/${factorId}/verify`, {
        method: 'POST',
        ip,
        headers: {
          apikey: home.ctx.keys.publishable,
          authorization: `Bearer ${token}`,
          'x-supabase-api-version': '2024-01-01',
        },
        body: JSON.stringify({ challenge_id: challengeId, code: totpCode(home, factor.secret) }),
      });
    const code = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];

    const mine = await challenge(client, factor.factorId);
    expect(await code(await verify(mine, '10.0.0.9'))).toEqual([422, 'mfa_ip_address_mismatch']);
    expect(await code(await verify(crypto.randomUUID()))).toEqual([422, 'mfa_factor_not_found']);
    expect(await code(await verify('not-a-uuid'))).toEqual([422, 'mfa_factor_not_found']);
    expect(await code(await verify(mine, '127.0.0.1', strange.factorId))).toEqual([404, 'mfa_factor_not_found']);
    expect(await code(await verify(mine, '127.0.0.1', 'x'))).toEqual([404, 'validation_failed']);
    home.advance(301);
    expect(await code(await verify(mine))).toEqual([422, 'mfa_challenge_expired']);
  });
});

describe('enrolling and removing factors', () => {
  test('gives a QR code, a 160-bit secret and an otpauth address', async () => {
    const client = await signIn(home, await createUser(home));
    const { data } = await client.auth.mfa.enroll({
      factorType: 'totp',
      friendlyName: 'tablet',
      issuer: 'Some Console',
    });
    expect(data!.totp.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(data!.totp.qr_code).toMatch(/^data:image\/svg\+xml;utf-8,<svg/);
    expect(data!.totp.uri).toContain('otpauth://totp/Some%20Console:');
    expect(data!.totp.uri).toContain(`secret=${data!.totp.secret}`);
  });

  test('wants aal2 for a second factor, and refuses a name that is taken', async () => {
    const user = await createUser(home);
    const raised = await signIn(home, user);
    await enrolTotp(home, raised, 'phone');
    const low = await signIn(home, user);
    const refused = await low.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'thief' });
    expect(refused.error).toMatchObject({ code: 'insufficient_aal', status: 403 });
    const conflict = await raised.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'phone' });
    expect(conflict.error).toMatchObject({ code: 'mfa_factor_name_conflict', status: 422 });
    expect((await raised.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'spare' })).error).toBeNull();
    const factors = (await raised.auth.mfa.listFactors()).data!;
    expect(factors.all).toHaveLength(2);
    expect(factors.totp).toHaveLength(1);
  });

  test('unenrols at aal2 only, and takes the session back to aal1', async () => {
    const user = await createUser(home);
    const raised = await signIn(home, user);
    const factor = await enrolTotp(home, raised);
    const low = await signIn(home, user);
    const refused = await low.auth.mfa.unenroll({ factorId: factor.factorId });
    expect(refused.error).toMatchObject({ code: 'insufficient_aal', status: 422 });
    expect((await raised.auth.mfa.unenroll({ factorId: factor.factorId })).data).toEqual({ id: factor.factorId });
    await raised.auth.refreshSession();
    expect(await aal(raised)).toEqual(['aal1', 'aal1']);
  });

  test('lets an administrator list and delete factors, which lowers the sessions', async () => {
    const user = await createUser(home);
    const raised = await signIn(home, user);
    const factor = await enrolTotp(home, raised);
    const listed = await home.admin.auth.admin.mfa.listFactors({ userId: user.id });
    expect(listed.data!.factors).toMatchObject([{ id: factor.factorId, status: 'verified' }]);
    const removed = await home.admin.auth.admin.mfa.deleteFactor({ userId: user.id, id: factor.factorId });
    expect(removed.error).toBeNull();
    await raised.auth.refreshSession();
    expect(await aal(raised)).toEqual(['aal1', 'aal1']);
  });

  test('answers "disabled" for phone and WebAuthn factors', async () => {
    const client = await signIn(home, await createUser(home));
    const phone = await client.auth.mfa.enroll({ factorType: 'phone', phone: '+33600000000', friendlyName: 'p' });
    expect(phone.error).toMatchObject({ code: 'mfa_phone_enroll_not_enabled' });
    const key = await client.auth.mfa.enroll({ factorType: 'webauthn', friendlyName: 'k' });
    expect(key.error).toMatchObject({ code: 'mfa_webauthn_enroll_not_enabled' });
  });
});
