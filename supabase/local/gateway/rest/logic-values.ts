type Where = Record<string, unknown>;

const patterns = new Set(['$like', '$ilike']);
const isWhere = (value: unknown): value is Where =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** In `or=(name.ilike."%a,b%")` the quotes are syntax; lite leaves them in a pattern. */
export function unquotePatterns<T extends { where?: unknown }>(ast: T): T {
  return isWhere(ast.where) ? { ...ast, where: walk(ast.where, false) } : ast;
}

function walk(where: Where, isInLogic: boolean): Where {
  return Object.fromEntries(
    Object.entries(where).map(([key, value]) => {
      if (/(^|\.)\$(or|and)$/.test(key) && Array.isArray(value))
        return [key, value.map((item) => (isWhere(item) ? walk(item, true) : item))];
      if (isInLogic && patterns.has(key) && typeof value === 'string') return [key, unquote(value)];
      return [key, isWhere(value) ? walk(value, isInLogic) : value];
    }),
  );
}

const unquote = (text: string) =>
  text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text;
