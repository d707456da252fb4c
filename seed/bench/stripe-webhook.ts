import { createHmac } from 'node:crypto';
import postgres from 'postgres';
import { Pool } from 'undici';
import { customer, event, invoice, subscription, type TestEvent } from '../../supabase/tests/stripe.ts';
import { distribution, median, openLoop, throughput } from './measure.ts';
import type { Finding } from './report.ts';

const connections = 10;
const callers = 24;
const subscriptions = 1_000;
const seconds = 4;
const rounds = 5;
const month = 30 * 86_400;

/**
 * Renewals as Stripe tells them, two events each (the period moves, the invoice is paid), every
 * one renewing a licence, signed and posted through the gateway. Against the same events given to
 * the database function prepared, over as many connections, in turn.
 */
export async function benchStripeWebhook(home: {
  apiUrl: string;
  dbUrl: string;
  stripeWebhookSecret: string;
}): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: connections, onnotice: () => undefined });
  const pool = new Pool(home.apiUrl, { connections: callers });
  try {
    const renewals = await prepare(sql);
    let next = 0;
    const overHttp = () => post(pool, home.stripeWebhookSecret, renewals(next++));
    const inSql = async () => {
      await sql`select private.receive_stripe_event(${JSON.stringify(renewals(next++))}::text::jsonb, 'webhook')`;
    };
    await throughput(overHttp, { concurrency: callers, seconds: 2 });
    await throughput(inSql, { concurrency: connections, seconds: 1 });
    const rates: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const ceiling = await throughput(inSql, { concurrency: connections, seconds });
      const rate = await throughput(overHttp, { concurrency: callers, seconds });
      rates.push(rate);
      ratios.push(rate / ceiling);
    }
    const latency = distribution(await openLoop(overHttp, { perSecond: 100, seconds: 8 }));
    const [lost] = await sql<
      [{ count: number }]
    >`select count(*)::int as count from public.stripe_events where status not in ('processed', 'ignored')`;
    const share = (median(ratios) * 100).toFixed(0);
    return [
      {
        name: 'webhook, events a second',
        measured: `${median(rates).toFixed(0)} (${share} % of the database alone; ${lost.count} left over)`,
        target: '≥ 450',
        met: median(rates) >= 450 && lost.count === 0,
      },
      {
        name: 'webhook, answer at 100 a second, p95',
        measured: `${latency.p95.toFixed(1)} ms (p50 ${latency.p50.toFixed(1)} ms)`,
        target: '< 100 ms',
        met: latency.p95 < 100,
      },
    ];
  } finally {
    await pool.close();
    await sql.end();
  }
}

/** Subscriptions with licences in the mirror → the nth event of their renewals, without end. */
async function prepare(sql: postgres.Sql): Promise<(index: number) => TestEvent> {
  const start = Math.floor(Date.now() / 1000);
  const licenses = await sql<Array<{ id: string; email: string }>>`
    select distinct on (email) id, email from public.licenses
    where deleted_at is null and revoked_at is null and stripe_subscription_id is null
    order by email limit ${subscriptions}`;
  const run = start.toString(36);
  const payers = licenses.map(({ id, email }, index) => {
    const payer = customer({ id: `cus_bench${run}${index}`, email });
    return {
      payer,
      bought: {
        ...subscription(payer.id, { metadata: { license_id: id }, periodStart: start }),
        id: `sub_bench${run}${index}`,
      },
    };
  });
  for (let from = 0; from < payers.length; from += 100) {
    const fetched = payers.slice(from, from + 100).flatMap(({ payer, bought }) => [
      { object: payer, as_of: start },
      { object: bought, as_of: start },
    ]);
    await sql`select private.apply_fetched_stripe_objects(${JSON.stringify(fetched)}::text::jsonb)`;
  }
  return (index) => {
    const { bought } = payers[Math.floor(index / 2) % payers.length]!;
    const period = Math.floor(index / 2 / payers.length) + 1;
    const periodStart = start + month * period;
    const moved = {
      ...bought,
      items: {
        ...bought.items,
        data: bought.items.data.map((item) => ({
          ...item,
          current_period_start: periodStart,
          current_period_end: periodStart + month,
        })),
      },
    };
    const id = `evt_bench${run}${index}`;
    return index % 2 === 0
      ? event('customer.subscription.updated', moved, periodStart, { id })
      : event('invoice.paid', { ...invoice(moved, { id: `in_bench${run}${index}` }) }, periodStart + 1, { id });
  };
}

async function post(pool: Pool, secret: string, body: TestEvent): Promise<void> {
  const text = JSON.stringify(body);
  const at = Math.floor(Date.now() / 1000);
  const signature = `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${text}`).digest('hex')}`;
  const answer = await pool.request({
    method: 'POST',
    path: '/functions/v1/stripe-webhook',
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    body: text,
  });
  const result = (await answer.body.json()) as { status?: string };
  // A duplicate: the reconciliation came by between its being written down and being applied.
  if (answer.statusCode !== 200 || !['processed', 'fetch', 'duplicate'].includes(result.status ?? ''))
    throw new Error(`The webhook answered ${answer.statusCode} ${JSON.stringify(result)}`);
}
