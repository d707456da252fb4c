import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { HomeError } from '../errors.ts';

/** How to start a PostgreSQL program: PostgreSQL refuses to run as root. */
export interface Launcher {
  command(program: string, args: string[]): { file: string; args: string[]; uid?: number; gid?: number };
  /** Gives a folder to the account the server runs as. */
  own(path: string): void;
}

const direct: Launcher = { command: (file, args) => ({ file, args }), own: () => undefined };

function findAccount(dataDir: string): { uid: number; gid: number } {
  if (existsSync(dataDir)) {
    const { uid, gid } = statSync(dataDir);
    if (uid !== 0) return { uid, gid };
  }
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find(([login]) => login === name);
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  return { uid: 65534, gid: 65534 };
}

/** Whether any account may pass through every folder above the path. */
function isOpenToAll(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * `access(2)` drops the capabilities of a non-root real user unless the securebit `no_setuid_fixup` is set, and
 * initdb looks for its programs with it. CAP_DAC_READ_SEARCH passes through folders; it grants no write.
 */
const setprivOptions = (uid: number, gid: number) => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--clear-groups',
  '--securebits=+no_setuid_fixup',
  '--inh-caps=-all,+dac_read_search',
  '--ambient-caps=+dac_read_search',
];

export function chooseLauncher(dataDir: string, program: string): Launcher {
  if (process.getuid?.() !== 0) return direct;
  const { uid, gid } = findAccount(dataDir);
  const own = (path: string) => chownSync(path, uid, gid);
  if (isOpenToAll(program) && isOpenToAll(dataDir)) return { command: (file, args) => ({ file, args, uid, gid }), own };
  const options = setprivOptions(uid, gid);
  try {
    execFileSync('setpriv', [...options, program, '--version'], { stdio: 'pipe' });
  } catch (cause) {
    throw new HomeError(
      'ROOT_NEEDS_OPEN_FOLDER',
      `PostgreSQL does not run as root, and the account it runs as instead (uid ${uid}) cannot reach ` +
        `${dirname(program)}. Move the checkout to a folder others can pass through (such as /opt or /srv), ` +
        'or run as an ordinary user',
      { cause },
    );
  }
  return { command: (file, args) => ({ file: 'setpriv', args: [...options, file, ...args] }), own };
}
