import postgres from 'postgres';

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

async function asAdmin<T>(adminUrl: string, run: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  try {
    return await run(sql);
  } finally {
    await sql.end();
  }
}

/** A copy of a database nobody is connected to, in about 100 ms. `adminUrl` must name another database. */
export const createDatabaseFrom = (adminUrl: string, template: string, name: string) =>
  asAdmin(adminUrl, (sql) =>
    sql.unsafe(`create database ${quote(name)} template ${quote(template)} owner postgres`),
  ).then(() => undefined);

export const createEmptyDatabase = (adminUrl: string, name: string) =>
  asAdmin(adminUrl, (sql) => sql.unsafe(`create database ${quote(name)} template template0 owner postgres`)).then(
    () => undefined,
  );

export const dropDatabase = (adminUrl: string, name: string) =>
  asAdmin(adminUrl, (sql) => sql.unsafe(`drop database if exists ${quote(name)} with (force)`)).then(() => undefined);
