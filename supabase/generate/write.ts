import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { startThrowAwayServer } from '@whatautosys/local/throw-away';
import { makeOutputs, outputs } from './outputs.ts';

/** Writes what contracts and docs take from the database: all of it, or the files named. */
const names = process.argv.slice(2);
const unknown = names.filter((name) => !outputs.some(({ file }) => file === name));
if (unknown.length > 0) {
  console.error(`No such file: ${unknown.join(', ')}. There are ${outputs.map(({ file }) => file).join(', ')}`);
  process.exit(2);
}
const server = await startThrowAwayServer();
try {
  const wanted = names.length > 0 ? outputs.filter(({ file }) => names.includes(file)) : outputs;
  for (const { path, text } of await makeOutputs(server.database('migrated').url, wanted)) {
    writeFileSync(path, text);
    console.log(`Wrote ${relative(process.cwd(), path)}`);
  }
} finally {
  await server.stop();
}
