import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { databaseUrl } from './target.ts';

const usage = `Usage: npm run stripe:clear-test -- [--db-url URL]

Empties the mirror of all that Stripe's test mode left, before or after live keys are set: subscriptions and
their revenue, invoices, payments, events. Customers and licences stay. What is live is not touched.`;

const { values } = parseArgs({ options: { 'db-url': { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
if (values.help) {
  console.error(usage);
  process.exit(0);
}
const sql = postgres(databaseUrl(values['db-url']), { max: 1, onnotice: () => undefined });
try {
  const [{ cleared }] = await sql<
    [{ cleared: { subscriptions: number; payments: number; customers: number } }]
  >`select private.clear_stripe_test_mirror() as cleared`;
  console.log(
    `Cleared of test mode: ${cleared.subscriptions} subscriptions, ${cleared.payments} payments, ` +
      `${cleared.customers} customers at Stripe`,
  );
} finally {
  await sql.end();
}
