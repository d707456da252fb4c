import type { Sql } from 'postgres';
import type { Identity } from './identity.ts';
import type { Tuple } from './replication.ts';
import { quote, type Table } from './tables.ts';

/**
 * Which of the rows the policies let this person see, now. Role and claims are set as hosted's `realtime.apply_rls`
 * sets them. Each key is looked up by the primary key's index, whatever the size of the table.
 */
export async function visibleRows(sql: Sql, table: Table, identity: Identity, rows: Tuple[]): Promise<boolean[]> {
  const names = table.key.map((_, index) => `k${index}`);
  const unnested = names.map((_, index) => `$${index + 1}::text[]`).join(', ');
  const matches = table.key
    .map((column, index) => `r.${quote(column.name)} = k.k${index}::${column.cast}`)
    .join(' and ');
  const keys = table.key.map(({ name }) => rows.map((row) => row[name] ?? null));
  const [, result] = await sql.begin('read only', (transaction) => [
    transaction`select set_config('role', ${identity.role}, true), set_config('request.jwt.claims',
      ${identity.claimsJson}, true)`,
    transaction.unsafe<{ visible: boolean }[]>(
      `select exists (select from ${table.path} as r where ${matches}) as visible
      from unnest(${unnested}) with ordinality as k (${[...names, 'n'].join(', ')}) order by n`,
      keys as string[][],
      { prepare: true },
    ),
  ]);
  return (result as { visible: boolean }[]).map(({ visible }) => visible);
}
