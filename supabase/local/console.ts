import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { factsOf, type HomeConfig } from './config.ts';
import type { HomeDefinition, HomeFacts } from './definition.ts';
import { HomeError } from './errors.ts';
import { childEnvironment } from './process.ts';
import type { Logger } from './gateway/context.ts';

export interface ConsoleServer {
  stop(): Promise<void>;
}

/** `dev` compiles pages as they are asked for; `preview` serves a production build made for this home's addresses. */
export async function startConsole(
  config: HomeConfig,
  { folder, environment }: NonNullable<HomeDefinition['console']>,
  keys: HomeFacts['keys'],
  mode: 'dev' | 'preview',
  log: Logger,
): Promise<ConsoleServer> {
  const root = join(config.root, folder);
  const child = fork(
    fileURLToPath(new URL('./console-process.mjs', import.meta.url)),
    [mode, root, String(config.ports.console), join(config.dataDir, 'console')],
    {
      detached: true,
      silent: true,
      execArgv: [],
      cwd: root,
      env: childEnvironment({
        ...environment(factsOf(config, keys)),
        NODE_ENV: mode === 'dev' ? 'development' : 'production',
      }),
    },
  );
  child.stdout?.on('data', (chunk: Buffer) => log.info(`[console] ${chunk.toString().trim()}`));
  child.stderr?.on('data', (chunk: Buffer) => log.warn(`[console] ${chunk.toString().trim()}`));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => reject(new HomeError('CONSOLE_FAILED', `The console did not start: ${reason}`));
    child.once('message', (message: { error?: string }) => (message.error ? fail(message.error) : resolve()));
    child.once('exit', (code) => fail(`its process ended (exit code ${code}); see home.log in the data folder`));
    child.once('error', (error) => fail(error.message));
  });
  return {
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
