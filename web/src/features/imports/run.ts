import type { ExistingRows, ImportAnswer, ImportArguments, ImportMode, ImportRow, RowError } from './types.ts';

export type ImportCall = (args: ImportArguments) => Promise<ImportAnswer>;

/** Rows of one call, without the wrong ones; `skipped` of them an earlier import of the file has made. */
export interface CheckedChunk {
  rows: ImportRow[];
  skipped: number;
}

export interface CheckState {
  chunks: CheckedChunk[];
  errors: RowError[];
  /** Rows that have a living licence already. */
  existing: number[];
  /** Rows judged so far. */
  done: number;
}
export const newCheck = (): CheckState => ({ chunks: [], errors: [], existing: [], done: 0 });

interface Steps {
  onProgress(): void;
  signal: AbortSignal;
}

/** Has every row judged, nothing written. After a failure the same `state` goes on where it stopped. */
export async function checkRows(
  chunks: readonly ImportRow[][],
  hash: string,
  call: ImportCall,
  state: CheckState,
  { onProgress, signal }: Steps,
): Promise<void> {
  for (const rows of chunks.slice(state.chunks.length)) {
    signal.throwIfAborted();
    const answer = await call({ rows, file_hash: hash, dry_run: true, mode: 'valid_rows' });
    signal.throwIfAborted();
    const wrong = new Set(answer.errors.map((error) => error.row));
    state.chunks.push({ rows: rows.filter((row) => !wrong.has(row.row)), skipped: answer.skipped });
    state.errors.push(...answer.errors);
    state.existing.push(...answer.existing);
    state.done += rows.length;
    onProgress();
  }
}

export interface RunState {
  /** Index of the call to make next. */
  next: number;
  done: number;
  created: number;
  skipped: number;
  /** Rows left out because they have a living licence. */
  existing: number;
  errors: RowError[];
  importId: string | null;
}
export const newRun = (): RunState => ({
  next: 0,
  done: 0,
  created: 0,
  skipped: 0,
  existing: 0,
  errors: [],
  importId: null,
});

export interface ImportChoices {
  mode: ImportMode;
  existing: ExistingRows;
}

/**
 * `stopped`: asked to, between two calls. `refused`: in all-or-nothing a row that was right when checked is wrong now.
 */
export type RunOutcome = 'done' | 'stopped' | 'refused';

/**
 * Writes the checked rows call by call. A call whose answer got lost may be made again with the same `state`: the
 * database skips what it has. Rows it skips beyond those skipped at the check are this run's own, so they count as
 * created.
 */
export async function runImport(
  chunks: readonly CheckedChunk[],
  file: { hash: string; name: string },
  { mode, existing }: ImportChoices,
  call: ImportCall,
  state: RunState,
  { onProgress, signal }: Steps,
): Promise<RunOutcome> {
  while (state.next < chunks.length) {
    if (signal.aborted) return 'stopped';
    const chunk = chunks[state.next]!;
    if (chunk.rows.length > 0) {
      const answer = await call({
        rows: chunk.rows,
        file_hash: file.hash,
        file_name: file.name,
        dry_run: false,
        mode,
        existing,
      });
      state.errors.push(...answer.errors);
      state.importId = answer.import_id ?? state.importId;
      const skipped = Math.min(answer.skipped, chunk.skipped);
      state.created += answer.created + answer.skipped - skipped;
      state.skipped += skipped;
      if (existing === 'skip') state.existing += answer.existing.length;
      if (mode === 'all_or_nothing' && answer.errors.length > 0) return 'refused';
    }
    state.next += 1;
    state.done += chunk.rows.length;
    onProgress();
  }
  return 'done';
}
