import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { makeDemoData } from './demo-data.ts';
import { loadDemoData, loadHistory } from './load.ts';
import { loadLogRules } from './load-log-rules.ts';
import { loadLogs, loadWave } from './load-logs.ts';
import { loadRenewals } from './load-renewals.ts';
import { loadTickets } from './load-tickets.ts';
import { loadUsage } from './load-usage.ts';
import { loadStripe, type StripeTarget } from './stripe.ts';
import { makeStaff } from './staff.ts';
import { makeTickets } from './tickets.ts';

export interface SeedOptions {
  apiUrl: string;
  dbUrl: string;
  secretKey: string;
  publishableKey: string;
  dataDir: string;
  count?: number;
  stripe: StripeTarget;
}

/**
 * Demo staff, 500 licences over 16 months, most of them paid by a Stripe subscription, 400 tickets and use of the
 * product over 14, two weeks of log lines, and alerts over them.
 * Writes `staff.json` last, so that the file means a complete seed; repeating it after it was killed is harmless.
 */
export async function seedDemo({
  apiUrl,
  dbUrl,
  secretKey,
  publishableKey,
  dataDir,
  stripe,
  count = 500,
}: SeedOptions): Promise<void> {
  const sql = postgres(dbUrl, { max: 2, onnotice: () => undefined });
  try {
    const { accounts, members } = await makeStaff({ apiUrl, publishableKey, secretKey, sql });
    const [row] = await sql<[{ count: number }]>`select count(*)::int as count from public.licenses`;
    const data = makeDemoData({ count, now: new Date() });
    if (row.count === 0) await loadDemoData(sql, data, members, { events: false });
    await loadStripe(sql, data, { ...stripe, apiUrl });
    await loadHistory(sql, data, members);
    await loadTickets(sql, makeTickets(data, { now: new Date() }), members);
    const [used] = await sql<[{ some: boolean }]>`select exists (select from public.usage_stats) as some`;
    if (!used.some) await loadUsage(sql, { days: 426, now: new Date() });
    const [logged] = await sql<[{ some: boolean }]>`select exists (select from public.logs) as some`;
    if (!logged.some) {
      await loadLogs(sql, { count: 12_000, days: 14, now: new Date(), seed: 7 });
      await loadWave(sql, { now: new Date(), seed: 8 });
    }
    const [ruled] = await sql<[{ some: boolean }]>`select exists (select from public.log_rules) as some`;
    if (!ruled.some) await loadLogRules(sql);
    await loadRenewals(sql);
    await sql`select private.rebuild_figures()`;
    await sql`select private.score_risks()`;
    writeFileSync(join(dataDir, 'staff.json'), JSON.stringify(accounts, null, 2), { mode: 0o600 });
  } finally {
    await sql.end();
  }
}
