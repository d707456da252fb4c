import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, enrolTotp, signIn, startTestGateway, type TestGateway } from '../testing.ts';

let home: TestGateway;
beforeAll(async () => void (home = await startTestGateway()), 60_000);
afterAll(() => home.stop());

const hrefIn = (html: string) => /href="([^"]+)"/.exec(html)![1]!.replaceAll('&#38;', '&');

async function follow(link: string): Promise<URL> {
  const url = new URL(link);
  const response = await home.request(url.pathname + url.search, { redirect: 'manual' });
  expect(response.status).toBe(303);
  return new URL(response.headers.get('location')!);
}

describe('administration of users', () => {
  test('creates, finds, pages through, changes and deletes users', async () => {
    const admin = home.admin.auth.admin;
    const user = await createUser(home, { user_metadata: { full_name: 'Grace Hopper' }, app_metadata: { team: 'a' } });
    const { data: found } = await admin.getUserById(user.id);
    expect(found.user).toMatchObject({
      email: user.email,
      phone: '',
      app_metadata: { provider: 'email', team: 'a' },
      role: 'authenticated',
      is_anonymous: false,
    });
    expect(found.user!.identities).toMatchObject([
      { provider: 'email', identity_data: { email: user.email, sub: user.id } },
    ]);
    await createUser(home);
    const page = await admin.listUsers({ page: 1, perPage: 1 });
    expect(page.data.users).toHaveLength(1);
    expect(page.data).toMatchObject({ nextPage: 2, total: expect.any(Number) });
    expect((await admin.listUsers({ page: 999, perPage: 1 })).data.users).toEqual([]);
    const changed = await admin.updateUserById(user.id, {
      email: `new-${user.email}`,
      user_metadata: { full_name: null },
      app_metadata: { team: 'b' },
    });
    expect(changed.data.user).toMatchObject({ email: `new-${user.email}`, app_metadata: { team: 'b' } });
    expect((await admin.deleteUser(user.id)).error).toBeNull();
    expect((await admin.getUserById(user.id)).error).toMatchObject({ code: 'user_not_found', status: 404 });
  });

  test('refuses taken addresses, malformed input and unknown users with codes', async () => {
    const admin = home.admin.auth.admin;
    const user = await createUser(home);
    const other = await createUser(home);
    expect((await admin.createUser({ email: user.email.toUpperCase() })).error).toMatchObject({
      code: 'email_exists',
      status: 422,
    });
    expect((await admin.updateUserById(other.id, { email: user.email })).error).toMatchObject({ code: 'email_exists' });
    expect((await admin.createUser({})).error).toMatchObject({ code: 'validation_failed', status: 400 });
    expect((await admin.createUser({ email: 'no-at-sign' })).error).toMatchObject({ code: 'validation_failed' });
    expect((await admin.updateUserById(user.id, { ban_duration: 'soon' })).error).toMatchObject({
      code: 'validation_failed',
    });
    expect((await admin.updateUserById(user.id, { password: 'weak' })).error).toMatchObject({ code: 'weak_password' });
    expect((await admin.deleteUser(crypto.randomUUID())).error).toMatchObject({ code: 'user_not_found' });
  });

  test('ends every session when an administrator sets a password', async () => {
    const user = await createUser(home);
    const client = await signIn(home, user);
    await home.admin.auth.admin.updateUserById(user.id, { password: 'Set-by-the-admin-42' });
    expect((await client.auth.getUser()).error).not.toBeNull();
  });

  test('soft deletion keeps the row, hides the person and ends the sessions', async () => {
    const user = await createUser(home);
    const client = await signIn(home, user);
    expect((await home.admin.auth.admin.deleteUser(user.id, true)).error).toBeNull();
    const [row] = await home.sql`select email, encrypted_password, deleted_at from auth.users where id = ${user.id}`;
    expect(row).toMatchObject({ encrypted_password: null, deleted_at: expect.any(Date) });
    expect(row!['email']).not.toContain('@');
    expect((await client.auth.getUser()).error).not.toBeNull();
    await expect(signIn(home, user)).rejects.toMatchObject({ code: 'invalid_credentials' });
  });

  test('is closed to the publishable key, to users and to secret keys in a browser', async () => {
    const client = await signIn(home, await createUser(home));
    expect((await client.auth.admin.listUsers()).error).toMatchObject({ code: 'not_admin', status: 403 });
    expect((await home.client().auth.admin.createUser({ email: 'x@example.test' })).error).toMatchObject({
      code: 'not_admin',
    });
    const browser = home.client(home.ctx.keys.secret, { 'user-agent': 'Mozilla/5.0 (X11)' });
    expect((await browser.auth.admin.listUsers()).error).toMatchObject({ status: 401 });
    const legacy = home.client(home.ctx.keys.legacyServiceRole);
    expect((await legacy.auth.admin.listUsers()).error).toBeNull();
    expect((await home.client(home.ctx.keys.legacyAnon).auth.admin.listUsers()).error).toMatchObject({
      code: 'not_admin',
    });
  });
});

