import { join } from 'node:path';
import type { Sql } from 'postgres';
import type { Output } from './output.ts';

interface Table {
  schema: 'public' | 'private';
  name: string;
  comment: string;
  columns: { name: string; type: string; is_key: boolean; is_required: boolean; comment: string | null }[];
}

interface Reference {
  child: string;
  parent: string;
  columns: string;
  is_required: boolean;
}

/** Tables of ours, partitions left out. */
const readTables = (sql: Sql) => sql<Table[]>`
  select nspname as schema, relname as name, obj_description(pg_class.oid, 'pg_class') as comment,
    (select jsonb_agg(jsonb_build_object('name', attname, 'type', format_type(atttypid, atttypmod),
        'is_key', coalesce(attnum = any (indkey), false), 'is_required', attnotnull,
        'comment', col_description(pg_class.oid, attnum)) order by attnum)
      from pg_attribute left join pg_index on indrelid = pg_class.oid and indisprimary
      where attrelid = pg_class.oid and attnum > 0 and not attisdropped) as columns
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where nspname in ('public', 'private') and relkind in ('r', 'p') and not relispartition
  order by nspname desc, relname collate "C"`;

const readReferences = (sql: Sql) => sql<Reference[]>`
  select child.relname as child, parent.relname as parent,
    string_agg(attname, ', ' order by place) as columns, bool_and(attnotnull) as is_required
  from pg_constraint join pg_class as child on child.oid = conrelid join pg_class as parent on parent.oid = confrelid
    join pg_namespace on pg_namespace.oid = child.relnamespace,
    unnest(conkey) with ordinality as part (number, place)
    join pg_attribute on attnum = number
  where contype = 'f' and conparentid = 0 and attrelid = conrelid and nspname in ('public', 'private')
    and parent.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  group by pg_constraint.oid, child.relname, parent.relname
  order by child.relname collate "C", parent.relname collate "C", string_agg(attname, ', ' order by place) collate "C"`;

const cell = (text: string | null) => (text ?? '').replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');

function section({ name, comment, columns }: Table): string {
  const rows = columns.map(
    (column) =>
      `| \`${column.name}\`${column.is_key ? ' (key)' : ''} | ` +
      `${column.type}${column.is_required ? '' : ', may be null'} | ${cell(column.comment)} |`,
  );
  return `### ${name}\n\n${cell(comment)}\n\n| Column | Type | |\n|---|---|---|\n${rows.join('\n')}`;
}

/** What the database holds, told by its own comments. */
export const dataModel: Output = {
  file: 'data-model.md',
  folder: join(import.meta.dirname, '../../docs'),
  async make({ sql }) {
    const [tables, references] = [[...(await readTables(sql))], [...(await readReferences(sql))]];
    const lines = references.map(
      ({ child, parent, columns, is_required }) =>
        `  ${parent} ${is_required ? '||' : '|o'}--o{ ${child} : "${columns}"`,
    );
    const sections = (schema: Table['schema']) =>
      tables
        .filter((table) => table.schema === schema)
        .map(section)
        .join('\n\n');
    return `# Data model

Made by \`npm run contracts\` from the database and its comments; a test holds it equal to them. Amounts are in
the minor unit of the currency beside them, instants in UTC. People of the staff are rows of \`auth.users\` as well.

\`\`\`mermaid
erDiagram
${lines.join('\n')}
\`\`\`

## public: what the API exposes, behind row-level security

${sections('public')}

## private: what no API reaches

${sections('private')}
`;
  },
};
