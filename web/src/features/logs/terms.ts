/**
 * A query in pieces, for who clicks rather than writes: what all lines must meet, one by one. Read as
 * `private.parse_log_query` does; what cannot be read stays one piece, and the database says why.
 */

const FIELDS = ['level', 'source', 'client', 'license', 'version', 'group', 'after', 'before'] as const;
export type LogField = (typeof FIELDS)[number];
const FIELD = new RegExp(`^(${FIELDS.join('|')}):`, 'i');
const BLANK = /[\s\u200b\ufeff]/;

interface Token {
  kind: 'operand' | 'not' | 'and' | 'or' | '(' | ')' | 'broken';
  from: number;
  to: number;
  field?: LogField;
  value?: string;
}

function wordAt(query: string, from: number, begin: number): Token {
  let depth = 0;
  let at = begin;
  for (; at < query.length; at += 1) {
    const letter = query[at]!;
    if (letter === '"' || BLANK.test(letter) || (letter === ')' && !depth) || (letter === '(' && at === begin)) break;
    depth += letter === '(' ? 1 : letter === ')' ? -1 : 0;
  }
  return { kind: 'operand', from, to: at, value: query.slice(begin, at) };
}

function phraseAt(query: string, from: number, begin: number): Token {
  const phrase = /^"((?:[^"\\]|\\["\\]|\\(?!["\\]))*)"/.exec(query.slice(begin));
  if (!phrase) return { kind: 'broken', from: begin, to: query.length };
  return { kind: 'operand', from, to: begin + phrase[0].length, value: phrase[1]!.replace(/\\(["\\])/g, '$1') };
}

function tokenAt(query: string, from: number): Token {
  const rest = query.slice(from);
  const letter = rest[0]!;
  if (letter === '(' || letter === ')') return { kind: letter, from, to: from + 1 };
  if (letter === '-') return { kind: /^-(?:[\s)]|$)/.test(rest) ? 'broken' : 'not', from, to: from + 1 };
  const field = FIELD.exec(rest)?.[1]?.toLowerCase() as LogField | undefined;
  const begin = from + (field ? field.length + 1 : 0);
  const token = query[begin] === '"' ? phraseAt(query, from, begin) : wordAt(query, from, begin);
  if (field) return { ...token, field };
  const isOperator = query[begin] !== '"' && /^(AND|OR|NOT)$/.test(token.value ?? '');
  return isOperator ? { kind: token.value!.toLowerCase() as 'and' | 'or' | 'not', from, to: token.to } : token;
}

function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < query.length;) {
    if (BLANK.test(query[at]!)) at += 1;
    else {
      const token = tokenAt(query, at);
      tokens.push(token);
      // An empty operand stands before a parenthesis or a quote: `level:(`.
      at = Math.max(token.to, at + 1);
    }
  }
  return tokens;
}

export interface Term {
  /** As it is written, without what negates it. */
  text: string;
  isNegated: boolean;
  /** Of one field or text; none for what stands in parentheses. */
  field?: LogField;
  value?: string;
}

const isBalanced = (tokens: readonly Token[]): boolean => {
  let depth = 0;
  for (const { kind } of tokens) {
    depth += kind === '(' ? 1 : kind === ')' ? -1 : 0;
    if (depth < 0 || kind === 'broken') return false;
  }
  return depth === 0;
};

/** What all lines must meet; alternatives at the top, or what cannot be read, are one. */
export function termsOf(query: string): Term[] {
  const tokens = tokensOf(query);
  const terms: Term[] = [];
  let depth = 0;
  let begin = 0;
  let isNegated = false;
  for (const token of tokens) {
    if (depth === 0 && token.kind === 'or') return [{ text: query.trim(), isNegated: false }];
    if (token.kind === '(' && depth++ === 0) begin = token.from;
    else if (token.kind === ')' && --depth === 0) terms.push({ text: query.slice(begin, token.to), isNegated });
    else if (depth === 0 && token.kind === 'not') isNegated = !isNegated;
    else if (depth === 0 && token.kind === 'operand') {
      const { field, value, from, to } = token;
      terms.push({ text: query.slice(from, to), isNegated, ...(field ? { field } : {}), ...(value ? { value } : {}) });
    }
    if (depth === 0 && token.kind !== 'not' && token.kind !== '(') isNegated = false;
  }
  return isBalanced(tokens) ? terms : [{ text: query.trim(), isNegated: false }];
}

