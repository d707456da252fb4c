import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Versions of Node the README promises, and what a package asks for. */
const floors = ['20.19.0', '22.12.0'];

/** Packages that ask for more, and why they run on our floor all the same; a raised package is looked at again. */
const allowances: Record<string, string> = {
  '@supabase/': '2.x of the client announces the end of Node 20 and runs on it: the whole suite does on 20.19',
  '@intlify/': 'compiled into the console by the build; nothing of it asks Node for anything',
  'vue-i18n': 'as @intlify',
  '@napi-rs/wasm-runtime': 'optional: for platforms without a binary of the bundler',
  '@rolldown/binding-wasm32-wasi': 'as @napi-rs/wasm-runtime',
};

interface Entry {
  dev?: boolean;
  engines?: { node?: string };
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as {
  packages: Record<string, Entry>;
};

type Version = [number, number, number];
const versionOf = (text: string) =>
  [0, 1, 2].map((index) => Number(text.split('.')[index]?.replace(/\D.*$/, '') || 0)) as Version;
const compare = (one: Version, other: Version) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2];

/** The ranges packages write: alternatives of comparisons, `^`, `~`, and a version or part of one. */
function allows(range: string, version: string): boolean {
  const wanted = versionOf(version);
  const meets = (comparison: string): boolean => {
    const [, operator = '', text = ''] = /^(\^|~|>=|<=|>|<|=)?v?(\d[\w.*-]*|\*)$/.exec(comparison) ?? [];
    if (text === '') throw new Error(`No range: ${comparison}`);
    if (text === '*') return true;
    const bound = versionOf(text);
    const order = compare(wanted, bound);
    if (operator === '>=') return order >= 0;
    if (operator === '>') return order > 0;
    if (operator === '<=') return order <= 0;
    if (operator === '<') return order < 0;
    if (operator === '^') return order >= 0 && wanted[0] === bound[0];
    if (operator === '~') return order >= 0 && wanted[0] === bound[0] && wanted[1] === bound[1];
    const named = text.split('.').filter((part) => /^\d/.test(part)).length;
    return wanted.slice(0, named).every((part, index) => part === bound[index]);
  };
  return range.split('||').some((alternative) =>
    alternative
      .trim()
      .replace(/(\^|~|[<>]=?|=)\s+/g, '$1')
      .split(/\s+/)
      .every(meets),
  );
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const tooNew = Object.entries(lock.packages)
  .filter(([path, { dev }]) => path.includes('node_modules/') && !dev)
  .filter(([, { engines }]) => floors.some((floor) => !allows(engines?.node ?? '*', floor)))
  .map(([path]) => nameOf(path));
const allowanceOf = (name: string) =>
  Object.keys(allowances).find((allowed) => (allowed.endsWith('/') ? name.startsWith(allowed) : name === allowed));

it.each([
  ['>= 20', '20.19.0', true],
  ['>=22.0.0', '20.19.0', false],
  ['^20.19.0 || >=22.12.0', '22.12.0', true],
  ['^20.19.0 || ^22.13.0 || >=23.5.0', '22.12.0', false],
  ['>=16 || 14 >=14.17', '20.19.0', true],
  ['14 || >=9.3.0 <20.0.0', '20.19.0', false],
  ['20 || >=22', '20.19.0', true],
  ['>=16.9.x', '20.19.0', true],
  ['~20.18.1', '20.19.0', false],
  ['*', '20.19.0', true],
])('%s and Node %s: %s', (range, version, expected) => expect(allows(range, version)).toBe(expected));

it('what is installed for the home runs on the oldest Node that is promised, or is excused with a reason', () => {
  expect(Object.keys(lock.packages).length).toBeGreaterThan(300);
  expect(tooNew.filter((name) => !allowanceOf(name))).toEqual([]);
});

it('a package is excused only while it needs to be', () => {
  const used = new Set(tooNew.map(allowanceOf));
  expect(Object.keys(allowances).filter((allowed) => !used.has(allowed))).toEqual([]);
});

it('the floor here is the one of package.json', () => {
  expect(lock.packages['']?.engines?.node).toBe('^20.19.0 || >=22.12.0');
});
