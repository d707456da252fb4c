import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '../..');

/** What a newcomer sees when he presses Ctrl-C; the same words end the wait. */
const phases = [
  { name: 'npm ci', words: 'Installing packages', after: 4_000 },
  { name: 'PostgreSQL starts', words: 'Starting PostgreSQL', after: 200 },
  { name: 'migrations run', words: 'Applying migrations', after: 300 },
  { name: 'demo data are made', words: 'Making demo data', after: 500 },
  { name: 'it is ready', words: 'Ready in', after: 0 },
];

/** SIGINT in each phase of a first start, in a checkout of its own; nothing stays behind, and the next start works. */
export async function stopEverywhere({ portBase }: { portBase: number }): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'endure-checkout-'));
  const leaveOut = new Set(['node_modules', '.git', '.local', 'dist', 'test-results']);
  const copy = (source: string) => !leaveOut.has(source.slice(source.lastIndexOf('/') + 1));
  cpSync(root, folder, { recursive: true, filter: copy });
  try {
    for (const { name, words, after } of phases) {
      const dataDir = join(folder, 'data', name.replaceAll(' ', '-'));
      const first = start(folder, dataDir, portBase);
      await first.says(words);
      await sleep(after);
      first.interrupt();
      const code = await first.ended;
      if (code !== (name === 'it is ready' ? 0 : 130)) throw new Error(`Stopped while ${name}: exit code ${code}`);
      const left = processesWith(folder);
      if (left.length > 0) throw new Error(`Stopped while ${name}: these stayed behind: ${left.join('; ')}`);
      // The first phase is one of every start until the packages are there: the next ones need them.
      const next = start(folder, dataDir, portBase);
      await next.says('Ready in');
      next.interrupt();
      if ((await next.ended) !== 0) throw new Error(`The start after one that was stopped while ${name} failed`);
      console.log(`  stopped while ${name}: the next start was ready`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return `stopped in ${phases.length} phases, and started again each time`;
}

function start(folder: string, dataDir: string, portBase: number) {
  const child = spawn(process.execPath, [join(folder, 'supabase', 'local', 'bin', 'start.mjs')], {
    cwd: folder,
    env: { ...process.env, WA_DATA_DIR: dataDir, WA_PORT_BASE: String(portBase) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let isOver = false;
  void ended.then(() => (isOver = true));
  return {
    ended,
    interrupt: () => child.kill('SIGINT'),
    async says(words: string): Promise<void> {
      for (const deadline = Date.now() + 600_000; !output.includes(words); await sleep(20))
        if (isOver || Date.now() > deadline) throw new Error(`Never said “${words}”:\n${output}`);
    },
  };
}

/** Command lines of processes that work in the folder, where the system tells. */
function processesWith(folder: string): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(folder) ? [line.slice(0, 200)] : [];
      } catch {
        return [];
      }
    });
}
