import { type ChildProcess, fork } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { factsOf, type HomeConfig } from './config.ts';
import type { HomeDefinition, HomeFacts } from './definition.ts';
import { consoleDenied, HomeError } from './errors.ts';
import { childEnvironment, endWithProcess } from './process.ts';
import type { Logger } from './gateway/context.ts';
import { type Running, supervise } from './supervise.ts';

export interface ConsoleServer {
  /** Of the process that serves now. */
  readonly pid: number;
  stop(): Promise<void>;
}

type Served = NonNullable<HomeDefinition['console']>;

/**
 * `dev` compiles pages as they are asked for; `production` serves a build made for this home's addresses. A process
 * that ends by itself is started again; the build is made once.
 */
export async function startConsole(
  config: HomeConfig,
  served: Served,
  keys: HomeFacts['keys'],
  mode: 'dev' | 'production',
  log: Logger,
): Promise<ConsoleServer> {
  let next: 'dev' | 'build' | 'serve' = mode === 'dev' ? 'dev' : 'build';
  const start = async () => {
    const running = await run(config, served, keys, next, log);
    if (next === 'build') next = 'serve';
    return running;
  };
  const console = await supervise({ name: 'The console', start, report: log.error });
  return {
    get pid() {
      return console.current.pid;
    },
    stop: console.stop,
  };
}

/**
 * In a checkout that is another account's the console is served from what was built there: whether all of it is there
 * is asked before the database is made.
 */
export async function checkConsole(config: HomeConfig, served: Served, log: Logger): Promise<void> {
  if (!cacheOf(config, served)) return;
  const { stop } = await launch(config, served, {}, 'check', log);
  await stop();
}

/** Where Vite keeps what it makes, if not beside the console's packages, where it may not write. */
function cacheOf(config: HomeConfig, { folder }: Served): string | undefined {
  const root = join(config.root, folder);
  const packages = join(root, 'node_modules');
  const own = [packages, join(packages, '.vite'), join(packages, '.vite', 'deps')].filter(existsSync);
  return (own.length > 0 ? own : [root]).every(isWritable) ? undefined : join(config.dataDir, 'vite');
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const run = (
  config: HomeConfig,
  served: Served,
  keys: HomeFacts['keys'],
  mode: 'dev' | 'build' | 'serve',
  log: Logger,
) =>
  launch(
    config,
    served,
    {
      ...served.environment(factsOf(config, keys)),
      NODE_ENV: mode === 'dev' ? 'development' : 'production',
    },
    mode,
    log,
  );

async function launch(
  config: HomeConfig,
  served: Served,
  environment: Record<string, string>,
  mode: 'check' | 'dev' | 'build' | 'serve',
  log: Logger,
): Promise<Running & { pid: number }> {
  const root = join(config.root, served.folder);
  const child = fork(
    fileURLToPath(new URL('./console-process.mjs', import.meta.url)),
    [mode, root, String(config.ports.console), join(config.dataDir, 'console'), cacheOf(config, served) ?? ''],
    { detached: true, silent: true, execArgv: [], cwd: root, env: childEnvironment(environment) },
  );
  const forget = endWithProcess(child, 'SIGKILL');
  child.stdout?.on('data', (chunk: Buffer) => log.info(`[console] ${chunk.toString().trim()}`));
  child.stderr?.on('data', (chunk: Buffer) => log.warn(`[console] ${chunk.toString().trim()}`));
  const ended = new Promise<string>((resolve) =>
    child
      .once('error', ({ message }) => resolve(message))
      .once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
  void ended.then(forget);
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    await untilReady(child, ended);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, ended, stop };
}

function untilReady(child: ChildProcess, ended: Promise<string>): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => reject(new HomeError('CONSOLE_FAILED', `The console did not start: ${reason}`));
    child.once('message', ({ error, denied }: { error?: string; denied?: string }) => {
      if (denied) reject(consoleDenied(denied));
      else if (error) fail(error);
      else resolve();
    });
    void ended.then((how) => fail(`its process ended (${how}); see home.log in the data folder`));
  });
}
