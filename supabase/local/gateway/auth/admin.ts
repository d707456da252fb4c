import type { TransactionSql } from 'postgres';
import { isUniqueViolation, isUuid, transact } from './database.ts';
import { authErrors } from './errors.ts';
import { findFactor, removeFactor } from './factors.ts';
import { confirmEmail } from './one-time-tokens.ts';
import { assertStrong, hashPassword } from './passwords.ts';
import type { AuthDeps, Body, Db, UserRow } from './types.ts';
import {
  assertEmail,
  findUserById,
  insertUser,
  listFactorJson,
  loadUserJson,
  mergeMetadata,
  userJson,
} from './users.ts';

const maximumPageSize = 1_000;

export async function listUsers(deps: AuthDeps, query: URLSearchParams) {
  const page = positiveInteger(query.get('page'), 1);
  const perPage = Math.min(positiveInteger(query.get('per_page'), 50), maximumPageSize);
  const pattern = `%${(query.get('filter') ?? '').replaceAll('\0', '').replace(/[\\%_]/g, '\\$&')}%`;
  const rows = await deps.sql<(UserRow & { total: string })[]>`
    with matching as (
      select * from auth.users
      where deleted_at is null and (email ilike ${pattern} or raw_user_meta_data ->> 'full_name' ilike ${pattern}
        or (${pattern} = '%%'))
    )
    select u.*, c.total from (select count(*) as total from matching) c
    left join lateral (
      select * from matching order by created_at desc, id limit ${perPage} offset ${(page - 1) * perPage}
    ) u on true`;
  const users = rows.filter((row) => row.id !== null);
  const factors = await listFactorJson(
    deps.sql,
    users.map((user) => user.id),
  );
  return {
    users: users.map((user) => userJson(user, null, factors.get(user.id) ?? [])),
    total: Number(rows[0]?.total ?? 0),
    page,
    perPage,
  };
}

/** The answer GoTrue gives to supabase-js's paging. */
export function pagingHeaders(url: string, total: number, page: number, perPage: number): Record<string, string> {
  const last = Math.max(1, Math.ceil(total / perPage));
  const link = (target: number, rel: string) => {
    const address = new URL(url);
    address.searchParams.set('page', String(target));
    return `<${address.pathname}${address.search}>; rel="${rel}"`;
  };
  const links = [...(page < last ? [link(page + 1, 'next')] : []), link(last, 'last')];
  return { 'x-total-count': String(total), link: links.join(', ') };
}

export async function getUser(deps: AuthDeps, id: string) {
  return loadUserJson(deps.sql, await requireUserById(deps.sql, id));
}

export async function createUser(deps: AuthDeps, body: Body) {
  if (!body['email'] && !body['phone'])
    throw authErrors.validation('Cannot create a user without either an email or phone');
  if (body['phone']) throw authErrors.disabled('phone_provider_disabled', 'Unsupported phone provider');
  const email = assertEmail(body['email']);
  if (body['id'] !== undefined && !isUuid(body['id']))
    throw authErrors.validation('ID must conform to the uuid v4 format');
  const passwordHash = await passwordHashOf(deps, body);
  const bannedUntil = banEnd(deps, body['ban_duration']);
  const appMetadata = objectOf(body, 'app_metadata');
  const userMetadata = objectOf(body, 'user_metadata');
  return transact(deps.sql, async (tx) => {
    const user = await insertUser(
      tx,
      {
        ...(isUuid(body['id']) ? { id: body['id'] } : {}),
        ...(typeof body['role'] === 'string' && body['role'] ? { role: body['role'] } : {}),
        email,
        passwordHash,
        isConfirmed: body['email_confirm'] === true,
        bannedUntil: bannedUntil ?? null,
        ...(appMetadata ? { appMetadata } : {}),
        ...(userMetadata ? { userMetadata } : {}),
      },
      deps.now(),
    );
    return loadUserJson(tx, user);
  });
}

export async function updateUser(deps: AuthDeps, id: string, body: Body) {
  if (body['phone']) throw authErrors.disabled('phone_provider_disabled', 'Unsupported phone provider');
  const email = body['email'] ? assertEmail(body['email']) : undefined;
  if (typeof body['password'] === 'string' && body['password']) assertStrong(body['password'], deps.config);
  const hash = await passwordHashOf(deps, body);
  const bannedUntil = banEnd(deps, body['ban_duration']);
  const appMetadata = objectOf(body, 'app_metadata');
  const userMetadata = objectOf(body, 'user_metadata');
  return transact(deps.sql, async (tx) => {
    const user = await requireUserById(tx, id);
    const now = deps.now();
    await changeEmail(tx, user, email);
    await tx`
      update auth.users set
        encrypted_password = ${hash ?? user.encrypted_password},
        role = ${typeof body['role'] === 'string' && body['role'] ? body['role'] : user.role},
        banned_until = ${bannedUntil === undefined ? user.banned_until : bannedUntil},
        raw_app_meta_data = ${tx.json(mergeMetadata(user.raw_app_meta_data, appMetadata ?? {}) as never)},
        raw_user_meta_data = ${tx.json(mergeMetadata(user.raw_user_meta_data, userMetadata ?? {}) as never)},
        updated_at = ${now}
      where id = ${user.id}`;
    if (hash !== null) await tx`delete from auth.sessions where user_id = ${user.id}`;
    const changed = (await findUserById(tx, user.id))!;
    const isToConfirm = body['email_confirm'] === true && !changed.email_confirmed_at;
    return loadUserJson(tx, isToConfirm ? await confirmEmail(tx, changed, now) : changed);
  });
}

