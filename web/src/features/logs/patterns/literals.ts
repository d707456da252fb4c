import type { PatternPart } from './drain.ts';

const MOST_TEXTS = 4;
const MOST_CHARACTERS = 200;
/** The database looks for no text that is shorter. */
const LEAST_CHARACTERS = 3;

/**
 * Texts that all lines of a pattern hold: its longest literal parts, in their order. Few and short enough for a query,
 * which thus finds these lines, and maybe others that hold the same texts. A query has no line breaks.
 */
export function literalsOf(parts: readonly PatternPart[]): string[] {
  const texts = parts
    .flatMap(({ text = '' }) => text.split(/\p{Cc}/u))
    .map((text) => [...text.trim()].slice(0, MOST_CHARACTERS).join('').trim())
    .filter((text) => text.length >= LEAST_CHARACTERS);
  const longest = [...new Set(texts)].toSorted((a, b) => b.length - a.length).slice(0, MOST_TEXTS);
  return [...new Set(texts)].filter((text) => longest.includes(text));
}
