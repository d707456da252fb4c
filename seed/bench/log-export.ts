import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { fillLogs } from '../fill.ts';
import { signIn } from './as-staff.ts';
import { timed } from './measure.ts';
import type { Finding } from './report.ts';
import type { Target } from './target.ts';

const everyMs = 200;
const ceilingSql = `copy (select line.at, line.level, sources.name, customers.email, line.version, line.message,
  line.stack, line.context, line.id, line.received_at, line.occurred_at, line.group_id, line.license_id,
  licenses.license_key_hint, licenses.customer_id, line.is_repaired, line.original_bytes
  from public.logs as line join public.log_sources as sources on sources.id = line.source_id
  left join public.licenses on licenses.id = line.license_id
  left join public.customers on customers.id = licenses.customer_id
  order by line.at desc, line.id desc) to stdout (format csv, delimiter ';')`;

interface Row {
  id: string;
  state: string;
  line_count: number;
  byte_count: number;
  failure: string | null;
}

/**
 * An export of so many lines of the log: asked for, made part by part and fetched, beside what `COPY … TO STDOUT` of
 * the same takes; and what the function's process and PostgreSQL's hold of memory meanwhile.
 */
export async function benchLogExport(home: Target, lines: number): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 2, onnotice: () => undefined });
  try {
    const [there] = await sql<[{ lines: number }]>`select count(*)::int as lines from public.logs`;
    if (there.lines < lines) await fillLogs(sql, lines - there.lines);
    await sql.unsafe('vacuum analyze public.logs');
    const [, copied] = await timed(() => copyOut(home.dbUrl));
    const client = await signIn(home, 'support');
    const memory = watchMemory(sql);
    const call = async <T>(name: string, args: object): Promise<T> => {
      const { data, error } = await client.rpc(name, args);
      if (error) throw new Error(`${name}: ${error.message}`);
      return data as T;
    };
    const [made, taken] = await timed(async () => {
      let row = await call<Row>('export_logs', { query: '' });
      while (row.state === 'queued' || row.state === 'running') {
        await sleep(everyMs);
        row = (await call<{ rows: Row[] }>('list_log_exports', {})).rows.find(({ id }) => id === row.id)!;
        if (row.line_count >= lines / 5) memory.isEarly = false;
      }
      if (row.state !== 'done') throw new Error(`The export ended as ${row.state} (${row.failure})`);
      return row;
    });
    const { token } = await call<{ token: string }>('link_log_export', { export_id: made.id });
    const [fetched, fetching] = await timed(() =>
      bytesOf(`${home.apiUrl}/functions/v1/log-export?id=${made.id}&token=${token}`),
    );
    const held = await memory.end();
    if (fetched !== made.byte_count) throw new Error(`The file has ${fetched} bytes instead of ${made.byte_count}`);
    const rate = (milliseconds: number) => (made.line_count / milliseconds) * 1000;
    const mebibytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(0)} MiB`;
    const grown = (name: keyof typeof held) =>
      `${mebibytes(held[name].early)} at most for the first fifth, ${mebibytes(held[name].most)} in all`;
    return [
      {
        name: `${made.line_count.toLocaleString('en')} lines as CSV (${mebibytes(made.byte_count)}), lines a second`,
        measured: `${rate(taken).toFixed(0)} (COPY of the same: ${rate(copied).toFixed(0)})`,
        target: '–',
        met: true,
      },
      {
        name: 'fetching that file',
        measured: `${(fetched / 1_048_576 / (fetching / 1000)).toFixed(0)} MiB a second`,
        target: '–',
        met: true,
      },
      {
        name: 'memory of the function, to the last byte fetched',
        measured: grown('functions'),
        target: '≤ 256 MiB',
        met: held.functions.most <= 256 * 1_048_576,
      },
      {
        name: 'memory of the backend that writes, of its own',
        measured: grown('backend'),
        target: '≤ 128 MiB',
        met: held.backend.most <= 128 * 1_048_576,
      },
    ];
  } finally {
    await sql.end();
  }
}

/** Over a connection of its own: the driver does not always find back from a copy. */
async function copyOut(dbUrl: string): Promise<number> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => undefined });
  let bytes = 0;
  for await (const chunk of await sql.unsafe(ceilingSql).readable()) bytes += (chunk as Buffer).length;
  await sql.end({ timeout: 1 });
  return bytes;
}

async function bytesOf(url: string): Promise<number> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`log-export answered ${response.status} ${await response.text()}`);
  let bytes = 0;
  for await (const chunk of response.body!) bytes += (chunk as Uint8Array).length;
  return bytes;
}

const read = (path: string) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process has ended, or is somebody else's.
    return '';
  }
};

/** Bytes a process holds of its own: what it shares, PostgreSQL's buffers above all, is not its. */
const ownBytes = (pid: number | string) =>
  Number(/^RssAnon:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;

const functionBytes = () =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && read(`/proc/${pid}/environ`).includes('DENO_DEPLOYMENT_ID=local_log-export'))
    .reduce((sum, pid) => sum + ownBytes(pid), 0);

interface Held {
  early: number;
  most: number;
}

/** Looks a few times a second; Linux only, as the figures of /proc are. */
function watchMemory(sql: postgres.Sql): { isEarly: boolean; end(): Promise<Record<'functions' | 'backend', Held>> } {
  const held = { functions: { early: 0, most: 0 }, backend: { early: 0, most: 0 } };
  const note = (name: keyof typeof held, bytes: number) => {
    held[name].most = Math.max(held[name].most, bytes);
    if (watch.isEarly) held[name].early = held[name].most;
  };
  let isOver = false;
  const watch = {
    isEarly: true,
    async end() {
      isOver = true;
      await watching;
      return held;
    },
  };
  const watching = (async () => {
    while (!isOver) {
      note('functions', functionBytes());
      const writing = await sql<{ pid: number }[]>`select pid from pg_stat_activity
        where query like '%write_log_export_part%' and pid <> pg_backend_pid()`;
      for (const { pid } of writing) note('backend', ownBytes(pid));
      await sleep(everyMs);
    }
  })();
  return watch;
}
