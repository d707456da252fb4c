import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Home, startHome } from '@whatautosys/local';
import { signIn } from '../bench/as-staff.ts';
import { makeStaff } from '../staff.ts';
import { until } from './until.ts';

export interface ExportOptions {
  portBase: number;
  lines: number;
  /** How often the function is killed, and as often PostgreSQL, in the middle of it. */
  kills: number;
}

interface Row {
  id: string;
  state: string;
  line_count: number;
  /** A bigint: as text. */
  byte_count: string;
  failure: string | null;
}

/** What was claimed is free again after a minute. */
const takenUpWithin = 120;

/**
 * An export of the log whose function and whose PostgreSQL are killed again and again while it is made: it goes on
 * where it was, and its file has each line once, newest first.
 */
export async function exportThrough({ portBase, lines, kills }: ExportOptions): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'endure-'));
  const home = await startHome({ portBase, dataDir, console: false, seed: false, quiet: true, ownProcess: true });
  try {
    await fill(home, lines);
    const apiUrl = home.config.urls.api;
    const keys = { publishableKey: home.keys.publishable, secretKey: home.keys.secret };
    const { accounts } = await makeStaff({ apiUrl, ...keys, sql: home.sql });
    const client = await signIn({ apiUrl, ...keys, staff: accounts }, 'support');
    const call = async <T>(name: string, args: object): Promise<T> => {
      const { data, error } = await client.rpc(name, args);
      if (error) throw new Error(`${name}: ${error.message}`);
      return data as T;
    };
    const { id } = await call<Row>('export_logs', { query: '', format: 'ndjson' });
    const look = async () => {
      const [row] = await home.sql<[Row]>`select * from public.log_exports where id = ${id}`;
      if (row.state === 'failed') throw new Error(`The export failed: ${row.failure}`);
      return row;
    };
    let killed = 0;
    const shares = Array.from({ length: kills * 2 }, (_, index) => (index + 1) / (kills * 2 + 1));
    for (const [index, share] of shares.entries()) {
      await until(`${share} of it is made`, async () => (await look()).line_count >= lines * share, takenUpWithin);
      const { postgres, functions } = home.processes();
      const pid = index % 2 === 0 ? functions['log-export'] : postgres;
      if (pid === undefined || (await look()).state === 'done') continue;
      process.kill(pid, 'SIGKILL');
      killed += 1;
    }
    if (killed < kills) throw new Error(`Only ${killed} times something was killed: it was made too quickly`);
    await until('it is made', async () => (await look()).state === 'done', takenUpWithin);
    const made = await look();
    const { token } = await call<{ token: string }>('link_log_export', { export_id: id });
    const response = await fetch(`${apiUrl}/functions/v1/log-export?id=${id}&token=${token}`);
    if (!response.ok) throw new Error(`log-export answered ${response.status} ${await response.text()}`);
    const text = await response.text();
    const found = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: number }).id);
    if (found.length !== lines || new Set(found).size !== lines)
      throw new Error(`Of ${lines} lines the file has ${found.length}, ${new Set(found).size} of them different`);
    const late = found.findIndex((one, index) => index > 0 && one < found[index - 1]!);
    if (late > 0) throw new Error(`Line ${late} of the file is ${found[late]}, after ${found[late - 1]}`);
    if (Buffer.byteLength(text) !== Number(made.byte_count))
      throw new Error(`The file has ${Buffer.byteLength(text)} bytes instead of ${made.byte_count}`);
    return `${lines} lines exported through ${killed} kills, each once, in order`;
  } finally {
    await home.stop().catch(() => undefined);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Lines of the last hours; the smaller the number, the newer. */
async function fill({ sql }: Home, lines: number): Promise<void> {
  await sql`select private.ensure_log_days((now() at time zone 'UTC')::date - 2, (now() at time zone 'UTC')::date)`;
  await sql`
    insert into private.logs_kept (id, at, source_id, is_indexed, level, message)
    select n, now() - interval '1 minute' - n * interval '0.1 seconds', private.log_source_id('Endurance'), true,
      'info', 'Session ' || md5(n::text) || ' ended'
    from generate_series(1, ${lines}::int) as n`;
  // They are of batches that came before.
  await sql`select setval('private.log_batch_numbers', ${Math.ceil(lines / 1_000) + 1})`;
}
