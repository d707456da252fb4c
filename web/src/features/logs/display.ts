/** A stranger's text made inert: no colours of a terminal, nothing unseen, nothing that turns the direction. */

const ESCAPE = String.fromCharCode(27);
const BELL = String.fromCharCode(7);
/** ECMA-48: control sequences, operating system commands, and what is escaped by one letter. */
const TERMINAL = new RegExp(
  [
    String.raw`(?:${ESCAPE}\[|\u009b)[0-?]*[ -/]*[@-~]`,
    String.raw`${ESCAPE}\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\)`,
    String.raw`${ESCAPE}[@-Z\\-_]`,
  ].join('|'),
  'g',
);
const CONTROL = /\p{Cc}/gu;
/** They change the direction or hide; joiners stay, emoji are made of them. */
const UNSEEN = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

const DELETE = 0x7f;
const PICTURES = 0x2400;
const named = (letter: string): string => `⟨U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`;
const pictured = (letter: string): string => {
  const code = letter.codePointAt(0)!;
  if (letter === '\n' || letter === '\t') return letter;
  if (code === DELETE) return '\u2421';
  return code < 32 ? String.fromCodePoint(PICTURES + code) : named(letter);
};

export const inert = (text: string): string =>
  text.replace(TERMINAL, '').replace(/\r\n/g, '\n').replace(CONTROL, pictured).replace(UNSEEN, named);

const LINE_LENGTH = 400;

/** As much of a text as one row can show. */
export function oneLine(text: string, length = LINE_LENGTH): string {
  const line = inert(text.slice(0, length * 4)).replace(/\s*\n\s*/g, ' ↵ ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

/** What the fold of the database makes of letters that have no accent to lose. */
const APART: Record<string, string> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', đ: 'd', ł: 'l' };

function fold(text: string): { folded: string; places: number[] } {
  let folded = '';
  const places: number[] = [];
  let at = 0;
  for (const letter of text) {
    const small = letter.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
    const plain = APART[small] ?? small;
    folded += plain;
    for (let index = 0; index < plain.length; index += 1) places.push(at);
    at += letter.length;
  }
  places.push(at);
  return { folded, places };
}

export interface Segment {
  text: string;
  isFound: boolean;
}

/** A text cut where the words that were looked for stand: case and accents ignored, as `private.log_words` does. */
export function segmentsOf(text: string, words: readonly string[]): Segment[] {
  const needles = words.map((word) => fold(word).folded).filter(Boolean);
  if (!needles.length) return [{ text, isFound: false }];
  const { folded, places } = fold(text);
  const found = needles.flatMap((needle) => {
    const hits: [number, number][] = [];
    for (let at = folded.indexOf(needle); at >= 0; at = folded.indexOf(needle, at + needle.length))
      hits.push([places[at]!, places[at + needle.length]!]);
    return hits;
  });
  const segments: Segment[] = [];
  let done = 0;
  for (const [from, to] of found.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const begin = Math.max(from, done);
    if (to <= begin) continue;
    if (begin > done) segments.push({ text: text.slice(done, begin), isFound: false });
    segments.push({ text: text.slice(begin, to), isFound: true });
    done = to;
  }
  if (done < text.length) segments.push({ text: text.slice(done), isFound: false });
  return segments;
}

const FRAME = /^\s*(?:at |File "|#\d+ |in .+:\d+|from .+:\d+)|@.+:\d+:\d+$|^\s+.+\(.+:\d+\)$/;
const FOREIGN = /node_modules|site-packages|\bnode:|\binternal\/|<anonymous>|\(native\)|webpack/;

export interface StackPart {
  kind: 'text' | 'frame' | 'folded';
  lines: string[];
}

/** Our own frames one by one; those of libraries, and what follows the first few, folded together. */
export function foldStack(stack: string, own = 5): StackPart[] {
  const parts: StackPart[] = [];
  let shown = 0;
  for (const line of inert(stack)
    .split('\n')
    .filter((each) => each.trim())) {
    const isFrame = FRAME.test(line);
    const isFolded = isFrame && (FOREIGN.test(line) || shown >= own);
    const last = parts.at(-1);
    if (isFolded && last?.kind === 'folded') last.lines.push(line);
    else parts.push({ kind: isFolded ? 'folded' : isFrame ? 'frame' : 'text', lines: [line] });
    if (isFrame && !isFolded) shown += 1;
  }
  return parts;
}
