import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseUrls, repositoryRoot } from '../config.ts';
import { freePort } from '../process.ts';
import { bootstrap } from './bootstrap.ts';
import { createDatabaseFrom, createEmptyDatabase, dropDatabase } from './databases.ts';
import { migrate } from './migrate.ts';
import { type PostgresServer, startPostgres } from './server.ts';

export interface TestDatabase extends DatabaseUrls {
  name: string;
  drop(): Promise<void>;
}

export interface TestCluster {
  server: PostgresServer;
  dataDir: string;
  /** A database of one's own: `migrated` (bootstrap and all migrations), `bootstrapped`, or with nothing in it. */
  createDatabase(from?: 'migrated' | 'bootstrapped' | 'empty'): Promise<TestDatabase>;
  stop(): Promise<void>;
}

/** A throw-away server on its own port and folder. Templates are made at first use. */
export async function startTestCluster(workdir = repositoryRoot): Promise<TestCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), 'whatautosys-test-'));
  const server = await startPostgres({ dataDir, port: await freePort(), ephemeral: true });
  const { adminUrl } = server;
  const templates = new Map<string, Promise<void>>();
  const template = (name: string, make: () => Promise<void>) => {
    const made = templates.get(name) ?? make();
    templates.set(name, made);
    return made;
  };
  const bootstrapped = () =>
    template('bootstrapped', async () => {
      await createEmptyDatabase(adminUrl, 'bootstrapped');
      await bootstrap(server.database('bootstrapped').adminUrl);
    });
  const migrated = () =>
    template('migrated', async () => {
      await bootstrapped();
      await createDatabaseFrom(adminUrl, 'bootstrapped', 'migrated');
      await migrate(server.database('migrated').url, workdir);
    });
  const make = { migrated, bootstrapped, empty: async () => undefined };
  return {
    server,
    dataDir,
    async createDatabase(from = 'migrated') {
      await make[from]();
      const name = `test_${randomBytes(5).toString('hex')}`;
      await (from === 'empty' ? createEmptyDatabase(adminUrl, name) : createDatabaseFrom(adminUrl, from, name));
      return { name, ...server.database(name), drop: () => dropDatabase(adminUrl, name) };
    },
    async stop() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
