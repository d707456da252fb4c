import { levelsOf, type LogNode, parseLogQuery, quoteLogValue } from './parse.ts';
import { isBlankText, listLogTokens, type LogQueryField, offsetsOf } from './tokens.ts';

/** One of the things that every line found must meet, as a chip shows it and a facet sets it. */
export interface LogFilter {
  /** Null for words, and for what mixes fields: `written` says it. */
  field: LogQueryField | null;
  /** One of them will do. */
  values: string[];
  isExcluded: boolean;
  /** Its own part of the query, from `start` up to `end` in the string. */
  written: string;
  /** The same without what negates it. */
  plain: string;
  start: number;
  end: number;
}

interface Parts {
  filters: LogFilter[];
  /** The query is one of alternatives: what is added must stand outside of them all. */
  hasAlternatives: boolean;
}

const partsOf = new Map<string, Parts | null>();
const MOST_REMEMBERED = 20;

/** Null when the query cannot be read. */
function readParts(text: string): Parts | null {
  const known = partsOf.get(text);
  if (known !== undefined) return known;
  const parts = parseLogQuery(text).error ? null : splitParts(text);
  if (partsOf.size >= MOST_REMEMBERED) partsOf.clear();
  partsOf.set(text, parts);
  return parts;
}

function splitParts(text: string): Parts {
  const offsets = offsetsOf(text);
  const spans: [start: number, end: number][] = [];
  let depth = 0;
  let start: number | undefined;
  let hasAlternatives = false;
  for (const { kind, place, length } of listLogTokens(text)) {
    const end = offsets[place + length]!;
    if (depth === 0 && (kind === 'and' || kind === 'or')) {
      hasAlternatives ||= kind === 'or';
      continue;
    }
    start ??= offsets[place]!;
    if (kind === '(') depth += 1;
    if (kind === ')') depth -= 1;
    if (depth > 0 || (kind !== ')' && kind !== 'operand')) continue;
    spans.push([start, end]);
    start = undefined;
  }
  if (spans.length > 1 && hasAlternatives) spans.splice(0, spans.length, [spans[0]![0], spans.at(-1)![1]]);
  return { filters: spans.map(([from, to]) => filterOf(text, from, to)), hasAlternatives };
}

function filterOf(text: string, start: number, end: number): LogFilter {
  const written = text.slice(start, end);
  let node = parseLogQuery(written).tree as LogNode;
  let isExcluded = false;
  for (; 'not' in node; node = node.not) isExcluded = !isExcluded;
  const base = { isExcluded, written, plain: withoutNot(written), start, end };
  if ('text' in node) return { field: null, values: [node.text], ...base };
  const leaves = 'or' in node ? node.or : [node];
  const field = 'field' in leaves[0]! ? leaves[0].field : null;
  const values = leaves.flatMap((leaf) => ('field' in leaf && leaf.field === field ? [leaf.value] : []));
  if (field === null || values.length < leaves.length) return { field: null, values: [], ...base };
  return { field, values, ...base };
}

/** Alternatives at the top get the parentheses that a minus before them needs. */
function withoutNot(written: string): string {
  const tokens = listLogTokens(written);
  const first = tokens.find(({ kind }) => kind !== 'not');
  const plain = written.slice(offsetsOf(written)[first?.place ?? 0]);
  return splitsAtTop(tokens) ? `(${written})` : plain;
}

function splitsAtTop(tokens: readonly { kind: string }[]): boolean {
  let depth = 0;
  return tokens.some(({ kind }) => {
    depth += kind === '(' ? 1 : kind === ')' ? -1 : 0;
    return depth === 0 && kind === 'or';
  });
}

/** Of a query that cannot be read: none. */
export const listLogFilters = (text: string): LogFilter[] => readParts(text)?.filters ?? [];

const fold = (value: string) => value.toLowerCase();
const isSame = (one: string) => (other: string) => fold(one) === fold(other);
const others = (values: string[], value: string) => values.filter((each) => !isSame(value)(each));

export const hasLogFilter = (text: string, field: LogQueryField, value: string, isExcluded = false): boolean =>
  listLogFilters(text).some(
    (filter) => filter.field === field && filter.isExcluded === isExcluded && filter.values.some(isSame(value)),
  );

function writeFilter(field: LogQueryField, values: string[], isExcluded: boolean): string {
  const each = values.map((value) => `${field}:${quoteLogValue(value)}`);
  const plain =
    each.length === 1
      ? each[0]!
      : field === 'level' && levelsOf(values.join(','))
        ? `level:${values.join(',')}`
        : `(${each.join(' OR ')})`;
  return isExcluded ? `-${plain}` : plain;
}

const replaced = (text: string, { start, end }: LogFilter, written: string): string =>
  text.slice(0, start) + written + text.slice(end);

