import type { TestProject } from 'vitest/node';
import { startTestCluster } from '../local/postgres/testing.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: { adminUrl: string; url: string };
  }
}

/** One server for all database tests, with a migrated template that every file copies. */
export default async function setup(project: TestProject) {
  const cluster = await startTestCluster();
  const { adminUrl, url, drop } = await cluster.createDatabase('migrated');
  await drop();
  project.provide('cluster', { adminUrl, url });
  return () => cluster.stop();
}
