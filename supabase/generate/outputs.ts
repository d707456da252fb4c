import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { supabaseCli } from '@whatautosys/local/cli';
import { format } from 'oxfmt';
import postgres from 'postgres';
import { dataModel } from './data-model.ts';
import type { Output } from './output.ts';

const root = join(import.meta.dirname, '../..');
const contracts = join(root, 'supabase/contracts');

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

/** The registry of errors: what functions answer and the console has words for. */
const errorCodes: Output = {
  file: 'error-codes.generated.ts',
  async make({ sql }) {
    const rows = await sql<{ code: string; status: number; is_shown: boolean }[]>`
      select code, status, is_shown from private.error_codes order by code collate "C"`;
    const lines = rows.map(({ code, status, is_shown }) => `  ${code}: { status: ${status}, is_shown: ${is_shown} },`);
    return `// Made by npm run contracts from private.error_codes.

/** Every code that SQL functions and edge functions answer: its HTTP status, and whether people read its words. */
export const errorCodes = {
${lines.join('\n')}
} as const;

export type ErrorCode = keyof typeof errorCodes;
`;
  },
};

/** Every one of them, held equal to the database by a test. */
export const outputs: Output[] = [databaseTypes, permissions, errorCodes, dataModel];

export const pathOf = ({ file, folder }: Output) => join(folder ?? contracts, file);

/** The texts as the repository holds them. */
export async function makeOutputs(url: string, wanted = outputs): Promise<{ path: string; text: string }[]> {
  const options = JSON.parse(readFileSync(join(root, '.oxfmtrc.json'), 'utf8')) as Record<string, unknown>;
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await Promise.all(
      wanted.map(async (output) => {
        const path = pathOf(output);
        const made = await output.make({ url, sql });
        if (!path.endsWith('.ts')) return { path, text: made };
        const { code, errors } = await format(path, made, options);
        if (errors.length > 0) throw new Error(`${output.file} cannot be formatted: ${JSON.stringify(errors)}`);
        return { path, text: code };
      }),
    );
  } finally {
    await sql.end();
  }
}
