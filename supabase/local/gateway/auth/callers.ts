import { ApiError } from '../errors.ts';
import type { Claims } from '../context.ts';
import { isUuid } from './database.ts';
import { authErrors } from './errors.ts';
import type { AuthDeps, Caller, SessionRow } from './types.ts';
import { findUserById, isBanned } from './users.ts';

/** The user behind the token; the token alone is not enough: session and user must still exist. */
export async function requireUser(deps: AuthDeps, token: string): Promise<Caller> {
  const claims = await verified(deps, token);
  if (!isUuid(claims.sub)) throw authErrors.badJwt(new Error('invalid claim: missing sub claim'));
  const user = await findUserById(deps.sql, claims.sub);
  if (!user || user.deleted_at) throw authErrors.userNotFoundByToken();
  if (!isUuid(claims.session_id)) throw authErrors.sessionNotFound();
  const [session] = await deps.sql<SessionRow[]>`
    select * from auth.sessions where id = ${claims.session_id} and user_id = ${user.id}`;
  if (!session) throw authErrors.sessionNotFound();
  if (isBanned(user, deps.now())) throw authErrors.userBanned();
  return { claims, user, session };
}

const adminRoles = new Set(['service_role', 'supabase_admin']);

export async function requireAdmin(deps: AuthDeps, token: string): Promise<void> {
  const claims = await verified(deps, token);
  if (!adminRoles.has(claims.role ?? '')) throw authErrors.notAdmin();
}

async function verified(deps: AuthDeps, token: string): Promise<Claims> {
  if (!token) throw authErrors.noAuthorization();
  try {
    return await deps.verify(token);
  } catch (error) {
    if (error instanceof ApiError) throw authErrors.badJwt(error);
    throw error;
  }
}
