import { expect, it } from 'vitest';
import { storableJson } from './stripe-ledger.ts';

it.each([
  ['plain "text" \\ 😀 \n', undefined],
  ['a\0b', 'a�b'],
  ['half \ud83d', 'half �'],
  ['other half \ude00', 'other half �'],
  [String.raw`written \u0000 and \ud83d`, undefined],
  [`${String.raw`\\`}\0`, String.raw`\\` + '�'],
])('keeps %j in JSON that jsonb takes', (text, kept) => {
  expect(JSON.parse(storableJson(JSON.stringify({ text })))).toEqual({ text: kept ?? text });
});

it('keeps an escaped pair together', () => {
  expect(JSON.parse(storableJson(String.raw`"\uD83D\uDE00 \ud83d\ud83d\ude00 \\u0000"`))).toBe('😀 �😀 \\u0000');
});
