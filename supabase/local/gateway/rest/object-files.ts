import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Metadata {
  mimetype: string;
  cacheControl: string;
  size: number;
  contentLength: number;
  eTag: string;
  lastModified: string;
}

type Body = Uint8Array | ReadableStream<Uint8Array>;

/**
 * lite's storage adapter over a folder. Files are named by the hash of bucket and key: no key, whatever it holds,
 * names a path outside the folder. lite's own adapter joins the key to the path.
 */
export class ObjectFiles {
  readonly driver = 'filesystem';
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async uploadObject(
    bucket: string,
    key: string,
    _version: unknown,
    body: Body,
    mimetype: string,
    cacheControl: string,
  ) {
    const bytes =
      body instanceof Uint8Array ? body : new Uint8Array(await new Response(body as BodyInit).arrayBuffer());
    const eTag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    const size = bytes.byteLength;
    const metadata = {
      mimetype,
      cacheControl,
      size,
      contentLength: size,
      eTag,
      lastModified: new Date().toISOString(),
    };
    await mkdir(this.#folder, { recursive: true });
    await this.#replace(this.#path(bucket, key), bytes);
    await this.#replace(this.#path(bucket, key, '.json'), JSON.stringify(metadata));
    return { ...metadata, lastModified: new Date(metadata.lastModified), httpStatusCode: 200 };
  }

  async getObject(
    bucket: string,
    key: string,
    _version: unknown,
    headers: { ifNoneMatch?: string; ifModifiedSince?: string; range?: string } = {},
  ) {
    const metadata = await this.headObject(bucket, key);
    const isUnchanged = headers.ifNoneMatch
      ? headers.ifNoneMatch === metadata.eTag
      : headers.ifModifiedSince !== undefined && metadata.lastModified <= new Date(headers.ifModifiedSince);
    if (isUnchanged) return { httpStatusCode: 304, metadata };
    const bytes = await readFile(this.#path(bucket, key));
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    const from = Number(range?.[1] ?? 0);
    if (!range || from >= bytes.length) return { httpStatusCode: 200, metadata, body: bytes };
    const to = Math.min(range[2] ? Number(range[2]) : bytes.length - 1, bytes.length - 1);
    const part = bytes.subarray(from, to + 1);
    const contentRange = `bytes ${from}-${to}/${bytes.length}`;
    return { httpStatusCode: 206, metadata: { ...metadata, contentLength: part.length, contentRange }, body: part };
  }

  async headObject(bucket: string, key: string) {
    const metadata = JSON.parse(await readFile(this.#path(bucket, key, '.json'), 'utf8')) as Metadata;
    return { ...metadata, lastModified: new Date(metadata.lastModified) };
  }

  async deleteObject(bucket: string, key: string): Promise<void> {
    await rm(this.#path(bucket, key), { force: true });
    await rm(this.#path(bucket, key, '.json'), { force: true });
  }

  async deleteObjects(bucket: string, keys: string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.deleteObject(bucket, key)));
  }

  async copyObject(bucket: string, key: string, _version: unknown, toBucket: string, toKey: string) {
    await copyFile(this.#path(bucket, key), this.#path(toBucket, toKey));
    await copyFile(this.#path(bucket, key, '.json'), this.#path(toBucket, toKey, '.json'));
    const { eTag, lastModified } = await this.headObject(toBucket, toKey);
    return { httpStatusCode: 200, eTag, lastModified };
  }

  async privateAssetUrl(bucket: string, key: string): Promise<string> {
    return new URL(`file://${this.#path(bucket, key)}`).href;
  }

  #path(bucket: string, key: string, suffix = ''): string {
    const name = createHash('sha256')
      .update(JSON.stringify([bucket, key]))
      .digest('hex');
    return join(this.#folder, name + suffix);
  }

  /** A reader sees the old file or the new one, never half of it. */
  async #replace(path: string, content: Uint8Array | string): Promise<void> {
    const temporary = `${path}.${crypto.randomUUID()}.tmp`;
    await writeFile(temporary, content);
    await rename(temporary, path);
  }
}
