import { logLevels } from '@contracts/constants/logs.ts';
import { type LogTime, readLogTime } from './times.ts';
import {
  fieldOf,
  isBlankText,
  LOG_QUERY_CHARACTERS,
  type LogQueryField,
  type LogToken,
  logBlank,
  nextLogToken,
  withoutBlanks,
} from './tokens.ts';

export type LogNode =
  | { and: LogNode[] }
  | { or: LogNode[] }
  | { not: LogNode }
  | { text: string }
  | ({ field: LogQueryField; value: string } & Partial<LogTime>);

/** As private.fail_log_query names them, and what never reaches the database. */
export const LOG_QUERY_REASONS = [
  'empty_phrase',
  'value_missing',
  'unknown_level',
  'unknown_time',
  'unknown_group',
  'too_long',
  'open_phrase',
  'operand_missing',
  'too_deep',
  'nothing_to_close',
  'not_closed',
  'too_many_operands',
  'text_too_short',
  'no_text',
] as const;
export type LogQueryReason = (typeof LOG_QUERY_REASONS)[number];

export interface LogQueryError {
  reason: LogQueryReason;
  /** Characters (code points) before it. */
  position: number;
  length: number;
}

export type LogQuery = { tree: LogNode; error?: undefined } | { tree?: undefined; error: LogQueryError };

const MOST_DEPTH = 64;
const MOST_OPERANDS = 100;

class Unreadable extends Error {
  constructor(readonly fault: LogQueryError) {
    super(fault.reason);
  }
}

function fail(reason: LogQueryReason, position: number, length = 1): never {
  throw new Unreadable({ reason, position, length });
}

/** For each open parenthesis: alternatives that are complete, the one being read, and what waits for an operand. */
interface Level {
  ors: LogNode[];
  ands: LogNode[];
  isNegated: boolean;
  isWaiting: boolean;
  opened: number;
}
const newLevel = (opened: number): Level => ({ ors: [], ands: [], isNegated: false, isWaiting: false, opened });

const joined = (word: 'and' | 'or', nodes: LogNode[]): LogNode =>
  nodes.length === 1 ? nodes[0]! : ({ [word]: nodes } as LogNode);

export function parseLogQuery(text: string): LogQuery {
  try {
    return { tree: readQuery(Array.from(text)) };
  } catch (error) {
    if (error instanceof Unreadable) return { error: error.fault };
    throw error;
  }
}

function readQuery(letters: readonly string[]): LogNode {
  if (letters.length > LOG_QUERY_CHARACTERS)
    fail('too_long', LOG_QUERY_CHARACTERS, letters.length - LOG_QUERY_CHARACTERS);
  const levels = [newLevel(0)];
  let operands = 0;
  for (let at = 0; ;) {
    const token = nextLogToken(letters, at);
    at = token.place + token.length;
    const level = levels.at(-1)!;
    switch (token.kind) {
      case 'no text':
        return fail('no_text', token.place);
      case 'open phrase':
        return fail('open_phrase', token.place);
      case 'lone':
        return fail('operand_missing', token.place);
      case 'not':
        level.isNegated = !level.isNegated;
        level.isWaiting = true;
        break;
      case 'and':
      case 'or':
        if (level.isWaiting || level.ands.length === 0) fail('operand_missing', token.place, token.length);
        level.isWaiting = true;
        if (token.kind === 'or') level.ors.push(joined('and', level.ands.splice(0)));
        break;
      case '(':
        if (levels.length > MOST_DEPTH) fail('too_deep', token.place);
        levels.push(newLevel(token.place));
        break;
      case ')':
      case 'end': {
        const node = closeLevel(levels, token);
        if (levels.length === 0) return node;
        addNode(levels.at(-1)!, node);
        break;
      }
      default: {
        const node = readOperand(token);
        operands += 1;
        if (operands > MOST_OPERANDS) fail('too_many_operands', token.place, token.length);
        addNode(level, node);
      }
    }
  }
}

/** Takes the innermost level away; its node is what stands in its parentheses. */
function closeLevel(levels: Level[], { kind, place, length }: LogToken): LogNode {
  const { ors, ands, isWaiting, opened } = levels.at(-1)!;
  const isOuter = levels.length === 1;
  if (kind === ')' && isOuter) fail('nothing_to_close', place);
  if (kind === 'end' && !isOuter) fail('not_closed', opened);
  if (isWaiting || (ands.length === 0 && !(isOuter && ors.length === 0))) fail('operand_missing', place, length);
  levels.pop();
  return ands.length === 0 ? { and: [] } : joined('or', [...ors, joined('and', ands)]);
}

function addNode(level: Level, node: LogNode): void {
  level.ands.push(level.isNegated ? { not: node } : node);
  level.isNegated = false;
  level.isWaiting = false;
}

function readOperand({ field, value = '', place, length }: LogToken): LogNode {
  if (isBlankText(value)) fail(field ? 'value_missing' : 'empty_phrase', place, length);
  if (!field) return { text: value };
  if (field === 'level') {
    const levels = levelsOf(value);
    if (!levels) fail('unknown_level', place, length);
    return joined(
      'or',
      levels.map((level) => ({ field, value: level })),
    );
  }
  if (field === 'after' || field === 'before')
    return { field, value, ...(readLogTime(value) ?? fail('unknown_time', place, length)) };
  if (field === 'group' && !/^[0-9]{1,16}$/.test(value)) fail('unknown_group', place, length);
  return { field, value };
}

export const LOG_QUERY_LEVELS: readonly string[] = [...logLevels, 'none'];

/** Levels of a list, each once; undefined when one is none. */
export function levelsOf(value: string): string[] | undefined {
  const levels = withoutBlanks(value)
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .split(',')
    .map((level) => (level === 'warn' ? 'warning' : level));
  return levels.every((level) => LOG_QUERY_LEVELS.includes(level)) ? [...new Set(levels)] : undefined;
}

const QUOTED = /["()\\]/;

/** A value as it stands in a query, in quotes where it must. */
export function quoteLogValue(value: string, isText = false): string {
  const must =
    QUOTED.test(value) ||
    logBlank.test(value) ||
    value.startsWith('-') ||
    ['', 'AND', 'OR', 'NOT'].includes(value) ||
    (isText && fieldOf(value) !== undefined);
  return must ? `"${value.replace(/["\\]/g, String.raw`\$&`)}"` : value;
}

/** With every parenthesis, as private.print_log_query: NOT a OR b AND c is (NOT a) OR (b AND c). */
export const printLogQuery = (tree: LogNode): string => printNode(tree, false);

function printNode(node: LogNode, isInner: boolean): string {
  if ('text' in node) return quoteLogValue(node.text, true);
  if ('field' in node) return `${node.field}:${quoteLogValue(node.value)}`;
  const plain =
    'not' in node
      ? `NOT ${printNode(node.not, true)}`
      : 'and' in node
        ? node.and.map((part) => printNode(part, true)).join(' AND ')
        : node.or.map((part) => printNode(part, true)).join(' OR ');
  return isInner ? `(${plain})` : plain;
}