/** A field or a text as it is written, in quotes where it must be. */
export function writeTerm(field: LogField | undefined, value: string): string {
  const isPlain =
    !/[\s"()\\\u200b\ufeff]|^-/.test(value) &&
    !['', 'AND', 'OR', 'NOT'].includes(value) &&
    (field !== undefined || !FIELD.test(value));
  return `${field ? `${field}:` : ''}${isPlain ? value : `"${value.replace(/(["\\])/g, String.raw`\$1`)}"`}`;
}

const print = (terms: readonly Term[]): string =>
  terms.map(({ text, isNegated }) => `${isNegated ? '-' : ''}${text}`).join(' ');

export const withoutTerm = (query: string, place: number): string => print(termsOf(query).toSpliced(place, 1));

export const negateTerm = (query: string, place: number): string =>
  print(termsOf(query).map((term, index) => (index === place ? { ...term, isNegated: !term.isNegated } : term)));

const same = (term: Term, field: LogField | undefined, value: string): boolean =>
  term.field === field && term.value?.toLowerCase() === value.toLowerCase();

/** Whether a query holds a value of a field, or its contrary. */
export function termState(query: string, field: LogField, value: string): 'only' | 'without' | undefined {
  const found = termsOf(query).find((term) => same(term, field, value));
  return found && (found.isNegated ? 'without' : 'only');
}

/**
 * The query that also asks for a value, or for all but it. A line has one level, source or licence: another value asked
 * for takes the place of the first.
 */
export function withTerm(query: string, field: LogField | undefined, value: string, isNegated = false): string {
  const terms = termsOf(query).filter(
    (term) => !same(term, field, value) && !(field && term.field === field && !isNegated && !term.isNegated),
  );
  const isWhole = terms.length === 1 && tokensOf(terms[0]!.text).some(({ kind }) => kind === 'or');
  const kept = isWhole && !/^\(.*\)$/s.test(terms[0]!.text) ? [{ ...terms[0]!, text: `(${terms[0]!.text})` }] : terms;
  return print([...kept, { text: writeTerm(field, value), isNegated }]);
}

/** A facet's click: asks for the value, or no longer. */
export function toggleTerm(query: string, field: LogField, value: string, isNegated = false): string {
  const place = termsOf(query).findIndex((term) => same(term, field, value) && term.isNegated === isNegated);
  return place < 0 ? withTerm(query, field, value, isNegated) : withoutTerm(query, place);
}

/** Texts that lines are asked to hold: what is marked in them. */
export function textsOf(query: string): string[] {
  const texts = new Set<string>();
  const outer: boolean[] = [];
  let isNegated = false;
  let next = false;
  for (const { kind, field, value } of tokensOf(query)) {
    if (kind === 'not') next = !next;
    else if (kind === '(') {
      outer.push(isNegated);
      isNegated = isNegated !== next;
      next = false;
    } else if (kind === ')') isNegated = outer.pop() ?? false;
    else if (kind === 'operand') {
      if (!field && value?.trim() && isNegated === next) texts.add(value);
      next = false;
    }
  }
  return [...texts];
}

/** The query within a scope, and how many characters stand before it. What its parentheses would leave stays alone. */
export function scopedQuery(scope: string, query: string): { query: string; before: number } {
  if (!scope || !isBalanced(tokensOf(query))) return { query, before: 0 };
  return query.trim() ? { query: `${scope} (${query})`, before: scope.length + 2 } : { query: scope, before: 0 };
}
