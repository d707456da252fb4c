import postgres from 'postgres';
import type { Finding } from './report.ts';

const importSeconds = 60;
const nightlySeconds = 14;

/**
 * Everything at Stripe compared with the mirror: first when nothing was ever compared, then when nothing differs, which
 * is every night. Each customer has one subscription with an invoice and a charge.
 */
export async function benchStripeSync(
  home: { apiUrl: string; dbUrl: string; stripeUrl: string; cronSecret: string },
  count: number,
): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  try {
    const startedAt = Math.floor(Date.now() / 1000) - 5 * 86_400;
    const run = startedAt.toString(36);
    for (let from = 0; from < count; from += 1_000) {
      const customers = Array.from({ length: Math.min(1_000, count - from) }, (_, index) => ({
        email: `sync${run}-${from + index}@example.com`,
        subscription: { priceLookupKey: 'premium_month', startedAt: startedAt + ((from + index) % 86_400) },
      }));
      const response = await fetch(`${home.stripeUrl}/control/load`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ args: [{ customers }] }),
      });
      if (!response.ok)
        throw new Error(`Loading Stripe answered ${response.status} ${(await response.text()).slice(0, 200)}`);
    }
    // An account that is connected for the first time: what it brings is the past.
    await sql`delete from public.stripe_drifts`;
    await sql`delete from public.stripe_syncs`;
    const [{ before }] = await sql<[{ before: number }]>`select count(*)::int as before from public.subscriptions`;
    const first = await compareAll(sql, home);
    const nightly = await compareAll(sql, home);
    const [{ held }] = await sql<[{ held: number }]>`select count(*)::int as held from public.subscriptions`;
    const name = `reconciliation of ${held.toLocaleString('en')} subscriptions`;
    return [
      {
        name: `${name}, all of ${count.toLocaleString('en')} new`,
        measured: `${first.seconds.toFixed(0)} s (${held - before} subscriptions read in)`,
        target: `< ${importSeconds} s`,
        met: first.seconds < importSeconds && held - before >= count,
      },
      {
        name: `${name}, nothing differs`,
        measured: `${nightly.seconds.toFixed(0)} s (${nightly.done} objects, ${nightly.drift} differ)`,
        target: `< ${nightlySeconds} s`,
        met: nightly.seconds < nightlySeconds && nightly.drift === 0,
      },
    ];
  } finally {
    await sql.end();
  }
}

async function compareAll(
  sql: postgres.Sql,
  home: { apiUrl: string; cronSecret: string },
): Promise<{ seconds: number; drift: number; done: number }> {
  const [{ id }] = await sql<[{ id: string }]>`insert into public.stripe_syncs (kind) values ('full') returning id`;
  const startedAt = performance.now();
  for (;;) {
    const response = await fetch(`${home.apiUrl}/functions/v1/stripe-sync`, {
      method: 'POST',
      headers: { 'x-cron-secret': home.cronSecret },
    });
    if (!response.ok) throw new Error(`stripe-sync answered ${response.status}`);
    const [row] = await sql<
      [{ status: string; error: string | null; drift_count: number; done_count: number }]
    >`select status, error, drift_count, done_count from public.stripe_syncs where id = ${id}`;
    if (row.status === 'failed') throw new Error(`The synchronisation failed: ${row.error}`);
    if (row.status === 'succeeded')
      return { seconds: (performance.now() - startedAt) / 1000, drift: row.drift_count, done: row.done_count };
  }
}
