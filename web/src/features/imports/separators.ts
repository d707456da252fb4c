import { guessMapping } from './mapping.ts';
import { readLine } from './records.ts';
import { DELIMITERS, type Delimiter } from './types.ts';

/** Excel writes, and hides, a first line naming the delimiter: `sep=;`, `"sep=;"`, `sep=;;;` once saved again. */
const SEPARATOR_LINE = /^[ "']*sep *= *["']?(\\t|tab|[^a-z0-9\n]*)["' ]*$/i;

/** The delimiter that such a line names; null: not one of ours; undefined: the line is another. */
export function namedDelimiter(line: string): Delimiter | null | undefined {
  const named = SEPARATOR_LINE.exec(line)?.[1];
  if (named === undefined) return undefined;
  if (/^(\\t|tab)$/i.test(named)) return '\t';
  return DELIMITERS.find((delimiter) => delimiter === named.replace(/^["' ]+/, '').charAt(0)) ?? null;
}

const SAMPLE_LINES = 20;

const HEADING_LINES = 10;

/** The delimiter that makes most known columns of one of the first lines; else the one that they agree on. */
export function detectDelimiter(text: string): Delimiter {
  const lines = text
    .slice(0, 200_000)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, SAMPLE_LINES);
  // Names of columns hold no address.
  const headings = lines.slice(0, HEADING_LINES).filter((line) => !line.includes('@'));
  const found = DELIMITERS.map((delimiter) => {
    const counts = lines.map((line) => readLine(line, delimiter).length);
    return {
      delimiter,
      known: Math.max(0, ...headings.map((line) => guessMapping(readLine(line, delimiter)).filter(Boolean).length)),
      agreed: Math.min(...counts),
      most: Math.max(...counts),
    };
  }).sort((a, b) => b.known - a.known || b.agreed - a.agreed || b.most - a.most);
  const best = found[0];
  return best && (best.known > 0 || best.most > 1) ? best.delimiter : ',';
}
