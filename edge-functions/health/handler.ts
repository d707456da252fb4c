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
      () => 'ok',
      (error) => {
        console.error('health: the database does not answer', error);
        return 'unavailable';
      },
    );
    const status = database === 'ok' ? 'ok' : 'unavailable';
    return Response.json(
      { status, database, time: now().toISOString() },
      { status: status === 'ok' ? 200 : 503, headers: { 'cache-control': 'no-store' } },
    );
  });
}
