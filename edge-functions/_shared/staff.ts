import { fromBase64Url } from './base64.ts';
import { unauthorized } from './errors.ts';
import { clientIp } from './http.ts';

/** Who calls, as Supabase Auth vouches for him; whether he may is for the database to say. */
export interface Staff {
  claims: Record<string, unknown>;
  ip: string;
  userAgent: string;
}

export type Authenticate = (request: Request) => Promise<Staff>;

/**
 * Asks Supabase Auth about the token: that also refuses ended sessions and banned users,
 * and works whatever algorithm the project signs with.
 */
export function createAuthenticate(options: {
  supabaseUrl: string;
  publishableKey: string;
  fetch?: typeof fetch;
}): Authenticate {
  const ask = options.fetch ?? fetch;
  return async (request) => {
    const token = request.headers.get('authorization')?.match(/^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i)?.[1];
    if (!token) throw unauthorized();
    const answer = await ask(`${options.supabaseUrl}/auth/v1/user`, {
      headers: { authorization: `Bearer ${token}`, apikey: options.publishableKey },
    });
    await answer.body?.cancel();
    if (answer.status >= 500) throw new Error(`Supabase Auth answered ${answer.status}`);
    if (!answer.ok) throw unauthorized();
    const claims = JSON.parse(new TextDecoder().decode(fromBase64Url(token.split('.')[1]!))) as Record<string, unknown>;
    return { claims, ip: clientIp(request), userAgent: request.headers.get('user-agent') ?? '' };
  };
}