/** Without a filter, and without the AND that tied it to the one before, or to the next when it is the first. */
export function dropLogFilter(text: string, filter: Pick<LogFilter, 'start' | 'end'>): string {
  const all = listLogFilters(text);
  const index = all.findIndex(({ start, end }) => start === filter.start && end === filter.end);
  if (index < 0) return text;
  const before = all[index - 1];
  const after = all[index + 1];
  if (before) return text.slice(0, before.end) + text.slice(filter.end);
  return after ? text.slice(0, filter.start) + text.slice(after.start) : '';
}

/** Asked for instead of left out, or the contrary. */
export const turnLogFilter = (text: string, filter: LogFilter): string =>
  replaced(text, filter, filter.isExcluded ? filter.plain : `-${filter.plain}`);

/** What stands in the query, and this too; alternatives get the parentheses that keep them together. */
function append(text: string, written: string): string {
  const parts = readParts(text);
  if (!parts) return text;
  if (isBlankText(text)) return written;
  return parts.hasAlternatives ? `(${text.trim()}) ${written}` : `${text.trimEnd()} ${written}`;
}

/** Without that value of a field, in what is asked for (or left out); without all of them when none is named. */
export function removeLogFilter(text: string, field: LogQueryField, value?: string, isExcluded = false): string {
  let left = text;
  // From the end, so that places of those before stay what they are.
  for (const filter of listLogFilters(text).toReversed()) {
    if (filter.field !== field || (value !== undefined && filter.isExcluded !== isExcluded)) continue;
    const values = value === undefined ? [] : others(filter.values, value);
    if (values.length === filter.values.length) continue;
    left = values.length
      ? replaced(left, filter, writeFilter(field, values, filter.isExcluded))
      : dropLogFilter(left, filter);
  }
  return left;
}

/** Asks for that value of a field too; one more beside those asked for already. It is left out no longer. */
export function addLogFilter(text: string, field: LogQueryField, value: string): string {
  if (hasLogFilter(text, field, value)) return text;
  const included = removeLogFilter(text, field, value, true);
  const beside = listLogFilters(included).find((filter) => filter.field === field && !filter.isExcluded);
  if (!beside) return append(included, writeFilter(field, [value], false));
  return replaced(included, beside, writeFilter(field, [...beside.values, value], false));
}

/** Leaves that value of a field out; it is asked for no longer. */
export function excludeLogFilter(text: string, field: LogQueryField, value: string): string {
  if (hasLogFilter(text, field, value, true)) return text;
  return append(removeLogFilter(text, field, value), writeFilter(field, [value], true));
}

export const toggleLogFilter = (text: string, field: LogQueryField, value: string): string =>
  hasLogFilter(text, field, value) ? removeLogFilter(text, field, value) : addLogFilter(text, field, value);

/** That value alone, for what has one: after, before, group. */
export function setLogFilter(text: string, field: LogQueryField, value: string | null): string {
  const [first, ...rest] = listLogFilters(text).filter((filter) => filter.field === field);
  if (value === null || !first) {
    const without = removeLogFilter(text, field);
    return value === null ? without : append(without, writeFilter(field, [value], false));
  }
  const single = rest.toReversed().reduce((left, filter) => dropLogFilter(left, filter), text);
  return replaced(single, first, writeFilter(field, [value], false));
}

/** Lines that hold these texts, all of them; or all but those. */
export function addLogTexts(text: string, texts: readonly string[], isExcluded = false): string {
  const written = texts.map((each) => quoteLogValue(each, true));
  if (written.length === 0) return text;
  if (!isExcluded) return written.reduce((left, each) => (hasPart(left, each) ? left : append(left, each)), text);
  const excluded = written.length === 1 ? `-${written[0]!}` : `-(${written.join(' ')})`;
  return hasPart(text, excluded) ? text : append(text, excluded);
}
const hasPart = (text: string, part: string) => listLogFilters(text).some(({ written }) => written === part);

/** Texts that lines are asked to hold: what is marked in them. */
export function listLogTexts(text: string): string[] {
  const texts = new Set<string>();
  const walk = (node: LogNode, isNegated: boolean): void => {
    if ('not' in node) walk(node.not, !isNegated);
    else if ('text' in node) {
      if (!isNegated) texts.add(node.text);
    } else for (const part of 'and' in node ? node.and : 'or' in node ? node.or : []) walk(part, isNegated);
  };
  const { tree } = parseLogQuery(text);
  if (tree) walk(tree, false);
  return [...texts];
}

/** The query within a scope, and how many characters stand before it; what cannot be read stays alone. */
export function scopeLogQuery(scope: string, text: string): { query: string; before: number } {
  if (!scope || parseLogQuery(text).error) return { query: text, before: 0 };
  return isBlankText(text)
    ? { query: scope, before: 0 }
    : { query: `${scope} (${text})`, before: Array.from(scope).length + 2 };
}
