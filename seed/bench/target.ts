import { fork } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The home that is measured. */
export interface Target {
  apiUrl: string;
  consoleUrl: string;
  dbUrl: string;
  adminUrl: string;
  publishableKey: string;
  stripeUrl: string;
  stripeWebhookSecret: string;
  cronSecret: string;
  mailWebhook: string;
  staff: Array<{ email: string; password: string; totp_secret: string; role: string }>;
  stop(): Promise<void>;
}

/**
 * Starts it as a process of its own: who asks must not take the time of who answers. With a folder its data stay: what
 * takes an hour to fill is asked twice.
 */
export async function startTarget(portBase: number, dataDir?: string): Promise<Target> {
  const child = fork(fileURLToPath(new URL('../../web/e2e/home-process.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, E2E_PORT_BASE: String(portBase), ...(dataDir ? { E2E_DATA_DIR: resolve(dataDir) } : {}) },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const target = await new Promise<Omit<Target, 'stop'>>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Omit<Target, 'stop'>));
    child.once('exit', (code) => reject(new Error(`The home ended while starting (exit code ${code})`)));
  });
  return {
    ...target,
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
