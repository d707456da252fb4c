import { existsSync, watch } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FunctionConfig } from '../../project.ts';
import type { GatewayContext, GatewayPart, RequestInfo } from '../context.ts';
import { functionEnvironment } from './secrets.ts';
import { WallTimeExceeded, Worker } from './worker.ts';

export interface FunctionsOptions {
  functions?: FunctionConfig[];
  environment?: Record<string, string>;
  /** Without an answer after this long the caller gets 504. */
  wallMilliseconds?: number;
  maxBodyBytes?: number;
  watch?: boolean;
}

const prefix = '/functions/v1/';
const bufferedBytes = 256 * 1024;
/** Of one connection, or claims about the caller that only the gateway may make. */
const notForwarded = new Set([
  'connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'proxy-authorization', 'proxy-connection', 'expect',
  'host', 'content-length', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port',
  'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'x-worker-token',
]);
const notReturned = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'trailer']);

const answer = (status: number, body: Record<string, unknown>) => Response.json(body, { status });
const answers = {
  notFound: () => answer(404, { code: 'NOT_FOUND', message: 'Requested function was not found' }),
  missingAuthorization: () => answer(401, { msg: 'Missing authorization header' }),
  invalidJwt: () => answer(401, { msg: 'Invalid JWT' }),
  tooLarge: () => answer(413, { code: 'PAYLOAD_TOO_LARGE', message: 'Request body is too large' }),
  bootError: () => answer(503, { code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' }),
  workerError: () => answer(500, { code: 'WORKER_ERROR', message: 'Function exited due to an error (please check logs)' }),
  workerLimit: () => answer(546, { code: 'WORKER_LIMIT', message: 'Function failed due to not having enough compute resources (please check logs)' }),
  timeout: (seconds: number) => answer(504, { code: 'IDLE_TIMEOUT', message: `Request idle timeout limit (${seconds}s) reached` }),
};

class TooLarge extends Error {}

/** Serves `/functions/v1/<name>` as config.toml says, each function in its own Deno process, started at its first call. */
export function createFunctions(context: GatewayContext, options: FunctionsOptions = {}): GatewayPart {
  const { config, log } = context;
  const functions = new Map((options.functions ?? config.project.functions).map((item) => [item.name, item]));
  const environment = options.environment ?? functionEnvironment(config, context.keys);
  const wallMilliseconds = options.wallMilliseconds ?? 150_000;
  const maxBodyBytes = options.maxBodyBytes ?? 10 * 1024 * 1024;
  const workers = new Map<string, Worker>();
  const sources = join(config.root, 'edge-functions');

  function workerFor(item: FunctionConfig): Worker {
    const running = workers.get(item.name);
    if (running && !running.exited) return running;
    const started = new Worker(item, {
      environment: { ...environment, SB_EXECUTION_ID: crypto.randomUUID(), DENO_DEPLOYMENT_ID: `local_${item.name}` },
      readable: [sources, join(config.root, 'node_modules')],
      cacheDir: join(config.dataDir, 'deno'),
      log,
    });
    workers.set(item.name, started);
    return started;
  }

  const discard = (name: string, worker: Worker) => {
    if (workers.get(name) === worker) workers.delete(name);
    worker.retire();
  };

  async function isAllowed(item: FunctionConfig, request: Request): Promise<Response | undefined> {
    if (!item.verifyJwt || request.method === 'OPTIONS') return undefined;
    const token = /^bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    if (!token) return answers.missingAuthorization();
    try {
      await context.verifyToken(token);
      return undefined;
    } catch {
      return answers.invalidJwt();
    }
  }

  async function invoke(item: FunctionConfig, request: Request, url: URL, info: RequestInfo): Promise<Response> {
    const body = await readBody(request, maxBodyBytes);
    const worker = workerFor(item);
    try {
      await worker.ready;
    } catch (error) {
      log.error(`[${item.name}] failed to start`, { cause: (error as Error).message });
      discard(item.name, worker);
      return answers.bootError();
    }
    try {
      const response = await worker.fetch({
        method: request.method,
        path: url.pathname.slice(prefix.length - 1) + url.search,
        headers: forwardedHeaders(request, url, info, body),
        body,
        wallMilliseconds,
      });
      return await toResponse(response);
    } catch (error) {
      if (error instanceof TooLarge) return answers.tooLarge();
      if (error instanceof WallTimeExceeded) {
        // It may hang for ever in a loop: the next call gets a new process.
        discard(item.name, worker);
        return answers.timeout(wallMilliseconds / 1000);
      }
      log.error(`[${item.name}] gave no answer`, { cause: (error as Error).message });
      return worker.outOfMemory ? answers.workerLimit() : answers.workerError();
    }
  }

  const watcher = options.watch !== false && existsSync(sources) ? watchSources(sources, () => {
    log.info('edge functions changed: reloaded');
    for (const [name, worker] of workers) discard(name, worker);
  }) : undefined;

  return {
    async fetch(request, info) {
      const url = new URL(request.url);
      const item = functions.get(url.pathname.slice(prefix.length).split('/')[0] ?? '');
      if (!item || !existsSync(item.entrypoint)) return answers.notFound();
      const refusal = await isAllowed(item, request);
      if (refusal) return refusal;
      try {
        return await invoke(item, request, url, info);
      } catch (error) {
        if (error instanceof TooLarge) return answers.tooLarge();
        throw error;
      }
    },
    async stop() {
      watcher?.();
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
    },
  };
}

async function readBody(request: Request, limit: number): Promise<Uint8Array | NodeJS.ReadableStream | undefined> {
  if (!request.body) return undefined;
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > limit) throw new TooLarge();
  if (declared !== null && Number(declared) <= bufferedBytes) return new Uint8Array(await request.arrayBuffer());
  const source = Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0]);
  let seen = 0;
  return Readable.from(
    (async function* () {
      for await (const chunk of source) {
        seen += (chunk as Uint8Array).byteLength;
        if (seen > limit) throw new TooLarge();
        yield chunk as Uint8Array;
      }
    })(),
    { objectMode: false },
  );
}

