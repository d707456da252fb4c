import { createFunctions, type FunctionsPart } from '@whatautosys/local/functions';
import { functionEnvironment } from '@whatautosys/local/function-secrets';
import { createUser, enrolTotp, signIn } from '@whatautosys/local/testing/gateway';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from './callers.ts';

/** The functions staff call, as the home runs them: Deno, the real entry points, Auth asked over HTTP. */
let api: Api;
let functions: FunctionsPart;
let server: Server;
const id = '00000000-0000-4000-8000-000000000000';
const requests: Record<string, object> = {
  'audit-verify': { copies: ['audit-v1.none'] },
  'license-file': { license_id: id },
  'login-as': { license_id: id, reason: 'Voir ce qu’il voit' },
  'staff-admin': { action: 'set_role', user_id: id, role: 'viewer' },
  'stripe-action': { action: 'portal_link', subscription_id: id, request_id: id },
};

beforeAll(async () => {
  api = await startApi();
  const { ctx, gateway } = api.home;
  const { port } = await gateway.listen(0);
  functions = createFunctions(ctx, {
    environment: { ...functionEnvironment(ctx.config, ctx.keys), SUPABASE_URL: `http://127.0.0.1:${port}` },
    watch: false,
  });
  server = createServer((request, response) => void functions.handle(request, response, { ip: '198.51.100.7' }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await functions?.stop();
  await api?.stop();
});

async function call(name: string, token: string | null, body = requests[name]) {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/functions/v1/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { code: string; mail?: string; staff?: { user_id: string } };
  return { status: response.status, ...answer };
}

async function claimsOf(token: string) {
  return { ...(await api.home.ctx.verifyToken(token)) };
}

/** Somebody's token in every respect but the one named. */
const strangers: Record<string, () => Promise<string | null> | string | null> = {
  'no token': () => null,
  'an API key for a token': () => api.home.ctx.keys.publishable,
  "the anonymous key's token": () => api.home.ctx.keys.legacyAnon,
  'a forged signature': () => `${api.tokens.admin!.slice(0, -12)}AAAAAAAAAAAA`,
  'no signature at all': () => {
    const [, payload] = api.tokens.admin!.split('.');
    return `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${payload}.AA`;
  },
  'an expired token': async () => {
    const past = Math.floor(api.home.now().getTime() / 1000) - 60;
    return api.home.ctx.tokens.sign({ ...(await claimsOf(api.tokens.admin!)), iat: past - 3600, exp: past });
  },
  'an ended session': async () => {
    const user = await createUser(api.home);
    await api.home.sql`insert into public.staff (user_id, email, display_name, role)
      values (${user.id}, ${user.email}, 'Signed out', 'admin')`;
    const client = await signIn(api.home, user);
    await enrolTotp(api.home, client);
    const token = (await client.auth.getSession()).data.session!.access_token;
    await client.auth.signOut();
    return token;
  },
};

describe.each(Object.keys(requests))('%s', (name) => {
  it('lets an administrator through to what he asked for', async () => {
    // Nothing has the id; the trail is there, and the line is none of its seals.
    expect(await call(name, api.tokens.admin)).toMatchObject({ status: name === 'audit-verify' ? 200 : 404 });
  });

  it.each(Object.keys(strangers))('refuses %s', async (who) => {
    expect(await call(name, await strangers[who]!())).toMatchObject({ status: 401, code: 'unauthorized' });
  });

  // Switching somebody off ends his sessions: Auth refuses him before the database would.
  it.each([
    ['admin at aal1', 403, 'permission_denied'],
    ['no staff', 403, 'permission_denied'],
    ['viewer', 403, 'permission_denied'],
    ['switched off', 401, 'unauthorized'],
  ] as const)('refuses %s with %i %s', async (who, status, code) => {
    expect(await call(name, api.tokens[who])).toMatchObject({ status, code });
  });
});

it('no function leaves the question to the gateway, which knows neither ended sessions nor new signing keys', () => {
  expect(api.home.ctx.config.project.functions.filter(({ verifyJwt }) => verifyJwt)).toEqual([]);
});

describe('an invitation sent again', () => {
  const email = `${crypto.randomUUID()}@example.test`;
  const lastLink = () => {
    const { to, html } = api.home.mails.at(-1)!;
    expect(to).toBe(email);
    const url = new URL(/href="([^"]+)"/.exec(html)![1]!.replaceAll('&amp;', '&'));
    return { type: url.searchParams.get('type') as 'invite', token_hash: url.searchParams.get('token_hash')! };
  };
  let userId: string;
  const again = () => call('staff-admin', api.tokens.admin, { action: 'resend_invitation', user_id: userId });

  it('is an invitation again while nobody has opened it, and the old link is dead', async () => {
    const invitation = { action: 'invite', email, display_name: 'Invited', role: 'viewer' };
    const { staff, mail } = await call('staff-admin', api.tokens.admin, invitation);
    userId = staff!.user_id;
    const old = lastLink();
    expect([mail, old.type]).toEqual(['invitation', 'invite']);
    expect(await again()).toMatchObject({ status: 200, mail: 'invitation' });
    expect(lastLink()).toMatchObject({ type: 'invite' });
    expect((await api.home.client().auth.verifyOtp(old)).error).toMatchObject({ code: 'otp_expired' });
  });

  it('becomes a link to choose a password once it was opened and nothing set up', async () => {
    expect((await api.home.client().auth.verifyOtp(lastLink())).error).toBeNull();
    expect(await again()).toMatchObject({ status: 200, mail: 'recovery' });
    await api.home.settled();
    expect(api.home.mails.at(-1)!.subject).toBe('Choisir votre mot de passe / Choose your password');
    const client = api.home.client();
    expect((await client.auth.verifyOtp(lastLink())).error).toBeNull();
    expect((await client.auth.updateUser({ password: 'Chosen-by-the-invited-1' })).error).toBeNull();
    await enrolTotp(api.home, client);
  });

  it('is refused once the account is set up', async () => {
    expect(await again()).toMatchObject({ status: 409, code: 'email_exists' });
  });
});

it('what a function could not do is a line of the log, found by the id its caller was told', async () => {
  const { sql } = api.home;
  await sql`alter function private.serve_log_ingest(text, text, text, jsonb, jsonb) rename to serve_nothing`;
  let told: { status: number; message?: string };
  try {
    told = await call('log-ingest', 'token_of_a_server', { idempotency_key: 'one', logs: [] });
  } finally {
    await sql`alter function private.serve_nothing(text, text, text, jsonb, jsonb) rename to serve_log_ingest`;
  }
  expect(told).toMatchObject({ status: 500, code: 'unexpected_failure' });
  const shown = /[0-9a-f-]{36}/.exec(told.message!)![0];
  await expect
    .poll(
      () => sql`select logs.level, logs.context ->> 'function' as function, log_sources.name as source,
          logs.group_id is not null as has_group from public.logs join public.log_sources on log_sources.id = source_id
        where message like ${`unexpected error ${shown}: function private.serve_log_ingest%does not exist`}`,
      { timeout: 20_000 },
    )
    .toEqual([{ level: 'error', function: 'log-ingest', source: 'Edge Functions', has_group: true }]);
});
