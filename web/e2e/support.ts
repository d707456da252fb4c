import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { type Browser, type BrowserContext, expect, type Page } from 'playwright/test';
import ws from 'ws';

export type Role = 'admin' | 'support' | 'viewer';

export interface Home {
  consoleUrl: string;
  apiUrl: string;
  mailboxUrl: string;
  stripeUrl: string;
  stripeApiKey: string;
  messengersUrl: string;
  dbUrl: string;
  publishableKey: string;
  secretKey: string;
}

export interface Member {
  userId: string;
  email: string;
  password: string;
  secret: string;
  client: SupabaseClient;
}

export const home = JSON.parse(process.env.E2E_HOME ?? '{}') as Home;
export const password = 'Correct-horse-9-battery';

/** A code counts once: `step` -1, 0 or 1 gives three that are valid at this moment. */
export const totp = (secret: string, step = 0) =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + step * 30_000 });

export const newClient = (key = home.publishableKey) =>
  createClient(home.apiUrl, key, {
    auth: { persistSession: false, autoRefreshToken: false, storageKey: randomUUID() },
    realtime: { transport: ws as never },
  });

/** Staff of one's own, made by the API, with a session at aal2. */
export async function makeMember(role: Role): Promise<Member> {
  const admin = newClient(home.secretKey);
  const email = `${role}-${randomUUID().slice(0, 8)}@whatautosys.test`;
  const { data, error } = await admin.auth.admin.createUser({ email, password, email_confirm: true });
  if (error) throw error;
  const { error: refused } = await admin
    .from('staff')
    .insert({ user_id: data.user.id, email, display_name: `Test ${role}`, role });
  if (refused) throw refused;
  const client = newClient();
  const signedIn = await client.auth.signInWithPassword({ email, password });
  if (signedIn.error) throw signedIn.error;
  const factor = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'test' });
  if (factor.error) throw factor.error;
  const { secret } = factor.data.totp;
  const verified = await client.auth.mfa.challengeAndVerify({ factorId: factor.data.id, code: totp(secret) });
  if (verified.error) throw verified.error;
  return { userId: data.user.id, email, password, secret, client };
}

const shared = new Map<string, Promise<Member>>();
/**
 * Somebody whom all files that one process runs share, for tests that change nothing about the person. Each second
 * factor counts against the address of them all, as everybody's does.
 */
export function sharedMember(role: Parameters<typeof makeMember>[0], name = ''): Promise<Member> {
  const key = `${role} ${name}`;
  const known = shared.get(key) ?? makeMember(role);
  shared.set(key, known);
  return known;
}
export const sharedAdmin = (): Promise<Member> => sharedMember('admin');

/** A browser in which that person is signed in already, in a session of its own. */
export async function contextOf(
  browser: Browser,
  member: Member,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<BrowserContext> {
  const { data } = await member.client.auth.getSession();
  const name = `sb-${new URL(home.apiUrl).hostname.split('.')[0]}-auth-token`;
  return browser.newContext({
    ...options,
    storageState: {
      cookies: [],
      origins: [{ origin: home.consoleUrl, localStorage: [{ name, value: JSON.stringify(data.session) }] }],
    },
  });
}

/**
 * Goes to a page of the console as a link would: loading the console again for every test would cost more than the
 * test.
 */
export async function visit(page: Page, path: string): Promise<void> {
  if (!page.url().startsWith(home.consoleUrl)) return void (await page.goto(home.consoleUrl + path));
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.evaluate(async (to) => {
    const { __vue_app__: app } = document.querySelector('#app') as unknown as {
      __vue_app__: { config: { globalProperties: { $router: { push(to: string): Promise<unknown> } } } };
    };
    await app.config.globalProperties.$router.push(to);
    // What the page before showed is gone by the next frame.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }, path);
}

export async function signIn(page: Page, email: string, code: string): Promise<void> {
  await page.goto(`${home.consoleUrl}/login`);
  await page.getByLabel('Adresse e-mail').fill(email);
  await page.getByLabel('Mot de passe', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await expect(page.getByRole('heading', { name: 'Second facteur' })).toBeVisible();
  await typeCode(page, code);
}

/** Types a code once its first box has the focus: what comes earlier is lost. */
export async function typeCode(page: Page, code: string): Promise<void> {
  await expect(page.getByLabel('Chiffre 1 sur 6')).toBeFocused();
  await page.keyboard.type(code);
}

/** The newest mail to that address, once it is there. */
export async function mailTo(address: string, subject: RegExp): Promise<{ text: string; html: string }> {
  let found: { id: string } | undefined;
  await expect(async () => {
    const response = await fetch(`${home.mailboxUrl}/api/messages?to=${encodeURIComponent(address)}`);
    const messages = (await response.json()) as
      | { messages?: Array<{ id: string; subject: string }> }
      | Array<{ id: string; subject: string }>;
    found = (Array.isArray(messages) ? messages : (messages.messages ?? [])).find((message) =>
      subject.test(message.subject),
    );
    expect(found, `a mail to ${address}`).toBeTruthy();
  }).toPass({ timeout: 15_000 });
  const message = await fetch(`${home.mailboxUrl}/api/messages/${found!.id}`);
  return (await message.json()) as { text: string; html: string };
}

/** The link of a mail of Auth: a page of the console. */
export const linkIn = ({ html }: { html: string }): string =>
  /href="([^"]*\/login\/confirm[^"]*)"/.exec(html)![1]!.replaceAll('&amp;', '&');

export interface CheckAnswer {
  valid: boolean;
  code: string;
}

export async function checkLicense(licenseKey: string, hwid: string): Promise<CheckAnswer> {
  const response = await fetch(`${home.apiUrl}/functions/v1/license-check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ license_key: licenseKey, hwid }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as CheckAnswer;
}

/** Makes something happen at Stripe's stand-in; the names are in supabase/local/stand-ins/stripe/control.ts. */
export async function control(name: string, ...args: unknown[]): Promise<void> {
  const response = await fetch(`${home.stripeUrl}/control/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ args }),
  });
  expect(response.status, await response.text()).toBe(200);
}

/** Collects what must not happen on any page: errors, what the policy forbids, requests that leave this machine. */
export function watchForTrouble(page: Page): string[] {
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (/content security policy|permissions policy/i.test(message.text())) trouble.push(`policy: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') trouble.push(`external request: ${request.url()}`);
  });
  return trouble;
}
