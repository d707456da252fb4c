import { StorageApiError, StorageClient, type StorageError } from '@supabase/storage-js';
import { fileTypeFromBuffer } from 'file-type';
import { TICKET_BUCKET, type TicketImageType, ticketImageTypes } from '../../supabase/contracts/constants/tickets.ts';

/** The one type of the bucket: nothing leaves it under a type a browser would run. */
const opaque = 'application/octet-stream';
/** What `file-type` asks for to tell every type it knows. */
const sampleBytes = 4_100;
const addressSeconds = 300;

export interface UploadAddress {
  /** PUT the bytes there within two hours, as application/octet-stream, without any key. */
  url: string;
}

/** The bytes of tickets' files, each under its id. */
export interface AttachmentStore {
  /** Null when the bytes are there already. */
  uploadAddress(id: string): Promise<UploadAddress | null>;
  /** Addresses to download from for five minutes, without any key, always as a file of that name. */
  downloadAddresses(files: readonly { id: string; name: string }[]): Promise<Map<string, string>>;
  put(id: string, bytes: Uint8Array): Promise<void>;
  /** Null when there is no such object. */
  read(id: string): Promise<Uint8Array | null>;
  /** The first bytes of an object and how long it is; null when there is no such object. */
  sample(id: string): Promise<{ bytes: Uint8Array; size: number } | null>;
  /** Removing what is gone is no error. */
  remove(ids: readonly string[]): Promise<void>;
}

/**
 * `publicUrl` is where browsers and clients reach the project, when that is not where functions do. Throws when Storage
 * refuses or cannot be reached.
 */
export function createAttachmentStore(options: {
  supabaseUrl: string;
  publicUrl: string;
  secretKey: string;
  fetch?: typeof fetch;
}): AttachmentStore {
  const base = `${options.supabaseUrl.replace(/\/$/, '')}/storage/v1`;
  const publicBase = `${options.publicUrl.replace(/\/$/, '')}/storage/v1`;
  const call = options.fetch ?? fetch;
  const headers = { apikey: options.secretKey, authorization: `Bearer ${options.secretKey}` };
  const bucket = new StorageClient(base, headers, call).from(TICKET_BUCKET);
  const toPublic = (url: string) => (url.startsWith(base) ? publicBase + url.slice(base.length) : url);
  const open = async (id: string) => {
    const response = await call(`${base}/object/authenticated/${TICKET_BUCKET}/${id}`, { headers });
    if (response.ok) return response;
    const { statusCode = '' } = (await response.json().catch(() => ({}))) as { statusCode?: string };
    if (response.status === 404 || statusCode === '404') return null;
    throw new Error(`Storage answered ${response.status} for the file ${id}`);
  };
  return {
    async uploadAddress(id) {
      const { data, error } = await bucket.createSignedUploadUrl(id);
      if (error && isDuplicate(error)) return null;
      if (error) throw error;
      return { url: toPublic(data.signedUrl) };
    },
    async downloadAddresses(files) {
      if (files.length === 0) return new Map();
      const { data, error } = await bucket.createSignedUrls(
        files.map(({ id }) => id),
        addressSeconds,
      );
      if (error) throw error;
      const names = new Map(files.map(({ id, name }) => [id, name]));
      const named = (id: string, url: string) => `${toPublic(url)}&download=${encodeURIComponent(names.get(id)!)}`;
      return new Map(
        data.flatMap(({ path, signedUrl }) => (path && signedUrl ? [[path, named(path, signedUrl)]] : [])),
      );
    },
    async put(id, bytes) {
      const body = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: opaque });
      const { error } = await bucket.upload(id, body, { contentType: opaque, upsert: true });
      if (error) throw error;
    },
    async read(id) {
      const response = await open(id);
      return response && new Uint8Array(await response.arrayBuffer());
    },
    async sample(id) {
      const response = await open(id);
      if (!response) return null;
      const declared = Number(response.headers.get('content-length') ?? Number.NaN);
      const chunks: number[] = [];
      let size = 0;
      for await (const chunk of response.body ?? []) {
        if (chunks.length < sampleBytes) chunks.push(...chunk.subarray(0, sampleBytes - chunks.length));
        size += chunk.length;
        if (chunks.length >= sampleBytes && Number.isFinite(declared)) break;
      }
      return { bytes: Uint8Array.from(chunks), size: Number.isFinite(declared) ? declared : size };
    },
    async remove(ids) {
      const { error } = await bucket.remove([...ids]);
      if (error) throw error;
    },
  };
}

/** Storage says 400 to the wire and 409 in the body. */
const isDuplicate = (error: StorageError) =>
  error instanceof StorageApiError && (error.status === 409 || error.statusCode === '409');

const isImage = (type: string): type is TicketImageType => (ticketImageTypes as readonly string[]).includes(type);

/**
 * What a file is by its first bytes: an image that may be shown, or application/octet-stream, which is only ever
 * downloaded. Its name and the type its sender claims do not count.
 */
export async function contentTypeOf(firstBytes: Uint8Array): Promise<TicketImageType | typeof opaque> {
  const found = await fileTypeFromBuffer(firstBytes);
  if (!found) return opaque;
  // An animated PNG is a PNG to every browser.
  const type = found.mime === 'image/apng' ? 'image/png' : found.mime;
  return isImage(type) ? type : opaque;
}
