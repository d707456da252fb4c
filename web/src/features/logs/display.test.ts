// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { foldStack, inert, oneLine, segmentsOf } from './display.ts';

const ESC = String.fromCharCode(27);
const BELL = String.fromCharCode(7);

describe('inert()', () => {
  it.each([
    [`${ESC}[31mred${ESC}[0m`, 'red'],
    [`${ESC}[1;38;5;196mbold${ESC}[m`, 'bold'],
    [`${ESC}]0;title${BELL}text`, 'text'],
    [`${ESC}]8;;https://evil.example${ESC}\\link${ESC}]8;;${ESC}\\`, 'link'],
    ['\u009b2Jgone', 'gone'],
    ['a\u0000b\u0008', 'a␀b␈'],
    ['a\r\nb\rc\td', 'a\nb␍c\td'],
    ['safe\u202egpj.exe', 'safe⟨U+202E⟩gpj.exe'],
    ['pass\u200bword', 'pass⟨U+200B⟩word'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
    ['مرحبا', 'مرحبا'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  ])('%j is %j', (text, shown) => expect(inert(text)).toBe(shown));
});

it('oneLine() is one, and no longer than a row', () => {
  expect(oneLine('a\n  b')).toBe('a ↵ b');
  expect(oneLine('x'.repeat(16_384))).toHaveLength(400);
});

describe('segmentsOf()', () => {
  const marked = (text: string, ...words: string[]) =>
    segmentsOf(text, words)
      .map((segment) => (segment.isFound ? `[${segment.text}]` : segment.text))
      .join('');
  it.each([
    ['Connexion échouée', ['ECHOUE'], 'Connexion [échoué]e'],
    ['cœur', ['coeur'], '[cœur]'],
    ['cœur', ['oe'], 'c[œ]ur'],
    ['aaaa', ['aa'], '[aa][aa]'],
    ['rate limit reached', ['rate', 'limit'], '[rate] [limit] reached'],
    ['abcdef', ['bcd', 'cde'], 'a[bcd][e]f'],
    ['100% (a/b)', ['100%', '(a'], '[100%] [(a]/b)'],
    ['👍 ok', ['ok'], '👍 [ok]'],
    ['<b>ok</b>', ['<b>'], '[<b>]ok</b>'],
    ['nothing', [], 'nothing'],
    ['nothing', ['else'], 'nothing'],
  ])('%j with %j', (text, words, expected) => expect(marked(text, ...words)).toBe(expected));
});

describe('foldStack()', () => {
  const stack = [
    'Error: connect ECONNREFUSED',
    '    at connect (baileys.js:142)',
    '    at next (/app/node_modules/koa/index.js:1)',
    '    at process (node:internal/process:95)',
    '    at start (bridge.js:234)',
  ].join('\n');
  it('shows our frames, and folds those of libraries', () =>
    expect(foldStack(stack).map(({ kind, lines }) => `${kind} ${lines.length}`)).toEqual([
      'text 1',
      'frame 1',
      'folded 2',
      'frame 1',
    ]));
  it('folds what follows the first few', () =>
    expect(foldStack(stack, 1).map(({ kind, lines }) => `${kind} ${lines.length}`)).toEqual([
      'text 1',
      'frame 1',
      'folded 3',
    ]));
  it('loses no line', () =>
    expect(
      foldStack(stack, 0)
        .flatMap(({ lines }) => lines)
        .join('\n'),
    ).toBe(stack));
});
