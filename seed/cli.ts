import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { makeDemoData } from './demo-data.ts';
import { loadDemoData, type StaffMember } from './load.ts';
import { databaseUrl } from './target.ts';

const usage = `Usage: npm run seed -- --licenses N [--db-url URL]

Adds N licences (and about as many customers) to the running database, for measurement.
Each call adds other ones.`;

const { values } = parseArgs({
  options: { licenses: { type: 'string' }, 'db-url': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
const count = Number(values.licenses);
if (values.help || !Number.isInteger(count) || count < 1 || count > 1_000_000) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const sql = postgres(databaseUrl(values['db-url']), { max: 2, onnotice: () => undefined });
try {
  const startedAt = Date.now();
  const [existing] = await sql<[{ licenses: number }]>`select count(*)::int as licenses from public.licenses`;
  const staff = await sql<
    StaffMember[]
  >`select user_id, email from public.staff where role <> 'viewer' order by role, email`;
  const data = makeDemoData({
    count,
    now: new Date(),
    seed: existing.licenses + 1,
    staffCount: Math.max(staff.length, 1),
  });
  // E-mails of another seed must not meet those of the demo.
  const renamed = new Map(
    data.customers.map((customer) => [customer.id, customer.email.replace('@', `.${existing.licenses}@`)]),
  );
  for (const customer of data.customers) customer.email = renamed.get(customer.id)!;
  for (const license of data.licenses) license.email = renamed.get(license.customer_id)!;
  await loadDemoData(sql, data, staff, {
    progress: (done, total) => process.stdout.write(`\r${done} / ${total} licences`),
  });
  console.log(`\n${count} licences added in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
} finally {
  await sql.end();
}
