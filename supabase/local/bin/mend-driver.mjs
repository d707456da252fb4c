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
// A reservation or transaction whose connection went keeps to it, and would go on, and roll back, on the connection
// that somebody else was given since; a released one would be handed out as if it were open.
const gone = "if (gone)\n        return q.reject(Errors.connection('CONNECTION_CLOSED', options))\n\n      ";
const changes = {
  'connection.js': [
    [write, guard + write],
    [cleared, `${cleared}    chunk = nextWriteTimer = null\n`],
  ],
  'index.js': [
    // One that could not connect stays in the queue, and takes the next connection with nobody to give it back.
    [
      'const query = { reserve: resolve, reject }\n        queries.push(query)',
      'const query = { reserve: resolve, reject: e => (queries.remove(query), reject(e)) }\n' +
        '        queries.push(query)',
    ],
    [
      '    move(c, reserved)\n    c.reserved = () => queue.length\n',
      '    let gone = false\n' +
        '    c.onclose = e => {\n' +
        '      gone = true\n' +
        '      while (queue.length)\n' +
        '        queue.shift().reject(e)\n' +
        '    }\n' +
        '    move(c, reserved)\n' +
        '    c.reserved = () => queue.length\n',
    ],
    [
      '      c.reserved = null\n      onopen(c)\n',
      '      if (gone)\n        return\n      c.onclose = null\n      c.reserved = null\n      onopen(c)\n',
    ],
    ['      c.queue === full\n        ? queue.push(q)\n', `      ${gone}c.queue === full\n        ? queue.push(q)\n`],
    ['      , prepare = null\n\n', '      , prepare = null\n      , gone = false\n\n'],
    [
      'new Promise((_, reject) => connection.onclose = reject)',
      'new Promise((_, reject) => connection.onclose = e => {\n' +
        '          gone = true\n' +
        '          while (queries.length)\n' +
        '            queries.shift().reject(e)\n' +
        '          reject(e)\n' +
        '        })',
    ],
    [
      '        c.queue === full\n          ? queries.push(q)\n',
      `        ${gone}  c.queue === full\n          ? queries.push(q)\n`,
    ],
  ],
};

/** Each file once; what is mended already is left alone, so that a read-only checkout starts. */
export function mendDriver(folder = join(root, 'node_modules', 'postgres')) {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (version !== mended)
    throw new Error(`postgres is ${version}, and mend-driver.mjs knows ${mended}: see whether it is still needed`);
  for (const file of ['src/connection.js', 'src/index.js', 'cjs/src/connection.js', 'cjs/src/index.js']) {
    const path = join(folder, file);
    const before = readFileSync(path, 'utf8');
    const mine = changes[file.slice(file.lastIndexOf('/') + 1)];
    const after = mine.reduce((text, [from, to]) => (text.includes(to) ? text : text.replace(from, () => to)), before);
    for (const [, to] of mine) if (!after.includes(to)) throw new Error(`${path} is not as published`);
    if (after !== before) writeFileSync(path, after);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) mendDriver();
