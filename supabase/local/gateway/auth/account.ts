import { transact } from './database.ts';
import { authErrors } from './errors.ts';
import { renderMail } from './mails.ts';
import { createOneTimeToken, redeemNonce } from './one-time-tokens.ts';
import { assertStrong, checkPassword, hashPassword } from './passwords.ts';
import { signIn, type TokenResponse } from './sessions.ts';
import type { AuthDeps, Caller, Origin, Body } from './types.ts';
import {
  assertEmail,
  findUserByEmail,
  findUserById,
  isBanned,
  loadUserJson,
  mergeMetadata,
  normalizeEmail,
} from './users.ts';

const recentSeconds = 86_400;

/**
 * POST /token?grant_type=password. An unknown user, a wrong password and a soft-deleted user are one answer, and wait
 * alike after wrong passwords.
 */
export async function signInWithPassword(deps: AuthDeps, body: Body, origin: Origin): Promise<TokenResponse> {
  if (!deps.config.emailEnabled) throw authErrors.disabled('email_provider_disabled', 'Email logins are disabled');
  if (body['phone']) throw authErrors.disabled('phone_provider_disabled', 'Phone logins are disabled');
  const { email, password } = body;
  if (typeof email !== 'string' || typeof password !== 'string' || password.length > 1_000)
    throw authErrors.invalidCredentials();
  if (email.includes('\0') || password.includes('\0')) throw authErrors.invalidCredentials();
  const attempt = deps.limits.passwords.begin(normalizeEmail(email), origin.ip);
  const found = await findUserByEmail(deps.sql, email);
  const isRight = await checkPassword(deps.sql, found?.encrypted_password ?? null, password);
  if (!found || !isRight) throw authErrors.invalidCredentials();
  attempt.succeeded();
  return transact(deps.sql, async (tx) => {
    const user = await findUserById(tx, found.id);
    // A password changed between the check and this lock no longer signs in.
    if (!user || user.encrypted_password !== found.encrypted_password) return authErrors.invalidCredentials();
    if (isBanned(user, deps.now())) return authErrors.userBanned(400);
    if (!user.email_confirmed_at) return authErrors.emailNotConfirmed();
    return signIn(deps, tx, user, 'password', origin);
  });
}

/** PUT /user. */
export async function updateOwnUser(deps: AuthDeps, caller: Caller, body: Body) {
  const { password, data } = body;
  if (body['app_metadata'] !== undefined && body['app_metadata'] !== null) throw authErrors.notAdmin();
  if (data !== undefined && (data === null || typeof data !== 'object' || Array.isArray(data)))
    throw authErrors.validation('data must be an object');
  if (password !== undefined && typeof password !== 'string') throw authErrors.validation('password must be a string');
  if (typeof body['email'] === 'string' && body['email'] && body['email'] !== caller.user.email)
    throw authErrors.disabled('email_provider_disabled', 'Email changes by the user are disabled');
  if (body['phone']) throw authErrors.disabled('phone_provider_disabled', 'Unsupported phone provider');

  const hash = password === undefined ? undefined : await checkNewPassword(deps, caller, password);
  return transact(deps.sql, async (tx) => {
    const user = (await findUserById(tx, caller.user.id))!;
    if (hash !== undefined && isReauthenticationNeeded(deps, caller)) {
      if (typeof body['nonce'] !== 'string' || !body['nonce']) return authErrors.reauthenticationNeeded();
      deps.limits.mailedCodes.take(user.email ?? user.id);
      if (!(await redeemNonce(deps, tx, user, body['nonce']))) return authErrors.reauthenticationInvalid();
    }
    const metadata = data ? mergeMetadata(user.raw_user_meta_data, data as Body) : user.raw_user_meta_data;
    await tx`
      update auth.users set encrypted_password = ${hash ?? user.encrypted_password},
        raw_user_meta_data = ${tx.json((metadata ?? {}) as never)}, updated_at = ${deps.now()}
      where id = ${user.id}`;
    if (hash !== undefined) {
      await tx`delete from auth.sessions where user_id = ${user.id} and id <> ${caller.session.id}`;
      await tx`delete from auth.one_time_tokens where user_id = ${user.id}`;
    }
    return loadUserJson(tx, (await findUserById(tx, user.id))!);
  });
}

async function checkNewPassword(deps: AuthDeps, caller: Caller, password: string): Promise<string> {
  const [factor] = await deps.sql`
    select from auth.mfa_factors where user_id = ${caller.user.id} and status = 'verified' limit 1`;
  if (factor && caller.session.aal !== 'aal2')
    throw authErrors.insufficientAal(401, 'AAL2 session is required to update email or password when MFA is enabled.');
  assertStrong(password, deps.config);
  const current = caller.user.encrypted_password;
  if (current && (await checkPassword(deps.sql, current, password))) throw authErrors.samePassword();
  return hashPassword(deps.sql, password);
}

const isReauthenticationNeeded = (deps: AuthDeps, caller: Caller) =>
  deps.config.securePasswordChange && deps.now().getTime() - caller.session.created_at.getTime() > recentSeconds * 1000;

/**
 * POST /recover. Answers before it looks anybody up: neither the answer nor its time says whether the account exists.
 */
export function recover(deps: AuthDeps, body: Body, redirectTo: string | undefined): void {
  const email = assertEmail(body['email']);
  if (body['code_challenge']) throw authErrors.validation('PKCE is not supported for password recovery');
  deps.limits.mailPerAddress.take(email, authErrors.mailRateLimit);
  // Before the look-up: once the project's mails are spent, a 429 for known addresses alone would name them.
  deps.limits.mail.check('project', authErrors.mailRateLimit);
  deps.inBackground(async () => {
    const user = await findUserByEmail(deps.sql, email);
    if (!user) return;
    deps.limits.mail.take('project', authErrors.mailRateLimit);
    const token = await transact(deps.sql, (tx) => createOneTimeToken(deps, tx, user, 'recovery_token'));
    const data = user.raw_user_meta_data ?? {};
    await deps.mail(renderMail(deps, 'recovery', { email, ...token, data, redirectTo }));
  });
}

/** GET /reauthenticate: mails the nonce a late password change needs. */
export async function reauthenticate(deps: AuthDeps, caller: Caller): Promise<void> {
  const email = caller.user.email;
  if (!email) throw authErrors.validation('Reauthentication requires the user to have an email or a phone number');
  deps.limits.mailPerAddress.take(email, authErrors.mailRateLimit);
  deps.limits.mail.take('project', authErrors.mailRateLimit);
  const token = await transact(deps.sql, (tx) => createOneTimeToken(deps, tx, caller.user, 'reauthentication_token'));
  const data = caller.user.raw_user_meta_data ?? {};
  await deps.mail(renderMail(deps, 'reauthentication', { email, ...token, data }));
}

const scopes = ['global', 'local', 'others'];

/** POST /logout. The session row goes, and with it every token of the session for this service. */
export async function logout(deps: AuthDeps, caller: Caller, scope: string): Promise<void> {
  if (!scopes.includes(scope)) throw authErrors.validation(`Unsupported logout scope "${scope}"`);
  const { user, session } = caller;
  await transact(deps.sql, async (tx) => {
    if (scope === 'global') await tx`delete from auth.sessions where user_id = ${user.id}`;
    if (scope === 'local') await tx`delete from auth.sessions where id = ${session.id}`;
    if (scope === 'others') await tx`delete from auth.sessions where user_id = ${user.id} and id <> ${session.id}`;
  });
}
