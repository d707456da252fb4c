import type { LogExportFormat } from '../../supabase/contracts/constants/logs.ts';
import { ApiError } from '../_shared/errors.ts';
import type { PartStore } from './store.ts';

interface StoredPart {
  object: string;
  bytes: number;
}

export interface ExportFile {
  format: LogExportFormat;
  name: string;
  bytes: number;
  /** In the order of the file. */
  parts: readonly StoredPart[];
}

const types: Record<LogExportFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
};
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The parts of a file one after another, never more of them in memory than what is just being passed on. */
export async function serveFile(
  request: Request,
  open: (id: string, token: string, resumes: boolean) => Promise<ExportFile>,
  store: Pick<PartStore, 'read'>,
): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const [id, token] = [searchParams.get('id') ?? '', searchParams.get('token') ?? ''];
  if (!uuid.test(id)) throw new ApiError('log_export_link_gone', 'The link is not whole');
  const asked = askedRange(request);
  const file = await open(id, token, (asked?.from ?? 0) > 0);
  const etag = `"${id}-${file.bytes}"`;
  const headers = new Headers({
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-store',
    'content-disposition': `attachment; filename="${file.name}"`,
    'content-type': types[file.format],
    etag,
    'x-content-type-options': 'nosniff',
  });
  const ifRange = request.headers.get('if-range');
  const range = asked && (ifRange === null || ifRange === etag) ? asked : null;
  if (range && range.from >= file.bytes) {
    headers.set('content-range', `bytes */${file.bytes}`);
    headers.delete('content-disposition');
    return new Response(null, { status: 416, headers });
  }
  const from = range?.from ?? 0;
  const to = Math.min(range?.to ?? file.bytes - 1, file.bytes - 1);
  headers.set('content-length', String(to - from + 1));
  if (range) headers.set('content-range', `bytes ${from}-${to}/${file.bytes}`);
  const body = request.method === 'HEAD' || file.bytes === 0 ? null : streamOf(file.parts, from, to, store);
  return new Response(body, { status: range ? 206 : 200, headers });
}

/** `bytes=n-` and `bytes=n-m`; whatever else is asked is answered with the whole file. */
function askedRange(request: Request): { from: number; to: number | null } | null {
  const [, from, to] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.get('range') ?? '') ?? [];
  if (from === undefined) return null;
  const range = { from: Number(from), to: to ? Number(to) : null };
  return range.to !== null && range.to < range.from ? null : range;
}

function streamOf(
  parts: readonly StoredPart[],
  from: number,
  to: number,
  store: Pick<PartStore, 'read'>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = chunksOf(parts, from, to, store);
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/** From one byte of the file to another. Fails, so that the download breaks off, when a part is not what was kept. */
async function* chunksOf(
  parts: readonly StoredPart[],
  from: number,
  to: number,
  store: Pick<PartStore, 'read'>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined, undefined> {
  let begin = 0;
  for (const { object, bytes } of parts) {
    const [first, last] = [Math.max(from - begin, 0), Math.min(to - begin, bytes - 1)];
    begin += bytes;
    if (first > last) continue;
    let left = last - first + 1;
    for await (const chunk of await store.read(object, first, last)) {
      left -= chunk.length;
      if (left < 0) break;
      yield chunk;
    }
    if (left !== 0) throw new Error(`${object} is not as long as it was when it was kept`);
  }
  return undefined;
}
