import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Pool } from 'undici';
import type { FunctionConfig } from '../../project.ts';
import type { Logger } from '../context.ts';
import { type Call, passOn } from './call.ts';
import { endWithProcess } from '../../process.ts';
import { findDeno } from './deno.ts';

const boot = fileURLToPath(new URL('./boot.mjs', import.meta.url));
const bootMilliseconds = 30_000;
const memoryMegabytes = 256;

export interface WorkerOptions {
  environment: Record<string, string>;
  /** Folders the function may read: its own sources and the packages. */
  readable: string[];
  cacheDir: string;
  log: Logger;
}

/** One function in its own Deno process. */
export class Worker {
  /** Settles when the process listens, or has failed to. */
  readonly ready: Promise<void>;
  exited = false;
  /** The process ran out of memory. */
  outOfMemory = false;
  readonly #child: ChildProcess;
  readonly #token = randomBytes(24).toString('base64url');
  #pool: Pool | undefined;
  readonly #ended: Promise<void>;
  #inFlight = 0;
  #retired = false;

  constructor(config: FunctionConfig, { environment, readable, cacheDir, log }: WorkerOptions) {
    const marker = randomBytes(12).toString('hex');
    this.#child = spawn(
      findDeno(),
      [
        'run',
        '--quiet',
        '--no-prompt',
        '--no-remote',
        '--no-lock',
        '--node-modules-dir=manual',
        ...(config.importMap ? [`--config=${config.importMap}`] : []),
        '--allow-net',
        '--allow-env',
        `--allow-read=${[...readable, dirname(config.entrypoint)].join(',')}`,
        `--v8-flags=--max-old-space-size=${memoryMegabytes}`,
        boot,
        pathToFileURL(config.entrypoint).href,
        this.#token,
        marker,
      ],
      {
        cwd: dirname(config.importMap ?? config.entrypoint),
        // Own process group: Ctrl-C reaches the home, which ends it in order.
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          ...environment,
          DENO_DIR: cacheDir,
          DENO_NO_UPDATE_CHECK: '1',
          DENO_NO_PROMPT: '1',
          DO_NOT_TRACK: '1',
          NO_COLOR: '1',
        },
      },
    );
    const forget = endWithProcess(this.#child, 'SIGKILL');
    const name = `[${config.name}]`;
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
    void this.#ended.then(forget);
    this.#child.once('exit', (code, signal) => {
      this.exited = true;
      if (!this.#retired) log.error(`${name} ended by itself`, { code, signal });
      this.#pool?.destroy().catch(() => undefined);
    });
    this.ready = new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${name} did not start in ${bootMilliseconds} ms`)),
        bootMilliseconds,
      );
      this.#child.once('error', reject);
      this.#child.once('exit', () => reject(new Error(`${name} ended before it listened`)));
      createInterface({ input: this.#child.stdout! }).on('line', (line) => {
        if (!line.startsWith(marker)) return log.info(`${name} ${line}`);
        clearTimeout(timer);
        // One call at a time on a connection; how long a call may take is the caller's rule.
        this.#pool = new Pool(`http://127.0.0.1:${Number(line.slice(marker.length))}`, {
          connections: 256,
          pipelining: 1,
          headersTimeout: 0,
          bodyTimeout: 0,
        });
        resolve();
      });
      this.#child.once('close', () => clearTimeout(timer));
    });
    this.ready.catch(() => this.kill());
    createInterface({ input: this.#child.stderr! }).on('line', (line) => {
      if (/out of memory|heap limit/i.test(line)) this.outOfMemory = true;
      log.warn(`${name} ${line}`);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Passes a call on; see `passOn`. Only after `ready`. */
  async call(call: Call): Promise<void> {
    if (!this.#pool) throw new Error('The function is not ready');
    this.#inFlight += 1;
    try {
      call.headers.push('x-worker-token', this.#token);
      await passOn(this.#pool, call);
    } finally {
      this.#inFlight -= 1;
      if (this.#retired && this.#inFlight === 0) this.kill();
    }
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
