import { parseArgs } from 'node:util';
import { exportThrough } from './exports.ts';
import { fuzz } from './fuzz/index.ts';
import { followChanges, readPast, readQueries, stayAlive, tellHistories } from './histories.ts';
import { surviveKills } from './kills.ts';
import { clientMessages, keepPosts, logReports, mails } from './posts.ts';
import { dropDays } from './retention.ts';
import { stopEverywhere } from './stops.ts';
import { runSuites } from './upstream.ts';

const usage = `Usage: npm run endure [-- --only histories --only kills --histories 100 --changes 1000 --kills 10
                          --posts 200 --inputs 20000 --queries 100000 --seed <number> --suites <folder>]

What takes too long for every day:
  histories  random histories of Stripe, shuffled, repeated, dropped and killed
  past       an account of two thousand customers, deleted ones, guests, disputes and debts among them, read in
  changes    rows that commit at once, followed by a channel whose token is renewed meanwhile
  life       backends and server of PostgreSQL killed in the middle of transactions; every part finds them again
  kills      SIGKILL for PostgreSQL's backends and server, each function and the console, while licences are made and
             checked, files imported, events of Stripe told and mails sent
  posts      functions and PostgreSQL killed in the middle of 200 mails in, messages and reports of clients, five times
  stops      SIGINT in every phase of a first start; the next start works
  retention  a day of the log is dropped beside twenty writers and a long reader: no insert waits for it
  exports    an export of the log whose function and PostgreSQL are killed six times while it is made
  queries    random texts asked of the log: database and console read each alike, and none fails otherwise
  fuzz       malformed input for every part of the API, as everybody; --seed repeats a run
  suites     other projects' suites against the embedded home; only with --suites <folder>`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    histories: { type: 'string', default: '100' },
    changes: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '10' },
    posts: { type: 'string', default: '200' },
    inputs: { type: 'string', default: '20000' },
    queries: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    suites: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const portBase = Number(process.env.WA_PORT_BASE ?? 21_500);
const { suites } = values;
const trials: Record<string, () => Promise<string>> = {
  histories: () => tellHistories(Number(values.histories)),
  past: () => readPast(2_000),
  changes: () => followChanges(Number(values.changes)),
  life: stayAlive,
  kills: () => surviveKills({ portBase, kills: Number(values.kills) }),
  posts: () =>
    keepPosts({ portBase, rounds: 5, many: Number(values.posts), kinds: [mails, clientMessages(), logReports()] }),
  retention: () => dropDays({ portBase, seconds: 60 }),
  exports: () => exportThrough({ portBase, lines: 600_000, kills: 3 }),
  queries: () => readQueries(Number(values.queries)),
  fuzz: () => fuzz({ portBase, inputs: Number(values.inputs), seed: Number(values.seed ?? Date.now() % 1_000_000) }),
  stops: () => stopEverywhere({ portBase }),
  ...(suites === undefined ? {} : { suites: () => runSuites(suites, portBase) }),
};
const unknown = (values.only ?? []).filter((name) => !(name in trials));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`No such trial: ${unknown.join(', ')}\n`);
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

let failed = 0;
for (const [name, run] of Object.entries(trials)) {
  if (values.only && !values.only.includes(name)) continue;
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(0)} s`;
  try {
    console.log(`${name}: ${await run()} (${seconds()})`);
  } catch (error) {
    failed += 1;
    console.error(`${name}: failed after ${seconds()}`, error);
  }
}
process.exit(failed === 0 ? 0 : 1);
