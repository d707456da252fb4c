import { createHash, randomInt } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { authErrors } from './errors.ts';
import type { AuthDeps, UserRow } from './types.ts';
import { findUserById, isBanned, mergeMetadata } from './users.ts';

export type TokenKind = 'confirmation_token' | 'recovery_token' | 'reauthentication_token';
export type LinkType = 'signup' | 'invite' | 'magiclink' | 'recovery';

const kinds: Record<string, TokenKind[]> = {
  signup: ['confirmation_token'],
  invite: ['confirmation_token'],
  recovery: ['recovery_token'],
  magiclink: ['recovery_token'],
  email: ['confirmation_token', 'recovery_token'],
};

export interface OneTimeToken {
  otp: string;
  hash: string;
}

const sentColumn = {
  confirmation_token: 'confirmation_sent_at',
  recovery_token: 'recovery_sent_at',
  reauthentication_token: 'reauthentication_sent_at',
} as const;

/** GoTrue's hash of a one-time password (crypto.GenerateTokenHash). */
export const hashOtp = (email: string, otp: string) =>
  createHash('sha224')
    .update(email + otp)
    .digest('hex');

/** Replaces the user's earlier token of this kind: at most one link of a kind works. */
export async function createOneTimeToken(
  deps: Pick<AuthDeps, 'config' | 'now'>,
  tx: TransactionSql,
  user: UserRow,
  kind: TokenKind,
): Promise<OneTimeToken> {
  const now = deps.now();
  const { otpLength } = deps.config;
  const otp = String(randomInt(10 ** otpLength)).padStart(otpLength, '0');
  const hash = hashOtp(user.email ?? '', otp);
  const at = now.toISOString();
  await tx`
    insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
    values (${crypto.randomUUID()}, ${user.id}, ${kind}, ${hash}, ${user.email ?? ''},
      ${at}::timestamptz at time zone 'utc', ${at}::timestamptz at time zone 'utc')
    on conflict (user_id, token_type) do update
      set token_hash = excluded.token_hash, relates_to = excluded.relates_to,
        created_at = excluded.created_at, updated_at = excluded.updated_at`;
  await tx`update auth.users set ${tx(sentColumn[kind])} = ${now}, updated_at = ${now} where id = ${user.id}`;
  return { otp, hash };
}

export const kindOf = (type: LinkType): TokenKind => kinds[type]![0]!;

/** Uses the token up, confirms the address it proves, and answers whose it was. */
export async function redeemOneTimeToken(
  deps: AuthDeps,
  tx: TransactionSql,
  type: string,
  hash: string,
  refusal: string,
): Promise<UserRow> {
  const accepted = kinds[type];
  if (!accepted) throw authErrors.validation(`Verify requires a supported type, got "${type}"`);
  const now = deps.now();
  const oldest = new Date(now.getTime() - deps.config.otpExpiry * 1000).toISOString();
  const [token] = await tx<{ user_id: string; is_fresh: boolean }[]>`
    delete from auth.one_time_tokens where token_hash = ${hash} and token_type::text = any(${accepted})
    returning user_id, created_at > ${oldest}::timestamptz at time zone 'utc' as is_fresh`;
  const user = token && (await findUserById(tx, token.user_id));
  if (!token?.is_fresh || !user || user.deleted_at) throw authErrors.otpExpired(refusal);
  if (isBanned(user, now)) throw authErrors.userBanned();
  return user.email_confirmed_at ? user : confirmEmail(tx, user, now);
}

export async function confirmEmail(tx: TransactionSql, user: UserRow, now: Date): Promise<UserRow> {
  const metadata = mergeMetadata(user.raw_user_meta_data, { email_verified: true });
  const [row] = await tx<UserRow[]>`
    update auth.users set email_confirmed_at = ${now}, raw_user_meta_data = ${tx.json(metadata as never)},
      updated_at = ${now}
    where id = ${user.id} returning *`;
  await tx`
    update auth.identities set identity_data = identity_data || '{"email_verified": true}', updated_at = ${now}
    where user_id = ${user.id} and provider = 'email'`;
  return row!;
}

/** Whether `nonce` is the user's live reauthentication code; a right one is used up. */
export async function redeemNonce(deps: AuthDeps, tx: TransactionSql, user: UserRow, nonce: string): Promise<boolean> {
  const oldest = new Date(deps.now().getTime() - deps.config.otpExpiry * 1000).toISOString();
  const used = await tx`
    delete from auth.one_time_tokens
    where user_id = ${user.id} and token_type = 'reauthentication_token'
      and token_hash = ${hashOtp(user.email ?? '', nonce)}
      and created_at > ${oldest}::timestamptz at time zone 'utc'`;
  return used.count > 0;
}
