import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { resolveDataDir } from '../config.ts';
import { lockHolder } from '../lock.ts';
import { stopOrphan } from '../postgres/server.ts';
import { waitForExit } from '../process.ts';

const dataDir = resolveDataDir();
const holder = lockHolder(dataDir);

if (holder && !process.argv.includes('--stop')) {
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

/** By name, because WA_DATA_DIR may point at a folder that holds other things. */
const ours = [
  'postgres',
  'deno',
  'console',
  'storage',
  'database.json',
  'keys.json',
  'staff.json',
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
