import { describe, expect, it } from 'vitest';
import { errorFile } from './error-file.ts';
import { guessMapping } from './mapping.ts';
import { parseFile } from './parse-file.ts';
import { DELIMITERS, type CsvRow, type Delimiter } from './types.ts';

const HEADERS = ['email', 'hwid', 'plan', 'notes'];
const words = { header: 'Erreurs', describe: () => 'E-mail : adresse invalide; « "x" »' };

async function back(rows: CsvRow[], delimiter: Delimiter) {
  const errors = rows.map(({ line }) => ({
    row: line,
    column: 'email',
    value: null,
    reason: 'invalid_email' as const,
  }));
  const blob = await errorFile({ headers: HEADERS, rows, delimiter }, errors, words);
  const result = await parseFile(new Uint8Array(await blob.arrayBuffer()));
  if (!result.ok) throw new Error(result.problem.code);
  return result.file;
}

/** The same numbers each time (mulberry32). */
function randomOf(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
const PIECES = [
  '"',
  '""',
  "'",
  '=',
  '+',
  '-',
  '@',
  '\t',
  '\n',
  ';',
  ',',
  '|',
  ' ',
  '\u00a0',
  '0',
  '007',
  'é',
  'a@b.fr',
  '=1+1',
  'sep=;',
  'email',
  '\na@b.fr;H;premium;x',
  '\na@b.fr,H,premium,x',
  '💳',
];

describe('the file of wrong rows', () => {
  it.each(DELIMITERS)('comes back cell for cell, whatever the cells hold, separated by %j', async (delimiter) => {
    const random = randomOf(DELIMITERS.indexOf(delimiter) + 1);
    const cell = () => Array.from({ length: random(5) }, () => PIECES[random(PIECES.length)]).join('');
    const rows = Array.from({ length: 500 }, (_, index) => ({ line: index + 2, cells: HEADERS.map(cell) }));
    const file = await back(rows, delimiter);
    expect(file.delimiter).toBe(delimiter);
    expect(file.rows.map((row) => row.cells.slice(0, HEADERS.length))).toEqual(rows.map((row) => row.cells));
    expect(file.rows.some((row) => row.strayQuote)).toBe(false);
  });

  it('comes back with the mapping it had, its reasons no field', async () => {
    const { headers } = await back([{ line: 2, cells: ['x', '-HW1234', 'premium', '-30% Black Friday'] }], ';');
    expect(guessMapping(headers)).toEqual(['email', 'hwid', 'plan', 'notes', null]);
  });

  it('holds a line with a stray quote so that it is read', async () => {
    const cells = ['a@b.fr', 'H-12', 'premium', '"VIP" client'];
    const file = await back([{ line: 2, cells, strayQuote: true }], ',');
    expect(file.rows).toMatchObject([{ cells: [...cells, expect.any(String)] }]);
    expect(file.rows[0]).not.toHaveProperty('strayQuote');
  });

  it('corrected and saved by a spreadsheet without the quotes comes back too', async () => {
    const saved =
      "email;hwid;plan;notes;Erreurs\r\nbon@b.fr;'-HW1234;premium;'=1+1;x\r\nbon@b.fr;0012;premium;''=x;x\r\n";
    const result = await parseFile(new TextEncoder().encode(saved) as Uint8Array<ArrayBuffer>);
    expect(result.ok && result.file.rows.map((row) => row.cells.slice(0, 4))).toEqual([
      ['bon@b.fr', '-HW1234', 'premium', '=1+1'],
      ['bon@b.fr', '0012', 'premium', "'=x"],
    ]);
  });
});
