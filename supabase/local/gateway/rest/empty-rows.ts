interface Row {
  values: readonly unknown[];
}

interface QueryNode {
  kind: string;
  values?: { values?: readonly Row[] };
}

/** As far as lite's query builder is asked. */
export interface Queries {
  withPlugin(plugin: {
    transformQuery(args: { node: QueryNode }): QueryNode;
    transformResult(args: { result: unknown }): Promise<unknown>;
  }): Queries;
}

/** `{}` is a row of defaults, as PostgREST has it; lite would write `() values ()`, which is no SQL. */
export const takingEmptyRows = (queries: Queries): Queries =>
  queries.withPlugin({ transformQuery: ({ node }) => defaultsForEmpty(node), transformResult: async (a) => a.result });

function defaultsForEmpty(node: QueryNode): QueryNode {
  const rows = node.kind === 'InsertQueryNode' ? node.values?.values : undefined;
  if (rows?.length !== 1 || rows[0]!.values.length > 0) return node;
  return { ...node, columns: undefined, values: undefined, defaultValues: true } as QueryNode;
}
