import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepOwnLines, logError } from '../log.ts';
import { createMasks } from './masks.ts';
import { createOwnLines } from './own-lines.ts';
import type { LogLine } from './lines.ts';

const masks = createMasks([
  { name: 'token', pattern: 'sk_live_\\w+', replacement: '[secret]', applies_to: 'text', test: null } as never,
]);

function keeper(refusals = 0) {
  const batches: { key: string; lines: LogLine[] }[] = [];
  const planned: { work: () => Promise<void>; milliseconds: number }[] = [];
  let refused = 0;
  const keep = createOwnLines({
    name: 'mail-dispatch',
    masks: async () => masks,
    async write(key, lines) {
      if (refused < refusals) {
        refused += 1;
        throw new Error('no database');
      }
      batches.push({ key, lines });
    },
    later: (work, milliseconds) => planned.push({ work, milliseconds }),
  });
  const run = async () => {
    for (let next = planned.shift(); next; next = planned.shift()) await next.work();
  };
  return { keep, batches, planned, run };
}

describe('createOwnLines()', () => {
  beforeEach(() => vi.spyOn(console, 'error').mockImplementation(() => undefined));
  afterEach(() => {
    keepOwnLines(null);
    vi.restoreAllMocks();
  });

  it('keeps what a function says, with its error, its name and without secrets', async () => {
    const { keep, batches, run } = keeper();
    keepOwnLines(keep);
    logError('a mail could not be sent', new Error('refused for sk_live_abc'), { id: 7 });
    await run();
    expect(console.error).toHaveBeenCalledOnce();
    const [line] = batches[0]!.lines;
    expect(line).toMatchObject({
      level: 'error',
      source: 'Edge Functions',
      message: 'a mail could not be sent: refused for [secret]',
      context: { function: 'mail-dispatch', details: [{ id: 7 }] },
    });
    expect(line!.stack).toContain('Error: refused for [secret]');
    expect(line!.group_id).not.toBeNull();
  });

  it('gathers lines for half a second, and writes them as one batch', async () => {
    const { keep, batches, planned, run } = keeper();
    for (const text of ['one', 'two']) keep({ message: text, error: undefined, details: [], at: 0 });
    expect(planned.map(({ milliseconds }) => milliseconds)).toEqual([500]);
    await run();
    expect(batches.map(({ lines }) => lines.map(({ message }) => message))).toEqual([['one', 'two']]);
  });

  it('tries the same batch again while the database is away, five times in all', async () => {
    const { keep, batches, run } = keeper(4);
    keep({ message: 'away', error: undefined, details: [], at: 0 });
    await run();
    expect(batches).toHaveLength(1);
    const gone = keeper(5);
    gone.keep({ message: 'away', error: undefined, details: [], at: 0 });
    await gone.run();
    expect(gone.batches).toHaveLength(0);
    expect(console.error).toHaveBeenCalledWith('1 lines of mail-dispatch could not be kept', expect.any(Error));
  });

  it('says of a flood how much of it was left out', async () => {
    const { keep, batches, run } = keeper();
    for (let line = 0; line < 250; line += 1) keep({ message: `line ${line}`, error: undefined, details: [], at: 0 });
    await run();
    expect(batches[0]!.lines).toHaveLength(201);
    expect(batches[0]!.lines.at(-1)!.message).toBe('50 more lines were left out');
  });

  it('keeps details no JSON can say as text', async () => {
    const { keep, batches, run } = keeper();
    const circle: { self?: unknown } = {};
    circle.self = circle;
    keep({ message: 'round', error: undefined, details: [circle, undefined, 3n], at: 0 });
    await run();
    expect(batches[0]!.lines[0]!.context).toEqual({
      function: 'mail-dispatch',
      details: ['[object Object]', null, '3'],
    });
  });
});
