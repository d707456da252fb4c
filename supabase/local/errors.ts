import { variables } from './environment.ts';

/** A failure a person can act on: the code is for tests and callers, the message is printed as it is. */
export class HomeError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HomeError';
    this.code = code;
  }
}

export const portTaken = (port: number, use: string) =>
  new HomeError(
    'PORT_TAKEN',
    `Port ${port} (${use}) is taken by another program. Stop that program, or move every port of this home: ` +
      `${variables.portBase}=55000 npm start`,
  );

export function diskFull(directory: string, freeMegabytes?: number, cause?: unknown): HomeError {
  const measured = freeMegabytes === undefined ? '' : `: ${freeMegabytes} MB free, 500 MB needed`;
  return new HomeError(
    'DISK_FULL',
    `Not enough disk space for ${directory}${measured}. Free some space, or choose another place with ` +
      variables.dataDir,
    { cause },
  );
}

export const alreadyRunning = (dataDir: string, pid: number) =>
  new HomeError(
    'ALREADY_RUNNING',
    `A home is already running on ${dataDir} (process ${pid}). Use it, stop it with Ctrl-C, or start a second ` +
      `one with its own ${variables.dataDir} and ${variables.portBase}`,
  );

export const otherMigrations = (dataDir: string) =>
  new HomeError(
    'OTHER_MIGRATIONS',
    `The data in ${dataDir} was made by an earlier version of the migrations. Begin afresh: npm run reset`,
  );
