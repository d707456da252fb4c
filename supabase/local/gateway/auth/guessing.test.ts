import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, enrolTotp, signIn, startTestGateway, type TestGateway } from '../testing.ts';

let home: TestGateway;
beforeAll(async () => void (home = await startTestGateway()), 60_000);
afterAll(() => home.stop());

const post = (path: string, body: unknown, ip: string) =>
  home.request(`/auth/v1/${path}`, {
    method: 'POST',
    ip,
    headers: { apikey: home.ctx.keys.publishable, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const addressOf = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
const codeOf = async (response: Response) => ((await response.json()) as { error_code?: string }).error_code;

describe('a mailed code', () => {
  const recoveryFor = async (email: string) =>
    (await home.admin.auth.admin.generateLink({ type: 'recovery', email })).data.properties!;

  test('has ten digits and dies after an hour', async () => {
    const user = await createUser(home);
    const { email_otp } = await recoveryFor(user.email);
    expect(email_otp).toMatch(/^\d{10}$/);
    home.advance(3_601);
    expect(
      await codeOf(await post('verify', { type: 'recovery', email: user.email, token: email_otp }, '10.0.0.1')),
    ).toBe('otp_expired');
  });

  test('is not found by 1,500 guesses from as many addresses: a few are tried, then none', async () => {
    const user = await createUser(home);
    const { email_otp, hashed_token } = await recoveryFor(user.email);
    const tried: string[] = [];
    for (let guess = 0; guess < 1_500; guess += 1) {
      const response = await post('verify', { type: 'recovery', email: user.email, token: '0' }, addressOf(guess));
      if (response.status !== 429) tried.push((await codeOf(response))!);
      home.advance(2);
    }
    // Five at once, then one in twelve minutes.
    expect(tried).toEqual(Array(9).fill('otp_expired'));
    const right = await post(
      'verify',
      { type: 'recovery', email: user.email.toUpperCase(), token: email_otp },
      '10.9.9.9',
    );
    expect([right.status, await codeOf(right)]).toEqual([429, 'over_request_rate_limit']);
    // The link is no guess: whoever has the mail still gets in.
    const byLink = await post('verify', { type: 'recovery', token_hash: hashed_token }, '10.9.9.9');
    expect(byLink.status).toBe(200);
  });

  test('for another person is not held up', async () => {
    const [guessed, other] = [await createUser(home), await createUser(home)];
    for (let guess = 0; guess < 10; guess += 1)
      await post('verify', { type: 'recovery', email: guessed.email, token: '0' }, addressOf(guess));
    const { email_otp } = await recoveryFor(other.email);
    expect((await post('verify', { type: 'recovery', email: other.email, token: email_otp }, '10.0.0.1')).status).toBe(
      200,
    );
  });

  test('of a reauthentication is not found by a stolen session either', async () => {
    const strict = await startTestGateway({
      auth: { securePasswordChange: true, sessions: { timebox: undefined, inactivityTimeout: undefined } },
    });
    try {
      const user = await createUser(strict);
      const client = await signIn(strict, user);
      await enrolTotp(strict, client);
      strict.advance(86_401);
      await client.auth.refreshSession();
      expect((await client.auth.reauthenticate()).error).toBeNull();
      const change = async (nonce: string) =>
        (await client.auth.updateUser({ password: 'Changed-by-a-nonce-1', nonce })).error?.code;
      const answers = [];
      for (let guess = 0; guess < 7; guess += 1) answers.push(await change('0000000000'));
      expect(answers).toEqual([
        ...Array(5).fill('reauthentication_not_valid'),
        ...Array(2).fill('over_request_rate_limit'),
      ]);
    } finally {
      await strict.stop();
    }
  });
});

describe('a password', () => {
  const signInFrom = (email: string, password: string, ip: string) =>
    post('token?grant_type=password', { email, password }, ip);

  const atOnce = async (email: string, ip: string) => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => signInFrom(email, 'wrong', ip)));
    return answers.map(({ status }) => status).sort();
  };
  const fiveTried = [...Array(5).fill(400), ...Array(7).fill(429)];

  test('tried many times at the same moment is looked at five times, as one after the other', async () => {
    const user = await createUser(home);
    expect(await atOnce(user.email, '10.4.4.4')).toEqual(fiveTried);
  });

  test('of an unknown account waits like that of a known one', async () => {
    expect(await atOnce(`ghost-${crypto.randomUUID()}@example.test`, '10.3.3.3')).toEqual(fiveTried);
  });

  test('guessed too often from one address waits there, and says how long; its owner elsewhere does not', async () => {
    const user = await createUser(home);
    await atOnce(user.email, '10.1.1.1');
    // Long pauses, so that the time the test itself takes does not count.
    for (const seconds of [1, 2, 4, 8, 16, 32]) {
      home.advance(seconds);
      expect((await signInFrom(user.email, 'wrong', '10.1.1.1')).status).toBe(400);
    }
    const paused = await signInFrom(user.email, user.password, '10.1.1.1');
    const seconds = Number(paused.headers.get('retry-after'));
    expect([paused.status, await paused.json()]).toMatchObject([
      429,
      {
        error_code: 'over_request_rate_limit',
        msg: `For security purposes, you can only request this after ${seconds} seconds.`,
      },
    ]);
    expect(seconds).toBeGreaterThan(32);
    expect(seconds).toBeLessThanOrEqual(64);
    expect((await signInFrom(user.email, user.password, '10.2.2.2')).status).toBe(200);
    home.advance(64);
    expect((await signInFrom(user.email, user.password, '10.1.1.1')).status).toBe(200);
  });
});
