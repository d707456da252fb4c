import { authErrors } from './errors.ts';
import { transact } from './database.ts';
import { insertRefreshToken, isSessionOver, issueTokens, type TokenResponse } from './sessions.ts';
import type { AuthDeps, Origin, SessionRow } from './types.ts';
import { findUserById, isBanned } from './users.ts';

interface TokenRow {
  token: string;
  user_id: string;
  session_id: string | null;
  revoked: boolean;
  parent: string | null;
  updated_at: Date;
}

/**
 * Rotation as in supabase/auth internal/tokens/service.go: the parent of the active token may come back at any time
 * (its answer was lost), a revoked one within the reuse interval, anything older ends the whole family.
 */
export function refreshSession(deps: AuthDeps, presented: string, origin: Origin): Promise<TokenResponse> {
  return transact(deps.sql, async (tx) => {
    const now = deps.now();
    const [found] = await tx<{ session_id: string | null }[]>`
      select session_id from auth.refresh_tokens where token = ${presented}`;
    if (!found?.session_id) return authErrors.refreshTokenNotFound();
    // The session row is the lock: concurrent refreshes of one session take turns and see each other's result.
    const [session] = await tx<SessionRow[]>`
      select *, refreshed_at at time zone 'utc' as refreshed_at
      from auth.sessions where id = ${found.session_id} for update`;
    if (!session) return authErrors.refreshTokenNotFound();
    const [token] = await tx<TokenRow[]>`select * from auth.refresh_tokens where token = ${presented}`;
    const user = await findUserById(tx, session.user_id);
    if (!token || !user || user.deleted_at) return authErrors.refreshTokenNotFound();
    if (isBanned(user, now)) return authErrors.userBanned(400);
    if (isSessionOver(deps, session)) return authErrors.sessionExpired();

    let issued: string | undefined;
    if (token.revoked) {
      const [active] = await tx<TokenRow[]>`
        select * from auth.refresh_tokens where session_id = ${session.id} and not revoked
        order by (parent is not distinct from ${token.token}) desc, created_at desc limit 1`;
      if (active?.parent === token.token) issued = active.token;
      const reusableUntil = token.updated_at.getTime() + deps.config.refreshTokenReuseInterval * 1000;
      if (!issued && (!active || now.getTime() > reusableUntil)) {
        await tx`update auth.refresh_tokens set revoked = true, updated_at = ${now} where session_id = ${session.id}
          and not revoked`;
        return authErrors.refreshTokenAlreadyUsed();
      }
    }
    if (!issued) {
      await tx`
        update auth.refresh_tokens set revoked = true, updated_at = ${now}
        where token = ${token.token} and not revoked`;
      issued = await insertRefreshToken(tx, user.id, session.id, token.token, now);
    }
    await tx`
      update auth.sessions set refreshed_at = ${now.toISOString()}::timestamptz at time zone 'utc',
        updated_at = ${now}, user_agent = ${origin.userAgent}
      where id = ${session.id}`;
    return issueTokens(deps, tx, user, session.id, issued, 'token_refresh', origin.ip);
  });
}
