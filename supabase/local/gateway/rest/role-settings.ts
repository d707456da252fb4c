import type { Sql } from 'postgres';

export type RoleSettings = Map<string, [name: string, value: string][]>;

/** `alter role … set …` of the API roles. `set role` does not apply them, so PostgREST does, and so do we. */
export async function readRoleSettings(sql: Sql): Promise<RoleSettings> {
  const rows = await sql<{ rolname: string; rolconfig: string[] | null }[]>`
    select rolname, rolconfig from pg_roles where rolname in ('anon', 'authenticated', 'service_role')`;
  return new Map(
    rows.map((row) => [
      row.rolname,
      (row.rolconfig ?? []).map((entry): [string, string] => {
        const at = entry.indexOf('=');
        return [entry.slice(0, at), entry.slice(at + 1)];
      }),
    ]),
  );
}
