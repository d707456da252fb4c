import { describe, expect, it } from 'vitest';
import { errorFile } from './error-file.ts';
import { checkRows, newCheck, newRun, runImport, type ImportCall } from './run.ts';
import type { ImportArguments, ImportMode, ImportRow } from './types.ts';

const HASH = 'a'.repeat(64);
const FILE = { hash: HASH, name: 'clients.csv' };
const row = (number: number, over: Partial<ImportRow> = {}): ImportRow => ({
  row: number,
  email: `c${number}@example.com`,
  ...over,
});
const never = new AbortController().signal;
const skip = (mode: ImportMode) => ({ mode, existing: 'skip' as const });
const steps = { onProgress: () => {}, signal: never };
const chunk = (rows: ImportRow[], skipped = 0) => ({ rows, skipped });

/**
 * Does what `import_licenses` does with hash and row, and nothing else. `lose` drops the answer of a call that was
 * carried out.
 */
function fakeDatabase({ bad = [] as number[], lose = [] as number[], living = [] as number[] } = {}) {
  const made = new Set<string>();
  const calls: ImportArguments[] = [];
  const call: ImportCall = async (args) => {
    calls.push(args);
    const errors = args.rows
      .filter((each) => bad.includes(each.row))
      .map((each) => ({ row: each.row, column: 'email', value: each.email ?? null, reason: 'invalid_email' as const }));
    const good = args.rows.filter((each) => !bad.includes(each.row));
    const undone = good.filter((each) => !made.has(`${args.file_hash}:${each.row}`));
    const existing = undone.map((each) => each.row).filter((row) => living.includes(row));
    const fresh = undone.filter((each) => args.existing === 'create' || !existing.includes(each.row));
    if (!args.dry_run && !(args.mode === 'all_or_nothing' && errors.length))
      for (const each of fresh) made.add(`${args.file_hash}:${each.row}`);
    if (lose.includes(calls.length)) throw new TypeError('Failed to fetch');
    return { import_id: 'i', created: fresh.length, skipped: good.length - undone.length, existing, errors };
  };
  return { call, calls, made };
}

describe('checkRows()', () => {
  it('judges every call without writing, and parts right rows from wrong ones', async () => {
    const database = fakeDatabase({ bad: [3] });
    const state = newCheck();
    const progress: number[] = [];
    await checkRows([[row(2), row(3)], [row(4)]], HASH, database.call, state, {
      ...steps,
      onProgress: () => progress.push(state.done),
    });
    expect(database.calls.every((each) => each.dry_run)).toBe(true);
    expect(database.made.size).toBe(0);
    expect(state.chunks).toEqual([chunk([row(2)]), chunk([row(4)])]);
    expect(state.errors.map((error) => error.row)).toEqual([3]);
    expect(progress).toEqual([2, 3]);
  });
  it('goes on where it failed', async () => {
    const database = fakeDatabase({ lose: [2] });
    const state = newCheck();
    const chunks = [[row(2)], [row(3)], [row(4)]];
    await expect(checkRows(chunks, HASH, database.call, state, steps)).rejects.toThrow('Failed to fetch');
    await checkRows(chunks, HASH, database.call, state, steps);
    expect(state.done).toBe(3);
    expect(database.calls.map((each) => each.rows[0]?.row)).toEqual([2, 3, 3, 4]);
  });
  it('stops when aborted', async () => {
    const controller = new AbortController();
    const database = fakeDatabase();
    await expect(
      checkRows([[row(2)], [row(3)]], HASH, database.call, newCheck(), {
        onProgress: () => controller.abort(),
        signal: controller.signal,
      }),
    ).rejects.toThrow();
    expect(database.calls).toHaveLength(1);
  });
});

