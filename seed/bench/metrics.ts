import postgres from 'postgres';
import { fillLicenses, fillPayments, fillUsage } from '../fill.ts';
import { becomeStaff, callOf, literal, timeInDatabase } from './as-staff.ts';
import { distribution, timed } from './measure.ts';
import type { Finding } from './report.ts';
import type { Target } from './target.ts';

const runs = 30;

interface Sizes {
  licenses: number;
  payments: number;
  usageDays: number;
}

/**
 * The figures at 100,000 licences, a million payments and three million days of use, as one of staff under the
 * policies: the first page's one call, all figures of the page of analyses by month, what a customer's page asks, and
 * making every roll-up anew. Beside each stands the least that could answer it.
 */
export async function benchMetrics(home: Target, { licenses, payments, usageDays }: Sizes): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  try {
    const [there] = await sql<[{ licenses: number; payments: number; days: number }]>`
      select (select count(*) from public.licenses)::int as licenses,
        (select count(*) from public.payments)::int as payments,
        (select count(*) from public.usage_stats)::int as days`;
    if (there.licenses < licenses) await fillLicenses(sql, licenses - there.licenses);
    if (there.payments < payments) await fillPayments(sql, payments - there.payments);
    if (there.days < usageDays) await fillUsage(sql, Math.ceil(usageDays / licenses));
    const [, rebuilt] = await timed(() => sql`select private.rebuild_figures()`);
    await sql`vacuum analyze public.licenses, public.mrr_movements, private.movement_days, private.customer_points,
      private.cash_days, private.usage_days, private.license_days`;
    const [payer] = await sql<[{ customer_id: string }]>`
      select customer_id from public.licenses where deleted_at is null
      order by id offset 100 limit 1`;
    const [metrics] = await sql<[{ names: string[] }]>`select array_agg(metric order by metric) as names
      from private.metrics where family in ('recurring', 'cash') and metric <> 'lifetime_value'`;
    const from = new Date(Date.now() - 364 * 86_400_000).toISOString().slice(0, 10);
    const scan = await repeatedly(() => timeInDatabase(sql, `(select sum(amount_cents) from private.movement_days)`));
    await becomeStaff(sql);
    const page = await repeatedly(() => timeInDatabase(sql, callOf('get_dashboard', {})));
    const analyses = await repeatedly(() =>
      timeInDatabase(
        sql,
        `public.get_metrics(metrics => ${literal(metrics.names)}, from_day => ${literal(from)},
          granularity => 'month')`,
      ),
    );
    const waterfall = await repeatedly(() =>
      timeInDatabase(sql, callOf('get_mrr_waterfall', { from_day: from, granularity: 'week' })),
    );
    const asked = [
      callOf('get_customer', { customer_id: payer.customer_id }),
      callOf('get_usage', { customer_id: payer.customer_id }),
      callOf('list_customer_activity', { customer_id: payer.customer_id }),
    ];
    const person = await repeatedly(async () => {
      let milliseconds = 0;
      for (const expression of asked) milliseconds += await timeInDatabase(sql, expression);
      return milliseconds;
    });
    await sql`reset role`;
    const beside = `summing the roll-up ${scan.p50.toFixed(1)} ms`;
    return [
      under('the dashboard’s call', page, 30, beside),
      under('all money figures of a year by month', analyses, 150, beside),
      under('the waterfall of a year by week', waterfall, 150, beside),
      under('the calls of a customer’s page together', person, 60, ''),
      {
        name: 'making every roll-up anew',
        measured: `${(rebuilt / 1000).toFixed(1)} s`,
        target: '< 180 s',
        met: rebuilt < 180_000,
      },
    ];
  } finally {
    await sql.end();
  }
}

async function repeatedly(work: () => Promise<number>) {
  const milliseconds: number[] = [];
  for (let run = 0; run < runs; run += 1) milliseconds.push(await work());
  return distribution(milliseconds);
}

function under(name: string, taken: { p50: number; p95: number }, limit: number, beside: string): Finding {
  return {
    name: `${name}, p95`,
    measured: `${taken.p95.toFixed(1)} ms (p50 ${taken.p50.toFixed(1)}${beside ? `; ${beside}` : ''})`,
    target: `< ${limit} ms`,
    met: taken.p95 < limit,
  };
}
