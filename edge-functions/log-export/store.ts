import { StorageClient } from '@supabase/storage-js';
import { LOG_EXPORT_BUCKET } from '../../supabase/contracts/constants/logs.ts';

/** The one type of the bucket: nothing leaves it under a type a browser would run. */
const opaque = 'application/octet-stream';

/** Parts of exports in Storage. */
export interface PartStore {
  /** Puts them there, or in the place of what is there. */
  put(object: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** From one byte to another, both included. */
  read(object: string, first: number, last: number): Promise<AsyncIterable<Uint8Array<ArrayBuffer>>>;
  /** Removing what is gone is no error. */
  remove(objects: readonly string[]): Promise<void>;
}

/** Throws when Storage refuses or cannot be reached. */
export function createPartStore(options: { supabaseUrl: string; secretKey: string; fetch?: typeof fetch }): PartStore {
  const base = `${options.supabaseUrl.replace(/\/$/, '')}/storage/v1`;
  const call = options.fetch ?? fetch;
  const headers = { apikey: options.secretKey, authorization: `Bearer ${options.secretKey}` };
  const bucket = new StorageClient(base, headers, call).from(LOG_EXPORT_BUCKET);
  return {
    async put(object, bytes) {
      const { error } = await bucket.upload(object, bytes, { contentType: opaque, upsert: true });
      if (error) throw error;
    },
    async read(object, first, last) {
      const response = await call(`${base}/object/authenticated/${LOG_EXPORT_BUCKET}/${object}`, {
        headers: { ...headers, range: `bytes=${first}-${last}` },
      });
      if (!response.ok || !response.body) throw new Error(`Storage answered ${response.status} for ${object}`);
      return response.status === 206 ? response.body : cut(response.body, first, last);
    },
    async remove(objects) {
      const { error } = await bucket.remove([...objects]);
      if (error) throw error;
    },
  };
}

/** Whoever knows no ranges answers the whole. */
async function* cut(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  first: number,
  last: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let begin = 0;
  for await (const chunk of chunks) {
    const wanted = chunk.subarray(Math.max(first - begin, 0), Math.max(last + 1 - begin, 0));
    begin += chunk.length;
    if (wanted.length > 0) yield wanted;
    if (begin > last) return;
  }
}
