import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mendDriver } from './mend-driver.mjs';

const installed = join(dirname(createRequire(import.meta.url).resolve('postgres')), '..', '..');
const files = ['src/connection.js', 'cjs/src/connection.js'];
const pools = ['src/index.js', 'cjs/src/index.js'];
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'driver-'));
  cpSync(installed, copy, { recursive: true });
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

const edit = (file: string, from: RegExp, to: string) => {
  const text = readFileSync(join(copy, file), 'utf8');
  expect(text).toMatch(from);
  writeFileSync(join(copy, file), text.replace(from, to));
};

test('the installed driver is mended, and mending it again writes nothing', () => {
  const times = () => [...files, ...pools].map((file) => statSync(join(installed, file)).mtimeMs);
  const before = times();
  mendDriver();
  expect(times()).toEqual(before);
  for (const file of files) expect(readFileSync(join(installed, file), 'utf8')).toContain('if (!socket) {');
});

test('the driver as published is mended to the same text', () => {
  const mended = files.map((file) => readFileSync(join(copy, file), 'utf8'));
  for (const file of files) {
    edit(file, / {4}if \(!socket\) \{[^}]*\}\n(?= {4}const x = socket\.write)/, '');
    edit(file, / {4}chunk = nextWriteTimer = null\n(?= {4}socket\.removeListener)/, '');
  }
  mendDriver(copy);
  expect(files.map((file) => readFileSync(join(copy, file), 'utf8'))).toEqual(mended);
});

test('another version, or another text, is refused rather than left as it is', () => {
  edit('package.json', /"version": "3\.4\.9"/, '"version": "3.4.10"');
  expect(() => mendDriver(copy)).toThrow('postgres is 3.4.10');
  edit('package.json', /"version": "3\.4\.10"/, '"version": "3.4.9"');
  edit('src/connection.js', /if \(!socket\) \{[^}]*\}\n\s*const x = socket\.write\(/, 'const y = socket.write(');
  expect(() => mendDriver(copy)).toThrow('not as published');
});
