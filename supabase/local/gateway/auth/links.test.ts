import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, signIn, startTestGateway, type TestGateway } from '../testing.ts';

let home: TestGateway;
beforeAll(async () => void (home = await startTestGateway()), 60_000);
afterAll(() => home.stop());

const hrefIn = (html: string) => /href="([^"]+)"/.exec(html)![1]!.replaceAll('&amp;', '&');

async function follow(link: string): Promise<URL> {
  const url = new URL(link);
  const response = await home.request(url.pathname + url.search, { redirect: 'manual' });
  expect(response.status).toBe(303);
  return new URL(response.headers.get('location')!);
}

/** The mail's own link, on the console: → what `verifyOtp` takes. */
function confirmIn(html: string) {
  const url = new URL(hrefIn(html));
  expect(url.href.startsWith(`${home.ctx.config.project.auth.siteUrl}/login/confirm?`)).toBe(true);
  return { type: url.searchParams.get('type') as 'invite', token_hash: url.searchParams.get('token_hash')! };
}

describe('links', () => {
  test('an invitation mails a bilingual link to the console, which signs in once', async () => {
    const email = `${crypto.randomUUID()}@example.test`;
    const invited = await home.admin.auth.admin.inviteUserByEmail(email, { data: { full_name: 'Ada' } });
    expect(invited.data.user).toMatchObject({
      email,
      invited_at: expect.any(String),
      user_metadata: { full_name: 'Ada' },
    });
    const mail = home.mails.at(-1)!;
    expect(mail.to).toBe(email);
    expect(mail.subject).toMatch(/^Votre accès à .+ \/ Your access to /);
    expect(mail.html).toContain('lang="fr"');
    expect(mail.html).toContain('lang="en"');
    expect(mail.text).toContain('/login/confirm?token_hash=');

    const link = confirmIn(mail.html);
    expect(link.type).toBe('invite');
    const client = home.client();
    expect((await client.auth.verifyOtp(link)).data.user?.email).toBe(email);
    expect((await client.auth.updateUser({ password: 'My-first-password-1' })).error).toBeNull();
    await expect(signIn(home, { id: '', email, password: 'My-first-password-1' })).resolves.toBeDefined();
    expect((await home.client().auth.verifyOtp(link)).error).toMatchObject({ code: 'otp_expired', status: 403 });
  });

  test('the link of GoTrue itself, for projects with its templates, signs in once by a redirect', async () => {
    const user = await createUser(home);
    const redirectTo = `${home.ctx.config.project.auth.siteUrl}/login/reset`;
    const { data } = await home.admin.auth.admin.generateLink({
      type: 'recovery',
      email: user.email,
      options: { redirectTo },
    });
    const landing = await follow(data.properties!.action_link);
    expect(landing.href).toContain(redirectTo);
    const tokens = new URLSearchParams(landing.hash.slice(1));
    expect(tokens.get('type')).toBe('recovery');
    const session = { access_token: tokens.get('access_token')!, refresh_token: tokens.get('refresh_token')! };
    expect((await home.client().auth.setSession(session)).error).toBeNull();
    const again = await follow(data.properties!.action_link);
    expect(again.searchParams.get('error_code')).toBe('otp_expired');
    expect(again.hash).not.toContain('access_token');
  });

  test('recovery mails known addresses only, answers all alike, and limits mails per address', async () => {
    const user = await createUser(home);
    const sent = home.mails.length;
    expect((await home.client().auth.resetPasswordForEmail(user.email)).error).toBeNull();
    expect((await home.client().auth.resetPasswordForEmail('ghost@example.test')).error).toBeNull();
    await home.settled();
    expect(home.mails).toHaveLength(sent + 1);
    for (const email of [user.email, 'ghost@example.test'])
      expect((await home.client().auth.resetPasswordForEmail(email)).error).toMatchObject({
        code: 'over_email_send_rate_limit',
        status: 429,
      });
    const link = confirmIn(home.mails.at(-1)!.html);
    expect(link.type).toBe('recovery');
    expect((await home.client().auth.verifyOtp(link)).data.user?.id).toBe(user.id);
  });

  test('recovery answers before it looks anybody up, so that the time says nothing either', async () => {
    const user = await createUser(home);
    const sent = home.mails.length;
    // While nobody can be looked up, whoever is answered was answered without.
    await home.sql.begin(async (lock) => {
      await lock`lock table auth.users in access exclusive mode`;
      for (const email of [user.email, `ghost-${user.email}`])
        expect((await home.client().auth.resetPasswordForEmail(email)).error).toBeNull();
      expect(home.mails).toHaveLength(sent);
    });
    await home.settled();
    expect(home.mails.slice(sent).map(({ to }) => to)).toEqual([user.email]);
  });

  test('recovery answers all alike when the project may mail no more', async () => {
    const strict = await startTestGateway({
      auth: { rateLimit: { ...home.ctx.config.project.auth.rateLimit, emailSent: 1 } },
    });
    try {
      const [first, second] = [await createUser(strict), await createUser(strict)];
      expect((await strict.client().auth.resetPasswordForEmail(first.email)).error).toBeNull();
      await strict.settled();
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
