import type { HealthResponse } from '../../supabase/contracts/functions/health.ts';
import { methodNotAllowed } from '../_shared/errors.ts';
import { type Handler, withErrors } from '../_shared/http.ts';

export interface Dependencies {
  /** Resolves when the database answers. */
  ping(): Promise<unknown>;
  now(): Date;
}

/** GET → 200 `{status: "ok", database: "ok", time}`, or 503 with `"unavailable"` when the database does not answer. */
export function createHandler({ ping, now }: Dependencies): Handler {
  return withErrors(async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(request.method, 'GET, HEAD');
    const database = await ping().then(
      () => 'ok' as const,
      (error) => {
        console.error('health: the database does not answer', error);
        return 'unavailable' as const;
      },
    );
    const answer: HealthResponse = { status: database, database, time: now().toISOString() };
    return Response.json(answer, {
      status: answer.status === 'ok' ? 200 : 503,
      headers: { 'cache-control': 'no-store' },
    });
  });
}
