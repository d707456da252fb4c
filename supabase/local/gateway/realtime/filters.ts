import type { Sql } from 'postgres';
import type { ApiRole } from '../context.ts';
import type { Tuple } from './replication.ts';
import { quote, type Table } from './tables.ts';

const operators = { eq: '=', neq: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=', in: '=' } as const;
type Operator = keyof typeof operators;

/** `values` are in the type's own output form, so that equal values are equal texts. */
export interface Condition {
  column: string;
  operator: Operator;
  values: string[];
}

export class FilterError extends Error {
  override readonly name = 'FilterError';
}

const longestList = 100;
/** Types whose equal values are always written alike. */
const comparedAsText = new Set(['text', 'varchar', 'uuid', 'bool', 'enum', 'int2', 'int4', 'int8']);
const comparedAsInteger = new Set(['int2', 'int4', 'int8']);

/** `column=op.value[,column=op.value…]`, the comma meaning AND. */
export function parseFilter(text: string): Condition[] {
  return splitOutside(text, ',').map((part) => {
    const [, column, operator, value] = /^([^=]+)=([a-z]+)\.([\s\S]*)$/.exec(part.trim()) ?? [];
    if (!column || !operator || !(operator in operators)) throw new FilterError(`"${part}" is not a condition`);
    return { column: column.trim(), operator: operator as Operator, values: readValues(operator, value ?? '') };
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
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === '(') depth++;
    else if (!isQuoted && character === ')') depth--;
    if (character === separator && !isQuoted && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

const unquoteValue = (value: string) =>
  /^"[\s\S]*"$/.test(value) && value.length > 1 ? value.slice(1, -1).replace(/\\([\s\S])/g, '$1') : value;

/** Checks a filter as hosted does when a subscription is made: columns the role may read, values of their types. */
export async function checkFilter(
  sql: Sql,
  table: Table,
  role: ApiRole,
  conditions: Condition[],
): Promise<Condition[]> {
  return Promise.all(
    conditions.map(async ({ column: name, operator, values }) => {
      const column = table.column(name);
      if (!column?.readers.has(role)) throw new FilterError(`Column "${name}" is not there`);
      try {
        const rows = await sql.unsafe<{ text: string }[]>(
          `select t.v::${column.cast}::text as text from unnest($1::text[]) with ordinality as t (v, n) order by n`,
          [values],
        );
        return { column: name, operator, values: rows.map(({ text }) => text) };
      } catch (cause) {
        throw new FilterError(`"${values.join(',')}" is no value of column "${name}"`, { cause });
      }
    }),
  );
}

/** Which of the rows satisfy all conditions; NULL and a value that is not in the log satisfy none. */
export async function matchRows(sql: Sql, table: Table, conditions: Condition[], rows: Tuple[]): Promise<boolean[]> {
  const matches = rows.map(() => true);
  for (const condition of conditions) {
    const column = table.column(condition.column);
    const texts = rows.map((row) => row[condition.column] ?? null);
    const results = !column
      ? texts.map(() => false)
      : (matchByHand(condition, column.base, texts) ?? (await matchBySql(sql, column.cast, condition, texts)));
    results.forEach((result, index) => (matches[index] &&= result));
  }
  return matches;
}

function matchByHand(
  { operator, values }: Condition,
  base: string | null,
  texts: Array<string | null>,
): boolean[] | undefined {
  if (base === null) return undefined;
  const compare = comparisonOf(operator, values, base);
  return compare && texts.map((text) => text !== null && compare(text));
}

function comparisonOf(operator: Operator, values: string[], base: string): ((text: string) => boolean) | undefined {
  if (operator === 'eq' || operator === 'in')
    return comparedAsText.has(base) ? (text) => values.includes(text) : undefined;
  if (operator === 'neq') return comparedAsText.has(base) ? (text) => text !== values[0] : undefined;
  if (!comparedAsInteger.has(base)) return undefined;
  const limit = BigInt(values[0]!);
  if (operator === 'lt') return (text) => BigInt(text) < limit;
  if (operator === 'lte') return (text) => BigInt(text) <= limit;
  if (operator === 'gt') return (text) => BigInt(text) > limit;
  return (text) => BigInt(text) >= limit;
}

async function matchBySql(
  sql: Sql,
  cast: string,
  { operator, values }: Condition,
  texts: Array<string | null>,
): Promise<boolean[]> {
  const rows = await sql.unsafe<{ matches: boolean }[]>(
    `select coalesce(exists (
      select from unnest($2::text[]) as f (v) where t.v::${cast} ${operators[operator]} f.v::${cast}
    ), false) as matches
    from unnest($1::text[]) with ordinality as t (v, n) order by n`,
    [texts as string[], values],
    { prepare: true },
  );
  return rows.map(({ matches }) => matches);
}

export const describeFilter = (conditions: Condition[]) =>
  conditions
    .map(({ column, operator, values }) => `{${quote(column)}, ${quote(operator)}, ${quote(values.join(','))}}`)
    .join(', ');
