import type { Sql } from 'postgres';
import type { ApiRole } from '../context.ts';
import type { Tuple } from './replication.ts';
import { quote, type Table } from './tables.ts';

/** Hosted's, as SQL writes them. Source: supabase/realtime, `realtime.check_equality_op`. */
const operators = {
  eq: '=',
  neq: '<>',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  in: '=',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
  is: 'is',
  isdistinct: 'is distinct from',
} as const;
type Operator = keyof typeof operators;

/** `values` are in the type's own output form, so that equal values are equal texts; patterns are as they came. */
export interface Condition {
  column: string;
  operator: Operator;
  values: string[];
  negated: boolean;
}

export class FilterError extends Error {
  override readonly name = 'FilterError';
}

const longestList = 100;
/** Types whose equal values are always written alike. */
const comparedAsText = new Set(['text', 'varchar', 'uuid', 'bool', 'enum', 'int2', 'int4', 'int8']);
const comparedAsInteger = new Set(['int2', 'int4', 'int8']);
const keywords = new Set(['null', 'true', 'false', 'unknown']);
const patternOperators: Partial<Record<Operator, string>> = { like: '~~', ilike: '~~', match: '~', imatch: '~*' };

/** `column=op.value[,column=not.op.value…]`, the comma meaning AND; only blanks mean no filter. */
export function parseFilter(text: string): Condition[] {
  if (text.trim() === '') return [];
  return splitOutside(text, ',').map((part) => {
    const [, column, not, operator, value] = /^([^=]+)=(not\.)?([a-z]+)\.([\s\S]*)$/.exec(part.trim()) ?? [];
    if (!column || !operator || !Object.hasOwn(operators, operator))
      throw new FilterError(`"${part}" is not a condition`);
    return {
      column: column.trim(),
      operator: operator as Operator,
      values: readValues(operator, value ?? ''),
      negated: not !== undefined,
    };
  });
}

function readValues(operator: string, value: string): string[] {
  if (operator !== 'in') return [unquoteValue(value)];
  const list = /^\(([\s\S]*)\)$/.exec(value)?.[1];
  if (list === undefined) throw new FilterError(`"${value}" is not a list`);
  const values = splitOutside(list, ',').map((item) => unquoteValue(item.trim()));
  if (values.length > longestList) throw new FilterError(`A list has at most ${longestList} values`);
  return values;
}

