import { existsSync, watch } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import type { FunctionConfig } from '../../project.ts';
import type { GatewayContext, Logger, RequestInfo } from '../context.ts';
import { CallerGone, TooLarge, WallTimeExceeded } from './call.ts';
import { functionEnvironment } from './secrets.ts';
import { Worker } from './worker.ts';

export interface FunctionsPart {
  /** Answers the call; fails only by a fault of ours. */
  handle(request: IncomingMessage, response: ServerResponse, info: RequestInfo): Promise<void>;
  /** Processes that run now, by function. */
  processes(): Record<string, number>;
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
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-authorization',
  'proxy-connection',
  'expect',
  'host',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-worker-token',
]);
const notReturned = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'sb-request-id',
  'x-content-type-options',
]);

type Answer = [status: number, body: Record<string, unknown>];
const answers = {
  notFound: [404, { code: 'NOT_FOUND', message: 'Requested function was not found' }],
  missingAuthorization: [401, { msg: 'Missing authorization header' }],
  invalidJwt: [401, { msg: 'Invalid JWT' }],
  tooLarge: [413, { code: 'PAYLOAD_TOO_LARGE', message: 'Request body is too large' }],
  bootError: [503, { code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' }],
  workerError: [500, { code: 'WORKER_ERROR', message: 'Function exited due to an error (please check logs)' }],
  workerLimit: [
    546,
    { code: 'WORKER_LIMIT', message: 'Function failed due to not having enough compute resources (please check logs)' },
  ],
} satisfies Record<string, Answer>;
const timedOut = (seconds: number): Answer => [
  504,
  { code: 'IDLE_TIMEOUT', message: `Request idle timeout limit (${seconds}s) reached` },
];

/**
 * Serves `/functions/v1/<name>` as config.toml says, each function in its own Deno process, started at its first
 * call.
 */
export function createFunctions(context: GatewayContext, options: FunctionsOptions = {}): FunctionsPart {
  const { config, log } = context;
  const functions = new Map((options.functions ?? config.project.functions).map((item) => [item.name, item]));
  const environment = options.environment ?? functionEnvironment(config, context.keys);
  const wallMilliseconds = options.wallMilliseconds ?? 150_000;
  const maxBodyBytes = options.maxBodyBytes ?? 32 * 1024 * 1024;
  const workers = new Map<string, Worker>();
  const sources = sourceFolders(config.projectFolder, [...functions.values()]);

  function workerFor(item: FunctionConfig): Worker {
    const running = workers.get(item.name);
    if (running && !running.exited) return running;
    const started = new Worker(item, {
      environment: { ...environment, SB_EXECUTION_ID: crypto.randomUUID(), DENO_DEPLOYMENT_ID: `local_${item.name}` },
      readable: [...sources, join(config.root, 'node_modules')],
      cacheDir: join(config.dataDir, 'deno'),
      log,
    });
    workers.set(item.name, started);
    return started;
  }

  /** Each start costs a process: callers of a function that cannot start must not make one each. */
  const failedStarts = new Map<string, { count: number; until: number }>();
  const noteFailedStart = (name: string) => {
    const count = (failedStarts.get(name)?.count ?? 0) + 1;
    failedStarts.set(name, { count, until: Date.now() + Math.min(125 * 2 ** count, 10_000) });
  };

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

  /** Lets the function answer; → our answer when it gives none. */
  async function invoke(
    item: FunctionConfig,
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    info: RequestInfo,
  ): Promise<Answer | undefined> {
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return answers.tooLarge;
    if ((failedStarts.get(item.name)?.until ?? 0) > Date.now()) return answers.bootError;
    const worker = workerFor(item);
    try {
      await worker.ready;
      failedStarts.delete(item.name);
    } catch (error) {
      log.error(`[${item.name}] failed to start`, { cause: (error as Error).message });
      if (workers.get(item.name) === worker) noteFailedStart(item.name);
      discard(item.name, worker);
      return answers.bootError;
    }
    try {
      await worker.call({
        request,
        response,
        path: url.pathname.slice(prefix.length - 1) + url.search,
        headers: forwardedHeaders(request, url, info),
        returned: returnedHeaders,
        maxBodyBytes,
        wallMilliseconds,
      });
      return undefined;
    } catch (error) {
      if (error instanceof CallerGone || response.destroyed) return undefined;
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

  const reload = () => {
    log.info('edge functions changed: reloaded');
    failedStarts.clear();
    for (const [name, worker] of workers) discard(name, worker);
  };
  const watchers = (options.watch === false ? [] : sources).map((folder) => watchSources(folder, reload, log));

  return {
    async handle(request, response, info) {
      const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
      const item = functions.get(url.pathname.slice(prefix.length).split('/')[0] ?? '');
      const answer =
        !item || !(workers.has(item.name) || existsSync(item.entrypoint))
          ? answers.notFound
          : ((await refusal(item, request)) ?? (await invoke(item, request, response, url, info)));
      if (answer) refuse(request, response, answer);
    },
    processes: () =>
      Object.fromEntries([...workers].filter(([, { exited }]) => !exited).map(([name, { pid }]) => [name, pid])),
    async stop() {
      for (const unwatch of watchers) unwatch();
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
    },
  };
}

const lingerMilliseconds = 2_000;

function refuse(request: IncomingMessage, response: ServerResponse, [status, body]: Answer): void {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  request.resume();
  if (request.complete) return void response.writeHead(status, headers).end(text);
  // A body nobody reads must not hold the connection; but one closed in the middle of it is reset, and the answer lost.
  response.writeHead(status, { ...headers, connection: 'close' }).write(text);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMilliseconds);
  request.once('close', end);
}

function forwardedHeaders({ headers }: IncomingMessage, url: URL, info: RequestInfo): string[] {
  const forwarded = [
    'host',
    url.host,
    'x-forwarded-for',
    info.ip,
    'x-forwarded-host',
    url.host,
    'x-forwarded-proto',
    'http',
  ];
  for (const name in headers) {
    if (notForwarded.has(name)) continue;
    const value = headers[name];
    if (typeof value === 'string') forwarded.push(name, value);
    else for (const one of value ?? []) forwarded.push(name, one);
  }
  return forwarded;
}

function returnedHeaders(raw: Buffer[]): string[] {
  const headers: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const [name, value] = [raw[index]!.toString('latin1'), raw[index + 1]!.toString('latin1')];
    const lower = name.toLowerCase();
    if (notReturned.has(lower)) continue;
    // As hosted: a function cannot serve pages.
    headers.push(name, lower === 'content-type' && value.startsWith('text/html') ? 'text/plain; charset=utf-8' : value);
  }
  return headers;
}

/** Where functions keep what they import: the folders that hold theirs, and what the project's parts agree on. */
const sourceFolders = (projectFolder: string, functions: FunctionConfig[]): string[] =>
  [
    ...new Set([...functions.map(({ entrypoint }) => dirname(dirname(entrypoint))), join(projectFolder, 'contracts')]),
  ].filter((folder) => existsSync(folder));

/** Without a watcher, or with one that failed later, a changed source waits for the next start of the home. */
function watchSources(folder: string, onChange: () => void, log: Logger): () => void {
  const unwatched = (error: Error) =>
    log.warn(`edge functions are not reloaded when ${folder} changes`, { cause: error.message });
  let timer: NodeJS.Timeout | undefined;
  try {
    const watcher = watch(folder, { recursive: true }, (_, file) => {
      if (!file || /node_modules|\.test\.ts$/.test(file) || !/\.(ts|js|mjs|json|sql|html)$/.test(file)) return;
      clearTimeout(timer);
      timer = setTimeout(onChange, 150);
    });
    watcher.on('error', unwatched);
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  } catch (error) {
    unwatched(error as Error);
    return () => undefined;
  }
}
