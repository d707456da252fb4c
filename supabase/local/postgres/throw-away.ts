import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownProject } from '../config.ts';
import { freePort } from '../process.ts';
import { bootstrap } from './bootstrap.ts';
import { createDatabaseFrom, createEmptyDatabase } from './databases.ts';
import { migrate } from './migrate.ts';
import { type PostgresServer, startPostgres } from './server.ts';

/** A server on a port and folder of its own, with the databases that tests copy: `bootstrapped` and `migrated`. */
export async function startThrowAwayServer(projectFolder = ownProject): Promise<PostgresServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'home-test-'));
  const server = await startPostgres({ dataDir, port: await freePort(), ephemeral: true });
  await createEmptyDatabase(server.adminUrl, 'bootstrapped');
  await bootstrap(server.database('bootstrapped').adminUrl);
  await createDatabaseFrom(server.adminUrl, 'bootstrapped', 'migrated');
  await migrate(server.database('migrated').url, projectFolder);
  return {
    ...server,
    async stop() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
