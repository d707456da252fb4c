import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Sql } from 'postgres';
import type { HomeConfig } from '../config.ts';
import { gatewayErrors } from './errors.ts';
import type { ApiKeys } from './keys.ts';
import { createTokens, type Claims, type Tokens } from './tokens.ts';

export type { ApiKeys } from './keys.ts';
export type { Claims } from './tokens.ts';

export type ApiRole = 'anon' | 'authenticated' | 'service_role';

export interface Mail {
  to: string;
  subject: string;
  html: string;
  text: string;
}

export interface Logger {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export interface RequestInfo {
  /** The peer of the socket; what a client claims in x-forwarded-for never counts. */
  ip: string;
}

export interface GatewayPart {
  fetch(request: Request, info: RequestInfo): Promise<Response>;
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stop(): Promise<void>;
}

export interface Credential {
  role: ApiRole;
  claims: Claims;
  token: string;
}

export interface GatewayContext {
  config: HomeConfig;
  /** Pool as `supabase_admin`, TimeZone UTC. */
  sql: Sql;
  keys: ApiKeys;
  tokens: Tokens;
  verifyToken(jwt: string): Promise<Claims>;
  /** The token the API gateway's rule picks, not yet verified; 401 without a known API key. */
  bearerOf(headers: Headers, url: URL): string;
  /** That token, verified. */
  resolveCredential(headers: Headers, url: URL): Promise<Credential>;
  mail(message: Mail): Promise<void>;
  log: Logger;
  now(): Date;
}

export type ContextOptions = Pick<GatewayContext, 'config' | 'sql' | 'keys' | 'mail' | 'log'> & { now?: () => Date };

export function createContext(options: ContextOptions): GatewayContext {
  const now = options.now ?? (() => new Date());
  const tokens = createTokens(options.keys, now);
  return {
    ...options,
    now,
    tokens,
    verifyToken: tokens.verify,
    bearerOf: (headers, url) => bearerOf(options.keys, headers, url),
    async resolveCredential(headers, url) {
      const token = bearerOf(options.keys, headers, url);
      const claims = await tokens.verify(token);
      return { role: apiRole(claims.role), claims, token };
    },
  };
}

/**
 * The API gateway's rule: a user's token outranks the key, a key stands for its role, and an `sb_` key in
 * `Authorization` is never a token. Source: supabase/cli, internal/start/start.go (Kong template).
 */
function bearerOf(keys: ApiKeys, headers: Headers, url: URL): string {
  const apikey = headers.get('apikey') ?? url.searchParams.get('apikey');
  if (!apikey) throw gatewayErrors.missingKey();
  const keyToken = tokenOfKey(keys, apikey);
  if (!keyToken) throw gatewayErrors.invalidKey();
  if (isSame(apikey, keys.secret) && isBrowser(headers.get('user-agent'))) throw gatewayErrors.secretKeyInBrowser();

  const authorization = headers.get('authorization');
  return authorization && !/^bearer\s+sb_/i.test(authorization) ? authorization.replace(/^bearer\s+/i, '') : keyToken;
}

function tokenOfKey(keys: ApiKeys, apikey: string): string | undefined {
  if (isSame(apikey, keys.publishable) || isSame(apikey, keys.legacyAnon)) return keys.legacyAnon;
  if (isSame(apikey, keys.secret) || isSame(apikey, keys.legacyServiceRole)) return keys.legacyServiceRole;
  return undefined;
}

/** A token with a role the API may not take counts as anonymous here; REST refuses it outright. */
function apiRole(role: unknown): ApiRole {
  return role === 'authenticated' || role === 'service_role' ? role : 'anon';
}

function isBrowser(userAgent: string | null): boolean {
  return userAgent !== null && /^mozilla\//i.test(userAgent);
}

function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
