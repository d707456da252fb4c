import type { IntrospectResult } from '@supabase/lite';

export interface RequestAst {
  type: string;
  schema?: string;
  from?: string;
  values?: unknown;
  where?: unknown;
  function?: string;
  args?: unknown;
  httpMethod?: string;
}

type Fields = Record<string, unknown>;

// Unguessable, so that no value of a client is ever taken for encoded JSON.
const mark = `json:${crypto.randomUUID()}:`;
const jsonType = /^jsonb?$/;

/**
 * lite encodes a json argument before the driver does so again, and the driver takes `[true]` for a boolean array.
 * A marked text passes both as it is, and `serializeJson` takes the mark off.
 */
export function markJson<T extends RequestAst>(ast: T, schema: IntrospectResult): T {
  const inSchema = (item: { schema?: string }) => item.schema === (ast.schema ?? 'public');
  if (ast.type === 'rpc') {
    if (!isFields(ast.args)) return ast;
    const overloads = (schema.functions ?? []).filter((item) => item.name === ast.function && inSchema(item));
    const isJson = (name: string) =>
      overloads.some(({ arg_names, arg_types }) => jsonType.test(arg_types[arg_names.indexOf(name)] ?? ''));
    // In a query string the argument is JSON text already.
    const encode = ast.httpMethod === 'POST' ? JSON.stringify : String;
    return { ...ast, args: markFields(ast.args, isJson, encode) };
  }
  if (!ast.values || ast.type === 'delete') return ast;
  const columns = schema.columns.filter(
    (item) => item.table === ast.from && inSchema(item) && jsonType.test(item.type),
  );
  const names = new Set(columns.map((column) => column.name));
  if (names.size === 0) return ast;
  const markRow = (row: unknown) => (isFields(row) ? markFields(row, (name) => names.has(name), JSON.stringify) : row);
  return { ...ast, values: Array.isArray(ast.values) ? ast.values.map(markRow) : markRow(ast.values) };
}

export const serializeJson = (value: unknown): string =>
  typeof value === 'string' && value.startsWith(mark) ? value.slice(mark.length) : JSON.stringify(value);

const isFields = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function markFields(fields: Fields, isJson: (name: string) => boolean, encode: (value: unknown) => string): Fields {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value !== null && isJson(name) ? mark + encode(value) : value]),
  );
}
