import { useLocalStorage } from '@vueuse/core';
import type { Factor, Session } from '@supabase/supabase-js';
import { AppError, toAppError } from '@/base/errors.ts';
import { supabase } from '@/base/supabase.ts';

export interface Enrolment {
  factorId: string;
  /** Data URI of an SVG. */
  qrCode: string;
  secret: string;
}

/** The devices a code may come from. */
export const verifiedFactors = (session: Session | null): Factor[] =>
  (session?.user.factors ?? []).filter(({ status, factor_type }) => status === 'verified' && factor_type === 'totp');

/** The one whose code was taken last in this browser. */
export const useLastFactorId = () => useLocalStorage('whatautosys.factor', '');

/** What a token says of how its session was opened. */
function claimsOf(session: Session | null): { amr?: { method: string; timestamp: number }[] } {
  const payload = session?.access_token.split('.')[1];
  return payload ? (JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as object) : {};
}

const FRESH_SECONDS = 9 * 60;

/** Whether a code was given a moment ago; the database asks for one of the last ten minutes before grave acts. */
export const isCodeFresh = (session: Session | null, now: Date): boolean =>
  (claimsOf(session).amr ?? []).some(
    ({ method, timestamp }) => method === 'totp' && now.getTime() / 1000 - timestamp < FRESH_SECONDS,
  );

async function verifiedFactorId(): Promise<string> {
  const { data, error } = await supabase.auth.mfa.listFactors();
  if (error) throw toAppError(error);
  const factor = data.totp[0];
  if (!factor) throw new AppError('no verified factor', { kind: 'auth', code: 'mfa_factor_not_found' });
  return factor.id;
}

/** Proves the second factor; the session is at aal2 afterwards. */
export async function verifyCode(code: string, factorId?: string): Promise<void> {
  const { error } = await supabase.auth.mfa.challengeAndVerify({
    factorId: factorId ?? (await verifiedFactorId()),
    code,
  });
  if (error) throw toAppError(error);
}

/** auth-js puts bare SVG behind a data prefix; a colour such as `#000` in it would end the address there. */
export function svgDataUri(uri: string): string {
  const svg = uri.slice(uri.indexOf(',') + 1);
  return svg.startsWith('<') ? `data:image/svg+xml;utf-8,${encodeURIComponent(svg)}` : uri;
}

/** What the one of the invitation is called until somebody renames it. */
export const FIRST_FACTOR_NAME = 'authenticator';

/** An abandoned, unverified factor would block the next one by its name: it goes first. */
export async function startEnrolment(friendlyName = FIRST_FACTOR_NAME): Promise<Enrolment> {
  const { data: factors, error: listError } = await supabase.auth.mfa.listFactors();
  if (listError) throw toAppError(listError);
  for (const factor of factors.all.filter((each) => each.status === 'unverified')) {
    const { error } = await supabase.auth.mfa.unenroll({ factorId: factor.id });
    if (error) throw toAppError(error);
  }
  const { data, error } = await supabase.auth.mfa.enroll({ factorType: 'totp', friendlyName });
  if (error) throw toAppError(error);
  return { factorId: data.id, qrCode: svgDataUri(data.totp.qr_code), secret: data.totp.secret };
}

const DEFAULT_WAIT_SECONDS = 60;

/** Seconds to wait after a rate limit, or null when the error is another one. Auth errors carry no headers. */
export function waitSeconds(error: AppError): number | null {
  if (error.status !== 429 && !error.code.includes('rate_limit')) return null;
  const stated = /(\d+)\s*s/.exec(error.message)?.[1];
  return stated ? Number(stated) : DEFAULT_WAIT_SECONDS;
}
