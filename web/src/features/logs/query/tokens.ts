/**
 * The language of private.parse_log_query, which has the last word, read once more here: to colour, to complete, and to
 * say where a mistake is before it is sent. One corpus drives both. Places count characters (code points), as
 * PostgreSQL does; `offsetsOf` says where they are in a string of JavaScript.
 */

export const LOG_QUERY_FIELDS = [
  'level',
  'source',
  'client',
  'license',
  'version',
  'group',
  'after',
  'before',
] as const;
export type LogQueryField = (typeof LOG_QUERY_FIELDS)[number];

export const LOG_QUERY_CHARACTERS = 4_000;

export type LogTokenKind = 'end' | 'operand' | 'not' | 'and' | 'or' | '(' | ')' | 'lone' | 'open phrase' | 'no text';

export interface LogToken {
  kind: LogTokenKind;
  /** Characters before it. */
  place: number;
  length: number;
  field?: LogQueryField;
  /** What is looked for, without quotes and their backslashes. */
  value?: string;
}

const BLANKS = String.raw` \t\n\v\f\r\u0085\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff`;
export const logBlank = new RegExp(`[${BLANKS}]`);
export const isBlankText = (text: string): boolean => new RegExp(`^[${BLANKS}]*$`).test(text);
export const withoutBlanks = (text: string): string => text.replace(new RegExp(`[${BLANKS}]`, 'g'), '');

const FIELD = new RegExp(`^(${LOG_QUERY_FIELDS.join('|')}):`, 'i');
const LONGEST_FIELD = Math.max(...LOG_QUERY_FIELDS.map(({ length }) => length)) + 1;
/** What no text of the database can hold: U+0000, and half of a surrogate pair. */
const noText = (letter: string): boolean => letter === '\u0000' || /^[\ud800-\udfff]$/.test(letter);

export const fieldOf = (text: string): LogQueryField | undefined =>
  FIELD.exec(text)?.[1]?.toLowerCase() as LogQueryField | undefined;

/** The token after so many characters. */
export function nextLogToken(letters: readonly string[], start: number): LogToken {
  let place = start;
  while (place < letters.length && logBlank.test(letters[place]!)) place += 1;
  const letter = letters[place];
  const next = letters[place + 1];
  if (letter === undefined) return { kind: 'end', place, length: 0 };
  if (letter === '(' || letter === ')') return { kind: letter, place, length: 1 };
  if (letter === '-')
    return { kind: next === undefined || next === ')' || logBlank.test(next) ? 'lone' : 'not', place, length: 1 };
  const field = fieldOf(letters.slice(place, place + LONGEST_FIELD).join(''));
  const at = place + (field ? field.length + 1 : 0);
  const given = field ? { field } : {};
  return letters[at] === '"' ? readPhrase(letters, place, at, given) : readWord(letters, place, at, given);
}

type Given = { field?: LogQueryField };

function readPhrase(letters: readonly string[], place: number, at: number, given: Given): LogToken {
  let value = '';
  for (let index = at + 1; index < letters.length; index += 1) {
    const letter = letters[index]!;
    const next = letters[index + 1];
    if (letter === '"') return { kind: 'operand', place, length: index + 1 - place, ...given, value };
    if (noText(letter)) return { kind: 'no text', place: index, length: 1 };
    const isEscape = letter === '\\' && (next === '"' || next === '\\');
    if (isEscape) index += 1;
    value += isEscape ? next : letter;
  }
  return { kind: 'open phrase', place: at, length: 1, ...given };
}

/** A word keeps the parentheses it opens itself: connect(5) is one. */
function readWord(letters: readonly string[], place: number, at: number, given: Given): LogToken {
  let value = '';
  let depth = 0;
  let end = at;
  for (; end < letters.length; end += 1) {
    const letter = letters[end]!;
    if (letter === '"' || logBlank.test(letter) || (letter === ')' && depth === 0) || (letter === '(' && value === ''))
      break;
    if (noText(letter)) return { kind: 'no text', place: end, length: 1 };
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    value += letter;
  }
  const length = end - place;
  if (!given.field && (value === 'AND' || value === 'OR' || value === 'NOT'))
    return { kind: value.toLowerCase() as LogTokenKind, place, length };
  return { kind: 'operand', place, length, ...given, value };
}

/** All of a text, mistakes included, to be coloured; what is beyond the longest query is left out. */
export function listLogTokens(text: string): LogToken[] {
  const letters = Array.from(text).slice(0, LOG_QUERY_CHARACTERS);
  const tokens: LogToken[] = [];
  for (let at = 0; ;) {
    const token = nextLogToken(letters, at);
    if (token.kind === 'end') return tokens;
    // A phrase that is never closed reaches to the end.
    const length = token.kind === 'open phrase' ? letters.length - token.place : token.length;
    tokens.push({ ...token, length });
    at = token.place + length;
  }
}

/** Where each character begins in the string, and where the last one ends. */
export function offsetsOf(text: string): number[] {
  const offsets = [0];
  for (const letter of Array.from(text)) offsets.push(offsets.at(-1)! + letter.length);
  return offsets;
}
