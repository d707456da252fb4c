import { methodNotAllowed, unauthorized } from './errors.ts';
import { type Handler, secretsEqual, withErrors } from './http.ts';

/** For functions that only the schedule calls: POST with `x-cron-secret`, else 405 or 401. Answers what `work` did. */
export function forCron<Answer extends object>(cronSecret: string, work: () => Promise<Answer>): Handler {
  return withErrors(async (request) => {
    if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
    if (!(await secretsEqual(request.headers.get('x-cron-secret') ?? '', cronSecret)))
      throw unauthorized('The cron secret is required');
    return Response.json(await work());
  });
}
