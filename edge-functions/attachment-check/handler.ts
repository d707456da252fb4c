import type { AttachmentCheckResponse } from '../../supabase/contracts/functions/attachment-check.ts';
import { type AttachmentStore, contentTypeOf } from '../_shared/attachments.ts';
import { forCron } from '../_shared/cron.ts';
import type { Handler } from '../_shared/http.ts';
import { logError } from '../_shared/log.ts';

export interface AttachmentQueue {
  /** Files that have arrived and nobody has read. */
  claim(batch: number): Promise<readonly string[]>;
  settle(id: string, size: number, contentType: string): Promise<void>;
  removed(batch: number): Promise<readonly string[]>;
  forget(ids: readonly string[]): Promise<void>;
}

export interface Dependencies {
  queue: AttachmentQueue;
  store: AttachmentStore;
  cronSecret: string;
  log?(line: string, error: unknown): void;
}

const batch = 20;
const removedBatch = 100;

/**
 * POST with `x-cron-secret` → reads the first bytes of files that have arrived, and removes the objects nothing names
 * any more → 200 `{checked, removed, failed}`. 401 on a wrong secret. Several may run at once.
 */
export function createHandler({ queue, store, cronSecret, log = logError }: Dependencies): Handler {
  return forCron<AttachmentCheckResponse>(cronSecret, async () => {
    const answer = { checked: 0, removed: 0, failed: 0 };
    for (const id of await queue.claim(batch)) {
      try {
        await check(id, queue, store);
        answer.checked += 1;
      } catch (error) {
        // One file that cannot be read waits for its next turn; the others have theirs.
        log(`file ${id} could not be read`, error);
        answer.failed += 1;
      }
    }
    const gone = await queue.removed(removedBatch);
    if (gone.length > 0) {
      await store.remove(gone);
      await queue.forget(gone);
      answer.removed = gone.length;
    }
    return answer;
  });
}

/** Reads the first bytes of a file and says what it is; nothing happens when it has not arrived. */
export async function check(
  id: string,
  queue: Pick<AttachmentQueue, 'settle'>,
  store: Pick<AttachmentStore, 'sample'>,
): Promise<void> {
  const found = await store.sample(id);
  if (found) await queue.settle(id, found.size, await contentTypeOf(found.bytes));
}