describe('links', () => {
  test('an invitation mails a bilingual link that signs in once and lets a password be set', async () => {
    const email = `${crypto.randomUUID()}@example.test`;
    const redirectTo = `${home.ctx.config.project.auth.siteUrl}/invitation`;
    const invited = await home.admin.auth.admin.inviteUserByEmail(email, { redirectTo, data: { full_name: 'Ada' } });
    expect(invited.data.user).toMatchObject({
      email,
      invited_at: expect.any(String),
      user_metadata: { full_name: 'Ada' },
    });
    const mail = home.mails.at(-1)!;
    expect(mail.to).toBe(email);
    expect(mail.html).toContain('lang="fr"');
    expect(mail.html).toContain('lang="en"');
    expect(mail.text).toContain('/auth/v1/verify?token=');

    const link = hrefIn(mail.html);
    const landing = await follow(link);
    expect(landing.href).toContain(redirectTo);
    const tokens = new URLSearchParams(landing.hash.slice(1));
    expect(tokens.get('type')).toBe('invite');
    const client = home.client();
    const session = { access_token: tokens.get('access_token')!, refresh_token: tokens.get('refresh_token')! };
    expect((await client.auth.setSession(session)).error).toBeNull();
    expect((await client.auth.updateUser({ password: 'My-first-password-1' })).error).toBeNull();
    await expect(signIn(home, { id: '', email, password: 'My-first-password-1' })).resolves.toBeDefined();

    const again = await follow(link);
    expect(again.searchParams.get('error_code')).toBe('otp_expired');
    expect(again.hash).not.toContain('access_token');
  });

  test('recovery mails known addresses only, answers all alike, and limits mails per address', async () => {
    const user = await createUser(home);
    const sent = home.mails.length;
    expect((await home.client().auth.resetPasswordForEmail(user.email)).error).toBeNull();
    expect((await home.client().auth.resetPasswordForEmail('ghost@example.test')).error).toBeNull();
    expect(home.mails).toHaveLength(sent + 1);
    for (const email of [user.email, 'ghost@example.test'])
      expect((await home.client().auth.resetPasswordForEmail(email)).error).toMatchObject({
        code: 'over_email_send_rate_limit',
        status: 429,
      });
    const landing = await follow(hrefIn(home.mails.at(-1)!.html));
    expect(new URLSearchParams(landing.hash.slice(1)).get('type')).toBe('recovery');
  });

  test('recovery answers all alike when the project may mail no more', async () => {
    const strict = await startTestGateway({
      auth: { rateLimit: { ...home.ctx.config.project.auth.rateLimit, emailSent: 1 } },
    });
    try {
      const [first, second] = [await createUser(strict), await createUser(strict)];
      expect((await strict.client().auth.resetPasswordForEmail(first.email)).error).toBeNull();
      for (const email of [second.email, 'ghost@example.test'])
        expect((await strict.client().auth.resetPasswordForEmail(email)).error).toMatchObject({
          code: 'over_email_send_rate_limit',
          status: 429,
        });
      expect(strict.mails).toHaveLength(1);
    } finally {
      await strict.stop();
    }
  });

  test('never sends a token to an address outside the site and the allow list', async () => {
    const user = await createUser(home);
    const siteUrl = home.ctx.config.project.auth.siteUrl;
    for (const redirectTo of [
      'https://evil.example/',
      `${siteUrl}.evil.example/`,
      'javascript:alert(1)',
      `${siteUrl.replace('://', '://x@')}@evil.example/`,
    ]) {
      const { data } = await home.admin.auth.admin.generateLink({
        type: 'recovery',
        email: user.email,
        options: { redirectTo },
      });
      expect(data.properties!.redirect_to).toBe(siteUrl);
      const link = new URL(data.properties!.action_link);
      link.searchParams.set('redirect_to', redirectTo);
      expect((await follow(link.href)).origin).toBe(new URL(siteUrl).origin);
    }
  });

  test('generated links agree with verifyOtp, expire, and a HEAD request does not use them up', async () => {
    const user = await createUser(home);
    const generate = async () =>
      (await home.admin.auth.admin.generateLink({ type: 'magiclink', email: user.email })).data.properties!;
    const byHash = await generate();
    const link = new URL(byHash.action_link);
    expect((await home.request(link.pathname + link.search, { method: 'HEAD' })).status).toBe(405);
    expect(
      (await home.client().auth.verifyOtp({ type: 'magiclink', token_hash: byHash.hashed_token })).data.user?.id,
    ).toBe(user.id);
    const byCode = await generate();
    expect(
      (await home.client().auth.verifyOtp({ type: 'email', email: user.email, token: byCode.email_otp })).error,
    ).toBeNull();
    const late = await generate();
    home.advance(home.ctx.config.project.auth.otpExpiry + 1);
    expect(
      (await home.client().auth.verifyOtp({ type: 'magiclink', token_hash: late.hashed_token })).error,
    ).toMatchObject({ code: 'otp_expired', status: 403 });
    expect(
      (await home.admin.auth.admin.generateLink({ type: 'recovery', email: 'ghost@example.test' })).error,
    ).toMatchObject({ code: 'user_not_found' });
    expect((await home.admin.auth.admin.generateLink({ type: 'invite', email: user.email })).error).toMatchObject({
      code: 'email_exists',
    });
  });

  test('a link to the old address dies when the address changes', async () => {
    const user = await createUser(home);
    const { data } = await home.admin.auth.admin.generateLink({ type: 'recovery', email: user.email });
    await home.admin.auth.admin.updateUserById(user.id, { email: `moved-${user.email}` });
    const result = await home.client().auth.verifyOtp({ type: 'recovery', token_hash: data.properties!.hashed_token });
    expect(result.error).toMatchObject({ code: 'otp_expired' });
  });
});

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

  test('nothing above was an unexpected failure', () => {
    expect(home.errors).toEqual([]);
  });
});

