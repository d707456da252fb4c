import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockHolder } from '../lock.ts';
import { stopOrphan } from '../postgres/server.ts';
import { waitForExit } from '../process.ts';
import { readCommand } from './project.ts';

const { dataDir, definition, stop } = await readCommand();
const holder = lockHolder(dataDir);

if (holder && !stop) {
  console.error(
    `A home is running on ${dataDir} (process ${holder.pid}). Stop it with Ctrl-C first, or run: ` +
      'npm run reset -- --stop',
  );
  process.exit(1);
}
if (holder) {
  process.kill(holder.pid, 'SIGTERM');
  if (!(await waitForExit(holder.pid, 30_000))) {
    console.error(`The home (process ${holder.pid}) does not stop; nothing was removed`);
    process.exit(1);
  }
}

/** By name, because the data folder may be one at a folder that holds other things. */
const ours = [
  'postgres',
  'deno',
  'console',
  'storage',
  'database.json',
  'keys.json',
  ...(definition.accounts ? [definition.accounts.file] : []),
  'home.json',
  'home.lock',
  'home.log',
  'postgres.log',
  'functions.env',
  'mailbox.jsonl',
  'stripe.jsonl',
];

if (existsSync(dataDir)) {
  await stopOrphan(join(dataDir, 'postgres'));
  for (const name of ours) rmSync(join(dataDir, name), { recursive: true, force: true });
}
console.log(`Removed the data in ${dataDir}. The next npm start begins afresh.`);
