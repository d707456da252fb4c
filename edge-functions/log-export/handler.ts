import type { LogExportFailure } from '../../supabase/contracts/constants/logs.ts';
import type { LogExportResponse } from '../../supabase/contracts/functions/log-export.ts';
import { forCron } from '../_shared/cron.ts';
import { methodNotAllowed } from '../_shared/errors.ts';
import { type Handler, withErrors } from '../_shared/http.ts';
import { logError } from '../_shared/log.ts';
import { type ExportFile, serveFile } from './serve-file.ts';
import type { PartStore } from './store.ts';

export interface Part {
  number: number;
  /** Its name in Storage. */
  object: string;
  bytes: number;
  content: string;
}

/** Exports, as the database knows them: one worker has one at a time, and nothing moves on until a part is kept. */
export interface ExportQueue {
  claim(): Promise<{ id: string; run: number } | null>;
  /** Null when the run is over. */
  write(id: string, run: number): Promise<Part | null>;
  keep(id: string, run: number, number: number): Promise<'more' | 'done' | 'over'>;
  leave(id: string, run: number, failure: LogExportFailure | null): Promise<void>;
  /** Objects nothing names any more. */
  unwanted(): Promise<readonly string[]>;
}

export interface Dependencies {
  queue: ExportQueue;
  store: PartStore;
  /** What a link leads to. Fails with log_export_link_gone. */
  open(id: string, token: string, resumes: boolean): Promise<ExportFile>;
  cronSecret: string;
  now(): Date;
  log?(line: string, error: unknown): void;
}

const budgetMs = 20_000;
/** Hosted gives a call two seconds of processor; a part takes some fifty milliseconds of it. */
const mostParts = 20;

/**
 * POST with `x-cron-secret` → makes parts of exports for about 20 s, and removes objects nothing names any more → 200
 * `{parts, done, failed, removed}`. 401 on a wrong secret. Several may run at once.
 * GET `?id=…&token=…` as link_log_export answered → the file, or from `Range: bytes=n-` on. 404 log_export_link_gone.
 */
export function createHandler({ queue, store, open, cronSecret, now, log = logError }: Dependencies): Handler {
  const work = forCron<LogExportResponse>(cronSecret, async () => {
    const answer = { parts: 0, done: 0, failed: 0, removed: 0 };
    const deadline = now().getTime() + budgetMs;
    const isTimeUp = () => answer.parts >= mostParts || now().getTime() >= deadline;
    while (!isTimeUp()) {
      const claimed = await queue.claim();
      if (!claimed) break;
      const failure = await make(claimed, answer, isTimeUp);
      if (failure) answer.failed += 1;
    }
    const unwanted = await queue.unwanted();
    if (unwanted.length > 0) {
      await store.remove(unwanted);
      answer.removed = unwanted.length;
    }
    return answer;
  });

  /** Parts of one export until it is done, the run is over or the time is up; → why it went no further. */
  async function make(
    { id, run }: { id: string; run: number },
    answer: LogExportResponse,
    isTimeUp: () => boolean,
  ): Promise<LogExportFailure | null> {
    let failure: LogExportFailure | null = null;
    try {
      for (;;) {
        failure = 'unexpected';
        const part = await queue.write(id, run);
        if (!part) return null;
        failure = 'storage_refused';
        if (part.bytes > 0) await put(part);
        failure = 'unexpected';
        const next = await queue.keep(id, run, part.number);
        if (part.bytes > 0) answer.parts += 1;
        if (next === 'done') answer.done += 1;
        if (next !== 'more') return null;
        if (isTimeUp()) {
          failure = null;
          break;
        }
      }
    } catch (error) {
      log(`export ${id} goes no further for now (${failure})`, error);
    }
    await queue.leave(id, run, failure);
    return failure;
  }

  async function put({ object, bytes, content }: Part): Promise<void> {
    const encoded = new TextEncoder().encode(content);
    // The file says how long it is before it is read: what lies there must be what was counted.
    if (encoded.length !== bytes) throw new Error(`${object} has ${encoded.length} bytes instead of ${bytes}`);
    await store.put(object, encoded);
  }

  const serve = withErrors(async (request) => serveFile(request, open, store));
  const refuse = withErrors((request) => Promise.reject(methodNotAllowed(request.method, 'GET, HEAD, POST')));
  return (request) => (request.method === 'POST' ? work : isReading(request) ? serve : refuse)(request);
}

const isReading = ({ method }: Request) => method === 'GET' || method === 'HEAD';
