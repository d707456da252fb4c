import { isUniqueViolation, transact } from './database.ts';
import { authErrors } from './errors.ts';
import { renderMail } from './mails.ts';
import { createOneTimeToken, hashOtp, kindOf, redeemOneTimeToken, type LinkType } from './one-time-tokens.ts';
import { assertStrong, hashPassword } from './passwords.ts';
import { actionLink, safeRedirect, withError, withFragment } from './redirects.ts';
import { signIn, type TokenResponse } from './sessions.ts';
import type { AuthDeps, Body, Origin } from './types.ts';
import { assertEmail, findUserByEmail, insertUser, loadUserJson, normalizeEmail } from './users.ts';
import { ApiError } from '../errors.ts';

/** POST /verify with `{type, token_hash}` or `{type, email, token}`. */
export function verifyOtp(deps: AuthDeps, body: Body, origin: Origin): Promise<TokenResponse> {
  const { type, token_hash: tokenHash, token, email } = body;
  if (typeof type !== 'string' || !type) throw authErrors.validation('Verify requires a verification type');
  if (typeof tokenHash === 'string' && tokenHash) {
    return redeem(deps, type, tokenHash, 'Email link is invalid or has expired', origin);
  }
  if (typeof token !== 'string' || !token) throw authErrors.validation('Verify requires a token or a token hash');
  if (typeof email !== 'string' || !email)
    throw authErrors.validation('Only an email address or phone number should be provided on verify');
  deps.limits.mailedCodes.take(normalizeEmail(email));
  return redeem(deps, type, hashOtp(normalizeEmail(email), token), 'Token has expired or is invalid', origin);
}

function redeem(deps: AuthDeps, type: string, hash: string, refusal: string, origin: Origin): Promise<TokenResponse> {
  return transact(deps.sql, async (tx) => {
    try {
      const user = await redeemOneTimeToken(deps, tx, type, hash, refusal);
      return await signIn(deps, tx, user, 'otp', origin);
    } catch (error) {
      // Returned, not thrown: the used or expired token stays deleted.
      if (error instanceof ApiError && error.code === 'otp_expired') return error;
      throw error;
    }
  });
}

/** GET /verify: the link in a mail. Answers with a redirect whatever happens. */
export async function followLink(deps: AuthDeps, query: URLSearchParams, origin: Origin): Promise<string> {
  const target = safeRedirect(deps.config, query.get('redirect_to'));
  const type = query.get('type') ?? '';
  try {
    const tokens = await redeem(deps, type, query.get('token') ?? '', 'Email link is invalid or has expired', origin);
    const { access_token, expires_at, expires_in, refresh_token, token_type } = tokens;
    return withFragment(target, { access_token, expires_at, expires_in, refresh_token, token_type, type });
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return withError(target, error.code, error.message);
    throw error;
  }
}

/** POST /invite. */
export async function inviteUser(deps: AuthDeps, body: Body, redirectTo: string | undefined) {
  const email = assertEmail(body['email']);
  deps.limits.mail.take('project', authErrors.mailRateLimit);
  const link = await createLink(deps, 'invite', email, metadataOf(body), null);
  await deps.mail(renderMail(deps, 'invite', { email, ...link.token, data: metadataOf(body), redirectTo }));
  return link.user;
}

/** POST /admin/generate_link: as invite and recover, without the mail. */
export async function generateLink(deps: AuthDeps, body: Body, redirectQuery: string | undefined) {
  const email = assertEmail(body['email']);
  const { type, password } = body;
  if (type !== 'signup' && type !== 'invite' && type !== 'magiclink' && type !== 'recovery')
    throw authErrors.validation(`Invalid email action link type requested: ${String(type)}`);
  if (type === 'signup') {
    if (typeof password !== 'string' || !password) throw authErrors.validation('Signup requires a valid password');
    assertStrong(password, deps.config);
  }
  const redirectTo = typeof body['redirect_to'] === 'string' ? body['redirect_to'] : redirectQuery;
  const hash = type === 'signup' ? await hashPassword(deps.sql, password as string) : null;
  const { user, token, verificationType } = await createLink(deps, type, email, metadataOf(body), hash);
  return {
    ...user,
    action_link: actionLink(deps, token.hash, verificationType, redirectTo),
    email_otp: token.otp,
    hashed_token: token.hash,
    verification_type: verificationType,
    redirect_to: safeRedirect(deps.config, redirectTo),
  };
}

function createLink(deps: AuthDeps, type: LinkType, email: string, userMetadata: Body, passwordHash: string | null) {
  return transact(deps.sql, async (tx) => {
    const now = deps.now();
    let user = await findUserByEmail(tx, email);
    if (type === 'recovery' && !user) return authErrors.userNotFound();
    if ((type === 'invite' || type === 'signup') && user?.email_confirmed_at) return authErrors.emailExists();
    // As hosted: a magic link for an unknown address creates the account, hence confirms it like a sign-up.
    const verificationType: LinkType = type === 'magiclink' && !user ? 'signup' : type;
    try {
      user ??= await insertUser(tx, { email, passwordHash, isConfirmed: false, userMetadata }, now);
    } catch (error) {
      if (isUniqueViolation(error)) return authErrors.emailExists();
      throw error;
    }
    if (type === 'invite') await tx`update auth.users set invited_at = ${now} where id = ${user.id}`;
    const token = await createOneTimeToken(deps, tx, user, kindOf(verificationType));
    const fresh = (await findUserByEmail(tx, email))!;
    return { user: await loadUserJson(tx, fresh), token, verificationType };
  });
}

const metadataOf = (body: Body): Body => {
  const data = body['data'];
  return data !== null && typeof data === 'object' && !Array.isArray(data) ? (data as Body) : {};
};
