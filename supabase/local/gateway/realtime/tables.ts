import type { Sql } from 'postgres';
import type { ApiRole } from '../context.ts';

export interface Column {
  name: string;
  /** `pg_type.typname`, which the client converts by. */
  type: string;
  /** The type as a cast names it, without modifier: a cast must not cut or round. */
  cast: string;
  /** Name of the type beneath a domain, when it is PostgreSQL's own; `enum` for any enum, else null. */
  base: string | null;
  isKey: boolean;
  readers: ReadonlySet<ApiRole>;
}

export interface Table {
  schema: string;
  name: string;
  /** Quoted. */
  path: string;
  hasPolicies: boolean;
  columns: Column[];
  key: Column[];
  column(name: string): Column | undefined;
}

export const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

interface Row {
  oid: number;
  schema: string;
  name: string;
  has_policies: boolean;
  columns: Array<Omit<Column, 'readers' | 'isKey'> & { is_key: boolean; readers: ApiRole[] }>;
}

const query = `
select c.oid::int8::text as oid, n.nspname as schema, c.relname as name, c.relrowsecurity as has_policies,
  json_agg(json_build_object(
    'name', a.attname, 'type', t.typname, 'cast', format_type(a.atttypid, -1),
    'base', case when b.typtype = 'e' then 'enum' when b.typnamespace = 'pg_catalog'::regnamespace then b.typname end,
    'is_key', coalesce(a.attnum = any (i.indkey), false),
    'readers', (select coalesce(json_agg(r), '[]') from unnest(array['anon', 'authenticated', 'service_role']) as r
                where has_column_privilege(r, c.oid, a.attnum, 'select') and has_schema_privilege(r, n.oid, 'usage'))
  ) order by a.attnum) as columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
left join pg_index i on i.indrelid = c.oid and i.indisprimary
`;

/** Read anew for each batch of changes: a grant withdrawn or a policy switched on counts from the next one. */
export async function describeTables(sql: Sql, oids: number[]): Promise<Map<number, Table>> {
  const rows = await sql.unsafe<Row[]>(
    `${query} where c.oid = any ($1::int8[]::oid[]) group by c.oid, n.nspname`,
    [oids.map(String)],
    { prepare: true },
  );
  return new Map(rows.map((row) => [Number(row.oid), tableOf(row)]));
}

/** The published table of that name. */
export async function findPublishedTable(sql: Sql, schema: string, name: string): Promise<Table | undefined> {
  const [row] = await sql.unsafe<Row[]>(
    `${query} where n.nspname = $1 and c.relname = $2
      and exists (select from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = $1
        and tablename = $2)
    group by c.oid, n.nspname`,
    [schema, name],
    { prepare: true },
  );
  return row && tableOf(row);
}

export async function hasPublishedTables(sql: Sql, schema: string): Promise<boolean> {
  const rows = await sql`select from pg_publication_tables
    where pubname = 'supabase_realtime' and (${schema} = '*' or schemaname = ${schema}) limit 1`;
  return rows.length > 0;
}

function tableOf(row: Row): Table {
  const columns = row.columns.map(({ is_key: isKey, readers, ...column }) => ({
    ...column,
    isKey,
    readers: new Set(readers),
  }));
  return {
    schema: row.schema,
    name: row.name,
    path: `${quote(row.schema)}.${quote(row.name)}`,
    hasPolicies: row.has_policies,
    columns,
    key: columns.filter(({ isKey }) => isKey),
    column: (name) => columns.find((column) => column.name === name),
  };
}