/** Splits where neither quotes nor parentheses are open. */
function splitOutside(text: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (isQuoted && character === '\\') {
      parts[parts.length - 1] += character + (text[++index] ?? '');
      continue;
    }
    // As hosted: within a value a quote is a character, and a parenthesis that was never opened closes nothing.
    if (character === '"') isQuoted = isQuoted ? false : /^$|[.(,]$/.test(text.slice(0, index).trimEnd());
    else if (!isQuoted && character === '(') depth++;
    else if (!isQuoted && character === ')') depth = Math.max(0, depth - 1);
    if (character === separator && !isQuoted && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

const unquoteValue = (value: string) =>
  /^"(?:[^"\\]|\\[\s\S])*"$/.test(value) ? value.slice(1, -1).replace(/\\([\s\S])/g, '$1') : value;

/** Checks a filter as hosted does when a subscription is made: columns the role may read, values of their types. */
export async function checkFilter(
  sql: Sql,
  table: Table,
  role: ApiRole,
  conditions: Condition[],
): Promise<Condition[]> {
  return Promise.all(
    conditions.map(async (condition) => {
      const { column: name, values } = condition;
      const column = table.column(name);
      if (!column?.readers.has(role)) throw new FilterError(`Column "${name}" is not there`);
      try {
        return { ...condition, values: await checkValues(sql, column.cast, condition) };
      } catch (cause) {
        if (cause instanceof FilterError) throw cause;
        throw new FilterError(`"${values.join(',')}" is no value of column "${name}"`, { cause });
      }
    }),
  );
}

/** What would fail only when a change comes must fail here. Source: `realtime.subscription_check_filters`. */
async function checkValues(sql: Sql, cast: string, { operator, values }: Condition): Promise<string[]> {
  if (operator === 'is') {
    const isForType = values[0] === 'null' || cast === 'boolean';
    if (!keywords.has(values[0]!) || !isForType) throw new FilterError(`"is.${values[0]}" is not for type ${cast}`);
    return values;
  }
  const pattern = patternOperators[operator];
  if (pattern) {
    // LIKE takes the type alone on its left, a regular expression on both sides, as hosted asks.
    const [known] = await sql`select '' ~ ${pattern === '~~' ? '' : values[0]!} from pg_operator
      where oprname = ${pattern} and oprleft = ${cast}::regtype and oprresult = 'boolean'::regtype
        and (${pattern} = '~~' or oprright = oprleft) limit 1`;
    if (!known) throw new FilterError(`Operator "${operator}" requires a text-compatible type, got ${cast}`);
    return values;
  }
  const rows = await sql.unsafe<{ text: string }[]>(
    `select t.v::${cast}::text as text from unnest($1::text[]) with ordinality as t (v, n) order by n`,
    [values],
  );
  return rows.map(({ text }) => text);
}

/** Which of the rows satisfy all conditions; NULL satisfies few and a value that is not in the log satisfies none. */
export async function matchRows(sql: Sql, table: Table, conditions: Condition[], rows: Tuple[]): Promise<boolean[]> {
  const matches = rows.map(() => true);
  for (const condition of conditions) {
    const column = table.column(condition.column);
    const texts = rows.map((row) => row[condition.column]);
    const results = !column
      ? texts.map(() => false)
      : (matchByHand(condition, column.base, texts) ?? (await matchBySql(sql, column.cast, condition, texts)));
    results.forEach((result, index) => (matches[index] &&= result));
  }
  return matches;
}

type Text = string | null | undefined;

function matchByHand({ operator, values, negated }: Condition, base: string | null, texts: Text[]) {
  if (base === null) return undefined;
  const compare = comparisonOf(operator, values, base);
  return compare && texts.map((text) => typeof text === 'string' && compare(text) !== negated);
}

function comparisonOf(operator: Operator, values: string[], base: string): ((text: string) => boolean) | undefined {
  if (operator === 'eq' || operator === 'in')
    return comparedAsText.has(base) ? (text) => values.includes(text) : undefined;
  if (operator === 'neq') return comparedAsText.has(base) ? (text) => text !== values[0] : undefined;
  if (!comparedAsInteger.has(base) || !['lt', 'lte', 'gt', 'gte'].includes(operator)) return undefined;
  const limit = BigInt(values[0]!);
  if (operator === 'lt') return (text) => BigInt(text) < limit;
  if (operator === 'lte') return (text) => BigInt(text) <= limit;
  if (operator === 'gt') return (text) => BigInt(text) > limit;
  return (text) => BigInt(text) >= limit;
}

async function matchBySql(sql: Sql, cast: string, condition: Condition, texts: Text[]): Promise<boolean[]> {
  const { operator, values, negated } = condition;
  const left = `t.v::${cast}`;
  // A keyword, not a value: it was checked against the list of keywords.
  const comparison =
    operator === 'is'
      ? `${left} is ${values[0]}`
      : `(select bool_or(${left} ${operators[operator]} f.v::${cast}) from unnest($2::text[]) as f (v))`;
  const rows = await sql.unsafe<{ matches: boolean }[]>(
    `select coalesce(${negated ? 'not ' : ''}(${comparison}), false) as matches
    from unnest($1::text[]) with ordinality as t (v, n) order by n`,
    operator === 'is'
      ? [texts.map((text) => text ?? null) as string[]]
      : [texts.map((text) => text ?? null) as string[], values],
    { prepare: true },
  );
  return rows.map(({ matches }, index) => matches && texts[index] !== undefined);
}

/** As hosted's log writes it. */
export const describeFilter = (conditions: Condition[]) =>
  conditions
    .map(
      ({ column, operator, values, negated }) =>
        `{${quote(column)}, ${quote(operator)}, ${quote(values.join(','))}, ${negated}}`,
    )
    .join(', ');
