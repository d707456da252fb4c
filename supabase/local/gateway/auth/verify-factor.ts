import type { TransactionSql } from 'postgres';
import type { ApiError } from '../errors.ts';
import { isUuid, transact } from './database.ts';
import { authErrors } from './errors.ts';
import { findFactor, isChallengeOver } from './factors.ts';
import { insertRefreshToken, issueTokens, recordMethod, type TokenResponse } from './sessions.ts';
import { matchTotp } from './totp.ts';
import type { AuthDeps, Caller, FactorRow, Origin } from './types.ts';

const triesBeforePause = 5;
const pauseSeconds = 300;

interface ChallengeRow {
  id: string;
  created_at: Date;
  verified_at: Date | null;
  same_ip: boolean;
}

interface GuardRow {
  last_step: string | null;
  failures: number;
  paused_until: Date | null;
}

/** POST /factors/{id}/verify. `findFactor` locks the factor, so two requests with one code take turns. */
export async function verifyFactor(
  deps: AuthDeps,
  caller: Caller,
  factorId: string,
  request: { challenge_id?: unknown; code?: unknown },
  origin: Origin,
): Promise<TokenResponse> {
  const { code, challenge_id: challengeId } = request;
  if (typeof code !== 'string' || code === '') throw authErrors.validation('Code needs to be non-empty');
  return transact(deps.sql, async (tx) => {
    const now = deps.now();
    const factor = await findFactor(tx, caller.user.id, factorId);
    if (!deps.config.totp.verify)
      return authErrors.disabled('mfa_totp_verify_not_enabled', 'MFA verification is disabled for TOTP');
    if (!isUuid(challengeId)) return authErrors.challengeNotFound();
    const [challenge] = await tx<ChallengeRow[]>`
      select id, created_at, verified_at, ip_address = ${origin.ip}::inet as same_ip
      from auth.mfa_challenges where id = ${challengeId} and factor_id = ${factor.id}`;
    if (!challenge) return authErrors.challengeNotFound();
    if (challenge.verified_at || !challenge.same_ip) return authErrors.challengeNotUsable();
    if (isChallengeOver(challenge.created_at, now)) {
      await tx`delete from auth.mfa_challenges where id = ${challenge.id}`;
      return authErrors.challengeExpired(challenge.id);
    }
    const refusal = await tryCode(tx, factor, code, now);
    if (refusal) return refusal;
    await tx`update auth.mfa_challenges set verified_at = ${now} where id = ${challenge.id}`;
    return raiseSession(deps, tx, caller, factor, origin);
  });
}

/**
 * Stricter than GoTrue: a code counts once (RFC 6238, 5.2), and five wrong ones in a row pause the factor for
 * everybody, so that guessing over many sessions or addresses gains nothing.
 */
async function tryCode(tx: TransactionSql, factor: FactorRow, code: string, now: Date): Promise<ApiError | undefined> {
  await tx`insert into auth.mfa_totp_guards (factor_id) values (${factor.id}) on conflict do nothing`;
  const [guard] = await tx<GuardRow[]>`select * from auth.mfa_totp_guards where factor_id = ${factor.id} for update`;
  const pausedFor = ((guard!.paused_until?.getTime() ?? 0) - now.getTime()) / 1000;
  if (pausedFor > 0) return authErrors.rateLimit(pausedFor);
  const step = matchTotp(factor.secret ?? '', code, now);
  if (step !== undefined && step > Number(guard!.last_step ?? -1)) {
    await tx`
      update auth.mfa_totp_guards set last_step = ${step}, failures = 0, paused_until = null
      where factor_id = ${factor.id}`;
    return undefined;
  }
  const failures = guard!.failures + 1;
  const isPaused = failures >= triesBeforePause;
  await tx`
    update auth.mfa_totp_guards set failures = ${isPaused ? 0 : failures},
      paused_until = ${isPaused ? new Date(now.getTime() + pauseSeconds * 1000) : null}
    where factor_id = ${factor.id}`;
  return authErrors.wrongCode();
}

/** Steps 1 to 7 of GoTrue's verifyTOTPFactor. */
async function raiseSession(
  deps: AuthDeps,
  tx: TransactionSql,
  caller: Caller,
  factor: FactorRow,
  origin: Origin,
): Promise<TokenResponse | ApiError> {
  const now = deps.now();
  const { user, session } = caller;
  const raised = await tx`
    update auth.sessions set aal = 'aal2', factor_id = ${factor.id}, updated_at = ${now} where id = ${session.id}`;
  if (raised.count === 0) return authErrors.sessionNotFound();
  await tx`update auth.mfa_factors set status = 'verified', updated_at = ${now} where id = ${factor.id}`;
  await recordMethod(tx, session.id, 'totp', now);
  // Dated to the epoch and without a child, the old token is outside every reuse window.
  await tx`
    update auth.refresh_tokens set revoked = true, updated_at = to_timestamp(0)
    where session_id = ${session.id} and not revoked`;
  const refreshToken = await insertRefreshToken(tx, user.id, session.id, null, now);
  await tx`
    delete from auth.sessions where user_id = ${user.id} and id <> ${session.id} and aal is distinct from 'aal2'`;
  await tx`
    delete from auth.mfa_factors
    where user_id = ${user.id} and id <> ${factor.id} and status = 'unverified' and factor_type = 'totp'`;
  return issueTokens(deps, tx, user, session.id, refreshToken, 'totp', origin.ip);
}
