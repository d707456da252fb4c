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

/** Below 32768, from where on systems give out ports by themselves. */
export const advisedPortBase = 21_000;

export const portTaken = (port: number, use: string, holder = 'another program') =>
  new HomeError(
    'PORT_TAKEN',
    `Port ${port} (${use}) is taken by ${holder}. Stop that program, or move every port of this home: ` +
      `${variables.portBase}=${advisedPortBase} npm start`,
  );

export const dataFolderDenied = (dataDir: string, cause: NodeJS.ErrnoException) =>
  new HomeError(
    'DATA_DIR_DENIED',
    `The data folder ${dataDir} cannot be written to ` +
      `(${cause.code === 'EROFS' ? 'the file system is read-only' : (cause.code ?? cause.message)}). ` +
      `Choose another place with ${variables.dataDir}=/some/folder npm start`,
    { cause },
  );

export const consoleDenied = (path: string) =>
  new HomeError(
    'CONSOLE_DENIED',
    `The console cannot be made: this account may not write ${path}. Let who owns the checkout run ` +
      'npm run build -w web in it once, or take a checkout of your own',
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

export const notAnswering = (dataDir: string, pid: number) =>
  new HomeError(
    'NOT_ANSWERING',
    `A home holds ${dataDir} (process ${pid}), and its API does not answer. npm run status tells which parts do; ` +
      `end it with kill ${pid}, if need be kill -9 ${pid}, and start again`,
  );

export const otherMigrations = (dataDir: string) =>
  new HomeError(
    'OTHER_MIGRATIONS',
    `The data in ${dataDir} was made by an earlier version of the migrations. Begin afresh: npm run reset`,
  );
