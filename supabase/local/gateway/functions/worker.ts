import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FunctionConfig } from '../../project.ts';
import type { Logger } from '../context.ts';
import { findDeno } from './deno.ts';

const boot = fileURLToPath(new URL('./boot.mjs', import.meta.url));
const bootMilliseconds = 30_000;
const memoryMegabytes = 256;

export interface WorkerRequest {
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  body: IncomingMessage | undefined;
  /** A longer body fails with TooLarge. */
  maxBodyBytes: number;
  /** Without an answer after this long the call fails with WallTimeExceeded. */
  wallMilliseconds: number;
}

export class WallTimeExceeded extends Error {}
export class TooLarge extends Error {}

export interface WorkerOptions {
  environment: Record<string, string>;
  /** Folders the function may read: its own sources and the packages. */
  readable: string[];
  cacheDir: string;
  log: Logger;
}

/** One function in its own Deno process. */
export class Worker {
  readonly ready: Promise<number>;
  exited = false;
  /** The process ran out of memory. */
  outOfMemory = false;
  readonly #child: ChildProcess;
  readonly #token = randomBytes(24).toString('base64url');
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256, keepAliveMsecs: 10_000 });
  readonly #ended: Promise<void>;
  #inFlight = 0;
  #retired = false;

  constructor(config: FunctionConfig, { environment, readable, cacheDir, log }: WorkerOptions) {
    const marker = randomBytes(12).toString('hex');
    this.#child = spawn(
      findDeno(),
      [
        'run', '--quiet', '--no-prompt', '--no-remote', '--no-lock', '--node-modules-dir=manual',
        ...(config.importMap ? [`--config=${config.importMap}`] : []),
        '--allow-net', '--allow-env', `--allow-read=${[...readable, dirname(config.entrypoint)].join(',')}`,
        `--v8-flags=--max-old-space-size=${memoryMegabytes}`,
        boot, pathToFileURL(config.entrypoint).href, this.#token, marker,
      ],
      {
        cwd: dirname(config.importMap ?? config.entrypoint),
        // Own process group: Ctrl-C reaches the home, which ends it in order.
        detached: process.platform !== 'win32',
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          ...environment,
          DENO_DIR: cacheDir, DENO_NO_UPDATE_CHECK: '1', DENO_NO_PROMPT: '1', DO_NOT_TRACK: '1', NO_COLOR: '1',
          ...(process.env['SYSTEMROOT'] ? { SYSTEMROOT: process.env['SYSTEMROOT'] } : {}),
        },
      },
    );
    const name = `[${config.name}]`;
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#child.once('exit', (code, signal) => {
      this.exited = true;
      if (!this.#retired) log.error(`${name} ended by itself`, { code, signal });
      this.#agent.destroy();
    });
    this.ready = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name} did not start in ${bootMilliseconds} ms`)), bootMilliseconds);
      this.#child.once('error', reject);
      this.#child.once('exit', () => reject(new Error(`${name} ended before it listened`)));
      createInterface({ input: this.#child.stdout! }).on('line', (line) => {
        if (!line.startsWith(marker)) return log.info(`${name} ${line}`);
        clearTimeout(timer);
        resolve(Number(line.slice(marker.length)));
      });
      this.ready?.finally(() => clearTimeout(timer));
    });
    this.ready.catch(() => this.kill());
    createInterface({ input: this.#child.stderr! }).on('line', (line) => {
      if (/out of memory|heap limit/i.test(line)) this.outOfMemory = true;
      log.warn(`${name} ${line}`);
    });
  }

  async fetch({ method, path, headers, body, maxBodyBytes, wallMilliseconds }: WorkerRequest): Promise<IncomingMessage> {
    const port = await this.ready;
    this.#inFlight += 1;
    return new Promise<IncomingMessage>((resolve, reject) => {
      const done = () => {
        this.#inFlight -= 1;
        if (this.#retired && this.#inFlight === 0) this.kill();
      };
      const outgoing = httpRequest(
        { host: '127.0.0.1', port, method, path, headers: { ...headers, 'x-worker-token': this.#token }, agent: this.#agent },
        (response) => {
          clearTimeout(wall);
          resolve(response);
        },
      );
      const wall = setTimeout(() => outgoing.destroy(new WallTimeExceeded()), wallMilliseconds);
      outgoing.once('close', () => {
        clearTimeout(wall);
        done();
      });
      outgoing.once('error', reject);
      if (body === undefined) {
        outgoing.end();
        return;
      }
      let seen = 0;
      body.on('data', (chunk: Buffer) => {
        seen += chunk.byteLength;
        if (seen <= maxBodyBytes) return;
        body.unpipe(outgoing);
        outgoing.destroy(new TooLarge());
      });
      // A caller who hangs up half-way must not leave the function waiting.
      body.once('aborted', () => outgoing.destroy());
      body.pipe(outgoing);
    });
  }

  /** No more requests; those under way may finish. */
  retire(): void {
    this.#retired = true;
    if (this.#inFlight === 0) this.kill();
    else setTimeout(() => this.kill(), 10_000).unref();
  }

  kill(): void {
    this.#retired = true;
    if (!this.exited) this.#child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.kill();
    await this.#ended;
  }
}
