// postgres 3.4.9 writes to a connection that is gone, and the exception ends the process; later its half-written
// buffer blocks the connection for good (porsager/postgres issues 1154 and 1208, mended in no release yet). A few lines
// in what is installed: the decision on overridden versions says when to drop this.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const mended = '3.4.9';

const guard = `    if (!socket) {
      clearImmediate(nextWriteTimer)
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }
`;
const write = '    const x = socket.write(chunk, fn)\n';
const cleared = '    incomings = null\n    clearImmediate(nextWriteTimer)\n';
const changes = [
  [write, guard + write],
  [cleared, `${cleared}    chunk = nextWriteTimer = null\n`],
];

/** Each file once; what is mended already is left alone, so that a read-only checkout starts. */
export function mendDriver(folder = join(root, 'node_modules', 'postgres')) {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (version !== mended)
    throw new Error(`postgres is ${version}, and mend-driver.mjs knows ${mended}: see whether it is still needed`);
  for (const file of ['src/connection.js', 'cjs/src/connection.js']) {
    const path = join(folder, file);
    const before = readFileSync(path, 'utf8');
    const after = changes.reduce((text, [from, to]) => (text.includes(to) ? text : text.replace(from, to)), before);
    for (const [, to] of changes) if (!after.includes(to)) throw new Error(`${path} is not as published`);
    if (after !== before) writeFileSync(path, after);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) mendDriver();
