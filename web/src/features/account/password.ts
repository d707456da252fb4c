import { createClient } from '@supabase/supabase-js';
import { toAppError } from '@/base/errors.ts';
import { supabase } from '@/base/supabase.ts';

/**
 * Whether this is the present password, asked of Auth as a sign-in that nobody keeps: an open console alone must not be
 * enough to change it. Throws `invalid_credentials` when it is not.
 */
async function provePassword(email: string, password: string): Promise<void> {
  const probe = createClient(import.meta.env.VITE_SUPABASE_URL, import.meta.env.VITE_SUPABASE_PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false, storageKey: 'probe' },
  });
  const { error } = await probe.auth.signInWithPassword({ email, password });
  if (error) throw toAppError(error);
  await probe.auth.signOut({ scope: 'local' });
}

/** Auth ends every other session along with the old password. */
export async function changePassword(email: string, present: string, password: string): Promise<void> {
  await provePassword(email, present);
  // A project that requires the present password has it checked by Auth as well.
  const { error } = await supabase.auth.updateUser({ password, current_password: present });
  if (error) throw toAppError(error);
}
