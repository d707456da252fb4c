import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, startTestGateway, type TestGateway } from '../testing.ts';

const password = 'Correct-horse-9-battery';
const open = { enableSignup: true, enableAnonymousSignIns: true };
let closed: TestGateway;
let automatic: TestGateway;
let confirming: TestGateway;
beforeAll(async () => {
  closed = await startTestGateway();
  automatic = await startTestGateway({ auth: { ...open, enableConfirmations: false } });
  confirming = await startTestGateway({ auth: { ...open, enableConfirmations: true } });
});
afterAll(async () => {
  const homes = [closed, automatic, confirming];
  await Promise.all(homes.map((home) => home.stop()));
  expect(homes.flatMap(({ errors }) => errors)).toEqual([]);
});

const address = () => `${crypto.randomUUID()}@example.test`;
const settings = async (home: TestGateway) =>
  (await home.request('/auth/v1/settings', { headers: { apikey: home.ctx.keys.publishable } })).json() as Promise<
    Record<string, unknown>
  >;

describe('switched off', () => {
  test('sign-up and anonymous sign-in say so in hosted’s words, and the settings with them', async () => {
    const { error } = await closed.client().auth.signUp({ email: address(), password });
    expect(error).toMatchObject({
      status: 422,
      code: 'signup_disabled',
      message: 'Signups not allowed for this instance',
    });
    const anonymous = await closed.client().auth.signInAnonymously();
    expect(anonymous.error).toMatchObject({ status: 422, code: 'anonymous_provider_disabled' });
    expect(await settings(closed)).toMatchObject({
      disable_signup: true,
      mailer_autoconfirm: false,
      external: { anonymous_users: false, email: true, phone: false },
    });
  });
});

describe('without confirmations', () => {
  test('who signs up is signed in, with his metadata', async () => {
    const client = automatic.client();
    const email = address();
    const { data, error } = await client.auth.signUp({
      email: email.toUpperCase(),
      password,
      options: { data: { a: 1 } },
    });
    expect(error).toBeNull();
    expect(data.user).toMatchObject({ email, user_metadata: { a: 1 }, is_anonymous: false });
    expect((await client.auth.getUser()).data.user!.email_confirmed_at).toBeDefined();
    expect((await automatic.client().auth.signInWithPassword({ email, password })).error).toBeNull();
    expect(await settings(automatic)).toMatchObject({ disable_signup: false, mailer_autoconfirm: true });
  });

  test('an address that has an account is refused, confirmed or not, and its password stays', async () => {
    const user = await createUser(automatic);
    const other = { email: user.email, password: 'Another-horse-9-battery' };
    const { error } = await automatic.client().auth.signUp(other);
    expect(error).toMatchObject({ status: 422, code: 'user_already_exists', message: 'User already registered' });
    const waiting = await createUser(automatic, { email_confirm: false });
    expect((await automatic.client().auth.signUp({ ...other, email: waiting.email })).error).toMatchObject({
      status: 422,
    });
    expect((await automatic.client().auth.signInWithPassword(user)).error).toBeNull();
  });
});

describe('with confirmations', () => {
  test('who signs up gets a mail, and no session before he follows its link', async () => {
    const email = address();
    const { data, error } = await confirming.client().auth.signUp({ email, password });
    expect(error).toBeNull();
    expect(data).toMatchObject({ session: null, user: { email, identities: [{ provider: 'email' }] } });
    expect((await confirming.client().auth.signInWithPassword({ email, password })).error).toMatchObject({
      code: 'email_not_confirmed',
    });
    const mail = confirming.mails.findLast(({ to }) => to === email)!;
    expect(mail.subject).toContain('Confirm your address');
    const link = new URL(/http\S+token_hash=\S+/.exec(mail.text)![0]);
    expect(link.searchParams.get('type')).toBe('signup');
    const followed = await confirming
      .client()
      .auth.verifyOtp({ type: 'signup', token_hash: link.searchParams.get('token_hash')! });
    expect(followed.data.session?.user.email).toBe(email);
    expect((await confirming.client().auth.signInWithPassword({ email, password })).error).toBeNull();
  });

  test('an address that has an account gets the answer of a new one, no mail and no change', async () => {
    const user = await createUser(confirming, { user_metadata: { full_name: 'Ann' } });
    const { data, error } = await confirming.client().auth.signUp({ email: user.email, password: 'Another-horse-9-x' });
    expect(error).toBeNull();
    expect(data.user).toMatchObject({ email: user.email, identities: [], user_metadata: {} });
    expect(data.user!.id).not.toBe(user.id);
    expect(data.user!.email_confirmed_at).toBeUndefined();
    expect(confirming.mails.filter(({ to }) => to === user.email)).toEqual([]);
    expect((await confirming.client().auth.signInWithPassword(user)).error).toBeNull();
  });

  test('the mail comes again when asked for, once a minute, and only to who waits for it', async () => {
    const email = address();
    await confirming.client().auth.signUp({ email, password });
    const again = (to: string) => confirming.client().auth.resend({ type: 'signup', email: to });
    expect((await again(email)).error).toMatchObject({ status: 429, code: 'over_email_send_rate_limit' });
    confirming.advance(61);
    expect((await again(email)).error).toBeNull();
    expect(confirming.mails.filter(({ to }) => to === email)).toHaveLength(2);
    const stranger = address();
    expect((await again(stranger)).error).toBeNull();
    expect(confirming.mails.filter(({ to }) => to === stranger)).toEqual([]);
  });

  test('what an invited person is called is not told to who signs up with his address', async () => {
    const email = address();
    await confirming.admin.auth.admin.inviteUserByEmail(email, { data: { full_name: 'Ben' } });
    confirming.advance(61);
    const { data } = await confirming.client().auth.signUp({ email, password });
    expect(data.user).toMatchObject({ email, user_metadata: {}, identities: [] });
  });
});

