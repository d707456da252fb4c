// Alone: it looks at what is loaded before any page.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type SFCDescriptor } from 'vue/compiler-sfc';
import { describe, expect, it } from 'vitest';
import { i18n, loadMessages, setLanguage, translatedRooms } from '@/base/i18n.ts';

const src = join(import.meta.dirname, '..');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.(vue|ts)$/.test(file) && !/\.test\.ts$|test\//.test(file),
);
const read = (file: string) => readFileSync(join(src, file), 'utf8');

const flatten = (value: unknown, prefix = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, child]) => flatten(child, prefix ? `${prefix}.${key}` : key))
    : [prefix];

const keysOf = (language: string) => new Set(flatten(i18n.global.getLocaleMessage(language)));

/** What the shell can say before any feature's pages are loaded; the words of errors are asked for at once. */
await loadMessages('errors');
const entryKeys = keysOf('fr');
await setLanguage('en');
await loadMessages(...translatedRooms());
await setLanguage('fr');
const frenchKeys = keysOf('fr');
const englishKeys = keysOf('en');

/** Messages named by a file: whole keys, and the beginnings of those put together. */
function* namedIn(source: string): Generator<{ key: string; isPrefix: boolean }> {
  for (const [, key = ''] of source.matchAll(/\bt\(\s*'([a-z][\w.]+)'/g)) yield { key, isPrefix: false };
  for (const [, key = ''] of source.matchAll(/\w*Key: '(\w+\.[\w.]+)'/gi)) yield { key, isPrefix: false };
  for (const [, key = ''] of source.matchAll(/\bt\(\s*`([a-z][\w.]*\.)\$\{/g)) yield { key, isPrefix: true };
}
const isIn = (keys: Set<string>, { key, isPrefix }: { key: string; isPrefix: boolean }) =>
  isPrefix ? [...keys].some((each) => each.startsWith(key)) : keys.has(key);

interface TemplateNode {
  type: number;
  tag?: string;
  content?: unknown;
  loc: { source: string; start: { line: number } };
  props?: { type: number; name: string; value?: { content: string } }[];
  children?: TemplateNode[];
  branches?: TemplateNode[];
}
const TEXT = 2;
const ATTRIBUTE = 6;
const SPOKEN = new Set([
  'title',
  'label',
  'placeholder',
  'aria-label',
  'alt',
  'description',
  'help',
  'hint',
  'caption',
]);
const hasWords = (text: string) => /\p{L}{2,}/u.test(text);

function literals(node: TemplateNode): string[] {
  const found: string[] = [];
  if (node.type === TEXT && hasWords(String(node.content)))
    found.push(`line ${node.loc.start.line}: ${String(node.content).trim()}`);
  for (const prop of node.props ?? []) {
    if (prop.type === ATTRIBUTE && SPOKEN.has(prop.name) && hasWords(prop.value?.content ?? ''))
      found.push(`line ${node.loc.start.line}: ${prop.name}="${prop.value?.content}"`);
  }
  return [...found, ...(node.children ?? []).flatMap(literals)];
}

describe('messages', () => {
  it('exist in French and in English under the same keys', () => {
    expect([...frenchKeys].filter((key) => !englishKeys.has(key))).toEqual([]);
    expect([...englishKeys].filter((key) => !frenchKeys.has(key))).toEqual([]);
  });

  it('exist for every key the code names', () => {
    const missing = files.flatMap((file) =>
      [...namedIn(read(file))].filter((named) => !isIn(frenchKeys, named)).map(({ key }) => `${file}: ${key}`),
    );
    expect(missing).toEqual([]);
  });

  it('are loaded where they are named: with the entry, or with the feature that names them', () => {
    const unloaded = files.flatMap((file) => {
      const feature = /^features\/(?:billing\/)?([^/]+)\//.exec(file)?.[1];
      return [...namedIn(read(file))]
        .filter((named) => !(feature && named.key.startsWith(`${feature}.`)) && !isIn(entryKeys, named))
        .map(({ key }) => `${file}: ${key}`);
    });
    expect(unloaded).toEqual([]);
  });

  it('of a page are not in the entry', () => {
    expect(entryKeys.has('licenses.title')).toBe(true);
    expect(frenchKeys.has('licenses.extend.by')).toBe(true);
    expect(entryKeys.has('licenses.extend.by')).toBe(false);
  });

  it('change with the language on a page already open', async () => {
    const french = i18n.global.t('licenses.action.extend');
    await setLanguage('en');
    expect(i18n.global.t('licenses.action.extend')).not.toBe(french);
    await setLanguage('fr');
    expect(i18n.global.t('licenses.action.extend')).toBe(french);
  });
});

describe('templates', () => {
  it.each(files.filter((file) => file.endsWith('.vue')))('%s holds no literal text', (file) => {
    const { descriptor }: { descriptor: SFCDescriptor } = parse(read(file));
    expect(literals(descriptor.template?.ast as unknown as TemplateNode)).toEqual([]);
  });
});
