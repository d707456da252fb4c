import { logLevels } from '@contracts/constants/logs.ts';
import { quoteLogValue } from './parse.ts';
import { fieldOf, listLogTokens, LOG_QUERY_FIELDS, type LogToken, offsetsOf } from './tokens.ts';

export interface LogCompletion {
  kind: 'field' | 'operator' | 'level' | 'source' | 'time';
  /** What it is called in a list. */
  name: string;
  /** What it puts from `start` up to `end` of the string. */
  insert: string;
}
export interface LogCompletions {
  start: number;
  end: number;
  options: LogCompletion[];
}

const OPERATORS = ['AND', 'OR', 'NOT'] as const;
const TIMES = ['15m', '1h', '2h', '24h', '7d', '30d', 'today', 'yesterday'] as const;
const MOST = 10;

const fold = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();

/** What may stand where somebody writes; the string is put in as far as its token goes. */
export function completeLogQuery(text: string, caret: number, sources: readonly string[]): LogCompletions {
  const offsets = offsetsOf(text);
  const tokens = listLogTokens(text).map((token) => ({
    ...token,
    start: offsets[token.place]!,
    end: offsets[token.place + token.length]!,
  }));
  const token = tokens.find(({ kind, start, end }) => isWritten(kind) && start < caret && caret <= end);
  if (!token) return { start: caret, end: caret, options: operands('', tokens.length > 0) };
  if (token.kind === 'open phrase' && token.field) return valuesOf(text, token, token.start, caret, caret, sources);
  const typed = text.slice(token.start, caret);
  const field = fieldOf(typed);
  if (field) return valuesOf(text, token, token.start + field.length + 1, caret, token.end, sources);
  // Within quotes everything is text.
  const isPhrase = token.kind === 'open phrase' || text[token.start] === '"';
  const hasBefore = tokens[0]!.start < token.start;
  return { start: token.start, end: token.end, options: isPhrase || token.field ? [] : operands(typed, hasBefore) };
}

/** No blank is put beside one. */
export const skipsBlank = (text: string, end: number, { insert }: LogCompletion): boolean =>
  insert.endsWith(' ') && text[end] === ' ';

const isWritten = (kind: LogToken['kind']) => ['operand', 'open phrase', 'and', 'or', 'not'].includes(kind);

function operands(typed: string, hasBefore: boolean): LogCompletion[] {
  const begins = (name: string) => fold(name).startsWith(fold(typed));
  const fields = LOG_QUERY_FIELDS.filter(begins).map((field) => ({
    kind: 'field' as const,
    name: `${field}:`,
    insert: `${field}:`,
  }));
  const operators = OPERATORS.filter((word) => (word === 'NOT' || hasBefore) && begins(word) && typed !== word);
  return [...fields, ...operators.map((word) => ({ kind: 'operator' as const, name: word, insert: `${word} ` }))];
}

function valuesOf(
  text: string,
  { field }: LogToken,
  start: number,
  caret: number,
  end: number,
  sources: readonly string[],
): LogCompletions {
  // Of a list of levels the last one is being written.
  const from = field === 'level' ? Math.max(start, text.lastIndexOf(',', caret - 1) + 1) : start;
  const typed = fold(text.slice(from, caret).replace(/^"/, ''));
  const offer = (kind: LogCompletion['kind'], names: readonly string[], holds: (name: string) => boolean) => ({
    start: from,
    end,
    options: names
      .filter(holds)
      .slice(0, MOST)
      .map((name) => ({ kind, name, insert: `${quoteLogValue(name)} ` })),
  });
  const begins = (name: string) => fold(name).startsWith(typed);
  if (field === 'level') return offer('level', [...logLevels.toReversed(), 'none'], begins);
  if (field === 'source') return offer('source', sources, (name) => fold(name).includes(typed));
  if (field === 'after' || field === 'before') return offer('time', TIMES, begins);
  return { start: from, end, options: [] };
}
