import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { supabaseCli } from '@whatautosys/local/cli';
import { format } from 'oxfmt';
import postgres, { type Sql } from 'postgres';

const root = join(import.meta.dirname, '../..');
const contracts = join(root, 'supabase/contracts');

/** A file of the contracts that the database dictates. */
export interface Output {
  /** In `supabase/contracts`. */
  file: string;
  /** The text, not yet formatted, from a migrated database. */
  make(database: { url: string; sql: Sql }): Promise<string>;
}

const quoted = (texts: string[]) => texts.map((text) => `  '${text}',`).join('\n');

/** Tables, views and functions of `public`, as supabase-js types its calls. */
const databaseTypes: Output = {
  file: 'database.types.ts',
  async make({ url }) {
    const types = await supabaseCli(['gen', 'types', '--lang', 'typescript', '--schema', 'public'], url);
    return `// Made by npm run types from the migrations.\n${types}`;
  },
};

/** The permission matrix, for what the console shows; what counts is asked of the database. */
const permissions: Output = {
  file: 'permissions.generated.ts',
  async make({ sql }) {
    const rows = await sql<{ role: string; permissions: string[] }[]>`
      select role, array_agg(permission order by permission) as permissions
      from private.role_permissions group by role order by role`;
    return `// Made by npm run contracts from private.role_permissions.
import type { Role } from './constants/staff.ts';

export const rolePermissions = {
${rows.map(({ role, permissions: granted }) => `  ${role}: [\n${quoted(granted)}\n],`).join('\n')}
} as const satisfies Record<Role, readonly string[]>;

export type Permission = (typeof rolePermissions)[Role][number];
`;
  },
};

/** Every one of them, held equal to the database by a test. */
export const outputs: Output[] = [databaseTypes, permissions];

export const pathOf = ({ file }: Output) => join(contracts, file);

/** The texts as the repository holds them. */
export async function makeOutputs(url: string, wanted = outputs): Promise<{ path: string; text: string }[]> {
  const options = JSON.parse(readFileSync(join(root, '.oxfmtrc.json'), 'utf8')) as Record<string, unknown>;
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await Promise.all(
      wanted.map(async (output) => {
        const path = pathOf(output);
        const { code, errors } = await format(path, await output.make({ url, sql }), options);
        if (errors.length > 0) throw new Error(`${output.file} cannot be formatted: ${JSON.stringify(errors)}`);
        return { path, text: code };
      }),
    );
  } finally {
    await sql.end();
  }
}
