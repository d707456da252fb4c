import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findProject, type HomeLocation, ownProject, resolveDataDir } from '../config.ts';
import type { HomeDefinition } from '../definition.ts';
import ownDefinition from '../home.config.ts';

/** Options of the commands; `--project <folder>` names another project than this repository's. */
export async function readCommand(): Promise<{
  project: HomeLocation['project'];
  definition: HomeDefinition;
  dataDir: string;
  json: boolean;
  stop: boolean;
  production: boolean;
}> {
  const { values } = parseArgs({
    options: {
      project: { type: 'string' },
      json: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false },
      production: { type: 'boolean', default: false },
    },
  });
  const project = values.project === undefined ? undefined : await findProject(resolve(values.project));
  return {
    project,
    definition: project?.definition ?? ownDefinition,
    dataDir: resolveDataDir(undefined, project?.folder ?? ownProject),
    json: values.json,
    stop: values.stop,
    production: values.production,
  };
}
