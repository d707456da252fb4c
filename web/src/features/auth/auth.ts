import { ref } from 'vue';
import { callRpc } from '@/base/api.ts';
import { AppError, toAppError } from '@/base/errors.ts';
import { supabase } from '@/base/supabase.ts';

/** Typed once on the way in: the page for a forgotten password starts with it, and back again. */
export const typedEmail = ref('');

export async function signIn(email: string, password: string): Promise<void> {
  const { error } = await supabase.auth.signInWithPassword({ email, password });
  if (error) throw toAppError(error);
}

export async function requestReset(email: string): Promise<void> {
  const { error } = await supabase.auth.resetPasswordForEmail(email, { redirectTo: `${location.origin}/login/reset` });
  if (error) throw toAppError(error);
}

/** What a mailed link may confirm, in the words of Auth. */
export const LINK_TYPES = ['invite', 'recovery', 'magiclink', 'signup', 'email_change'] as const;
export type LinkType = (typeof LINK_TYPES)[number];

export const isLinkUsedUp = (error: unknown): boolean => error instanceof AppError && error.code === 'otp_expired';

/** Uses the link up. → whether it signed in: one of the two links of a change of address does not. */
export async function confirmLink(type: LinkType, tokenHash: string): Promise<boolean> {
  const { data, error } = await supabase.auth.verifyOtp({ type, token_hash: tokenHash });
  if (error) throw toAppError(error);
  return data.session !== null;
}

export async function setPassword(password: string, displayName?: string): Promise<void> {
  const { error } = await supabase.auth.updateUser({
    password,
    ...(displayName ? { data: { display_name: displayName } } : {}),
  });
  if (error) throw toAppError(error);
}

/** Uses a recovery code. Recovered, the session is read anew: it has no second factor any more. */
export async function recoverWithCode(code: string) {
  const answer = await callRpc('recover_with_code', { code: code.trim() });
  if (answer.outcome !== 'recovered') return answer;
  const { error } = await supabase.auth.refreshSession();
  if (error) throw toAppError(error);
  return answer;
}
