import { randomBytes } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import type { Claims } from '../context.ts';
import { applyTokenHook } from './hook.ts';
import type { AuthDeps, Origin, SessionRow, UserRow } from './types.ts';
import { loadUserJson } from './users.ts';

export interface TokenResponse {
  access_token: string;
  token_type: 'bearer';
  expires_in: number;
  expires_at: number;
  refresh_token: string;
  user: Record<string, unknown>;
}

const secondFactors = new Set(['totp', 'mfa/phone', 'mfa/webauthn']);
const unixSeconds = (date: Date) => Math.floor(date.getTime() / 1000);
const storableIp = (ip: string) => (/^[0-9a-f.:]+$/i.test(ip) ? ip : null);

/** A new session after a first factor, with its first tokens. */
export async function signIn(
  deps: AuthDeps,
  tx: TransactionSql,
  user: UserRow,
  method: string,
  origin: Origin,
): Promise<TokenResponse> {
  const now = deps.now();
  const sessionId = crypto.randomUUID();
  await tx`
    insert into auth.sessions (id, user_id, aal, user_agent, ip, created_at, updated_at)
    values (${sessionId}, ${user.id}, 'aal1', ${origin.userAgent}, ${storableIp(origin.ip)}, ${now}, ${now})`;
  await recordMethod(tx, sessionId, method, now);
  const [signedIn] = await tx<UserRow[]>`
    update auth.users set last_sign_in_at = ${now}, updated_at = ${now} where id = ${user.id} returning *`;
  await tx`
    update auth.identities set last_sign_in_at = ${now} where user_id = ${user.id} and provider = 'email'`;
  const refreshToken = await insertRefreshToken(tx, user.id, sessionId, null, now);
  return issueTokens(deps, tx, signedIn!, sessionId, refreshToken, method, origin.ip);
}

export async function recordMethod(tx: TransactionSql, sessionId: string, method: string, now: Date): Promise<void> {
  await tx`
    insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
    values (${crypto.randomUUID()}, ${sessionId}, ${now}, ${now}, ${method})
    on conflict (session_id, authentication_method) do update set updated_at = excluded.updated_at`;
}

export async function insertRefreshToken(
  tx: TransactionSql,
  userId: string,
  sessionId: string,
  parent: string | null,
  now: Date,
): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  await tx`
    insert into auth.refresh_tokens (id, token, user_id, session_id, revoked, parent, created_at, updated_at)
    values (${crypto.randomUUID()}, ${token}, ${userId}, ${sessionId}, false, ${parent}, ${now}, ${now})`;
  return token;
}

/** Nothing is carried over from an older token: aal and amr come from the session's recorded methods at every mint. */
export async function issueTokens(
  deps: AuthDeps,
  tx: TransactionSql,
  user: UserRow,
  sessionId: string,
  refreshToken: string,
  method: string,
  ip: string,
): Promise<TokenResponse> {
  const methods = await tx<{ authentication_method: string; updated_at: Date }[]>`
    select authentication_method, updated_at from auth.mfa_amr_claims
    where session_id = ${sessionId} order by updated_at desc, authentication_method desc`;
  const issuedAt = unixSeconds(deps.now());
  const expiresAt = issuedAt + deps.config.jwtExpiry;
  const claims: Claims = {
    iss: deps.issuer,
    sub: user.id,
    aud: user.aud,
    exp: expiresAt,
    iat: issuedAt,
    email: user.email ?? '',
    phone: user.phone ?? '',
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    role: user.role,
    aal: methods.some((entry) => secondFactors.has(entry.authentication_method)) ? 'aal2' : 'aal1',
    amr: methods.map((entry) => ({ method: entry.authentication_method, timestamp: unixSeconds(entry.updated_at) })),
    session_id: sessionId,
    is_anonymous: user.is_anonymous,
  };
  return {
    access_token: await deps.sign(await applyTokenHook(deps, tx, user, claims, method, ip)),
    token_type: 'bearer',
    expires_in: deps.config.jwtExpiry,
    expires_at: expiresAt,
    refresh_token: refreshToken,
    user: await loadUserJson(tx, user),
  };
}

/** Limits a session's age and idle time; hosted checks them when the session is refreshed. */
export function isSessionOver(deps: AuthDeps, session: SessionRow): boolean {
  const { timebox, inactivityTimeout } = deps.config.sessions;
  const ageInSeconds = (since: Date) => (deps.now().getTime() - since.getTime()) / 1000;
  return (
    (session.not_after !== null && session.not_after <= deps.now()) ||
    (timebox !== undefined && ageInSeconds(session.created_at) > timebox) ||
    (inactivityTimeout !== undefined && ageInSeconds(session.refreshed_at ?? session.created_at) > inactivityTimeout)
  );
}
