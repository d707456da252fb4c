import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = join(import.meta.dirname, '../../.ci/migrations-forward-only');
const old = '20260101000000_create_rooms.sql';

let repository: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.test', ...args], {
    cwd: repository,
    stdio: 'pipe',
  });
const path = (name: string) => join(repository, 'supabase/migrations', name);
const check = () => spawnSync(script, { cwd: repository, encoding: 'utf8' });

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'forward-only-'));
  mkdirSync(join(repository, 'supabase/migrations'), { recursive: true });
  writeFileSync(path(old), 'create table rooms ();\n');
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
});
afterEach(() => rmSync(repository, { recursive: true, force: true }));

it('before 1.0.0 a migration may be edited', () => {
  writeFileSync(path(old), 'create table rooms (id int);\n');
  expect(check()).toMatchObject({ status: 0, stdout: '' });
});

it('after it a new file may come', () => {
  git('tag', '1.0.0');
  writeFileSync(path('20260201000000_create_doors.sql'), 'create table doors ();\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'second');
  expect(check()).toMatchObject({ status: 0, stdout: '' });
});

it.each([
  ['be edited', () => writeFileSync(path(old), 'create table rooms (id int);\n')],
  ['be removed', () => rmSync(path(old))],
  ['be renamed', () => renameSync(path(old), path('20260101000000_create_halls.sql'))],
])('an old file may not %s, committed or not', (_, change) => {
  git('tag', '1.0.0');
  change();
  expect(check()).toMatchObject({ status: 1, stdout: expect.stringContaining(old) });
  git('add', '--all');
  git('commit', '--quiet', '--message', 'second');
  expect(check()).toMatchObject({ status: 1, stdout: expect.stringContaining(old) });
});
