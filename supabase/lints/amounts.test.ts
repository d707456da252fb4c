import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** A hundred as a factor: right for percent and milliseconds, wrong for any amount. */
const hundred = /[/*]\s*100(?:\.0)?(?![\d_n])|100\s*\*|toFixed\(2\)|10 \*\* 2\b|1e2\b/;
/** What has nothing to do with money. */
const other =
  /percent|\brates?\b|ratio|share|progress|attempt|year|chunk|delay|inside|pattern|ceiling|done_|Date\.now|characters/i;

const findings = (file: string, text: string) =>
  text
    .split('\n')
    .flatMap((line, index) =>
      hundred.test(line) && !other.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
    );

it('no code divides an amount by a hundred: yen have no cents, and dinars a thousand fils', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.vue', '*.sql', '*.mjs'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file && !file.startsWith('supabase/lints/amounts'));
  expect(files.length).toBeGreaterThan(500);
  expect(files.flatMap((file) => findings(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

it.each([
  'format(cents / 100)',
  'amount*100',
  '(due / 100).toFixed(2)',
  'total / 100.0',
  'price.toFixed(2)',
  '100 * euros',
])('%s is found', (line) => expect(findings('planted.ts', line)).toHaveLength(1));
it.each(['Math.round((amount * percent_off) / 100)', 'size / 1000', 'n / 100_000'])('%s is not', (line) =>
  expect(findings('planted.ts', line)).toEqual([]),
);
