import { ApiError } from '../errors.ts';
import { transact } from './database.ts';
import { authErrors } from './errors.ts';
import { renderMail } from './mails.ts';
import { createOneTimeToken, kindOf } from './one-time-tokens.ts';
import { assertStrong, hashPassword } from './passwords.ts';
import { signIn, type TokenResponse } from './sessions.ts';
import type { AuthDeps, Body, Db, Origin, UserRow } from './types.ts';
import {
  assertEmail,
  findUserByEmail,
  insertAnonymousUser,
  insertUser,
  loadUserJson,
  type NewUser,
  userJson,
} from './users.ts';

interface SignUp {
  email: string;
  phone: string;
  password: string;
  data: Body;
  codeChallenge: string;
}

/** POST /signup: with an address, or without one as an anonymous user. The order of the checks is GoTrue's. */
export function signUp(deps: AuthDeps, body: Body, redirectTo: string | undefined, origin: Origin): Promise<object> {
  const sent = readSignUp(body);
  if (sent.email || sent.phone) return signUpWithEmail(deps, sent, redirectTo, origin);
  if (!deps.config.enableAnonymousSignIns)
    throw authErrors.disabled('anonymous_provider_disabled', 'Anonymous sign-ins are disabled');
  deps.limits.anonymous.take(origin.ip);
  if (!deps.config.enableSignup) throw authErrors.signupDisabled();
  return transact(deps.sql, async (tx) =>
    signIn(deps, tx, await insertAnonymousUser(tx, sent.data, deps.now()), 'anonymous', origin),
  );
}

async function signUpWithEmail(
  deps: AuthDeps,
  sent: SignUp,
  redirectTo: string | undefined,
  origin: Origin,
): Promise<object> {
  deps.limits.signIn.take(origin.ip);
  const { config } = deps;
  if (!config.enableSignup) throw authErrors.signupDisabled();
  if (sent.password === '') throw authErrors.validation('Signup requires a valid password');
  assertStrong(sent.password, config);
  if (sent.email && sent.phone)
    throw authErrors.validation('Only an email address or phone number should be provided on signup.');
  if (sent.phone) throw authErrors.disabled('phone_provider_disabled', 'Phone signups are disabled', 400);
  if (!config.emailEnabled) throw authErrors.disabled('email_provider_disabled', 'Email signups are disabled', 400);
  if (sent.codeChallenge) throw authErrors.validation('PKCE is not supported for signups');
  const email = assertEmail(sent.email);
  const passwordHash = await hashPassword(deps.sql, sent.password);
  if (!config.enableConfirmations) {
    return transact<TokenResponse>(deps.sql, async (tx) => {
      // Auth would confirm a waiting account for whoever names its address; here it waits for its owner.
      if (await findUserByEmail(tx, email)) return authErrors.userAlreadyExists();
      const user = await insert(deps, tx, { email, passwordHash, isConfirmed: true, userMetadata: sent.data });
      return signIn(deps, tx, user, 'password', origin);
    });
  }
  takeMail(deps, email);
  const { json, token } = await transact(deps.sql, async (tx) => {
    const known = await findUserByEmail(tx, email);
    if (known?.email_confirmed_at) return { json: strangersAnswer(deps, known, sent.data), token: null };
    const user =
      known ?? (await insert(deps, tx, { email, passwordHash, isConfirmed: false, userMetadata: sent.data }));
    const token = await createOneTimeToken(deps, tx, user, kindOf('signup'));
    const json = await loadUserJson(tx, (await findUserByEmail(tx, email))!);
    // Whoever was invited has a name and a role that are not for everybody to read.
    return { json: user.invited_at ? { ...json, user_metadata: {}, identities: [] } : json, token };
  });
  if (token) await deps.mail(renderMail(deps, 'confirmation', { email, ...token, data: {}, redirectTo }));
  return json;
}

/** POST /resend of the mail that confirms a sign-up. Unknown and confirmed addresses get the same answer. */
export async function resendConfirmation(deps: AuthDeps, body: Body, redirectTo: string | undefined): Promise<void> {
  const { type } = body;
  if (type !== 'signup')
    throw authErrors.validation('Missing one of these types: signup, email_change, sms, phone_change');
  if (!deps.config.emailEnabled) throw authErrors.disabled('email_provider_disabled', 'Email logins are disabled', 400);
  const email = assertEmail(body['email']);
  takeMail(deps, email);
  const token = await transact(deps.sql, async (tx) => {
    const user = await findUserByEmail(tx, email);
    if (!user || user.email_confirmed_at) return null;
    return createOneTimeToken(deps, tx, user, kindOf('signup'));
  });
  if (token) await deps.mail(renderMail(deps, 'confirmation', { email, ...token, data: {}, redirectTo }));
}

/** Before any look-up: limits must not tell who is known. */
function takeMail(deps: AuthDeps, email: string): void {
  deps.limits.mailPerAddress.take(email, authErrors.mailRateLimit);
  deps.limits.mail.take('project', authErrors.mailRateLimit);
}

async function insert(deps: AuthDeps, db: Db, user: NewUser): Promise<UserRow> {
  try {
    return await insertUser(db, user, deps.now());
  } catch (error) {
    // Two sign-ups at once: the other one was first.
    if (error instanceof ApiError && error.code === 'email_exists') throw authErrors.userAlreadyExists();
    throw error;
  }
}

/** For an address that has an account: what a new one would look like, and nothing of the account. */
function strangersAnswer(deps: AuthDeps, known: UserRow, data: Body): Record<string, unknown> {
  const now = deps.now();
  const user: UserRow = {
    ...known,
    id: crypto.randomUUID(),
    role: '',
    phone: null,
    email_confirmed_at: null,
    invited_at: null,
    last_sign_in_at: null,
    banned_until: null,
    confirmed_at: null,
    recovery_sent_at: null,
    email_change_sent_at: null,
    reauthentication_sent_at: null,
    confirmation_sent_at: now,
    raw_app_meta_data: { provider: 'email', providers: ['email'] },
    raw_user_meta_data: data,
    created_at: now,
    updated_at: now,
  };
  return userJson(user, [], []);
}

/** Their types were checked when the body was read. */
function readSignUp(body: Body): SignUp {
  const text = (field: string) => (body[field] ?? '') as string;
  return {
    email: text('email'),
    phone: text('phone'),
    password: text('password'),
    data: (body['data'] ?? {}) as Body,
    codeChallenge: text('code_challenge'),
  };
}