async function changeEmail(tx: TransactionSql, user: UserRow, email: string | undefined): Promise<void> {
  if (email === undefined || email === user.email) return;
  try {
    await tx`update auth.users set email = ${email} where id = ${user.id}`;
    await tx`
      update auth.identities set identity_data = identity_data || ${tx.json({ email })}
      where user_id = ${user.id} and provider = 'email'`;
    // Links mailed to the old address must not open the account any more.
    await tx`delete from auth.one_time_tokens where user_id = ${user.id}`;
  } catch (error) {
    if (isUniqueViolation(error)) throw authErrors.emailExists();
    throw error;
  }
}

export async function deleteUser(deps: AuthDeps, id: string, body: Body): Promise<void> {
  const now = deps.now();
  await transact(deps.sql, async (tx) => {
    const user = await requireUserById(tx, id);
    try {
      if (body['should_soft_delete'] !== true) {
        await tx`delete from auth.users where id = ${user.id}`;
        return;
      }
      await tx`
        update auth.users set deleted_at = ${now}, updated_at = ${now}, encrypted_password = null,
          email = encode(sha256(convert_to(id::text || coalesce(email, ''), 'utf8')), 'base64'),
          raw_user_meta_data = '{}', raw_app_meta_data = '{}'
        where id = ${user.id}`;
      await tx`delete from auth.identities where user_id = ${user.id}`;
      await tx`delete from auth.sessions where user_id = ${user.id}`;
      await tx`delete from auth.mfa_factors where user_id = ${user.id}`;
      await tx`delete from auth.one_time_tokens where user_id = ${user.id}`;
    } catch (cause) {
      throw authErrors.databaseError('deleting user', cause);
    }
  });
}

export async function listFactors(deps: AuthDeps, userId: string) {
  const user = await requireUserById(deps.sql, userId);
  return (await listFactorJson(deps.sql, [user.id])).get(user.id) ?? [];
}

export function deleteFactor(deps: AuthDeps, userId: string, factorId: string) {
  return transact(deps.sql, async (tx) => {
    const user = await requireUserById(tx, userId);
    const factor = await findFactor(tx, user.id, factorId);
    const json = (await listFactorJson(tx, [user.id])).get(user.id)!.find((entry) => entry['id'] === factor.id);
    await removeFactor(tx, factor.id, deps.now());
    return json;
  });
}

async function requireUserById(db: Db, id: string): Promise<UserRow> {
  if (!isUuid(id)) throw authErrors.validation('user_id must be an UUID', 404);
  const user = await findUserById(db, id);
  if (!user) throw authErrors.userNotFound();
  return user;
}

async function passwordHashOf(deps: AuthDeps, body: Body): Promise<string | null> {
  const { password, password_hash: hash } = body;
  if (typeof password === 'string' && password) return hashPassword(deps.sql, password);
  if (hash === undefined || hash === null || hash === '') return null;
  if (typeof hash !== 'string' || !/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(hash))
    throw authErrors.validation('password_hash must be a bcrypt hash');
  return hash;
}

const unitSeconds: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** Go's duration text; "none" lifts a ban (null), absent leaves it (undefined). */
function banEnd(deps: AuthDeps, duration: unknown): Date | null | undefined {
  if (duration === undefined || duration === null || duration === '') return undefined;
  if (duration === 'none') return null;
  if (typeof duration !== 'string' || !/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(duration))
    throw authErrors.validation(`Invalid format for ban duration: "${String(duration)}"`);
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  const seconds = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitSeconds[unit!]!, 0);
  const end = deps.now().getTime() + seconds * 1000;
  if (end > Date.UTC(9999, 0)) throw authErrors.validation(`Ban duration is too long: "${duration}"`);
  return new Date(end);
}

function objectOf(body: Body, field: string): Body | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw authErrors.validation(`${field} must be an object`);
  return value as Body;
}

function positiveInteger(text: string | null, fallback: number): number {
  if (text === null || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > 1_000_000)
    throw authErrors.validation(`Bad Pagination Parameters: "${text}"`);
  return value;
}
