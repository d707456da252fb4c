import postgres from 'postgres';
import { ownProject } from '../config.ts';
import { HomeError } from '../errors.ts';
import { isLocal, supabaseCli } from './cli.ts';
import { compareMigrations, hashOfMigrations, readMigrations, recordMigrations } from './migrations.ts';

/**
 * Applies the pending migrations as the role of the URL (`postgres`: the rights of a hosted project) and keeps the
 * hash of the folder. Refuses when a file that was applied has changed since. → the hash
 */
export async function migrate(url: string, projectFolder = ownProject): Promise<string> {
  const migrations = readMigrations(projectFolder);
  const sql = postgres(url, {
    max: 1,
    onnotice: () => undefined,
    ...(isLocal(url) ? {} : { ssl: 'require' as const }),
  });
  try {
    const state = await compareMigrations(sql, migrations);
    if (state === 'other')
      throw new HomeError(
        'OTHER_MIGRATIONS',
        `The database was made by other migrations than those in ${projectFolder}: a file that was applied has ` +
          'changed or gone, and is not applied again',
      );
    if (state !== 'current') {
      await supabaseCli(['db', 'push', '--include-all', '--skip-vault'], url, projectFolder);
      await recordMigrations(sql, migrations);
    }
    return hashOfMigrations(migrations);
  } finally {
    await sql.end();
  }
}
