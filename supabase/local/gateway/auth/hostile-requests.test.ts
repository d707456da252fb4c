import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, signIn, startTestGateway, type TestGateway } from '../testing.ts';

let home: TestGateway;
beforeAll(async () => void (home = await startTestGateway()), 60_000);
afterAll(() => home.stop());

describe('requests nobody should send', () => {
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    home.request(path, { method: 'POST', body, headers: { apikey: home.ctx.keys.secret, ...headers } });

  test.each(['{', '[]', 'null', '"text"', '{"email":"a\\u0000@b.fr"}', '\xff'])(
    'malformed JSON %j answers 400',
    async (body) => {
      const response = await post('/auth/v1/admin/users', body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error_code: 'bad_json' });
    },
  );

  test('a body over one megabyte answers 413, announced or streamed', async () => {
    const huge = JSON.stringify({ email: 'x'.repeat(1_100_000) });
    expect((await post('/auth/v1/admin/users', huge)).status).toBe(413);
    const stream = new Blob([huge]).stream();
    const streamed = await home.request('/auth/v1/admin/users', {
      method: 'POST',
      body: stream,
      headers: { apikey: home.ctx.keys.secret },
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
  });

  test.each([
    ['{"email":{"a":1},"password":[]}', 'token?grant_type=password', 400],
    ['{"refresh_token":7}', 'token?grant_type=refresh_token', 400],
    ['{}', 'token?grant_type=pony', 400],
    ['{"type":"recovery","token_hash":"\\ud800"}', 'verify', 400],
    ['{"type":7}', 'verify', 400],
    ['{"email":7}', 'recover', 400],
    ['{}', 'factors/x/verify', 403],
    ['{"email":"lone@example.test","user_metadata":{"a":"\\ud800"}}', 'admin/users', 400],
    ['{"email":"role@example.test","id":"7"}', 'admin/users', 400],
    ['{"email":"long@example.test","ban_duration":"99999999999h"}', 'admin/users', 400],
  ])('%s to %s answers %i, never 500', async (body, path, status) => {
    expect((await post(`/auth/v1/${path}`, body)).status).toBe(status);
  });

  test.each([
    ['email', '7'],
    ['password', '{}'],
    ['role', '[]'],
    ['id', 'true'],
    ['ban_duration', '3600'],
    ['password_hash', '[]'],
    ['email_confirm', '"yes"'],
    ['user_metadata', '[]'],
    ['app_metadata', '"x"'],
  ])('%s as %s makes no user', async (field, value) => {
    const body = `{"email":"typed@example.test","${field}":${value}}`;
    const response = await post('/auth/v1/admin/users', body);
    expect([response.status, ((await response.json()) as { error_code: string }).error_code]).toEqual([
      400,
      'bad_json',
    ]);
    expect(await home.sql`select from auth.users where email = 'typed@example.test'`).toHaveLength(0);
  });

  test.each(['x'.repeat(256), 'é'.repeat(255), '🙂'.repeat(127)])(
    'an issuer longer than a QR code holds is refused',
    async (issuer) => {
      const client = await signIn(home, await createUser(home));
      const { error } = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'phone', issuer });
      expect(error).toMatchObject({ status: 400, code: 'validation_failed' });
      expect(
        (await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'phone', issuer: 'é'.repeat(60) })).error,
      ).toBeNull();
    },
  );

  test('an old key alone is no Bearer token, a new one is its role', async () => {
    const ask = async (apikey: string) => {
      const response = await home.request('/auth/v1/user', { headers: { apikey } });
      return [response.status, ((await response.json()) as { error_code: string }).error_code];
    };
    expect(await ask(home.ctx.keys.legacyAnon)).toEqual([401, 'no_authorization']);
    expect(await ask(home.ctx.keys.publishable)).toEqual([403, 'bad_jwt']);
  });

  test('nothing above was an unexpected failure', () => {
    expect(home.errors).toEqual([]);
  });
});
