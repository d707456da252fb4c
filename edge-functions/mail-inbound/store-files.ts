import type { AttachmentStore } from '../_shared/attachments.ts';
import type { MailFile } from './files.ts';
import { logError } from '../_shared/log.ts';

/**
 * Stores the files the database has announced, within its transaction: a mail whose files cannot be kept was not taken,
 * and comes again. What was stored until then is removed, for nothing will name it.
 */
export async function storeFiles(
  announced: readonly { id: string; index: number }[],
  files: readonly MailFile[],
  store: Pick<AttachmentStore, 'put' | 'remove'>,
  settle: (id: string, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const stored: string[] = [];
  try {
    for (const { id, index } of announced) {
      const { bytes } = files[index]!;
      stored.push(id);
      await store.put(id, bytes);
      await settle(id, bytes);
    }
  } catch (error) {
    await store.remove(stored).catch((left: unknown) => logError('files nothing names were left', stored, left));
    throw error;
  }
}
