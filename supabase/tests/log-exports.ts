import type { RpcResult } from '../contracts/rpc/index.ts';
import type { TestDatabase } from './database.ts';

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
export function working(db: TestDatabase) {
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
