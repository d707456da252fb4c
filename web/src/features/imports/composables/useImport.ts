import { useQueryClient } from '@tanstack/vue-query';
import { computed, onScopeDispose, ref, shallowRef, triggerRef } from 'vue';
import { plansQuery } from '@/shared/plans.ts';
import { guessByContents } from '../contents.ts';
import { guessMapping, isComplete } from '../mapping.ts';
import { parseInWorker } from '../parse-client.ts';
import { callImport, invalidateImported } from '../queries.ts';
import { chunkRows, mapRows } from '../rows.ts';
import { checkRows, newCheck, newRun, runImport, type RunOutcome } from '../run.ts';
import type {
  ExistingRows,
  FileProblem,
  ImportField,
  ImportMode,
  ImportRow,
  Mapping,
  ParsedFile,
  ParseOptions,
  RowError,
} from '../types.ts';

export type ImportStep = 'choose' | 'reading' | 'map' | 'checking' | 'review' | 'importing' | 'done';

const byRow = (errors: RowError[]) => errors.sort((a, b) => a.row - b.row);

/** One import from choosing a file to its result. A failure leaves the step as it is, so that it can be tried again. */
export function useImport() {
  const client = useQueryClient();
  const step = ref<ImportStep>('choose');
  const file = shallowRef<File | null>(null);
  const problem = shallowRef<FileProblem | null>(null);
  const parsed = shallowRef<ParsedFile | null>(null);
  const mapping = ref<Mapping>([]);
  const mode = ref<ImportMode>('all_or_nothing');
  const existing = ref<ExistingRows>('skip');
  const check = shallowRef(newCheck());
  const run = shallowRef(newRun());
  const outcome = ref<RunOutcome | null>(null);
  const failure = shallowRef<unknown>(null);
  const stopping = ref(false);
  let chunks: ImportRow[][] = [];
  let local: RowError[] = [];
  const doubts = shallowRef<RowError[]>([]);
  let controller = new AbortController();

  const errors = computed(() => byRow([...local, ...check.value.errors]));
  /** Doubts about what the database takes: of what it refuses it says why. */
  const warnings = computed(() => {
    const refused = new Set(errors.value.filter(({ column }) => column === 'hwid').map(({ row }) => row));
    return doubts.value.filter(({ row }) => !refused.has(row));
  });
  const total = computed(() =>
    (step.value === 'importing' || step.value === 'done'
      ? check.value.chunks
      : chunks.map((rows) => ({ rows }))
    ).reduce((sum, { rows }) => sum + rows.length, 0),
  );
  const valid = computed(() => check.value.chunks.reduce((sum, { rows }) => sum + rows.length, 0));
  const alreadyDone = computed(() => check.value.chunks.reduce((sum, { skipped }) => sum + skipped, 0));
  const badRows = computed(() => new Set(errors.value.map((error) => error.row)).size);
  const leftOut = computed(() => (existing.value === 'skip' ? check.value.existing.length : 0));
  /** Rows the import would create as it was chosen. */
  const importable = computed(() =>
    mode.value === 'all_or_nothing' && errors.value.length > 0 ? 0 : valid.value - alreadyDone.value - leftOut.value,
  );

  /** Ends what is under way and answers the signal of what begins. */
  function begin(next: ImportStep): AbortSignal {
    controller.abort();
    controller = new AbortController();
    failure.value = null;
    stopping.value = false;
    step.value = next;
    return controller.signal;
  }

  async function guess({ headers, rows, hasHeader }: ParsedFile): Promise<Mapping> {
    if (hasHeader) return guessMapping(headers, rows);
    // Without the catalogue the column of the plans is chosen by hand.
    const plans = await client.ensureQueryData(plansQuery).catch(() => []);
    return guessByContents(
      headers.length,
      rows,
      plans.flatMap(({ code, name }) => [code, name]),
    );
  }

  async function read(chosen: File, options: ParseOptions, keep: Mapping | null): Promise<void> {
    const before = parsed.value;
    const signal = begin('reading');
    problem.value = null;
    file.value = chosen;
    try {
      const result = await parseInWorker(chosen, options, signal);
      if (signal.aborted) return;
      if (!result.ok) {
        problem.value = result.problem;
        // Another encoding or delimiter can be wrong; the file was right before.
        parsed.value = keep ? before : null;
        step.value = keep ? 'map' : 'choose';
        return;
      }
      const { headers, hasHeader } = result.file;
      const same = keep && before && hasHeader === before.hasHeader && headers.join('\n') === before.headers.join('\n');
      const guessed = same ? keep : await guess(result.file);
      if (signal.aborted) return;
      parsed.value = result.file;
      mapping.value = guessed;
      step.value = 'map';
    } catch (error) {
      if (signal.aborted) return;
      failure.value = error;
      step.value = keep ? 'map' : 'choose';
    }
  }
  let asked: ParseOptions = {};
  const choose = (chosen: File) => read(chosen, (asked = {}), null);
  const reread = (options: ParseOptions) =>
    file.value ? read(file.value, (asked = { ...asked, ...options }), mapping.value) : Promise.resolve();

  function assign(column: number, field: ImportField | null): void {
    mapping.value = mapping.value.map((each, index) => (index === column ? field : each));
  }

  async function startCheck(): Promise<void> {
    if (!parsed.value || !isComplete(mapping.value)) return;
    const mapped = mapRows(parsed.value, mapping.value);
    chunks = chunkRows(mapped.rows);
    local = mapped.errors;
    doubts.value = mapped.warnings;
    existing.value = 'skip';
    check.value = newCheck();
    await resumeCheck();
  }

  async function resumeCheck(): Promise<void> {
    const signal = begin('checking');
    try {
      await checkRows(chunks, parsed.value!.hash, callImport, check.value, {
        signal,
        onProgress: () => triggerRef(check),
      });
      if (signal.aborted) return;
      mode.value = errors.value.length > 0 ? 'valid_rows' : 'all_or_nothing';
      step.value = 'review';
    } catch (error) {
      if (!signal.aborted) failure.value = error;
    }
  }

  async function startImport(): Promise<void> {
    if (importable.value <= 0) return;
    run.value = newRun();
    outcome.value = null;
    await resumeImport();
  }

  async function resumeImport(): Promise<void> {
    const signal = begin('importing');
    try {
      const ended = await runImport(
        check.value.chunks,
        { hash: parsed.value!.hash, name: file.value!.name },
        { mode: mode.value, existing: existing.value },
        callImport,
        run.value,
        { signal, onProgress: () => triggerRef(run) },
      );
      finish(ended);
    } catch (error) {
      failure.value = error;
      // Asked to stop while the call that failed was under way: there is nothing to resume.
      if (signal.aborted) finish('stopped');
    }
    await invalidateImported(client);
  }

  function finish(ended: RunOutcome): void {
    outcome.value = ended;
    stopping.value = false;
    step.value = 'done';
    triggerRef(run);
  }

  /** The call under way ends first; after a failure there is none. */
  function stop(): void {
    controller.abort();
    if (failure.value) finish('stopped');
    else stopping.value = true;
  }

  function back(): void {
    begin('map');
    check.value = newCheck();
  }

  function reset(): void {
    begin('choose');
    file.value = null;
    parsed.value = null;
    problem.value = null;
    check.value = newCheck();
    run.value = newRun();
  }

  onScopeDispose(() => controller.abort());

  return {
    step,
    file,
    problem,
    parsed,
    mapping,
    mode,
    existing,
    check,
    run,
    outcome,
    failure,
    stopping,
    errors,
    warnings,
    leftOut,
    total,
    valid,
    alreadyDone,
    badRows,
    importable,
    choose,
    reread,
    assign,
    startCheck,
    resumeCheck,
    startImport,
    resumeImport,
    stop,
    back,
    reset,
  };
}

export type ImportFlow = ReturnType<typeof useImport>;
