import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { Secret, TOTP } from 'otpauth';
import postgres, { type Sql } from 'postgres';
import ws from 'ws';
import { loadConfig, type HomeConfig } from '../config.ts';
import { type Template, useTestCluster } from '../postgres/testing.ts';
import type { AuthConfig } from '../project.ts';
import { createAuth } from './auth/server.ts';
import { createContext, type GatewayContext, type Mail } from './context.ts';
import { loadKeys } from './keys.ts';
import { createRest } from './rest/server.ts';
import { createStorage } from './rest/storage.ts';
import { createGateway, type Gateway } from './server.ts';

export interface TestGateway {
  gateway: Gateway;
  ctx: GatewayContext;
  sql: Sql;
  mails: Mail[];
  errors: string[];
  /** Moves the clock of tokens and auth. */
  advance(seconds: number): void;
  now(): Date;
  client(key?: string, headers?: Record<string, string>): SupabaseClient;
  admin: SupabaseClient;
  request(path: string, init?: RequestInit & { ip?: string }): Promise<Response>;
  reloadSchema(): void;
  /** When Auth has done what it answered already. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const password = 'Correct-horse-9-battery';

/** A gateway without a port over a database of its own; supabase-js talks to it through its `fetch` option. */
export async function startTestGateway(
  options: { auth?: Partial<AuthConfig>; database?: Template } = {},
): Promise<TestGateway> {
  const cluster = useTestCluster();
  const database = await cluster.createDatabase(options.database ?? 'bootstrapped');
  const base = loadConfig({ dataDir: cluster.dataDir, portBase: 24_500 });
  const generous = {
    anonymousUsers: 1_000,
    emailSent: 1_000,
    tokenRefresh: 10_000,
    signInSignUps: 10_000,
    tokenVerifications: 10_000,
  };
  const authConfig: AuthConfig = { ...base.project.auth, emailEnabled: true, rateLimit: generous, ...options.auth };
  const config: HomeConfig = { ...base, db: database, project: { ...base.project, auth: authConfig } };
  const sql = postgres(database.adminUrl, { max: 6, onnotice: () => {}, connection: { TimeZone: 'UTC' } });
  const mails: Mail[] = [];
  const errors: string[] = [];
  let offset = 0;
  const now = () => new Date(Date.now() + offset);
  const ctx = createContext({
    config,
    sql,
    keys: await loadKeys(cluster.dataDir),
    mail: async (message) => void mails.push(message),
    log: {
      info: () => {},
      warn: () => {},
      error: (message, fields) => void errors.push(`${message} ${JSON.stringify(fields)}`),
    },
    now,
  });
  const rest = await createRest(ctx);
  const auth = createAuth(ctx);
  const gateway = createGateway(ctx, { auth, rest, storage: await createStorage(ctx) });
  const url = config.urls.api;
  const client: TestGateway['client'] = (key = ctx.keys.publishable, headers = {}) =>
    createClient(url, key, {
      auth: {
        persistSession: false,
        autoRefreshToken: false,
        detectSessionInUrl: false,
        storageKey: crypto.randomUUID(),
      },
      global: { headers, fetch: (input, init) => gateway.fetch(new Request(input, init)) },
      realtime: { transport: ws as never },
    });
  return {
    gateway,
    ctx,
    sql,
    mails,
    errors,
    now,
    client,
    admin: client(ctx.keys.secret),
    advance: (seconds) => void (offset += seconds * 1000),
    request: (path, { ip, ...init } = {}) => gateway.fetch(new Request(url + path, init), { ip: ip ?? '127.0.0.1' }),
    reloadSchema: rest.reload,
    settled: auth.settled,
    async stop() {
      await gateway.stop();
      await sql.end();
      await cluster.stop();
    },
  };
}

export interface TestUser {
  id: string;
  email: string;
  password: string;
}

export async function createUser(home: TestGateway, attributes: Record<string, unknown> = {}): Promise<TestUser> {
  const email = `${crypto.randomUUID()}@example.test`;
  const { data, error } = await home.admin.auth.admin.createUser({
    email,
    password,
    email_confirm: true,
    ...attributes,
  });
  if (error) throw error;
  return { id: data.user.id, email, password };
}

export async function signIn(home: TestGateway, user: TestUser): Promise<SupabaseClient> {
  const client = home.client();
  const { error } = await client.auth.signInWithPassword({ email: user.email, password: user.password });
  if (error) throw error;
  return client;
}

export function totpCode(home: TestGateway, secret: string): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: home.now().getTime() });
}

export interface Enrolled {
  factorId: string;
  secret: string;
}

/** Enrols and verifies a factor; the session of `client` is at aal2 afterwards. */
export async function enrolTotp(home: TestGateway, client: SupabaseClient, friendlyName = 'phone'): Promise<Enrolled> {
  const { data, error } = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName });
  if (error) throw error;
  const code = totpCode(home, data.totp.secret);
  const verified = await client.auth.mfa.challengeAndVerify({ factorId: data.id, code });
  if (verified.error) throw verified.error;
  // The code is used up: later sign-ins need the next one.
  home.advance(60);
  return { factorId: data.id, secret: data.totp.secret };
}

export async function passSecondFactor(home: TestGateway, client: SupabaseClient, factor: Enrolled): Promise<void> {
  const { error } = await client.auth.mfa.challengeAndVerify({
    factorId: factor.factorId,
    code: totpCode(home, factor.secret),
  });
  if (error) throw error;
  home.advance(60);
}
