import { ApiError, invalidInput } from '../_shared/errors.ts';

export const emailExists = (message: string) => new ApiError('email_exists', message);

export interface AuthUser {
  id: string;
  email: string;
  isNew: boolean;
}

export interface AuthAdmin {
  /** Makes the user if new and mails the invitation. 409 `email_exists` when he has confirmed already. */
  invite(email: string): Promise<AuthUser>;
  remove(userId: string): Promise<void>;
}

/** The two calls to Supabase Auth's admin API that staff need. */
export function createAuthAdmin(options: {
  supabaseUrl: string;
  secretKey: string;
  redirectTo: string;
  now(): Date;
  fetch?: typeof fetch;
}): AuthAdmin {
  const call = options.fetch ?? fetch;
  const request = (path: string, method: string, body?: unknown) =>
    call(`${options.supabaseUrl}/auth/v1${path}`, {
      method,
      headers: {
        apikey: options.secretKey,
        'content-type': 'application/json',
        'x-supabase-api-version': '2024-01-01',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  return {
    async invite(email) {
      const startedAt = options.now().getTime();
      const response = await request(`/invite?redirect_to=${encodeURIComponent(options.redirectTo)}`, 'POST', {
        email,
      });
      const answer = (await response.json()) as { id?: string; created_at?: string; code?: string; message?: string };
      if (answer.code === 'email_exists') throw emailExists(`"${email}" has an account already`);
      if (answer.code === 'over_email_send_rate_limit' || response.status === 429) {
        throw new ApiError('too_many_requests', 'Too many invitations: try again later');
      }
      if (answer.code === 'validation_failed') throw invalidInput(answer.message ?? 'Invalid e-mail');
      if (!response.ok || !answer.id)
        throw new Error(`Inviting failed: Supabase Auth answered ${response.status} ${answer.message ?? ''}`);
      return { id: answer.id, email, isNew: new Date(answer.created_at ?? 0).getTime() >= startedAt - 5_000 };
    },
    async remove(userId) {
      const response = await request(`/admin/users/${userId}`, 'DELETE');
      await response.body?.cancel();
      if (!response.ok && response.status !== 404)
        throw new Error(`Removing user "${userId}" failed: Supabase Auth answered ${response.status}`);
    },
  };
}