describe('the access token', () => {
  test('is verified by supabase-js with the published keys alone', async () => {
    const client = await signIn(home, await createUser(home));
    const { data } = await client.auth.getClaims();
    expect(data!.header.alg).toBe('ES256');
    expect(data!.claims).toMatchObject({
      role: 'authenticated',
      aal: 'aal1',
      aud: 'authenticated',
      is_anonymous: false,
      phone: '',
    });
    expect(await (await home.request('/auth/v1/.well-known/jwks.json')).text()).not.toContain('"d"');
  });

  test('passes through the custom access token hook, which runs as supabase_auth_admin', async () => {
    const hook = { enabled: true, uri: 'pg-functions://postgres/public/token_hook' };
    const hooked = await startTestGateway({ auth: { customAccessTokenHook: hook } });
    try {
      await hooked.sql.unsafe(`
        create function public.token_hook(event jsonb) returns jsonb language sql as $$
          select jsonb_set(event, '{claims,app_metadata,by}', to_jsonb(current_user || ' ' || (event ->> 'authentication_method'))) $$;
        revoke execute on function public.token_hook from public`);
      const user = await createUser(hooked);
      await expect(signIn(hooked, user)).rejects.toMatchObject({
        status: 500,
        message: expect.stringContaining('Error running hook URI'),
      });
      await hooked.sql.unsafe(
        'grant usage on schema public to supabase_auth_admin; grant execute on function public.token_hook to supabase_auth_admin',
      );
      const client = await signIn(hooked, user);
      const by = async () => ((await client.auth.getClaims()).data!.claims.app_metadata as { by: string }).by;
      expect(await by()).toBe('supabase_auth_admin password');
      await client.auth.refreshSession();
      expect(await by()).toBe('supabase_auth_admin token_refresh');
      await enrolTotp(hooked, client);
      expect(await by()).toBe('supabase_auth_admin totp');
    } finally {
      await hooked.stop();
    }
  });
});
