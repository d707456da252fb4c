import type { HealthResponse } from '../../supabase/contracts/functions/health.ts';
import { methodNotAllowed } from '../_shared/errors.ts';
import { type Handler, withErrors } from '../_shared/http.ts';
import { logError } from '../_shared/log.ts';

export interface Dependencies {
  /** Resolves when the database answers. */
  ping(): Promise<unknown>;
  /** Hash of the migrations that were applied last; undefined when the database does not know. */
  appliedHash(): Promise<string | undefined>;
  /** The hash the functions were deployed with. */
  expectedHash: string | undefined;
  /** Whether answers of support carry an address of their ticket. */
  answersByMail: boolean;
  now(): Date;
}

/**
 * GET → 200 `{status: "ok", database: "ok", schema, answers_by_mail, time}`, or 503 with `"unavailable"` when the
 * database does not answer. `schema` is `"current"`, `"other"` when other migrations were applied than those deployed,
 * or `"unknown"`.
 */
export function createHandler({ ping, appliedHash, expectedHash, answersByMail, now }: Dependencies): Handler {
  async function readSchema(): Promise<HealthResponse['schema']> {
    const applied = expectedHash && (await appliedHash().catch(() => undefined));
    if (!applied) return 'unknown';
    return applied === expectedHash ? 'current' : 'other';
  }
  return withErrors(async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(request.method, 'GET, HEAD');
    const database = await ping().then(
      () => 'ok' as const,
      (error) => {
        logError('health: the database does not answer', error);
        return 'unavailable' as const;
      },
    );
    const schema = database === 'ok' ? await readSchema() : 'unknown';
    const answer: HealthResponse = {
      status: database,
      database,
      schema,
      answers_by_mail: answersByMail,
      time: now().toISOString(),
    };
    return Response.json(answer, {
      status: answer.status === 'ok' ? 200 : 503,
      headers: { 'cache-control': 'no-store' },
    });
  });
}
