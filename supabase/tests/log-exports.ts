import type { RpcResult } from '../contracts/rpc/index.ts';
import { createTestDatabase, type Persona } from './database.ts';
import { addLines, asking, type Line, settle } from './logs.ts';

export type LogExport = RpcResult<'export_logs'>;

export interface WrittenPart {
  number: number | null;
  object: string;
  bytes: number;
  content: string;
}

interface Limits {
  lines?: number;
  bytes?: number;
  ms?: number;
}

/** What the function does, step by step. */
function working(db: Awaited<ReturnType<typeof createTestDatabase>>) {
  const claim = async () => {
    const [row] = await db.sql<[{ export_id: string | null; run: number }]>`select * from private.claim_log_export()`;
    return row;
  };
  const write = async (id: string, run: number, { lines = 50_000, bytes = 8_388_608, ms = 5_000 }: Limits = {}) => {
    const [row] = await db.sql<[WrittenPart]>`
      select * from private.write_log_export_part(${id}, ${run}, ${lines}, ${bytes}, ${ms})`;
    return row;
  };
  const keep = async (id: string, run: number, number: number) => {
    const [row] = await db.sql<[{ next: string }]>`
      select private.keep_log_export_part(${id}, ${run}, ${number}) as next`;
    return row.next;
  };
  const leave = (id: string, run: number, failure: string | null = null) =>
    db.sql`select private.leave_log_export(${id}, ${run}, ${failure})`;
  /** The export of that id taken up, whatever else waits. */
  async function take(id: string): Promise<number> {
    for (;;) {
      const claimed = await claim();
      if (claimed.export_id === id) return claimed.run;
      if (claimed.export_id === null) throw new Error(`Nobody may take up ${id}`);
      await make(claimed.export_id, claimed.run);
    }
  }
  /** All parts to the end, as one text. */
  async function make(id: string, run: number, limits: Limits = {}): Promise<string> {
    let text = '';
    for (;;) {
      const part = await write(id, run, limits);
      if (part.number === null) throw new Error(`The run ${run} of ${id} is over`);
      text += part.content;
      const next = await keep(id, run, part.number);
      if (next === 'done') return text;
      if (next === 'over') throw new Error(`The run ${run} of ${id} is over`);
    }
  }
  const whole = async (id: string, limits: Limits = {}) => make(id, await take(id), limits);
  const row = async (id: string) => (await db.sql<[LogExport]>`select * from public.log_exports where id = ${id}`)[0];
  return { claim, write, keep, leave, take, make, whole, row };
}

/** The lines of an NDJSON file. */
export const objectsOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

export const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

/** A database with people who may export, one who may not, and what each of them does. */
export async function startExports() {
  const db = await createTestDatabase();
  const [admin, marc, lea, sophie] = [
    await db.addStaff('admin'),
    await db.addStaff('support'),
    await db.addStaff('support'),
    await db.addStaff('viewer'),
  ];
  const call = <T = LogExport>(persona: Persona, name: string, args: Record<string, unknown>) =>
    asking(db, persona).call<T>(name, args);
  const order = (persona: Persona, query: string, rest: Record<string, unknown> = {}) =>
    call(persona, 'export_logs', { query, format: 'ndjson', ...rest });
  const act = (persona: Persona, name: string, { id }: { id: string }) => call(persona, name, { export_id: id });
  const list = async (persona: Persona) => (await call<{ rows: LogExport[] }>(persona, 'list_log_exports', {})).rows;

  /** Lines of a source of their own, half of them in their day already. */
  async function lines(...all: (Line | string)[]): Promise<string> {
    const source = `S${crypto.randomUUID().slice(0, 8)}`;
    const whole = all.map((line) => ({ source, ...(typeof line === 'string' ? { message: line } : line) }));
    const half = Math.ceil(whole.length / 2);
    await addLines(db, whole.slice(0, half));
    await settle(db);
    if (whole.length > half) await addLines(db, whole.slice(half));
    return `source:${source}`;
  }

  const spread = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ message: `line ${index}`, occurred_at: minutesAgo(index % 400) }));
  return { db, admin, marc, lea, sophie, work: working(db), call, order, act, list, lines, spread };
}
