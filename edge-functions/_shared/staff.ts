import type { ZodType } from 'zod';
import { fromBase64Url } from './base64.ts';
import { methodNotAllowed, unauthorized } from './errors.ts';
import { clientIp, type Handler, readJson, withCors, withErrors } from './http.ts';

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

/**
 * For functions of the console: POST from its origin with a token of staff and a body of that shape, else 405, 401, 400
 * or 413. What `work` answers is sent as JSON, unless it is a response already.
 */
export function forStaff<Input>(
  { authenticate, consoleUrl }: { authenticate: Authenticate; consoleUrl: string },
  { schema, limit }: { schema: ZodType<Input>; limit?: number },
  work: (staff: Staff, input: Input) => Promise<object>,
): Handler {
  return withCors(
    withErrors(async (request) => {
      if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
      const staff = await authenticate(request);
      const answer = await work(staff, await readJson(request, schema, limit));
      return answer instanceof Response ? answer : Response.json(answer);
    }),
    consoleUrl,
  );
}
