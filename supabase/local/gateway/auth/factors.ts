import type { TransactionSql } from 'postgres';
import { isUniqueViolation, isUuid, transact } from './database.ts';
import { authErrors } from './errors.ts';
import { createTotp } from './totp.ts';
import type { AuthDeps, Caller, Db, FactorRow } from './types.ts';

const unverifiedLifeSeconds = 300;
const challengeLifeSeconds = 300;

export interface EnrollRequest {
  factor_type?: unknown;
  friendly_name?: unknown;
  issuer?: unknown;
}

/** POST /factors. The order of the checks is GoTrue's (mfa.go). */
export async function enrollFactor(deps: AuthDeps, caller: Caller, request: EnrollRequest) {
  const type = request.factor_type;
  if (type === 'phone') throw authErrors.disabled('mfa_phone_enroll_not_enabled', 'MFA enroll is disabled for Phone');
  if (type === 'webauthn')
    throw authErrors.disabled('mfa_webauthn_enroll_not_enabled', 'MFA enroll is disabled for WebAuthn');
  if (type !== 'totp') throw authErrors.validation('factor_type needs to be totp, phone, or webauthn');
  if (!deps.config.totp.enroll)
    throw authErrors.disabled('mfa_totp_enroll_not_enabled', 'MFA enroll is disabled for TOTP');
  const name = text(request.friendly_name, 'friendly_name');
  const issuer = text(request.issuer, 'issuer') || new URL(deps.config.siteUrl).host;
  const totp = await createTotp(issuer, caller.user.email ?? caller.user.id);
  if (!totp) throw authErrors.validation('issuer must be a short string');
  const id = await transact(deps.sql, (tx) => insertFactor(deps, tx, caller, name, totp.secret));
  return {
    id,
    type: 'totp',
    friendly_name: name,
    totp: { qr_code: totp.qrCode, secret: totp.secret, uri: totp.uri },
  };
}

async function insertFactor(deps: AuthDeps, tx: TransactionSql, caller: Caller, name: string, secret: string) {
  const now = deps.now();
  const oldest = new Date(now.getTime() - unverifiedLifeSeconds * 1000);
  await tx`
    delete from auth.mfa_factors f where status = 'unverified' and created_at < ${oldest}
      and not exists (select from auth.mfa_challenges c where c.factor_id = f.id)`;
  // Two enrolments at once would both pass the checks below; the user's row makes them take turns.
  await tx`select from auth.users where id = ${caller.user.id} for update`;
  const factors = await tx<FactorRow[]>`select * from auth.mfa_factors where user_id = ${caller.user.id}`;
  const verified = factors.filter((factor) => factor.status === 'verified');
  if (factors.some((factor) => (factor.friendly_name ?? '') === name)) return authErrors.factorNameConflict(name);
  if (factors.length >= deps.config.maxEnrolledFactors) return authErrors.tooManyFactors();
  if (verified.length > 0 && caller.session.aal !== 'aal2')
    return authErrors.insufficientAal(403, 'AAL2 required to enroll a new factor');
  const id = crypto.randomUUID();
  try {
    await tx`
      insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at)
      values (${id}, ${caller.user.id}, ${name}, 'totp', 'unverified', ${secret}, ${now}, ${now})`;
  } catch (error) {
    if (isUniqueViolation(error)) throw authErrors.factorNameConflict(name);
    throw error;
  }
  return id;
}

/** POST /factors/{id}/challenge. */
export function challengeFactor(deps: AuthDeps, caller: Caller, factorId: string, ip: string) {
  return transact(deps.sql, async (tx) => {
    const factor = await findFactor(tx, caller.user.id, factorId);
    if (!deps.config.totp.verify)
      return authErrors.disabled('mfa_totp_verify_not_enabled', 'MFA verification is disabled for TOTP');
    const now = deps.now();
    const id = crypto.randomUUID();
    await tx`
      insert into auth.mfa_challenges (id, factor_id, created_at, ip_address)
      values (${id}, ${factor.id}, ${now}, ${ip})`;
    await tx`
      update auth.mfa_factors set last_challenged_at = clock_timestamp() where id = ${factor.id}`;
    return { id, type: factor.factor_type, expires_at: Math.floor(now.getTime() / 1000) + challengeLifeSeconds };
  });
}

export const isChallengeOver = (createdAt: Date, now: Date) =>
  now.getTime() - createdAt.getTime() > challengeLifeSeconds * 1000;

/** DELETE /factors/{id}: sessions live on, back at aal1. */
export function unenrollFactor(deps: AuthDeps, caller: Caller, factorId: string) {
  return transact(deps.sql, async (tx) => {
    const factor = await findFactor(tx, caller.user.id, factorId);
    if (factor.status === 'verified' && caller.session.aal !== 'aal2')
      return authErrors.insufficientAal(422, 'AAL2 required to unenroll verified factor');
    await removeFactor(tx, factor.id, deps.now());
    return { id: factor.id };
  });
}

export async function removeFactor(tx: TransactionSql, factorId: string, now: Date): Promise<void> {
  await tx`
    delete from auth.mfa_amr_claims where authentication_method = 'totp'
      and session_id in (select id from auth.sessions where factor_id = ${factorId})`;
  await tx`
    update auth.sessions set aal = 'aal1', factor_id = null, updated_at = ${now} where factor_id = ${factorId}`;
  await tx`delete from auth.mfa_factors where id = ${factorId}`;
}

/** A factor of this user; one of another user does not exist for him. */
export async function findFactor(db: Db, userId: string, factorId: string): Promise<FactorRow> {
  if (!isUuid(factorId)) throw authErrors.validation('factor_id must be an UUID', 404);
  const [factor] = await db<FactorRow[]>`
    select * from auth.mfa_factors where id = ${factorId} and user_id = ${userId} for update`;
  if (!factor) throw authErrors.factorNotFound();
  return factor;
}

function text(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string' || value.length > 255) throw authErrors.validation(`${field} must be a short string`);
  return value;
}