function forwardedHeaders(request: Request, url: URL, info: RequestInfo, body: Uint8Array | NodeJS.ReadableStream | undefined) {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) if (!notForwarded.has(name)) headers[name] = value;
  headers['host'] = url.host;
  headers['x-forwarded-for'] = info.ip;
  headers['x-forwarded-host'] = url.host;
  headers['x-forwarded-proto'] = url.protocol.slice(0, -1);
  if (body instanceof Uint8Array) headers['content-length'] = String(body.byteLength);
  return headers;
}

async function toResponse(response: IncomingMessage): Promise<Response> {
  const headers = new Headers();
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index] ?? '';
    if (!notReturned.has(name.toLowerCase())) headers.append(name, response.rawHeaders[index + 1] ?? '');
  }
  // As hosted: a function cannot serve pages.
  if (headers.get('content-type')?.startsWith('text/html')) headers.set('content-type', 'text/plain; charset=utf-8');
  const status = response.statusCode ?? 502;
  const isEmpty = status === 204 || status === 205 || status === 304 || headers.get('content-length') === '0';
  if (isEmpty) {
    response.resume();
    return new Response(null, { status, headers });
  }
  const length = Number(headers.get('content-length') ?? Number.NaN);
  if (length > bufferedBytes || Number.isNaN(length))
    return new Response(Readable.toWeb(response) as unknown as ReadableStream<Uint8Array>, { status, headers });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return new Response(new Uint8Array(Buffer.concat(chunks)), { status, headers });
}

function watchSources(folder: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, (_, file) => {
    if (!file || /node_modules|\.test\.ts$/.test(file) || !/\.(ts|js|mjs|json|sql|html)$/.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, 150);
  });
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