describe('runImport()', () => {
  it('writes call by call and counts', async () => {
    const database = fakeDatabase();
    const state = newRun();
    expect(
      await runImport(
        [chunk([row(2), row(3)]), chunk([]), chunk([row(4)])],
        FILE,
        skip('valid_rows'),
        database.call,
        state,
        steps,
      ),
    ).toBe('done');
    expect(state).toMatchObject({ created: 3, skipped: 0, done: 3, importId: 'i' });
    expect(database.calls.map((each) => [each.dry_run, each.mode, each.file_hash, each.file_name])).toEqual([
      [false, 'valid_rows', HASH, 'clients.csv'],
      [false, 'valid_rows', HASH, 'clients.csv'],
    ]);
  });
  it('makes nothing twice when the answer of a call is lost, and counts its rows as created', async () => {
    const database = fakeDatabase({ lose: [2] });
    const state = newRun();
    const chunks = [chunk([row(2)]), chunk([row(3), row(4)]), chunk([row(5)])];
    await expect(runImport(chunks, FILE, skip('valid_rows'), database.call, state, steps)).rejects.toThrow(
      'Failed to fetch',
    );
    expect(state.created).toBe(1);
    expect(await runImport(chunks, FILE, skip('valid_rows'), database.call, state, steps)).toBe('done');
    expect(state).toMatchObject({ created: 4, skipped: 0, done: 4 });
    expect(database.made.size).toBe(4);
  });
  it('tells rows of an earlier import from its own', async () => {
    const database = fakeDatabase({ lose: [2] });
    await database.call({ rows: [row(2)], file_hash: HASH, dry_run: false, mode: 'valid_rows' });
    const state = newRun();
    const chunks = [chunk([row(2), row(3)], 1)];
    await expect(runImport(chunks, FILE, skip('valid_rows'), database.call, state, steps)).rejects.toThrow();
    await runImport(chunks, FILE, skip('valid_rows'), database.call, state, steps);
    expect(state).toMatchObject({ created: 1, skipped: 1 });
  });
  it('leaves out rows that have a living licence, and creates them when asked for', async () => {
    const database = fakeDatabase({ living: [3, 4], lose: [3] });
    const check = newCheck();
    await checkRows([[row(2), row(3)], [row(4)]], HASH, database.call, check, steps);
    expect(check).toMatchObject({ existing: [3, 4], done: 3 });
    const state = newRun();
    await expect(runImport(check.chunks, FILE, skip('valid_rows'), database.call, state, steps)).rejects.toThrow();
    await runImport(check.chunks, FILE, skip('valid_rows'), database.call, state, steps);
    expect(state).toMatchObject({ created: 1, skipped: 0, existing: 2 });
    const again = newRun();
    const create = { mode: 'valid_rows', existing: 'create' } as const;
    await runImport([{ rows: [row(3), row(4)], skipped: 0 }], FILE, create, database.call, again, steps);
    expect(again).toMatchObject({ created: 2, existing: 0 });
  });
  it('stops between two calls and keeps what was done', async () => {
    const controller = new AbortController();
    const database = fakeDatabase();
    const state = newRun();
    expect(
      await runImport([chunk([row(2)]), chunk([row(3)])], FILE, skip('valid_rows'), database.call, state, {
        onProgress: () => controller.abort(),
        signal: controller.signal,
      }),
    ).toBe('stopped');
    expect(state).toMatchObject({ created: 1, next: 1 });
    expect(database.made.size).toBe(1);
  });
  it('goes no further in all-or-nothing once a row turns out wrong', async () => {
    const database = fakeDatabase({ bad: [3] });
    const state = newRun();
    expect(
      await runImport(
        [chunk([row(2)]), chunk([row(3)]), chunk([row(4)])],
        FILE,
        skip('all_or_nothing'),
        database.call,
        state,
        steps,
      ),
    ).toBe('refused');
    expect(database.calls).toHaveLength(2);
    expect(state).toMatchObject({ created: 1, errors: [{ row: 3 }] });
  });
  it('goes on past a row that turns out wrong when valid rows are wanted', async () => {
    const database = fakeDatabase({ bad: [3] });
    const state = newRun();
    expect(
      await runImport(
        [chunk([row(2)]), chunk([row(3)]), chunk([row(4)])],
        FILE,
        skip('valid_rows'),
        database.call,
        state,
        steps,
      ),
    ).toBe('done');
    expect(state).toMatchObject({ created: 2, errors: [{ row: 3 }] });
  });
});

describe('errorFile()', () => {
  it('holds the wrong rows alone, their reasons last, formulas made text, in the delimiter of the file', async () => {
    const blob = await errorFile(
      {
        headers: ['email', 'hwid'],
        delimiter: ',',
        rows: [
          { line: 2, cells: ['a@example.com', 'H'] },
          { line: 3, cells: ['=1+1', 'x', 'beyond'] },
          { line: 6, cells: ['b'] },
        ],
      },
      [
        { row: 3, column: 'email', value: '=1+1', reason: 'invalid_email' as const },
        { row: 3, column: 'hwid', value: 'x', reason: 'invalid_hwid' },
        { row: 6, column: 'hwid', value: null, reason: 'required' },
      ],
      { header: 'Erreurs', describe: (error) => `${error.column} ${error.reason}.` },
    );
    expect((await blob.text()).replace('\uFEFF', '').split('\r\n')).toEqual([
      '"email","hwid","","Erreurs"',
      `"'=1+1","x","beyond","email invalid_email. hwid invalid_hwid."`,
      '"b","","","hwid required."',
    ]);
  });
});
