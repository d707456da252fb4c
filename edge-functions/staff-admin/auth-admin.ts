import { ApiError, invalidInput } from '../_shared/errors.ts';

export const emailExists = (message: string) => new ApiError('email_exists', message);

const tooManyMails = () => new ApiError('too_many_requests', 'Too many mails of this kind: try again later');

interface Answer {
  code?: string;
  message?: string;
}

export interface AuthUser {
  id: string;
  email: string;
  isNew: boolean;
}

export interface AuthAdmin {
  /** Makes the user if new and mails the invitation. 409 `email_exists` when he has confirmed already. */
  invite(email: string): Promise<AuthUser>;
  /** Whether he has finished: who has a second factor has chosen a password before. */
  isSetUp(userId: string): Promise<boolean>;
  /** Mails a link to choose a password. */
  recover(email: string): Promise<void>;
  remove(userId: string): Promise<void>;
}

/** The calls to Supabase Auth that the administration of staff needs. */
export function createAuthAdmin(options: {
  supabaseUrl: string;
  secretKey: string;
  consoleUrl: string;
  now(): Date;
  fetch?: typeof fetch;
}): AuthAdmin {
  const call = options.fetch ?? fetch;
  const page = (path: string) => encodeURIComponent(`${options.consoleUrl.replace(/\/$/, '')}${path}`);
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
      const response = await request(`/invite?redirect_to=${page('/login/invitation')}`, 'POST', { email });
      const answer = (await response.json()) as Answer & { id?: string; created_at?: string };
      if (answer.code === 'email_exists') throw emailExists(`"${email}" has an account already`);
      if (response.status === 429) throw tooManyMails();
      if (answer.code === 'validation_failed') throw invalidInput(answer.message ?? 'Invalid e-mail');
      if (!response.ok || !answer.id)
        throw new Error(`Inviting failed: Supabase Auth answered ${response.status} ${answer.message ?? ''}`);
      return { id: answer.id, email, isNew: new Date(answer.created_at ?? 0).getTime() >= startedAt - 5_000 };
    },
    async isSetUp(userId) {
      const response = await request(`/admin/users/${userId}`, 'GET');
      const user = (await response.json()) as Answer & { factors?: { status: string }[] };
      if (!response.ok)
        throw new Error(`Reading user "${userId}" failed: Supabase Auth answered ${response.status} ${user.message}`);
      return (user.factors ?? []).some(({ status }) => status === 'verified');
    },
    async recover(email) {
      const response = await request(`/recover?redirect_to=${page('/login/reset')}`, 'POST', { email });
      const { message } = (await response.json()) as Answer;
      if (response.status === 429) throw tooManyMails();
      if (!response.ok) throw new Error(`Recovery failed: Supabase Auth answered ${response.status} ${message ?? ''}`);
    },
    async remove(userId) {
      const response = await request(`/admin/users/${userId}`, 'DELETE');
      await response.body?.cancel();
      if (!response.ok && response.status !== 404)
        throw new Error(`Removing user "${userId}" failed: Supabase Auth answered ${response.status}`);
    },
  };
}
