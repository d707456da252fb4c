// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { parseFile } from './parse-file.ts';
import { detectDelimiter } from './separators.ts';
import { MAX_FILE_BYTES, MAX_ROWS, type ParseOptions } from './types.ts';

const utf8 = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const bytes = (...values: number[]) => Uint8Array.from(values);
const utf16 = (text: string, littleEndian: boolean, mark = true) => {
  const view = new DataView(new ArrayBuffer((text.length + (mark ? 1 : 0)) * 2));
  const units = [...(mark ? [0xfeff] : []), ...Array.from(text, (_, index) => text.charCodeAt(index))];
  units.forEach((unit, index) => view.setUint16(index * 2, unit, littleEndian));
  return new Uint8Array(view.buffer);
};
// No € here: the decoder of Node 20 takes Windows-1252 for Latin-1. Browsers know the difference.
const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

async function parsed(input: Uint8Array<ArrayBuffer>, options?: ParseOptions) {
  const result = await parseFile(input, options);
  if (!result.ok) throw new Error(result.problem.code);
  return result.file;
}
const problem = async (input: Uint8Array<ArrayBuffer>) => {
  const result = await parseFile(input);
  return result.ok ? null : result.problem;
};

const CSV = 'email;hwid;plan;notes\na@example.com;HWID-1;premium;Crédit déjà versé\n';

describe('parseFile() and encodings', () => {
  it.each([
    ['UTF-8', utf8(CSV), 'utf-8'],
    ['UTF-8 with a byte order mark', bytes(0xef, 0xbb, 0xbf, ...utf8(CSV)), 'utf-8'],
    ['Windows-1252', latin(CSV), 'windows-1252'],
    ['UTF-16 little-endian', utf16(CSV, true), 'utf-16le'],
    ['UTF-16 big-endian', utf16(CSV, false), 'utf-16be'],
    ['UTF-16 without a mark', utf16(CSV, true, false), 'utf-16le'],
  ] as const)('reads %s', async (_name, input, encoding) => {
    const file = await parsed(input);
    expect(file.encoding).toBe(encoding);
    expect(file.headers).toEqual(['email', 'hwid', 'plan', 'notes']);
    expect(file.rows).toEqual([{ line: 2, cells: ['a@example.com', 'HWID-1', 'premium', 'Crédit déjà versé'] }]);
    expect(file.damaged).toBe(false);
  });
  it('takes the encoding asked for, and says when it does not fit', async () => {
    const file = await parsed(latin(CSV), { encoding: 'utf-8' });
    expect(file.damaged).toBe(true);
    expect(file.rows[0]?.cells[3]).toContain('\uFFFD');
  });
  it('hashes the bytes, whatever is made of them', async () => {
    const [first, second] = [
      await parsed(utf8('email,hwid\na,b\n')),
      await parsed(utf8('email,hwid\na,b\n'), { delimiter: ';', encoding: 'windows-1252' }),
    ];
    expect(first.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(second.hash).toBe(first.hash);
    expect((await parsed(utf8('email,hwid\na,c\n'))).hash).not.toBe(first.hash);
  });
});

describe('parseFile() and lines', () => {
  const lines = async (text: string) => (await parsed(utf8(text))).rows.map((row) => row.line);
  it('counts the header as line 1', async () => expect(await lines('email,hwid\na,1\nb,2')).toEqual([2, 3]));
  it('counts a quoted cell of several lines', async () =>
    expect(await lines('email,notes\na,"one\ntwo\nthree"\nb,x\n')).toEqual([2, 5]));
  it('counts Windows and old Macintosh line ends once', async () => {
    expect(await lines('email,notes\r\na,"x\r\ny"\r\nb,z\r\n')).toEqual([2, 4]);
    expect(await lines('email,hwid\ra,1\rb,2\r')).toEqual([2, 3]);
  });
  it('leaves out blank rows and still counts them', async () =>
    expect(await lines('\nemail,hwid\n\na,1\n , \nb,2\n\n')).toEqual([4, 6]));
  it('reads a quote inside a quoted cell', async () =>
    expect((await parsed(utf8('a,b\n"x ""y"", z",2\n'))).rows[0]?.cells).toEqual(['x "y", z', '2']));
  it.each([
    ['sep=;', ';'],
    ['sep=|', '|'],
    ['SEP=,', ','],
    ['Sep = ;', ';'],
    ['sep=\t', '\t'],
    ['sep=\\t', '\t'],
    ['"sep=;"', ';'],
    ['"sep=;";;', ';'],
    ['sep=";"', ';'],
    ['sep=;;;', ';'],
    ['sep=|||', '|'],
    ['\ufeffsep=;', ';'],
    ['\nsep=;', ';'],
  ])('heeds %j, by which Excel names the delimiter, and takes it for no row', async (line, delimiter) => {
    const file = await parsed(utf8(`${line}\nname${delimiter}x^y\n1${delimiter}2\n`));
    const number = line.startsWith('\n') ? 4 : 3;
    expect(file).toMatchObject({ delimiter, headers: ['name', 'x^y'], rows: [{ line: number, cells: ['1', '2'] }] });
  });
  it('takes a line naming a delimiter it does not know for no row either', async () =>
    expect(await parsed(utf8('sep=^\nemail;hwid\na;b\n'))).toMatchObject({
      delimiter: ';',
      headers: ['email', 'hwid'],
      rows: [{ line: 3 }],
    }));
});

describe('detectDelimiter()', () => {
  it.each([
    ['email;hwid;plan\na;b;c', ';'],
    ['email,hwid,plan\na,b,c', ','],
    ['email\thwid\tplan\na\tb\tc', '\t'],
    ['email;hwid;plan;notes\na;b;c;un, deux, trois, quatre, cinq', ';'],
    ['email|hwid|plan|notes\na|b|c|d; e, f', '|'],
    ['a|b\n1|2; 3, 4', '|'],
    ['colonne a|b;c\n1;2\n3;4', ';'],
    ['one column\nx', ','],
  ])('of %j is %j', (text, delimiter) => expect(detectDelimiter(text)).toBe(delimiter));
});

describe('parseFile() refuses', () => {
  it.each([
    ['an empty file', utf8(''), 'empty'],
    ['blank lines only', utf8('\n  \n\n'), 'empty'],
    ['a header alone', utf8('email;hwid;plan\n'), 'header_only'],
    ['an Excel file', bytes(0x50, 0x4b, 0x03, 0x04, 0, 0, 1), 'spreadsheet'],
    ['an old Excel file', bytes(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0), 'spreadsheet'],
    ['a picture', bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d), 'binary'],
    ['a PDF', utf8('%PDF-1.7\n1 0 obj'), 'binary'],
    ['control characters', bytes(1, 2, 3, 4, 5, 6), 'binary'],
  ] as const)('%s', async (_name, input, code) => expect(await problem(input)).toEqual({ code }));
  it('a quote left open in the names of the columns, naming the line', async () => {
    expect(await problem(utf8('\n"email,notes\na,fine\n'))).toEqual({ code: 'unclosed_quote', line: 2 });
  });
  it('more than the permitted rows, and takes exactly as many', async () => {
    const rows = (count: number) => utf8(`email,hwid\n${'a,b\n'.repeat(count)}`);
    expect((await parsed(rows(MAX_ROWS))).rows).toHaveLength(MAX_ROWS);
    expect(await problem(rows(MAX_ROWS + 1))).toEqual({ code: 'too_many_rows' });
  });
  it('more than the permitted size', async () =>
    expect(await problem(new Uint8Array(MAX_FILE_BYTES + 1))).toEqual({ code: 'too_large' }));
});
