import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const width = 120;

/** Files whose lines are data, not text that somebody reads, each with its reason. */
const dataFiles: Record<string, string> = {};

const written = execFileSync('git', ['ls-files', '*.ts', '*.vue', '*.mjs', '*.sql', '*.css'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)));

const tooWide = (file: string) =>
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .flatMap((line, index) => ([...line].length > width ? [`${file}:${index + 1}`] : []));

it(`no line hides behind column ${width}, not in a string either`, () => {
  const read = written.filter((file) => !(file in dataFiles));
  expect(read.length).toBeGreaterThan(100);
  expect(read.flatMap(tooWide)).toEqual([]);
});

it('a file is excused only while it needs to be', () => {
  expect(Object.keys(dataFiles).filter((file) => tooWide(file).length === 0)).toEqual([]);
});
