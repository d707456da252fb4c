import { AppError } from '@/base/errors.ts';
import { MAX_FILE_BYTES, type ParseOptions, type ParseResult } from './types.ts';

/** Reads a file off the main thread: 20 MB of text would freeze the page. Aborting ends the worker. */
export async function parseInWorker(file: File, options: ParseOptions, signal: AbortSignal): Promise<ParseResult> {
  if (file.size > MAX_FILE_BYTES) return { ok: false, problem: { code: 'too_large' } };
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    // Moved, changed or locked since it was chosen, or a folder.
    return { ok: false, problem: { code: 'unreadable' } };
  }
  signal.throwIfAborted();
  const worker = new Worker(new URL('./parse.worker.ts', import.meta.url), { type: 'module' });
  try {
    return await new Promise<ParseResult>((resolve, reject) => {
      const failed = (message: string) => reject(new AppError(message, { kind: 'unknown', code: 'parse_failed' }));
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      worker.addEventListener('error', (event) => failed(event.message || 'The file reader did not start'));
      worker.addEventListener('message', ({ data }: MessageEvent<{ result?: ParseResult; error?: string }>) =>
        data.result ? resolve(data.result) : failed(data.error ?? 'The file reader failed'),
      );
      worker.postMessage({ bytes, options }, [bytes]);
    });
  } finally {
    worker.terminate();
  }
}
