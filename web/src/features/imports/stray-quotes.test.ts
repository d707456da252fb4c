// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { parseFile } from './parse-file.ts';

const HEADER = ['email', 'hwid', 'plan', 'notes'];
const read = async (text: string) => {
  const result = await parseFile(new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>);
  if (!result.ok) throw new Error(result.problem.code);
  return result.file;
};
/** Lines of right rows, and of those with a stray quote. */
async function judged(text: string) {
  const { rows } = await read(text);
  return {
    right: rows.filter((row) => !row.strayQuote).map((row) => row.line),
    wrong: rows.filter((row) => row.strayQuote).map((row) => row.line),
  };
}
const row = (number: number, { email = `a${number}@exemple.test`, notes = 'ok' } = {}) => [
  email,
  `HW-${number}`,
  'premium',
  notes,
];
const text = (rows: string[][], delimiter: string, end: string) =>
  [HEADER, ...rows].map((cells) => cells.join(delimiter)).join(end);

describe.each([',', ';', '\t', '|'])('a stray quote in a file separated by %j', (delimiter) => {
  it.each(['\n', '\r\n', '\r'])('costs its own line and no other, with line ends %j', async (end) => {
    for (const column of [0, 1, 2, 3])
      for (const cell of ['"VIP', '"VIP" client', '"Offre "Noël" 2026', '"', '"""']) {
        const bad = row(2);
        bad[column] = cell;
        const rows = [row(1), bad, row(3), row(4, { notes: '"fin"' }), row(5)];
        expect(await judged(text(rows, delimiter, end)), `${cell} in column ${column}`).toEqual({
          right: [2, 4, 5, 6],
          wrong: [3],
        });
      }
  });

  it('on the last line, with or without an end of line', async () => {
    for (const last of ['', '\n'])
      expect(await judged(text([row(1), row(2, { notes: '"VIP' })], delimiter, '\n') + last)).toEqual({
        right: [2],
        wrong: [3],
      });
  });

  it('hides no rows when another one, rows below, makes a pair with it', async () => {
    for (const [from, to] of [
      [3, 3],
      [0, 3],
      [1, 1],
      [2, 1],
      [3, 0],
    ] as const) {
      const [first, last] = [row(1), row(3)];
      first[from] = `"${first[from]}`;
      last[to] = `${last[to]}"`;
      const { right, wrong } = await judged(text([first, row(2), last, row(4)], delimiter, '\n'));
      expect([...right, ...wrong].sort(), `${from} to ${to}`).toEqual([2, 3, 4, 5]);
      expect(wrong).toContain(2);
      expect(right).toEqual(expect.arrayContaining([3, 5]));
    }
  });

  it('hides no row whose e-mail address is wrong, or that has no notes', async () => {
    const open = row(1, { notes: '"VIP' });
    const close = row(3, { notes: 'fin"' });
    for (const hidden of [row(2, { email: 'mauvais' }), row(2).slice(0, 3)])
      expect(await judged(text([open, hidden, close], delimiter, '\n'))).toEqual({ right: [3, 4], wrong: [2] });
  });

  it('gives its line back cell by cell', async () => {
    const [bad] = (await read(text([['a1@exemple.test', 'HW-1', '"premium"', '"VIP" x']], delimiter, '\n'))).rows;
    expect(bad?.cells).toEqual(['a1@exemple.test', 'HW-1', 'premium', '"VIP" x']);
  });
});

describe('what looks like a stray quote and is right', () => {
  it.each([
    ['a blank after the closing quote', '"ok" ', 'ok'],
    ['a blank before the opening quote', ' "a, b"', 'a, b'],
    ['an inch sign in an unquoted cell', 'écran 27" plat', 'écran 27" plat'],
    ['doubled quotes', '"un ""bon"" client"', 'un "bon" client'],
    ['an empty cell in quotes', '""', ''],
    [
      'an address of several lines',
      '"12, rue du Bac\n75007, Paris, France, Europe"',
      '12, rue du Bac\n75007, Paris, France, Europe',
    ],
    ['lines with addresses', '"ligne 1, a@b.fr\n\nligne ""2"", c@d.fr"', 'ligne 1, a@b.fr\n\nligne "2", c@d.fr'],
  ])('%s', async (_, cell, value) => {
    const { rows } = await read(
      `${HEADER.join(',')}\na1@exemple.test,HW-1,premium,${cell}\na2@exemple.test,HW-2,starter,ok`,
    );
    expect(rows.map(({ cells, strayQuote }) => [cells[3], strayQuote])).toEqual([
      [value, undefined],
      ['ok', undefined],
    ]);
  });

  it('a whole row within a cell, where every cell is quoted', async () => {
    const hidden = '"a@b.fr","H-1","premium","vu:\nb@b.fr,H-2,premium,ok"';
    const { rows } = await read(`"email","hwid","plan","notes"\n${hidden}\n"c@b.fr","H-3","premium",""`);
    expect(rows.map((each) => [each.line, each.strayQuote])).toEqual([
      [2, undefined],
      [4, undefined],
    ]);
  });
});

describe('a hostile file', () => {
  it('of quotes alone is read in time that grows with its size', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `a${index}@b.fr,"${'""'.repeat(30)},x`);
    const { wrong } = await judged(['email,hwid,plan', ...lines].join('\n'));
    expect(wrong).toHaveLength(20_000);
  }, 20_000);
});

describe('files glued together', () => {
  it.each([
    [
      'with byte order marks',
      '\ufeffemail,hwid,plan\na@b.fr,H-1,premium\n\ufeffemail,hwid,plan\nc@b.fr,H-2,starter\n',
      [3],
      [2, 4],
    ],
    [
      'whose first ends without end of line',
      'email,hwid,plan\na@b.fr,H-1,premiumemail,hwid,plan\nc@b.fr,H-2,starter',
      [2],
      [2, 3],
    ],
    ['both at once', 'email,hwid,plan\na@b.fr,H-1,premium\ufeffEMAIL,hwid,plan\nc@b.fr,H-2,starter', [2], [2, 3]],
    [
      'with another case and blanks',
      'email,hwid,plan\na@b.fr,H-1,premium\n Email ,HWID,Plan,\nc@b.fr,H-2,starter',
      [3],
      [2, 4],
    ],
    [
      'with the line that names the delimiter',
      'sep=,\nemail,hwid,plan\na@b.fr,H-1,premium\nsep=,\nemail,hwid,plan\nc@b.fr,H-2,starter',
      [4, 5],
      [3, 6],
    ],
  ])('%s: the header is left out and told, the mark is no part of a value', async (_, content, repeated, lines) => {
    const file = await read(content);
    expect(file.repeatedHeaders).toEqual(repeated);
    expect(file.rows.map((each) => each.line)).toEqual(lines);
    expect(JSON.stringify(file)).not.toContain('\ufeff');
    expect(file.rows.at(-1)?.cells).toEqual(['c@b.fr', 'H-2', 'starter']);
    if (repeated.length) expect(file.rows[0]?.cells).toEqual(['a@b.fr', 'H-1', 'premium']);
  });

  it('takes the bytes of a mark read as Windows-1252 away too', async () => {
    const mark = '\u00ef\u00bb\u00bf';
    expect((await read(`email,hwid,plan\na@b.fr,H,premium\n${mark}c@b.fr,H,premium`)).rows[1]?.cells[0]).toBe('c@b.fr');
  });
});
