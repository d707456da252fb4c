import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { fillLicenses, fillLogs, fillPayments, fillTickets, fillUsage } from './fill.ts';
import { databaseUrl } from './target.ts';

const usage = `Usage: npm run seed -- [--licenses N] [--payments N] [--tickets N] [--logs N] [--usage N] [--db-url URL]

Fills the running database, for measurement. Each call adds other ones.

  --licenses N  N licences, and about as many customers
  --payments N  N paid invoices and their payments over fourteen months, of the licences there are
  --tickets N   N tickets of the support desk over fourteen months, with five messages each on average, of the
                customers there are (one for each ten tickets is added when there are fewer), all of them or none
  --logs N      N lines of the log over 30 days, of the clients there are
  --usage N     use of the product on the last N days, of the clients there are; days that are there stay as they are
  --db-url URL  the database, else SUPABASE_DB_URL, else the embedded home's

N is a whole number from 1 to 1000000, for lines to 100000000, for days to 1000.`;

const fills = {
  licenses: fillLicenses,
  payments: fillPayments,
  tickets: fillTickets,
  logs: fillLogs,
  usage: fillUsage,
};

function refuse(message: string): never {
  console.error(`${message}\n\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        licenses: { type: 'string' },
        payments: { type: 'string' },
        tickets: { type: 'string' },
        logs: { type: 'string' },
        usage: { type: 'string' },
        'db-url': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const values = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const asked = (['licenses', 'payments', 'tickets', 'logs', 'usage'] as const).flatMap((what) => {
  const given = values[what];
  if (given === undefined) return [];
  const most = { logs: 100_000_000, usage: 1_000 }[what as string] ?? 1_000_000;
  if (!/^[1-9][0-9]{0,8}$/.test(given) || Number(given) > most)
    refuse(`--${what} takes a whole number from 1 to ${most}, not "${given}"`);
  return [{ what, count: Number(given) }];
});
if (asked.length === 0) refuse('What to add is missing');

const sql = postgres(databaseUrl(values['db-url']), { max: 2, onnotice: () => undefined });
try {
  for (const { what, count } of asked) {
    const startedAt = Date.now();
    const of = what === 'usage' ? '' : ` / ${count}`;
    await fills[what](sql, count, (done) => process.stdout.write(`\r${done}${of} ${what}`));
    const took = ((Date.now() - startedAt) / 1000).toFixed(1);
    console.log(`\n${count} ${what === 'usage' ? 'days of use' : what} added in ${took} s`);
  }
} finally {
  await sql.end();
}
