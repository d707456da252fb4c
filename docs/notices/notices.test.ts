import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeNotices } from './notices.ts';

const notices = makeNotices();

it('THIRD-PARTY-NOTICES.md is what the lockfile says (npm run notices writes it)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../THIRD-PARTY-NOTICES.md'), 'utf8')).toBe(notices);
});

it('every package says its licence, and none that asks for our source', () => {
  const rows = [...notices.matchAll(/^\| (\S+ \S+) \| (.*) \|$/gm)].map(([, name, licence]) => ({ name, licence }));
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.map(({ name }) => name!.split(' ')[0])).toEqual(expect.arrayContaining(['vue', 'zod', 'stripe']));
  expect(rows.filter(({ licence }) => /unknown|GPL|SSPL|BUSL/.test(licence!))).toEqual([]);
});
