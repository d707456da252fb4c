// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { guessByContents } from './contents.ts';
import { guessMapping, leftOutTwins } from './mapping.ts';
import { parseFile } from './parse-file.ts';
import type { ParseOptions } from './types.ts';

async function parsed(text: string, options?: ParseOptions) {
  const result = await parseFile(new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>, options);
  if (!result.ok) throw new Error(result.problem.code);
  return result.file;
}
const PLANS = ['starter', 'Starter', 'team_plus', 'Équipe +'];

describe('a file whose columns have no names', () => {
  const TEXT = 'a@gmail.com;HW-1;starter\nb@mail.fr;HW-2;Équipe +;31/12/2030\n';
  it('loses no row, and says so', async () => {
    const file = await parsed(TEXT);
    expect(file).toMatchObject({ beginsWithData: true, hasHeader: false, headers: ['', '', '', ''], linesAbove: 0 });
    expect(file.rows.map(({ line, cells }) => [line, cells[0]])).toEqual([
      [1, 'a@gmail.com'],
      [2, 'b@mail.fr'],
    ]);
  });
  it('can be said to have some all the same', async () => {
    const file = await parsed(TEXT, { hasHeader: true });
    expect(file).toMatchObject({ beginsWithData: true, hasHeader: true, headers: ['a@gmail.com', 'HW-1', 'starter'] });
    expect(file.rows.map(({ line }) => line)).toEqual([2]);
  });
  it.each([';', ',', '\t', '|'] as const)('is divided by %j', async (delimiter) => {
    const file = await parsed(TEXT.replaceAll(';', delimiter));
    expect(file).toMatchObject({ delimiter, hasHeader: false, rows: [{ line: 1 }, { line: 2 }] });
  });
  it('may hold one row, or have a title', async () => {
    expect((await parsed('a@gmail.com;HW-1;starter')).rows).toHaveLength(1);
    const titled = await parsed('Nos clients;;\n\na@gmail.com;HW-1;starter\n');
    expect(titled).toMatchObject({ hasHeader: false, linesAbove: 2, rows: [{ line: 3 }] });
  });
  it('keeps a row that comes again', async () =>
    expect((await parsed(`${TEXT}${TEXT}`)).rows.map(({ line }) => line)).toEqual([1, 2, 3, 4]));
  it('has them guessed by what they hold, in any order', async () => {
    const rows = async (text: string) => (await parsed(text)).rows;
    expect(guessByContents(4, await rows(TEXT), PLANS)).toEqual(['email', 'hwid', 'plan', 'expires_at']);
    const other = 'STARTER;VIP, à rappeler;7F-01;x@y.fr\nteam_plus;;7F-02;z@y.fr\n';
    expect(guessByContents(4, await rows(other), PLANS)).toEqual(['plan', null, 'hwid', 'email']);
    expect(guessByContents(3, await rows('x@y.fr;gratuit;un deux\n'), [])).toEqual(['email', 'hwid', null]);
  });
});

describe('a title above the names of the columns', () => {
  it.each([
    ['Licences 2026;;\n\nE-mail;HWID;Plan\na@b.fr;H-1;starter\n', 2, 4],
    ['Licences 2026\nÉdité le 01/02/2026\nE-mail;HWID;Plan\n\na@b.fr;H-1;starter\n', 2, 5],
    ['"Licences\n2026";;\nE-mail;HWID;Plan\na@b.fr;H-1;starter\n', 2, 4],
    ['Liste des e-mails;;\nE-mail;HWID;Plan\na@b.fr;H-1;starter\n', 1, 3],
    ['Contact : aide@b.fr;;\nE-mail;HWID;Plan\na@b.fr;H-1;starter\n', 1, 3],
    ['sep=;\nLicences;;\nE-mail;HWID;Plan\na@b.fr;H-1;starter\n', 1, 4],
    ['\n\nE-mail;HWID;Plan\na@b.fr;H-1;starter\n', 0, 4],
    ['E-mail;HWID;Plan\na@b.fr;H-1;starter\n', 0, 2],
  ])('%j: %i lines are left out, the row keeps its line %i', async (text, linesAbove, line) => {
    expect(await parsed(text)).toMatchObject({
      delimiter: ';',
      headers: ['E-mail', 'HWID', 'Plan'],
      hasHeader: true,
      beginsWithData: false,
      linesAbove,
      rows: [{ line, cells: ['a@b.fr', 'H-1', 'starter'] }],
    });
  });
  it('is looked for on ten lines, and never below a row', async () => {
    const text = (above: number) => `${'Titre;;\n'.repeat(above)}E-mail;HWID;Plan\nx;H-1;starter\n`;
    expect((await parsed(text(9))).headers[0]).toBe('E-mail');
    expect((await parsed(text(10))).headers[0]).toBe('Titre');
    const glued = 'a@b.fr;H-1;starter\nE-mail;HWID;Plan\nc@d.fr;H-2;starter\n';
    expect((await parsed(glued)).rows.map(({ line }) => line)).toEqual([1, 2, 3]);
  });
  it('leaves names nobody knows to be chosen by hand', async () =>
    expect(await parsed('Export;;\nQui;Quoi;Combien\na@b.fr;H-1;starter\n')).toMatchObject({
      headers: ['Qui', 'Quoi', 'Combien'],
      hasHeader: true,
      linesAbove: 1,
      rows: [{ line: 3 }],
    }));
});

describe('leftOutTwins()', () => {
  const headers = ['E-mail', 'HWID', 'Plan', 'hwid ', 'Ville', 'Ville', ''];
  it('names the column left out of two with one name', () =>
    expect(leftOutTwins(headers, guessMapping(headers))).toEqual([[3, 1]]));
  it('follows what was chosen', () => {
    expect(leftOutTwins(headers, ['email', null, 'plan', 'hwid', null, null, null])).toEqual([[1, 3]]);
    expect(leftOutTwins(headers, ['email', 'hwid', 'plan', 'notes', null, null, null])).toEqual([]);
  });
});
