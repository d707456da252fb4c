import { existsSync, watch } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { FunctionConfig } from '../../project.ts';
import type { GatewayContext, RequestInfo } from '../context.ts';
import { functionEnvironment } from './secrets.ts';
import { TooLarge, WallTimeExceeded, Worker } from './worker.ts';

/**
 * Functions are passed on as Node's own streams: making a Request and a Response of each call
 * cost three times the CPU of the passing on.
 */
export interface FunctionsPart {
  handle(request: IncomingMessage, response: ServerResponse, info: RequestInfo): Promise<void>;
  stop(): Promise<void>;
}

export interface FunctionsOptions {
  functions?: FunctionConfig[];
  environment?: Record<string, string>;
  /** Without an answer after this long the caller gets 504. */
  wallMilliseconds?: number;
  maxBodyBytes?: number;
  watch?: boolean;
}

const prefix = '/functions/v1/';
/** Of one connection, or claims about the caller that only the gateway may make. */
const notForwarded = new Set([
  'connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'proxy-authorization', 'proxy-connection', 'expect',
  'host', 'content-length', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port',
  'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'x-worker-token',
]);
const notReturned = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'trailer', 'sb-request-id', 'x-content-type-options']);

type Answer = [status: number, body: Record<string, unknown>];
const answers = {
  notFound: [404, { code: 'NOT_FOUND', message: 'Requested function was not found' }],
  missingAuthorization: [401, { msg: 'Missing authorization header' }],
  invalidJwt: [401, { msg: 'Invalid JWT' }],
  tooLarge: [413, { code: 'PAYLOAD_TOO_LARGE', message: 'Request body is too large' }],
  bootError: [503, { code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' }],
  workerError: [500, { code: 'WORKER_ERROR', message: 'Function exited due to an error (please check logs)' }],
  workerLimit: [546, { code: 'WORKER_LIMIT', message: 'Function failed due to not having enough compute resources (please check logs)' }],
} satisfies Record<string, Answer>;
const timedOut = (seconds: number): Answer => [504, { code: 'IDLE_TIMEOUT', message: `Request idle timeout limit (${seconds}s) reached` }];

/** Serves `/functions/v1/<name>` as config.toml says, each function in its own Deno process, started at its first call. */
export function createFunctions(context: GatewayContext, options: FunctionsOptions = {}): FunctionsPart {
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

  async function refusal(item: FunctionConfig, request: IncomingMessage): Promise<Answer | undefined> {
    if (!item.verifyJwt || request.method === 'OPTIONS') return undefined;
    const token = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token) return answers.missingAuthorization;
    try {
      await context.verifyToken(token);
      return undefined;
    } catch {
      return answers.invalidJwt;
    }
  }

  /** The function's answer, or ours when it gives none. */
  async function invoke(item: FunctionConfig, request: IncomingMessage, url: URL, info: RequestInfo): Promise<IncomingMessage | Answer> {
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return answers.tooLarge;
    const worker = workerFor(item);
    try {
      await worker.ready;
    } catch (error) {
      log.error(`[${item.name}] failed to start`, { cause: (error as Error).message });
      discard(item.name, worker);
      return answers.bootError;
    }
    try {
      return await worker.fetch({
        method: request.method ?? 'GET',
        path: url.pathname.slice(prefix.length - 1) + url.search,
        headers: forwardedHeaders(request, url, info),
        body: hasBody(request) ? request : undefined,
        maxBodyBytes,
        wallMilliseconds,
      });
    } catch (error) {
      if (error instanceof TooLarge) return answers.tooLarge;
      if (error instanceof WallTimeExceeded) {
        // It may hang for ever in a loop: the next call gets a new process.
        discard(item.name, worker);
        return timedOut(wallMilliseconds / 1000);
      }
      log.error(`[${item.name}] gave no answer`, { cause: (error as Error).message });
      return worker.outOfMemory ? answers.workerLimit : answers.workerError;
    }
  }

  const watcher = options.watch !== false && existsSync(sources) ? watchSources(sources, () => {
    log.info('edge functions changed: reloaded');
    for (const [name, worker] of workers) discard(name, worker);
  }) : undefined;

  return {
    async handle(request, response, info) {
      const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
      const item = functions.get(url.pathname.slice(prefix.length).split('/')[0] ?? '');
      const result = !item || !(workers.has(item.name) || existsSync(item.entrypoint))
        ? answers.notFound
        : ((await refusal(item, request)) ?? (await invoke(item, request, url, info)));
      if (Array.isArray(result)) return refuse(request, response, result);
      response.writeHead(result.statusCode ?? 502, returnedHeaders(result));
      // Whoever hangs up first ends both.
      result.once('error', () => response.destroy());
      response.once('close', () => result.destroy());
      result.pipe(response);
    },
    async stop() {
      watcher?.();
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
    },
  };
}

const hasBody = ({ headers }: IncomingMessage) => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function refuse(request: IncomingMessage, response: ServerResponse, [status, body]: Answer): void {
  // A body nobody reads must not hold the connection.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  request.resume();
}

function forwardedHeaders(request: IncomingMessage, url: URL, info: RequestInfo): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) if (!notForwarded.has(name)) headers[name] = value;
  headers.host = url.host;
  headers['x-forwarded-for'] = info.ip;
  headers['x-forwarded-host'] = url.host;
  headers['x-forwarded-proto'] = 'http';
  if (request.headers['content-length'] !== undefined) headers['content-length'] = request.headers['content-length'];
  return headers;
}

function returnedHeaders(answer: IncomingMessage): string[] {
  const headers: string[] = [];
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    const [name, value] = [answer.rawHeaders[index] ?? '', answer.rawHeaders[index + 1] ?? ''];
    if (notReturned.has(name.toLowerCase())) continue;
    // As hosted: a function cannot serve pages.
    const isPage = name.toLowerCase() === 'content-type' && value.startsWith('text/html');
    headers.push(name, isPage ? 'text/plain; charset=utf-8' : value);
  }
  return headers;
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
