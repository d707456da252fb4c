import type { TestProject } from 'vitest/node';
import { startThrowAwayServer } from '@whatautosys/local/throw-away';

/** One server for all tests of database and home, with a bootstrapped and a migrated template that they copy. */
export default async function setup(project: TestProject) {
  const { adminUrl, url, stop } = await startThrowAwayServer();
  project.provide('cluster', { adminUrl, url });
  return stop;
}
