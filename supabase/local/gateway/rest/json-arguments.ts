import type { IntrospectResult } from '@supabase/lite';

export interface RpcAst {
  type: string;
  schema?: string;
  function?: string;
  args?: unknown;
  httpMethod?: string;
}

// Unguessable, so that no value of a client is ever taken for encoded JSON.
const mark = `json:${crypto.randomUUID()}:`;

/**
 * lite turns a json argument into text before the driver does so again, and the function receives one JSON string.
 * A marked text passes lite as it is, and `serializeJson` takes the mark off.
 */
export function markJsonArguments<T extends RpcAst>(ast: T, schema: IntrospectResult): T {
  if (ast.type !== 'rpc' || !ast.args || typeof ast.args !== 'object' || Array.isArray(ast.args)) return ast;
  const overloads = (schema.functions ?? []).filter(
    (candidate) => candidate.name === ast.function && candidate.schema === (ast.schema ?? 'public'),
  );
  const isJson = (name: string) =>
    overloads.some(({ arg_names, arg_types }) => /^jsonb?$/.test(arg_types[arg_names.indexOf(name)] ?? ''));
  // In a query string the argument is JSON text already.
  const encode = (value: unknown) => mark + (ast.httpMethod === 'POST' ? JSON.stringify(value) : String(value));
  const args = Object.entries(ast.args).map(([name, value]) => [
    name,
    value !== null && isJson(name) ? encode(value) : value,
  ]);
  return { ...ast, args: Object.fromEntries(args) };
}

export const serializeJson = (value: unknown): string =>
  typeof value === 'string' && value.startsWith(mark) ? value.slice(mark.length) : JSON.stringify(value);
