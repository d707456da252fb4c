import { genTypes } from '../postgres/migrate.ts';
import { startTestCluster } from '../postgres/testing.ts';

/** The API's types from the migrations alone, whatever the local data folder holds. */
const cluster = await startTestCluster();
try {
  const { url } = await cluster.createDatabase('migrated');
  await genTypes(url, process.argv[2]);
} finally {
  await cluster.stop();
}
