import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { DatabaseUrls } from '../config.ts';
import { createDatabaseFrom, createEmptyDatabase, dropDatabase } from './databases.ts';

export interface TestDatabase extends DatabaseUrls {
  name: string;
  drop(): Promise<void>;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** URLs of the shared server's control database. */
    cluster: DatabaseUrls;
  }
}

export type Template = 'migrated' | 'bootstrapped' | 'empty';

export interface TestCluster {
  /** A folder of one's own. */
  dataDir: string;
  /** A database of one's own: `migrated` (bootstrap and all migrations), `bootstrapped`, or with nothing in it. */
  createDatabase(from?: Template): Promise<TestDatabase>;
  /** Removes folder and databases. */
  stop(): Promise<void>;
}

const within = (url: string, database: string) => {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
};

/** Databases of one's own on the server all tests share. */
export function useTestCluster(): TestCluster {
  const { adminUrl, url } = inject('cluster');
  const dataDir = mkdtempSync(join(tmpdir(), 'home-test-'));
  const open = new Set<TestDatabase>();
  return {
    dataDir,
    async createDatabase(from = 'migrated') {
      const name = `test_${randomBytes(8).toString('hex')}`;
      await (from === 'empty' ? createEmptyDatabase(adminUrl, name) : createDatabaseFrom(adminUrl, from, name));
      const database: TestDatabase = {
        name,
        adminUrl: within(adminUrl, name),
        url: within(url, name),
        async drop() {
          open.delete(database);
          await dropDatabase(adminUrl, name);
        },
      };
      open.add(database);
      return database;
    },
    async stop() {
      await Promise.all([...open].map((database) => database.drop()));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
