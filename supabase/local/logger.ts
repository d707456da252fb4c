import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from './gateway/context.ts';

type Level = 'info' | 'warn' | 'error';

/** Everything goes to `<data dir>/home.log`; warnings and errors are shown as well unless `quiet`. */
export function createLogger(dataDir: string, quiet: boolean): Logger {
  const file = join(dataDir, 'home.log');
  const write = (level: Level) => (message: string, fields?: Record<string, unknown>) => {
    const details = fields && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
    try {
      appendFileSync(file, `${new Date().toISOString()} ${level} ${message}${details}\n`, { mode: 0o600 });
    } catch {
      // A full disk or a removed folder: who reports a failure must not fail of it.
    }
    if (level !== 'info' && !quiet) console.error(`${message}${details}`);
  };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
