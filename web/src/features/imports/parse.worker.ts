import { parseFile } from './parse-file.ts';
import type { ParseOptions } from './types.ts';

addEventListener('message', ({ data }: MessageEvent<{ bytes: ArrayBuffer; options: ParseOptions }>) => {
  void parseFile(new Uint8Array(data.bytes), data.options).then(
    (result) => postMessage({ result }),
    (error: unknown) => postMessage({ error: error instanceof Error ? error.message : String(error) }),
  );
});
