import type { Db, UserRow } from './types.ts';
import { authErrors } from './errors.ts';
import { isUniqueViolation } from './database.ts';

export async function findUserById(db: Db, id: string): Promise<UserRow | undefined> {
  const [user] = await db<UserRow[]>`select * from auth.users where id = ${id}`;
  return user;
}

export async function findUserByEmail(db: Db, email: string): Promise<UserRow | undefined> {
  const [user] = await db<UserRow[]>`
    select * from auth.users where email = ${normalizeEmail(email)} and not is_sso_user and deleted_at is null`;
  return user;
}

export const normalizeEmail = (email: string) => email.trim().toLowerCase();

/** GoTrue's format. Source: supabase/auth internal/api/mail.go, by badoux/checkmail of 2017. */
const emailShape =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const longestEmail = 255;

/** The address in lower case. */
export function assertEmail(email: unknown): string {
  if (email === undefined || email === null || email === '')
    throw authErrors.validation('An email address is required');
  if (typeof email !== 'string') throw authErrors.badJson();
  if (Buffer.byteLength(email) > longestEmail) throw authErrors.validation('An email address is too long');
  if (!emailShape.test(email)) throw authErrors.validation('Unable to validate email address: invalid format');
  return email.toLowerCase();
}

export const isBanned = (user: UserRow, now: Date) => user.banned_until !== null && user.banned_until > now;

export interface NewUser {
  id?: string;
  email: string;
  passwordHash: string | null;
  isConfirmed: boolean;
  isInvited?: boolean;
  role?: string;
  bannedUntil?: Date | null;
  appMetadata?: Record<string, unknown>;
  userMetadata?: Record<string, unknown>;
}

export async function insertUser(db: Db, user: NewUser, now: Date): Promise<UserRow> {
  const id = user.id ?? crypto.randomUUID();
  const appMetadata = { provider: 'email', providers: ['email'], ...user.appMetadata };
  const userMetadata = { ...user.userMetadata, ...(user.isConfirmed ? { email_verified: true } : {}) };
  const identity = { ...user.userMetadata, sub: id, email: user.email, email_verified: false, phone_verified: false };
  try {
    const [row] = await db<UserRow[]>`
      insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, invited_at,
        banned_until, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
      values ('00000000-0000-0000-0000-000000000000', ${id}, 'authenticated', ${user.role ?? 'authenticated'},
        ${user.email},
        ${user.passwordHash}, ${user.isConfirmed ? now : null}, ${user.isInvited ? now : null},
        ${user.bannedUntil ?? null}, ${db.json(appMetadata as never)},
        ${db.json(userMetadata as never)}, ${now}, ${now})
      returning *`;
    await db`
      insert into auth.identities (id, provider, provider_id, user_id, identity_data, created_at, updated_at)
      values (${crypto.randomUUID()}, 'email', ${id}, ${id}, ${db.json(identity as never)}, ${now}, ${now})`;
    return row!;
  } catch (error) {
    if (isUniqueViolation(error)) throw authErrors.emailExists();
    throw authErrors.databaseError('creating new user', error);
  }
}

/** Somebody without an address: no identity, and nothing that says how he came. */
export async function insertAnonymousUser(db: Db, metadata: Record<string, unknown>, now: Date): Promise<UserRow> {
  try {
    const [row] = await db<UserRow[]>`
      insert into auth.users (instance_id, id, aud, role, raw_app_meta_data, raw_user_meta_data, is_anonymous,
        created_at, updated_at)
      values ('00000000-0000-0000-0000-000000000000', ${crypto.randomUUID()}, 'authenticated', 'authenticated', '{}',
        ${db.json(metadata as never)}, true, ${now}, ${now})
      returning *`;
    return row!;
  } catch (error) {
    throw authErrors.databaseError('creating anonymous user', error);
  }
}

/** GoTrue's merge: a null deletes the key, another value replaces it. */
export function mergeMetadata(
  current: Record<string, unknown> | null,
  change: Record<string, unknown>,
): Record<string, unknown> {
  const merged = { ...current, ...change };
  for (const [key, value] of Object.entries(change)) if (value === null) delete merged[key];
  return merged;
}

type Json = Record<string, unknown>;

const optionalDates = [
  'email_confirmed_at',
  'phone_confirmed_at',
  'confirmed_at',
  'invited_at',
  'confirmation_sent_at',
  'recovery_sent_at',
  'email_change_sent_at',
  'reauthentication_sent_at',
  'last_sign_in_at',
  'banned_until',
  'deleted_at',
] as const;

/** GoTrue's user JSON: empty strings for absent e-mail and phone, other absent fields left out. */
export function userJson(user: UserRow, identities: Json[] | null, factors: Json[]): Json {
  const dates = optionalDates.flatMap((column) => (user[column] instanceof Date ? [[column, user[column]]] : []));
  return {
    id: user.id,
    aud: user.aud,
    role: user.role,
    email: user.email ?? '',
    phone: user.phone ?? '',
    ...Object.fromEntries(dates),
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    identities,
    ...(factors.length > 0 ? { factors } : {}),
    created_at: user.created_at,
    updated_at: user.updated_at,
    is_anonymous: user.is_anonymous,
  };
}

/** The whole user as every user and token answer carries it; the factors' secrets never leave the database. */
export async function loadUserJson(db: Db, user: UserRow): Promise<Json> {
  const [identities, factors] = await Promise.all([
    db<Json[]>`
      select id as identity_id, provider_id as id, user_id, identity_data, provider, last_sign_in_at, created_at,
        updated_at, email
      from auth.identities where user_id = ${user.id} order by created_at`,
    listFactorJson(db, [user.id]),
  ]);
  return userJson(user, [...identities], factors.get(user.id) ?? []);
}

export async function listFactorJson(db: Db, userIds: string[]): Promise<Map<string, Json[]>> {
  const rows = await db<(Json & { user_id: string; last_challenged_at: Date | null })[]>`
    select user_id, id, created_at, updated_at, status, friendly_name, factor_type, coalesce(phone, '') as phone,
      last_challenged_at
    from auth.mfa_factors where user_id = any(${userIds}::uuid[]) order by created_at, id`;
  const byUser = new Map<string, Json[]>();
  for (const { user_id: userId, last_challenged_at: challengedAt, ...factor } of rows) {
    const json = { ...factor, ...(challengedAt ? { last_challenged_at: challengedAt } : {}) };
    byUser.set(userId, [...(byUser.get(userId) ?? []), json]);
  }
  return byUser;
}
