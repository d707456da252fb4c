import { join, relative } from 'node:path';
import { loadConfig, repositoryRoot } from '../config.ts';
import { HomeError } from '../errors.ts';
import { bundleFunctions } from '../gateway/functions/bundle.ts';
import { readCommand } from './project.ts';

/** Writes each function as one file, for a self-hosted project, which mounts `functions/<name>` alone. */
const { project } = await readCommand();
try {
  const { functions } = loadConfig(project ? { project } : {}).project;
  for (const file of await bundleFunctions(functions, join(repositoryRoot, 'dist', 'functions')))
    console.log(`Wrote ${relative(repositoryRoot, file)}`);
} catch (error) {
  console.error(error instanceof HomeError ? error.message : error);
  process.exit(1);
}
