import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { HomeError } from '../errors.ts';
import { silenceTelemetry } from '../process.ts';

const folder = fileURLToPath(new URL('./sql/', import.meta.url));

/** Files numbered below 30 come before the auth and storage tables, the others after. */
const firstFileAfterSystemTables = 30;

async function steps(): Promise<{ name: string; text: string }[]> {
  silenceTelemetry();
  const { getAuthSchemaSql, getStorageSchemaSql } = await import('@supabase/lite');
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, text: readFileSync(`${folder}${name}`, 'utf8') }));
  const isLate = ({ name }: { name: string }) => Number.parseInt(name, 10) >= firstFileAfterSystemTables;
  return [
    ...files.filter((file) => !isLate(file)),
    { name: "the REST library's auth tables", text: getAuthSchemaSql() },
    { name: "the REST library's storage tables", text: getStorageSchemaSql() },
    ...files.filter(isLate),
  ];
}

/** Makes a database look like a hosted project's before its first migration. Running it again changes nothing. */
export async function bootstrap(adminUrl: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql.begin(async (transaction) => {
      // Two homes' tests may share a server, and roles belong to the server.
      await transaction`select pg_advisory_xact_lock(hashtext('bootstrap'))`;
      for (const { name, text } of await steps()) {
        await transaction.unsafe(text).catch((cause: unknown) => {
          throw new HomeError(
            'BOOTSTRAP_FAILED',
            `Preparing the database failed in ${name}: ${(cause as Error).message}`,
            { cause },
          );
        });
      }
    });
  } finally {
    await sql.end();
  }
}