describe('anonymous users', () => {
  test('are signed in as authenticated, marked in token and user, and may not enrol factors', async () => {
    const client = automatic.client();
    const { data, error } = await client.auth.signInAnonymously({ options: { data: { colour: 'red' } } });
    expect(error).toBeNull();
    expect(data.user).toMatchObject({ is_anonymous: true, email: '', role: 'authenticated', app_metadata: {} });
    expect(data.user!.user_metadata).toEqual({ colour: 'red' });
    const { data: token } = await client.auth.getClaims();
    expect(token!.claims).toMatchObject({ is_anonymous: true, role: 'authenticated', amr: [{ method: 'anonymous' }] });
    expect((await client.auth.refreshSession()).error).toBeNull();
    expect((await client.auth.mfa.enroll({ factorType: 'totp' })).error).toMatchObject({
      status: 403,
      code: 'no_authorization',
    });
    expect(await settings(automatic)).toMatchObject({ external: { anonymous_users: true } });
  });

  test('are counted by the hour and address', async () => {
    const { rateLimit } = automatic.ctx.config.project.auth;
    const home = await startTestGateway({ auth: { ...open, rateLimit: { ...rateLimit, anonymousUsers: 2 } } });
    try {
      const codes = [];
      for (let n = 0; n < 3; n++) codes.push((await home.client().auth.signInAnonymously()).error?.code);
      expect(codes).toEqual([undefined, undefined, 'over_request_rate_limit']);
    } finally {
      await home.stop();
    }
  });
});

test('what an account says of itself is told of a confirmed address only', async () => {
  const data = { full_name: 'Ann' };
  const make = async (email_confirm: boolean) => {
    const made = await closed.admin.auth.admin.createUser({ email: address(), email_confirm, user_metadata: data });
    return made.data.user!.user_metadata;
  };
  expect(await make(false)).toEqual(data);
  expect(await make(true)).toEqual({ ...data, email_verified: true });
});

describe('what is wrong', () => {
  const post = async (body: unknown) => {
    const response = await automatic.request('/auth/v1/signup', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { apikey: automatic.ctx.keys.publishable },
    });
    const { error_code: code, msg } = (await response.json()) as { error_code: string; msg: string };
    return [response.status, code, msg];
  };

  test.each([
    [{ email: 'a@b.fr' }, 'validation_failed', 'Signup requires a valid password'],
    [{ email: 'a@b.fr', phone: '1', password }, 'validation_failed', /^Only an email address or phone number/],
    [{ phone: '123456', password }, 'phone_provider_disabled', 'Phone signups are disabled'],
    [{ email: 7, password }, 'bad_json', /./],
    [{ email: 'a@b.fr', password: 7 }, 'bad_json', /./],
    [{ email: 'a@b.fr', password, data: [] }, 'bad_json', /./],
    [{ email: 'no address', password }, 'validation_failed', 'Unable to validate email address: invalid format'],
    [{ email: ' a@b.fr', password }, 'validation_failed', 'Unable to validate email address: invalid format'],
    [{ email: 'é@b.fr', password }, 'validation_failed', 'Unable to validate email address: invalid format'],
    [{ email: 'a@-b.fr', password }, 'validation_failed', 'Unable to validate email address: invalid format'],
    [{ email: `${'a'.repeat(256)}@b.fr`, password }, 'validation_failed', 'An email address is too long'],
  ])('%j is refused with 400', async (body, code, message) => {
    const [status, answered, text] = await post(body);
    expect([status, answered]).toEqual([400, code]);
    expect(text).toMatch(message);
  });

  test.each(['a@localhost', 'first.last+tag@sub.example.test', "o'neil@example.test"])(
    '%s is an address, as Auth reads them',
    async (email) => {
      expect((await post({ email: `${crypto.randomUUID()}.${email}`, password }))[0]).toBe(200);
    },
  );
});
